import Core

/// The header of any record: its fields in any order, unknown ones ignored.
///
/// ```
///   field length:u32  name "=" value      split at the first "=": values hold "=" and NUL
/// ```
struct RosBagHeader {
  var op: UInt8 = 0
  var connection: UInt32 = 0
  /// Nanoseconds since 1970; seconds and nanoseconds are u32 each in the file.
  var time: Int64 = 0
  /// Nanoseconds were 10^9 or more and were carried into the seconds.
  var isTimeCarried = false
  var size: UInt32 = 0
  var count: UInt32 = 0
  var version: UInt32 = 0
  var indexPosition: UInt64?
  var connectionCount: UInt32 = 0
  var chunkCount: UInt32 = 0
  var chunkPosition: UInt64 = 0
  var startTime: Int64 = 0
  var endTime: Int64 = 0
  /// Values of the fields that are text, by name.
  var texts: [String: [UInt8]] = [:]

  enum Op {
    static let definition: UInt8 = 0x01  // of version 1.2
    static let message: UInt8 = 0x02
    static let bag: UInt8 = 0x03
    static let index: UInt8 = 0x04
    static let chunk: UInt8 = 0x05
    static let chunkInfo: UInt8 = 0x06
    static let connection: UInt8 = 0x07
  }

  /// Text fields that some record has; others are skipped.
  private static let textNames: Set<String> = [
    "topic", "compression", "encryptor", "type", "md5sum", "md5", "message_definition", "def", "callerid", "latching",
  ]

  /// Reads all that is left of `input`.
  init(from input: inout ByteCursor) throws(ByteCursor.Failure) {
    var seconds: UInt32?, nanoseconds: UInt32?
    while input.remaining > 0 {
      var field = try input.slice(input.length32())
      guard let name = field.name() else { throw field.fail("a field `name=value`") }
      switch name {
      case "op": op = try field.u8()
      case "conn": connection = try field.u32()
      case "time": (time, isTimeCarried) = try field.time()
      case "sec": seconds = try field.u32()
      case "nsec": nanoseconds = try field.u32()
      case "size": size = try field.u32()
      case "count": count = try field.u32()
      case "ver": version = try field.u32()
      case "index_pos": indexPosition = try field.u64()
      case "conn_count": connectionCount = try field.u32()
      case "chunk_count": chunkCount = try field.u32()
      case "chunk_pos": chunkPosition = try field.u64()
      case "start_time": startTime = try field.time().value
      case "end_time": endTime = try field.time().value
      default: if Self.textNames.contains(name) { texts[name] = try field.bytes(field.remaining) }
      }
    }
    if let seconds, let nanoseconds {
      time = Int64(seconds) * 1_000_000_000 + Int64(nanoseconds)
      isTimeCarried = nanoseconds >= 1_000_000_000
    }
  }

  /// The names of the operations that a bag can hold.
  var isKnown: Bool { (Op.definition...Op.connection).contains(op) }
}

extension ByteCursor {
  /// The name of a field, at most 32 bytes, with its "=" taken.
  fileprivate mutating func name() -> String? {
    var name: [UInt8] = []
    while name.count <= 32, let byte = try? u8() {
      if byte == UInt8(ascii: "=") { return String(decoding: name, as: UTF8.self) }
      name.append(byte)
    }
    return nil
  }

  /// Seconds and nanoseconds, u32 each, as nanoseconds since 1970.
  mutating func time() throws(Failure) -> (value: Int64, isCarried: Bool) {
    let seconds = try u32(), nanoseconds = try u32()
    return (Int64(seconds) * 1_000_000_000 + Int64(nanoseconds), nanoseconds >= 1_000_000_000)
  }
}

/// What a connection record says of the messages with its id.
struct RosBagConnection: Equatable, Sendable {
  var id: UInt32
  /// The record's topic; the one in the data may be another (remapping) or absent.
  var topic: [UInt8]
  var type: String
  var md5: String
  var definition: [UInt8]
  var caller: String?
  var isLatching: Bool

  /// `data` holds a second header with the rest.
  init(_ header: RosBagHeader, data: inout ByteCursor) throws(ByteCursor.Failure) {
    let inner = try RosBagHeader(from: &data)
    let topic = header.texts["topic"] ?? inner.texts["topic"] ?? []
    self.init(id: header.connection, topic: topic, inner.texts)
  }

  /// A definition record of version 1.2, which has no data and no id.
  init(definition header: RosBagHeader, id: UInt32) {
    self.init(id: id, topic: header.texts["topic"] ?? [], header.texts)
  }

  private init(id: UInt32, topic: [UInt8], _ texts: [String: [UInt8]]) {
    func text(_ name: String) -> String? { texts[name].map { String(decoding: $0, as: UTF8.self) } }
    self.id = id
    self.topic = topic
    type = text("type") ?? ""
    md5 = text("md5sum") ?? text("md5") ?? "*"
    definition = texts["message_definition"] ?? texts["def"] ?? []
    caller = text("callerid")
    isLatching = text("latching") == "1"
  }
}

/// What a chunk info record promises of a chunk.
struct RosBagChunkInfo: Sendable {
  var position: Int
  var start: Int64
  var end: Int64
  var counts: [(connection: UInt32, messages: Int)]

  init(_ header: RosBagHeader, data: inout ByteCursor) throws(ByteCursor.Failure) {
    guard let position = Int(exactly: header.chunkPosition) else { throw data.fail("a chunk position below 2^63") }
    self.position = position
    start = header.startTime
    end = header.endTime
    counts = []
    for _ in 0..<min(Int(header.count), data.remaining / 8) {
      counts.append((try data.u32(), Int(try data.u32())))
    }
    guard counts.count == Int(header.count) else { throw data.fail("\(header.count) counts, not \(counts.count)") }
  }
}

// For walks that pass over what is damaged: nil instead of the reason. Written out, since `try?` on an initializer that
// takes a cursor makes Swift 6.3.1 emit invalid code.

extension RosBagHeader {
  init?(_ bytes: RawSpan) {
    do throws(ByteCursor.Failure) {
      var input = ByteCursor(bytes)
      self = try RosBagHeader(from: &input)
    } catch { return nil }
  }
}

extension RosBagConnection {
  init?(_ header: RosBagHeader, _ data: RawSpan) {
    do throws(ByteCursor.Failure) {
      var input = ByteCursor(data)
      self = try RosBagConnection(header, data: &input)
    } catch { return nil }
  }
}

extension RosBagChunkInfo {
  init?(_ header: RosBagHeader, _ data: RawSpan) {
    do throws(ByteCursor.Failure) {
      var input = ByteCursor(data)
      self = try RosBagChunkInfo(header, data: &input)
    } catch { return nil }
  }
}
