import Core

/// A stretch of the file that can be read by itself: a chunk, or records that follow one another.
struct RosBagPart: Sendable {
  enum Content: Sendable {
    /// `size` is what it unpacks to, by its header; 0 where the recorder was killed before it was known.
    case chunk(RosBagCompression, size: Int)
    /// Message and connection records as they stand: an unclosed chunk, or a bag of version 1.2.
    case records
  }

  var content: Content
  /// Where its record begins in the file; messages are found again by this and their offset.
  var position: Int
  /// The stored bytes.
  var data: Range<Int>
  /// Bytes that its record promises behind the end of the file.
  var missing = 0
  /// Not closed by its writer: what is there is read, and no end is expected.
  var isOpen = false
  /// Messages a connection, by the index data records behind it.
  var indexed: [(connection: UInt32, messages: Int)] = []
}

/// One pass over the records of the file, headers only: what there is, where, and what is damaged.
///
/// Believes no index; a damaged place is passed and named. Small memory: one part a chunk.
struct RosBagWalk {
  /// No writer comes near; a longer one is damage.
  static let longestHeader = 64 << 10
  /// Connections and chunk infos are not longer; they are read in one piece.
  static let longestData = 16 << 20
  /// Records outside of chunks are read in stretches of about this size.
  private static let stretch = 1 << 20

  private(set) var parts: [RosBagPart] = []
  /// Connection records outside of chunks, in their order.
  private(set) var connections: [RosBagConnection] = []
  private(set) var infos: [RosBagChunkInfo] = []
  private(set) var names: [RosBagName: UInt32] = [:]
  private(set) var findings = Findings()
  /// Bytes that belong to no record.
  private(set) var lostBytes = 0

  /// Bytes of the file.
  var length: Int { file.count }
  private let file: FileReader
  private let version: RosBagVersion
  /// Ascending starts of chunks that the index knows: a chunk whose length runs past the next one is damaged.
  private let known: [Int]
  /// Where the writer said that the index begins; what is lost behind it are no messages.
  private let tail: Int
  private var window: Window
  private var resync: RosBagResync

  /// A record's header and where its data is; nil where none can be read.
  struct Record {
    var header: RosBagHeader
    var data: Int
    var length: Int
    var end: Int { data + length }
  }

  init(_ file: FileReader, _ index: RosBagIndex, version: RosBagVersion) throws {
    self.file = file
    self.version = version
    known = index.infos.map(\.position)
    tail = index.isClosed ? index.header.indexPosition.flatMap(Int.init(exactly:)) ?? .max : .max
    window = Window(file)
    resync = RosBagResync(file)
    try walk(from: index.first)
  }

  static func record(at position: Int, in file: FileReader) throws(SystemError) -> Record? {
    var window = Window(file)
    guard let record = try record(at: position, of: file.count, &window) else { return nil }
    guard record.header.isKnown, record.length <= file.count - record.data else { return nil }
    return record
  }

  static func record(at position: Int, of end: Int, _ window: inout Window) throws(SystemError) -> Record? {
    guard position >= 0, end - position >= 8 else { return nil }
    let head = try window.bytes(at: position, count: 4)
    let length = Int(head.bytes.u32(at: 0))
    guard length >= 8, length <= longestHeader, length <= end - position - 8 else { return nil }
    let bytes = try window.bytes(at: position + 4, count: length + 4)
    guard let header = RosBagHeader(bytes.bytes.extracting(0..<length)), header.op != 0 else { return nil }
    return Record(header: header, data: position + 8 + length, length: Int(bytes.bytes.u32(at: length)))
  }

  private mutating func walk(from start: Int) throws {
    var position = start
    while position < file.count {
      guard let record = try Self.record(at: position, of: file.count, &window) else {
        position = try pass(position)
        continue
      }
      switch record.header.op {
      case RosBagHeader.Op.chunk: position = try chunk(record, at: position)
      case RosBagHeader.Op.message, RosBagHeader.Op.connection:
        position = try plain(record, at: position)
      default:
        guard record.length <= file.count - record.data else {
          position = cut(record, at: position)
          break
        }
        position = try other(record, at: position)
      }
    }
  }

  /// A chunk: its bytes are a part; where to go on.
  private mutating func chunk(_ record: Record, at position: Int) throws -> Int {
    let compression = RosBagCompression(record.header.texts["compression"] ?? [])
    let size = Int(record.header.size)
    var part = RosBagPart(
      content: .chunk(compression, size: size), position: position, data: record.data..<record.data)
    if record.length == 0, size == 0, record.data < file.count { return try empty(part, record) }
    // The next chunk the index knows of bounds this one, if it is there: a length that runs past it is damaged.
    let next = nextKnown(from: record.data)
    let limit = try record.end > next && isChunk(at: next) ? next : file.count
    let end = min(record.end, limit)
    part.data = record.data..<end
    if record.end > limit {
      part.missing = record.end - limit
      findings.append(
        Finding(
          .error, limit == file.count ? "truncated" : "chunk-corrupt", at: position, length: end - position,
          "chunk promises \(record.length) bytes, \(end - record.data) are there"))
    }
    parts.append(part)
    return end
  }

  /// The start of the first known chunk at or behind a position; the end of the file when there is none.
  private func nextKnown(from position: Int) -> Int {
    let next = known.indices.bisect { known[$0] >= position }
    return next < known.count ? known[next] : file.count
  }

