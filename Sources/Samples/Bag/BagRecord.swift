import Core

/// The records of a bag: `u32 header length, header, u32 data length, data`; a header is `u32 length, name=value` fields.
enum BagRecord {
  enum Operation: UInt8 {
    case message = 0x02
    case bagHeader = 0x03
    case indexData = 0x04
    case chunk = 0x05
    case chunkInfo = 0x06
    case connection = 0x07
  }

  /// 4096 bytes and its two lengths, whatever the numbers, so that it can be rewritten.
  static func bagHeader(index: Int, connections: Int, chunks: Int) -> [UInt8] {
    var record = Header(.bagHeader)
    record.field("chunk_count", u32: chunks)
    record.field("conn_count", u32: connections)
    record.field("index_pos") { $0.u64(UInt64(index)) }
    return record.with([UInt8](repeating: UInt8(ascii: " "), count: 4096 - record.count))
  }

  /// `size` is that of the unpacked data.
  static func chunk(_ compression: BagCompression, size: Int, data: [UInt8]) -> [UInt8] {
    var record = Header(.chunk)
    record.field("compression") { $0.append(compression.rawValue) }
    record.field("size", u32: size)
    return record.with(data)
  }

  static func connection(_ number: Int, topic: String, type: MessageDefinition, latching: Bool) -> [UInt8] {
    var inner = Header()
    inner.field("callerid") { $0.append("/sample_drive") }
    if latching { inner.field("latching") { $0.append("1") } }
    inner.field("md5sum") { $0.append(type.md5sum) }
    inner.field("message_definition") { $0.append(type.text) }
    inner.field("topic") { $0.append(topic) }
    inner.field("type") { $0.append(type.name) }
    var record = Header(.connection)
    record.field("conn", u32: number)
    record.field("topic") { $0.append(topic) }
    return record.with(inner.fields.bytes)
  }

  static func indexData(_ connection: Int, _ entries: [(time: Timestamp, offset: Int)]) -> [UInt8] {
    var record = Header(.indexData)
    record.field("conn", u32: connection)
    record.field("count", u32: entries.count)
    record.field("ver", u32: 1)
    var data = ByteWriter(capacity: 12 * entries.count)
    for entry in entries {
      data.time(entry.time)
      data.u32(UInt32(entry.offset))
    }
    return record.with(data.bytes)
  }

  static func chunkInfo(_ chunk: BagWriter.Chunk) -> [UInt8] {
    var data = ByteWriter()
    for (connection, count) in chunk.counts.enumerated() where count > 0 {
      data.u32(UInt32(connection))
      data.u32(UInt32(count))
    }
    var record = Header(.chunkInfo)
    record.field("chunk_pos") { $0.u64(UInt64(chunk.position)) }
    record.field("count", u32: data.count / 8)
    record.field("end_time") { $0.time(chunk.span.end) }
    record.field("start_time") { $0.time(chunk.span.start) }
    record.field("ver", u32: 1)
    return record.with(data.bytes)
  }

  /// Straight into the chunk: most records are messages.
  static func message(on connection: Int, at time: Timestamp, _ message: [UInt8], to chunk: inout ByteWriter) {
    chunk.u32(38)
    chunk.u32(9)
    chunk.append("conn=")
    chunk.u32(UInt32(connection))
    chunk.u32(4)
    chunk.append("op=")
    chunk.u8(Operation.message.rawValue)
    chunk.u32(13)
    chunk.append("time=")
    chunk.time(time)
    chunk.bytes32(message)
  }

  /// Fields in alphabetical order, as ROS has them; `op` goes where the alphabet puts it.
  private struct Header {
    private(set) var fields = ByteWriter()
    private var operation: Operation?

    init(_ operation: Operation? = nil) { self.operation = operation }

    /// Bytes with the operation, without the two lengths of the record.
    var count: Int { fields.count + (operation == nil ? 0 : 8) }

    mutating func field(_ name: String, _ value: (inout ByteWriter) -> Void) {
      if name > "op" { putOperation() }
      let start = fields.count
      fields.u32(0)
      fields.append(name)
      fields.append("=")
      value(&fields)
      fields.patch(u32: UInt32(fields.count - start - 4), at: start)
    }

    mutating func field(_ name: String, u32 value: Int) { field(name) { $0.u32(UInt32(value)) } }

    consuming func with(_ data: [UInt8]) -> [UInt8] {
      putOperation()
      var record = ByteWriter(capacity: fields.count + data.count + 8)
      record.bytes32(fields.bytes)
      record.bytes32(data)
      return record.bytes
    }

    private mutating func putOperation() {
      guard let operation else { return }
      self.operation = nil
      fields.u32(4)
      fields.append("op=")
      fields.u8(operation.rawValue)
    }
  }
}
