import Core

/// One message record: whose it is, when it was recorded, where its bytes are.
struct RosBagMessage {
  var connection: UInt32
  /// Nanoseconds since 1970.
  var time: Int64
  /// Where its record begins in the bytes that are walked.
  var offset: Int
  /// The serialized message in the bytes that are walked.
  var data: Range<Int>
}

/// Walks message and connection records that follow one another: the content of a chunk.
///
/// Ends early where a record passes the end of the bytes; `damage` then says what was wrong.
struct RosBagMessages: ~Escapable {
  private let bytes: RawSpan
  private(set) var position = 0
  /// Connection records met so far.
  private(set) var connections: [RosBagConnection] = []
  /// Why the walk ended before the end of the bytes, with the offset of the record at fault.
  private(set) var damage: ByteCursor.Failure?
  /// Messages whose nanoseconds were 10^9 or more.
  private(set) var carriedTimes = 0
  /// Version 1.2 has no ids: a message repeats topic, type and md5 of its definition.
  private let names: [RosBagName: UInt32]

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, names: [RosBagName: UInt32] = [:]) {
    self.bytes = bytes
    self.names = names
  }

  /// The next message; records of other kinds are passed, connections kept.
  mutating func next() -> RosBagMessage? {
    while position < bytes.byteCount {
      let start = position
      let left = bytes.byteCount - start
      guard left >= 8, Int(bytes.u32(at: start)) <= left - 8 else {
        return stop(start, "a record header in \(left) bytes")
      }
      let headerEnd = start + 4 + Int(bytes.u32(at: start))
      let length = Int(bytes.u32(at: headerEnd))
      let data = headerEnd + 4
      guard length <= bytes.byteCount - data else {
        return stop(start, "\(length) bytes of data, \(bytes.byteCount - data) left")
      }
      position = data + length
      if let message = usual(at: start, data: data..<position) ?? unusual(at: start, headerEnd, data: data..<position) {
        return message
      }
      if damage != nil { return nil }
    }
    return nil
  }

  /// A message header as ROS and most others write it: `conn`, `op`, `time`, in this order.
  ///
  /// ```
  ///   0 38:u32  4 9:u32 8 "conn=" 13 id:u32  17 4:u32 21 "op=" 24 02  25 13:u32 29 "time=" 34 sec:u32 38 nsec:u32
  /// ```
  private mutating func usual(at start: Int, data: Range<Int>) -> RosBagMessage? {
    guard data.lowerBound - start == 46, names.isEmpty,
      bytes.u32(at: start + 4) == 9, bytes.u32(at: start + 8) == 0x6e6e_6f63, bytes.u8(at: start + 12) == 0x3d,
      bytes.u32(at: start + 17) == 4, bytes.u32(at: start + 21) == 0x023d_706f,
      bytes.u32(at: start + 25) == 13, bytes.u32(at: start + 29) == 0x656d_6974, bytes.u8(at: start + 33) == 0x3d
    else { return nil }
    let nanoseconds = bytes.u32(at: start + 38)
    if nanoseconds >= 1_000_000_000 { carriedTimes += 1 }
    let time = Int64(bytes.u32(at: start + 34)) * 1_000_000_000 + Int64(nanoseconds)
    return RosBagMessage(connection: bytes.u32(at: start + 13), time: time, offset: start, data: data)
  }

  /// Any other header; nil for what is not a message, and for a damaged one.
  private mutating func unusual(at start: Int, _ headerEnd: Int, data: Range<Int>) -> RosBagMessage? {
    do throws(ByteCursor.Failure) {
      var input = ByteCursor(bytes.extracting(start + 4..<headerEnd), at: start + 4)
      let header = try RosBagHeader(from: &input)
      switch header.op {
      case RosBagHeader.Op.message:
        if header.isTimeCarried { carriedTimes += 1 }
        var id = header.connection
        if !names.isEmpty {
          guard let named = names[RosBagName(header)] else { throw input.fail("a topic that was defined before") }
          id = named
        }
        return RosBagMessage(connection: id, time: header.time, offset: start, data: data)
      case RosBagHeader.Op.connection:
        var content = ByteCursor(bytes.extracting(data), at: data.lowerBound)
        connections.append(try RosBagConnection(header, data: &content))
        return nil
      default: return nil
      }
    } catch {
      return stop(start, error.wanted)
    }
  }

  private mutating func stop(_ offset: Int, _ wanted: String) -> RosBagMessage? {
    position = offset
    damage = ByteCursor.Failure(offset: offset, wanted: wanted)
    return nil
  }
}

/// What names a connection in version 1.2.
struct RosBagName: Hashable, Sendable {
  var topic: [UInt8]
  var type: [UInt8]
  var md5: [UInt8]

  init(_ header: RosBagHeader) {
    topic = header.texts["topic"] ?? []
    type = header.texts["type"] ?? []
    md5 = header.texts["md5"] ?? []
  }
}
