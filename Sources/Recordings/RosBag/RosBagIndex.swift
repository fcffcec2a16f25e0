import Core

/// What the index of a closed bag says; believed when it is sound, and never the only way to a message.
struct RosBagIndex: Sendable {
  var header: RosBagHeader
  /// Where the first record behind the bag header begins.
  var first: Int
  var connections: [RosBagConnection] = []
  /// In the order of their chunks in the file.
  var infos: [RosBagChunkInfo] = []
  var findings: [Finding] = []
  /// Why the index cannot be believed; nil when it can.
  var doubt: String?
  /// The file has fewer bytes than the writer put before the index: it was cut short.
  var isPastEnd = false

  /// Reads the bag header, and the index behind the chunks where there is one.
  init(_ file: FileReader, after line: Int, _ version: RosBagVersion) throws {
    var window = Window(file)
    guard let record = try RosBagWalk.record(at: line, of: file.count, &window),
      record.header.op == RosBagHeader.Op.bag, record.length <= file.count - record.data
    else {
      throw FormatError(
        format: "rosbag", structure: "bag header", offset: line,
        problem: "wanted a record of kind 3 that fits the \(file.count - line) bytes left")
    }
    header = record.header
    first = record.end
    guard version == .v20 else {
      doubt = "version 1.2 has no list of chunks"
      return
    }
    doubt = try section(file, &window)
    if doubt != nil { (connections, infos) = ([], []) }
  }

  var isClosed: Bool { header.indexPosition ?? 0 != 0 }

  /// Reads connections and chunk infos; why they are not sound, or nil.
  private mutating func section(_ file: FileReader, _ window: inout Window) throws -> String? {
    guard isClosed, let raw = header.indexPosition else { return "the bag was not closed" }
    isPastEnd = raw > UInt64(file.count)
    guard let start = Int(exactly: raw), start >= first, start <= file.count else {
      return "index_pos is \(raw), the file has \(file.count) bytes"
    }
    var position = start
    while connections.count < header.connectionCount || infos.count < header.chunkCount {
      guard let record = try RosBagWalk.record(at: position, of: file.count, &window),
        record.length <= file.count - record.data
      else { return "no record at byte \(position) of the index" }
      guard record.length <= RosBagWalk.longestData else {
        return "the record at byte \(position) of the index has \(record.length) bytes"
      }
      let data = try window.bytes(at: record.data, count: record.length)
      switch record.header.op {
      case RosBagHeader.Op.connection:
        guard let connection = RosBagConnection(record.header, data.bytes) else {
          return "the connection at byte \(position) is damaged"
        }
        connections.append(connection)
      case RosBagHeader.Op.chunkInfo:
        guard let info = RosBagChunkInfo(record.header, data.bytes) else {
          return "the chunk info at byte \(position) is damaged"
        }
        guard info.position >= first, info.position < start else {
          return "a chunk at byte \(info.position) is not between the header and the index"
        }
        infos.append(info)
      default: return "a record of kind \(record.header.op) at byte \(position) of the index"
      }
      position = record.end
    }
    infos.sort { $0.position < $1.position }
    for (info, next) in zip(infos, infos.dropFirst()) where info.position == next.position {
      return "two chunk infos are of the chunk at byte \(info.position)"
    }
    for info in [infos.first, infos.last].compactMap({ $0 }) {
      let chunk = try RosBagWalk.record(at: info.position, of: file.count, &window)
      guard chunk?.header.op == RosBagHeader.Op.chunk else { return "no chunk at byte \(info.position)" }
    }
    if position < file.count {
      findings.append(
        Finding(
          .info, "junk-tail", at: position, length: file.count - position,
          "\(file.count - position) bytes behind the last record"))
    }
    return nil
  }

  /// Record times of every connection in a chunk, by the index data behind it; nil where that is not sound.
  ///
  /// All of it lies before `end`, where the next chunk begins.
  func times(of info: RosBagChunkInfo, _ window: inout Window, _ end: Int) throws -> [UInt32: [Int64]]? {
    guard let chunk = try RosBagWalk.record(at: info.position, of: end, &window) else { return nil }
    var position = chunk.end
    var times: [UInt32: [Int64]] = [:]
    var wanted = Dictionary(info.counts.map { ($0.connection, $0.messages) }, uniquingKeysWith: +)
    while !wanted.isEmpty {
      guard let record = try RosBagWalk.record(at: position, of: end, &window),
        record.header.op == RosBagHeader.Op.index, record.header.version == 1,
        Int(record.header.count) <= (end - record.data) / 12,
        wanted.removeValue(forKey: record.header.connection) == Int(record.header.count)
      else { return nil }
      let data = try window.bytes(at: record.data, count: Int(record.header.count) * 12)
      times[record.header.connection] = (0..<Int(record.header.count)).map { entry in
        Int64(data.bytes.u32(at: entry * 12)) * 1_000_000_000 + Int64(data.bytes.u32(at: entry * 12 + 4))
      }
      position = record.data + Int(record.header.count) * 12
    }
    // Index data of a connection that the chunk info does not have.
    let next = try RosBagWalk.record(at: position, of: end, &window)
    return next?.header.op == RosBagHeader.Op.index ? nil : times
  }
}