  private mutating func isChunk(at position: Int) throws -> Bool {
    try Self.record(at: position, of: file.count, &window)?.header.op == RosBagHeader.Op.chunk
  }

  /// Size 0 and no data: an empty chunk, or one that was open when the recorder was killed.
  private mutating func empty(_ part: RosBagPart, _ record: Record) throws -> Int {
    let magic = try file.bytes(at: record.data, count: min(4, file.count - record.data))
    let isPacked = magic.starts(with: "BZh".utf8) || magic == [0x04, 0x22, 0x4d, 0x18]
    var part = part
    if isPacked {
      part.data = record.data..<file.count
      part.isOpen = true
      parts.append(part)
      noteOpen(part.position, "a packed chunk was open when the recording ended")
      return file.count
    }
    let next = try Self.record(at: record.data, of: file.count, &window)
    guard let next, next.header.op == RosBagHeader.Op.message || next.header.op == RosBagHeader.Op.connection else {
      return record.data
    }
    part.content = .records
    part.isOpen = true
    parts.append(part)
    if next.header.op == RosBagHeader.Op.message || known.isEmpty {
      noteOpen(part.position, "a chunk was open when the recording ended; its records are read as they stand")
    }
    return record.data
  }

  private mutating func noteOpen(_ position: Int, _ message: String) {
    findings.append(Finding(.warning, "unterminated-chunk", at: position, length: file.count - position, message))
  }

  /// A message or connection outside of a closed chunk.
  private mutating func plain(_ record: Record, at position: Int) throws -> Int {
    guard record.length <= file.count - record.data else { return cut(record, at: position) }
    if record.header.op == RosBagHeader.Op.connection, record.length <= Self.longestData {
      let data = try window.bytes(at: record.data, count: record.length)
      if let connection = RosBagConnection(record.header, data.bytes) { connections.append(connection) }
    }
    if let last = parts.last, case .records = last.content, last.data.upperBound == position,
      last.data.count < Self.stretch
    {
      parts[parts.count - 1].data = last.data.lowerBound..<record.end
    } else if record.header.op == RosBagHeader.Op.message {
      parts.append(
        RosBagPart(content: .records, position: position, data: position..<record.end, isOpen: version == .v20))
    }
    return record.end
  }

  /// The bag header, index data, chunk infos, definitions of version 1.2, and what nobody knows.
  private mutating func other(_ record: Record, at position: Int) throws -> Int {
    switch record.header.op {
    case RosBagHeader.Op.index: return try index(record)
    case RosBagHeader.Op.chunkInfo where record.length <= Self.longestData:
      let data = try window.bytes(at: record.data, count: record.length)
      if let info = RosBagChunkInfo(record.header, data.bytes) { infos.append(info) }
    case RosBagHeader.Op.definition where version == .v12:
      let name = RosBagName(record.header)
      if names[name] == nil {
        names[name] = UInt32(names.count)
        connections.append(RosBagConnection(definition: record.header, id: UInt32(names.count - 1)))
      }
    case RosBagHeader.Op.bag: break
    default:
      findings.append(
        Finding(
          .info, "unknown-op", at: position, length: record.end - position,
          "a record of kind \(record.header.op) is passed"))
    }
    return record.end
  }

  /// Index data; its data length is wrong in bags before ROS C Turtle 1.1.15, its count never.
  private mutating func index(_ record: Record) throws -> Int {
    if version == .v20, !parts.isEmpty {
      parts[parts.count - 1].indexed.append((record.header.connection, Int(record.header.count)))
    }
    let size = record.header.version == 0 ? 16 : 12
    let byCount = record.data + Int(record.header.count) * size
    guard byCount != record.end, byCount <= file.count else { return record.end }
    if byCount == file.count { return byCount }
    let next = try Self.record(at: byCount, of: file.count, &window)
    return next?.header.isKnown == true ? byCount : record.end
  }

  /// The last record of the file is not all there.
  private mutating func cut(_ record: Record, at position: Int) -> Int {
    let there = file.count - position
    lostBytes += isMessage(record) ? there : 0
    findings.append(
      Finding(
        .error, "truncated", at: position, length: there,
        "the file ends in a record that wants \(record.end - position) bytes and has \(there)"))
    return file.count
  }

  private func isMessage(_ record: Record) -> Bool {
    record.header.op == RosBagHeader.Op.message || record.header.op == RosBagHeader.Op.connection
  }

  /// No record begins here: go on at the next one that does.
  private mutating func pass(_ position: Int) throws -> Int {
    let next = try resync.record(from: position + 1) ?? file.count
    let isEnd = next == file.count
    let isTail = isEnd && !infos.isEmpty && position > tail
    if position < tail { lostBytes += next - position }
    let length = next - position
    switch (isTail, isEnd && position >= tail) {
    case (true, _):
      findings.append(
        Finding(.info, "junk-tail", at: position, length: length, "\(length) bytes behind the last record"))
    case (_, true):
      findings.append(
        Finding(
          .warning, "truncated", at: position, length: length, "the file ends in the index, \(length) bytes of a record"
        ))
    default:
      findings.append(
        Finding(.warning, "gap", at: position, length: length, "\(length) bytes that are no record are passed"))
    }
    return next
  }
}
