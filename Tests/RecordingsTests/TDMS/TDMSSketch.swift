import Core

/// Builds segments of a TDMS file: what to put into one is given as bytes or values.
struct TDMSSketch {
  var bytes: [UInt8] = []

  static func string(_ text: String) -> [UInt8] {
    var writer = ByteWriter()
    writer.string32(text)
    return writer.bytes
  }

  /// An object with a plain raw index; `type` nil for one without data.
  static func object(_ path: String, type: UInt32?, count: UInt64 = 0, dimension: UInt32 = 1) -> [UInt8] {
    var writer = ByteWriter()
    writer.string32(path)
    if let type {
      writer.u32(20)
      writer.u32(type)
      writer.u32(dimension)
      writer.u64(count)
    } else {
      writer.u32(.max)
    }
    writer.u32(0)
    return writer.bytes
  }

  static func same(_ path: String) -> [UInt8] { string(path) + [0, 0, 0, 0, 0, 0, 0, 0] }

  /// The first segment begins a list of objects, the others go on with it unless told otherwise.
  mutating func add(
    _ objects: [[UInt8]], contents: UInt32 = 0xe, data: [UInt8] = [], next: UInt64? = nil, isNewList: Bool? = nil
  ) {
    let isNewList = isNewList ?? bytes.isEmpty
    let contents = isNewList ? contents : contents & ~4
    var metadata = ByteWriter()
    if contents & 2 != 0 {
      metadata.u32(UInt32(objects.count))
      for object in objects { metadata.append(object) }
    }
    var writer = ByteWriter()
    writer.append("TDSm")
    writer.u32(contents)
    writer.u32(4713)
    writer.u64(next ?? UInt64(metadata.count + data.count))
    writer.u64(UInt64(metadata.count))
    bytes += writer.bytes + metadata.bytes + data
  }

  /// Six rows of three channels, two of them without times, in three segments.
  static func usual(isInterleaved: Bool) -> [UInt8] {
    var sketch = TDMSSketch()
    let row: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    let objects = [
      object("/", type: nil), object("/'g'", type: nil), object("/'g'/'a'", type: 10, count: 2),
      object("/'g'/'b'", type: 3, count: 2), object("/'g'/'c'", type: 2, count: 2),
    ]
    let contents: UInt32 = isInterleaved ? 0x2e : 0xe
    sketch.add(objects, contents: contents, data: row + row)
    sketch.add([same("/'g'/'b'")], contents: contents, data: row + row)
    sketch.add([], contents: contents & ~6, data: row + row)
    return sketch.bytes
  }

  /// An object with properties: their names, types and bytes.
  static func object(_ path: String, type: UInt32?, count: UInt64 = 0, _ properties: [(String, UInt32, [UInt8])])
    -> [UInt8]
  {
    var writer = ByteWriter()
    writer.append(TDMSSketch.object(path, type: type, count: count).dropLast(4))
    writer.u32(UInt32(properties.count))
    for (name, type, value) in properties {
      writer.string32(name)
      writer.u32(type)
      writer.append(value)
    }
    return writer.bytes
  }

  static func bytes<T: FixedWidthInteger>(_ values: T...) -> [UInt8] {
    values.flatMap { value in (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  }

  /// A start time `seconds` after 1970.
  static func start(_ seconds: Int64) -> (String, UInt32, [UInt8]) {
    ("wf_start_time", 0x44, bytes(UInt64(0)) + bytes(seconds + 2_082_844_800))
  }

  static func number(_ name: String, _ value: Double) -> (String, UInt32, [UInt8]) {
    (name, 10, bytes(value.bitPattern))
  }
}
