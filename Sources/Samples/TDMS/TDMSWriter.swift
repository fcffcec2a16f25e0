import Core

/// Writes TDMS 2.0, segment by segment, and the index file beside it.
///
/// ```
///   TDSm  contents:u32  4713:u32  next:u64  raw:u64   objects:u32 { path, raw index, properties }   values of each channel
/// ```
/// A segment says of an object only what is not as it was.
struct TDMSWriter {
  enum Property: Equatable {
    case text(String)
    case number(Double)
    case integer(UInt32)
    case time(Timestamp)
  }

  enum Form: UInt32 {
    case int16 = 2, uint8 = 5, uint16, float32 = 9

    var width: Int {
      switch self {
      case .uint8: 1
      case .int16, .uint16: 2
      case .float32: 4
      }
    }
  }

  /// A channel with its values in one segment.
  struct Channel {
    var name: String
    var form: Form
    var properties: [(name: String, value: Property)] = []
    var values: [UInt8] = []
  }

  private(set) var bytes: [UInt8] = []
  private(set) var index: [UInt8] = []
  /// Values of each channel in the last segment, by path.
  private var counts: [String: Int] = [:]

  /// Appends a segment with the values of every channel of each group.
  mutating func add(_ properties: [(name: String, value: Property)], _ groups: [(name: String, channels: [Channel])]) {
    let isFirst = bytes.isEmpty
    var objects: [[UInt8]] = isFirst ? [object("/", nil, properties)] : []
    var data: [UInt8] = []
    for group in groups {
      let path = "/'\(group.name.replacing("'", with: "''"))'"
      if isFirst { objects.append(object(path, nil, [])) }
      for channel in group.channels {
        let own = "\(path)/'\(channel.name.replacing("'", with: "''"))'"
        let count = channel.values.count / channel.form.width
        data += channel.values
        guard counts.updateValue(count, forKey: own) != count else { continue }
        objects.append(object(own, (channel.form, count), isFirst ? channel.properties : []))
      }
    }
    var metadata = ByteWriter()
    if !objects.isEmpty {
      metadata.u32(UInt32(objects.count))
      for object in objects { metadata.append(object) }
    }
    let contents: UInt32 = 8 | (objects.isEmpty ? 0 : 2) | (isFirst ? 4 : 0)
    bytes += leadIn("TDSm", contents, metadata.bytes.count, data.count) + metadata.bytes + data
    index += leadIn("TDSh", contents, metadata.bytes.count, data.count) + metadata.bytes
  }

  private func leadIn(_ tag: String, _ contents: UInt32, _ metadata: Int, _ data: Int) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(tag)
    writer.u32(contents)
    writer.u32(4713)
    writer.u64(UInt64(metadata + data))
    writer.u64(UInt64(metadata))
    return writer.bytes
  }

  private func object(
    _ path: String, _ raw: (form: Form, count: Int)?, _ properties: [(name: String, value: Property)]
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.string32(path)
    if let raw {
      writer.u32(20)
      writer.u32(raw.form.rawValue)
      writer.u32(1)
      writer.u64(UInt64(raw.count))
    } else {
      writer.u32(.max)
    }
    writer.u32(UInt32(properties.count))
    for (name, value) in properties {
      writer.string32(name)
      switch value {
      case .text(let text):
        writer.u32(0x20)
        writer.string32(text)
      case .number(let number):
        writer.u32(10)
        writer.f64(number)
      case .integer(let number):
        writer.u32(7)
        writer.u32(number)
      case .time(let time):
        writer.u32(0x44)
        let (seconds, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        // Rounded up, so that nanoseconds that are rounded down are the same again.
        writer.u64(UInt64((UInt128(rest) << 64 + 999_999_999) / 1_000_000_000))
        writer.u64(UInt64(seconds + 2_082_844_800))
      }
    }
    return writer.bytes
  }
}
