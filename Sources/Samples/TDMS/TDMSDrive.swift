import Core

/// A drive as a test bench of National Instruments records it: a segment a second with the vehicle's signals, and the
/// frames of its bus as NI-XNET logs them.
struct TDMSDrive {
  private static let hertz = 50

  /// The whole file, and the index file beside it.
  static func files(
    _ world: World, origin: Timestamp, seconds: Double, frames: [Recorder.Frame]
  ) -> (data: [UInt8], index: [UInt8]) {
    var writer = TDMSWriter()
    let count = Int(seconds * Double(hertz))
    let properties: [(name: String, value: TDMSWriter.Property)] = [
      ("name", .text("simulated drive")), ("start", .time(origin)),
    ]
    var left = frames[...]
    for first in stride(from: 0, to: count, by: hertz) {
      let last = min(count, first + hertz)
      let end = last == count ? Int64.max : Int64(last) * 1_000_000_000 / Int64(hertz)
      let own = left.prefix { $0.time < end }
      left = left.dropFirst(own.count)
      writer.add(
        properties,
        [("vehicle", vehicle(world, first..<last, origin)), ("CAN1", [bus(own, origin)])])
    }
    return (writer.bytes, writer.index)
  }

  private static func vehicle(_ world: World, _ rows: Range<Int>, _ origin: Timestamp) -> [TDMSWriter.Channel] {
    var channels: [TDMSWriter.Channel] = [
      channel("Speed", .float32, "m/s", origin), channel("Acceleration", .float32, "m/s^2", origin),
      channel("YawRate", .float32, "deg/s", origin),
      channel("SteeringWheelAngle", .int16, "deg", slope: 0.1, origin),
      channel("BrakePressure", .uint8, "bar", slope: 0.5, origin),
      channel("EngineSpeed", .uint16, "rpm", slope: 0.25, origin), channel("Indicator", .uint8, "", origin),
    ]
    for row in rows {
      let values = VehicleValues(world, at: Double(row) / Double(hertz))
      var writers = channels.map { _ in ByteWriter() }
      for (place, value) in [values.speed, values.acceleration, values.yawRateDegrees].enumerated() {
        writers[place].f32(Float(value))
      }
      writers[3].i16(Int16((values.steeringWheelDegrees * 10).rounded().clamped(to: -32_768...32_767)))
      writers[4].u8(UInt8((values.brakePressureBar * 2).rounded().clamped(to: 0...255)))
      writers[5].u16(UInt16((values.engineSpeed * 4).rounded().clamped(to: 0...65_535)))
      writers[6].u8(UInt8(values.indicator.clamped(to: 0...3)))
      for place in channels.indices { channels[place].values += writers[place].bytes }
    }
    return channels
  }

  private static func channel(
    _ name: String, _ form: TDMSWriter.Form, _ unit: String, slope: Double? = nil, _ origin: Timestamp
  ) -> TDMSWriter.Channel {
    var channel = TDMSWriter.Channel(
      name: name, form: form,
      properties: [
        ("unit_string", .text(unit)), ("wf_start_time", .time(origin)), ("wf_start_offset", .number(0)),
        ("wf_increment", .number(1 / Double(hertz))),
      ])
    if let slope {
      channel.properties += [
        ("NI_Scaling_Status", .text("unscaled")), ("NI_Number_Of_Scales", .integer(1)),
        ("NI_Scale[0]_Scale_Type", .text("Linear")), ("NI_Scale[0]_Linear_Slope", .number(slope)),
        ("NI_Scale[0]_Linear_Y_Intercept", .number(0)), ("NI_Scale[0]_Linear_Input_Source", .integer(.max)),
      ]
    }
    return channel
  }

  /// ```
  ///   time:u64 (100 ns since 1601)  id:u32  type:u8  flags:u8  info:u8  length:u8  data[8]
  /// ```
  private static func bus(_ frames: ArraySlice<Recorder.Frame>, _ origin: Timestamp) -> TDMSWriter.Channel {
    var writer = ByteWriter()
    for frame in frames {
      writer.u64(UInt64((origin.nanoseconds + frame.time) / 100 + 116_444_736_000_000_000))
      writer.u32(frame.id | (frame.isExtended ? 1 << 29 : 0))
      writer.append([0, 0, 0, UInt8(frame.data.count)] as [UInt8])
      writer.append(frame.data)
      writer.append(zeros: max(0, 8 - frame.data.count))
    }
    return TDMSWriter.Channel(
      name: "frames", form: .uint8,
      properties: [
        ("NI_network_protocol", .integer(0)), ("NI_network_frame_byte_order", .integer(0)),
        ("NI_network_frame_version", .integer(512)),
      ], values: writer.bytes)
  }
}
