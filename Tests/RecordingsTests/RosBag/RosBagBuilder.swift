@testable import Core

/// Builds bags record by record, so that a test can break exactly one thing.
struct RosBagBuilder {
  var bytes: [UInt8]
  private var infos: [[UInt8]] = []
  private var connections: [[UInt8]] = []
  private let headerAt: Int
  /// Where the last chunk begins.
  private(set) var lastChunk = 0

  static let time: UInt32 = 1_700_000_000

  init() {
    bytes = Array("#ROSBAG V2.0\n".utf8)
    headerAt = bytes.count
    bytes += Self.bagHeader(index: 0, connections: 0, chunks: 0)
  }

  static func u32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
  static func u64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }

  static func field(_ name: String, _ value: [UInt8]) -> [UInt8] {
    u32(UInt32(name.utf8.count + 1 + value.count)) + name.utf8 + [UInt8(ascii: "=")] + value
  }

  static func record(_ header: [UInt8], _ data: [UInt8]) -> [UInt8] {
    u32(UInt32(header.count)) + header + u32(UInt32(data.count)) + data
  }

  static func bagHeader(index: Int, connections: Int, chunks: Int) -> [UInt8] {
    let header =
      field("chunk_count", u32(UInt32(chunks))) + field("conn_count", u32(UInt32(connections)))
      + field("index_pos", u64(UInt64(index))) + field("op", [3])
    return record(header, Array(repeating: 0x20, count: 4096 - header.count))
  }

  static func connection(
    _ id: UInt32, _ topic: String, type: String = "std_msgs/String", md5: String = "992ce8a1687cec8c8bd883ec73ca41d1",
    definition: String = "string data\n", latching: Bool = false
  ) -> [UInt8] {
    let header = field("conn", u32(id)) + field("op", [7]) + field("topic", Array(topic.utf8))
    var data =
      field("topic", Array(topic.utf8)) + field("type", Array(type.utf8)) + field("md5sum", Array(md5.utf8))
      + field("message_definition", Array(definition.utf8))
    if latching { data += field("latching", [UInt8(ascii: "1")]) }
    return record(header, data)
  }

  static func message(_ id: UInt32, seconds: UInt32 = time, nanoseconds: UInt32, _ data: [UInt8]) -> [UInt8] {
    record(field("conn", u32(id)) + field("op", [2]) + field("time", u32(seconds) + u32(nanoseconds)), data)
  }

  /// The message of a `std_msgs/String`.
  static func text(_ text: String) -> [UInt8] { u32(UInt32(text.utf8.count)) + text.utf8 }

  static func chunk(_ content: [UInt8], compression: String = "none", size: Int? = nil) throws -> [UInt8] {
    let stored: [UInt8] =
      switch compression {
      case "bz2": try Codec.bzip2.compress(content.bytes)
      case "lz4": try Codec.lz4Frame.compress(content.bytes)
      default: content
      }
    let header =
      field("compression", Array(compression.utf8)) + field("op", [5])
      + field("size", u32(UInt32(size ?? content.count)))
    return record(header, stored)
  }

  /// Adds a chunk with `messages` (connection, nanoseconds, text), its index data, and its chunk info for later.
  mutating func addChunk(
    _ messages: [(connection: UInt32, nanoseconds: UInt32, text: String)], defining: [(id: UInt32, topic: String)],
    compression: String = "none"
  ) throws {
    var content: [UInt8] = []
    for (id, topic) in defining {
      let record = Self.connection(id, topic)
      content += record
      connections.append(record)
    }
    var entries: [UInt32: [[UInt8]]] = [:]
    for message in messages {
      entries[message.connection, default: []].append(
        Self.u32(Self.time) + Self.u32(message.nanoseconds) + Self.u32(UInt32(content.count)))
      content += Self.message(message.connection, nanoseconds: message.nanoseconds, Self.text(message.text))
    }
    let position = bytes.count
    lastChunk = position
    bytes += try Self.chunk(content, compression: compression)
    for (id, entries) in entries.sorted(by: { $0.key < $1.key }) {
      let header =
        Self.field("conn", Self.u32(id)) + Self.field("count", Self.u32(UInt32(entries.count)))
        + Self.field("op", [4]) + Self.field("ver", Self.u32(1))
      bytes += Self.record(header, entries.flatMap { $0 })
    }
    let times = messages.map(\.nanoseconds)
    let header =
      Self.field("chunk_pos", Self.u64(UInt64(position))) + Self.field("count", Self.u32(UInt32(entries.count)))
      + Self.field("end_time", Self.u32(Self.time) + Self.u32(times.max() ?? 0)) + Self.field("op", [6])
      + Self.field("start_time", Self.u32(Self.time) + Self.u32(times.min() ?? 0)) + Self.field("ver", Self.u32(1))
    let counts = entries.sorted { $0.key < $1.key }.flatMap { Self.u32($0.key) + Self.u32(UInt32($0.value.count)) }
    infos.append(Self.record(header, counts))
  }

  mutating func repeatLastInfo() { infos += infos.suffix(1) }

  /// Closes the bag with an index that says other than what was written.
  mutating func close(infos: [[UInt8]], connections: [[UInt8]]) {
    (self.infos, self.connections) = (infos, connections)
    close()
  }

  /// Writes the index section and the bag header that points at it.
  mutating func close() {
    let index = bytes.count
    bytes += connections.flatMap { $0 } + infos.flatMap { $0 }
    let header = Self.bagHeader(index: index, connections: connections.count, chunks: infos.count)
    bytes.replaceSubrange(headerAt..<headerAt + header.count, with: header)
  }

  /// Six chunks of one message each: most chunk infos are neither the first nor the last.
  static func six(lyingInfo: Int? = nil) throws -> [UInt8] {
    var bag = RosBagBuilder()
    for number in 0..<6 {
      try bag.addChunk([(0, UInt32(number), "m\(number)")], defining: number == 0 ? [(0, "/a")] : [])
    }
    if let lyingInfo {
      // The count of messages is the last number of the record.
      bag.infos[lyingInfo].replaceSubrange((bag.infos[lyingInfo].count - 4)..., with: u32(0))
    }
    bag.close()
    return bag.bytes
  }

  /// Two chunks, topics /a and /b, six messages.
  static func usual(compression: String = "none") throws -> [UInt8] {
    var bag = RosBagBuilder()
    try bag.addChunk(
      [(0, 1, "one"), (1, 2, "two"), (0, 3, "three")], defining: [(0, "/a"), (1, "/b")], compression: compression)
    try bag.addChunk([(0, 4, "four"), (0, 5, "five"), (1, 6, "six")], defining: [], compression: compression)
    bag.close()
    return bag.bytes
  }
}
