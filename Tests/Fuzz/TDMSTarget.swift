import Core
import Recordings

extension FuzzTarget {
  /// The input is a TDMS file: opened, read in every form, checked.
  static let tdms = FuzzTarget(name: "tdms", run: readRecording, seeds: tdmsSeeds)
}

private func tdmsSeeds() throws -> [(name: String, bytes: [UInt8])] {
  [
    ("contiguous", TDMSSketch.usual(isInterleaved: false)), ("interleaved", TDMSSketch.usual(isInterleaved: true)),
    ("types", types()), ("daqmx", daqmx()), ("waveform", waveform()), ("scales", scales()),
    ("frames", frames()),
  ]
}

/// A value or two of every type.
private func types() -> [UInt8] {
  var sketch = TDMSSketch()
  let types: [(UInt32, Int)] = [
    (1, 1), (2, 2), (3, 4), (4, 8), (5, 1), (6, 2), (7, 4), (8, 8), (9, 4), (10, 8), (11, 16), (0x19, 4), (0x21, 1),
    (0x44, 16), (0x08_000c, 8), (0x10_000d, 16),
  ]
  var strings = ByteWriter()
  strings.string32("/'g'/'s'")
  for word in [28, 0x20, 1, 2, 0, 11, 0, 0] as [UInt32] { strings.u32(word) }
  sketch.add(
    types.map { TDMSSketch.object("/'g'/'\($0.0)'", type: $0.0, count: 2) } + [strings.bytes],
    data: Array(repeating: 1, count: types.reduce(0) { $0 + 2 * $1.1 }) + TDMSSketch.bytes(UInt32(1), 3)
      + Array("abc".utf8))
  return sketch.bytes
}

/// Two buffers, two scalers of one channel, a digital line.
private func daqmx() -> [UInt8] {
  func index(_ kind: UInt32, _ scalers: [[UInt8]]) -> [UInt8] {
    var writer = ByteWriter()
    for word in [kind, .max, 1, 2, 0, UInt32(scalers.count)] { writer.u32(word) }
    for scaler in scalers { writer.append(scaler) }
    for word in [2, 5, 4] as [UInt32] { writer.u32(word) }
    return writer.bytes
  }
  func scaler(_ type: UInt32, _ buffer: UInt32, _ offset: UInt32, _ scale: UInt32) -> [UInt8] {
    TDMSSketch.bytes(type, buffer, offset, 0, scale)
  }
  let none = TDMSSketch.bytes(UInt32(0))
  var sketch = TDMSSketch()
  sketch.add(
    [
      TDMSSketch.string("/'g'/'a'") + index(0x1269, [scaler(3, 0, 0, 0), scaler(1, 0, 4, 1)]) + none,
      TDMSSketch.string("/'g'/'b'") + index(0x1269, [scaler(5, 1, 0, 0)]) + none,
      TDMSSketch.string("/'g'/'d'")
        + index(0x126a, [TDMSSketch.bytes(UInt32(0), 0, 17) + [0] + TDMSSketch.bytes(UInt32(0))]) + none,
    ], contents: 0x8e, data: Array(0..<18))
  return sketch.bytes
}

/// Times of a waveform that begin again, and a channel of times.
private func waveform() -> [UInt8] {
  var sketch = TDMSSketch()
  let properties = [
    TDMSSketch.start(10), TDMSSketch.number("wf_increment", 0.1), TDMSSketch.number("wf_start_offset", -1),
  ]
  sketch.add(
    [
      TDMSSketch.object("/'g'/'a'", type: 2, count: 2, properties), TDMSSketch.object("/'h'/'t'", type: 0x44, count: 2),
      TDMSSketch.object("/'h'/'b'", type: 5, count: 2),
    ], data: Array(repeating: 0, count: 38))
  sketch.add(
    [TDMSSketch.object("/'g'/'a'", type: 2, count: 1, [TDMSSketch.start(20)])], data: Array(repeating: 1, count: 36))
  return sketch.bytes
}

/// Frames of NI-XNET that go over the ends of chunks, and one that is cut.
private func frames() -> [UInt8] {
  let frame = TDMSSketch.bytes(UInt64(130_124_059_506_166_573)) + TDMSSketch.bytes(UInt32(0x2000_0710))
  let short = frame + [0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0]
  let long = frame + [0x10, 0, 0, 12] + Array(repeating: 7, count: 16)
  var sketch = TDMSSketch()
  sketch.add(
    [
      TDMSSketch.object(
        "/'g'/'bus'", type: 5, count: 10,
        [
          ("NI_network_protocol", 7, TDMSSketch.bytes(UInt32(0))),
          ("NI_network_frame_byte_order", 7, TDMSSketch.bytes(UInt32(0))),
        ])
    ], data: short + long + short + short.dropLast(3))
  return sketch.bytes
}

/// A scale of each kind, each with the one before as its input.
private func scales() -> [UInt8] {
  let all: [(String, [(String, Double)])] = [
    ("Linear", [("Slope", 2), ("Y_Intercept", 1)]),
    ("Polynomial", [("Coefficients_Size", 2), ("Coefficients[0]", 1), ("Coefficients[1]", 2)]),
    (
      "Table",
      [
        ("Pre_Scaled_Values_Size", 2), ("Scaled_Values_Size", 2), ("Pre_Scaled_Values[0]", 0),
        ("Pre_Scaled_Values[1]", 1), ("Scaled_Values[0]", 5), ("Scaled_Values[1]", 7),
      ]
    ),
    (
      "RTD",
      [
        ("Current_Excitation", 1), ("R0_Nominal_Resistance", 100), ("A", 0.0039), ("B", -5.8e-7), ("C", -4e-12),
        ("Lead_Wire_Resistance", 0), ("Resistance_Configuration", 2),
      ]
    ), ("Thermocouple", [("Thermocouple_Type", 10073), ("Scaling_Direction", 1)]),
    (
      "Strain",
      [
        ("Configuration", 10188), ("Poisson_Ratio", 0.3), ("Gage_Resistance", 350), ("Lead_Wire_Resistance", 1),
        ("Initial_Bridge_Voltage", 0), ("Gage_Factor", 2), ("Bridge_Shunt_Calibration_Gain_Adjustment", 1),
        ("Voltage_Excitation", 2.5),
      ]
    ), ("Subtract", [("Left_Operand_Input_Source", 0), ("Right_Operand_Input_Source", 5)]),
  ]
  var properties: [(String, UInt32, [UInt8])] = []
  for (number, scale) in all.enumerated() {
    let start = "NI_Scale[\(number)]_"
    properties.append((start + "Scale_Type", 0x20, TDMSSketch.string(scale.0)))
    for (field, value) in scale.1 { properties.append(TDMSSketch.number("\(start)\(scale.0)_\(field)", value)) }
    if number > 0 { properties.append(TDMSSketch.number("\(start)\(scale.0)_Input_Source", Double(number - 1))) }
  }
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 2, count: 3, properties)], data: [1, 0, 2, 0, 3, 0])
  return sketch.bytes
}
