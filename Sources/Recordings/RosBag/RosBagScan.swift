import Core

/// What was found in one part of the file when it was unpacked and walked.
struct RosBagPartScan: Sendable {
  /// Connections of messages, and for each the record times in file order.
  var ids = RosBagSlots()
  var times: [[Int64]] = []
  var connections: [RosBagConnection] = []
  var contents = RosBagContents()
}

/// How it went with the bytes of one part.
struct RosBagContents: Sendable {
  /// Message records met, of every connection.
  var messages = 0
  /// Bytes of the part that no message could be read from.
  var lostBytes = 0
  /// Something of the part is missing or damaged.
  var isDamaged = false
  var findings: [Finding] = []
}

extension RosBagPart {
  /// Longest that a chunk may unpack to where its header does not say (it was open).
  private static let longestOpen = 256 << 20

  /// What stored bytes may unpack to: any usual chunk, and larger ones only at a ratio that recordings have.
  private static func limit(_ stored: Int) -> Int { min(max(64 << 20, stored * 300), 1 << 30) }

  /// The part's records, unpacked; what could not be had is in `contents`.
  func bytes(of file: FileReader, _ contents: inout RosBagContents) throws -> [UInt8] {
    guard case .chunk(let compression, let size) = content else {
      return try file.bytes(at: data.lowerBound, count: data.count)
    }
    if missing > 0 { contents.isDamaged = true }
    let stored = try file.bytes(at: data.lowerBound, count: data.count)
    guard let codec = compression.codec else {
      if compression != .none {
        contents.isDamaged = true
        contents.lostBytes += stored.count
        contents.findings.append(
          Finding(
            .error, "unsupported", at: position, length: stored.count,
            "compression \(compression.name.jsonQuoted) is not supported; none, bz2 and lz4 are"))
        return []
      }
      if size != stored.count, missing == 0 {
        contents.findings.append(
          Finding(.warning, "chunk-size", at: position, "size is \(size), the chunk has \(stored.count) bytes"))
      }
      return stored
    }
    if isOpen || missing > 0 {
      let salvaged = codec.salvage(stored.bytes, limit: isOpen ? Self.longestOpen : size)
      contents.isDamaged = contents.isDamaged || salvaged.problem != nil
      contents.lostBytes += stored.count - salvaged.consumed
      if isOpen, let problem = salvaged.problem {
        contents.findings.append(
          Finding(
            .error, "truncated", at: position, length: stored.count - salvaged.consumed,
            "\(problem); \(salvaged.bytes.count) bytes of whole blocks are read, their checksum is not there"))
      }
      return salvaged.bytes
    }
    do throws(CodecError) {
      return try codec.decompress(stored.bytes, size: size, limit: Self.limit(stored.count))
    } catch {
      contents.isDamaged = true
      contents.lostBytes += stored.count
      contents.findings.append(
        Finding(
          .error, "chunk-corrupt", at: position, length: stored.count, "\(stored.count) bytes do not unpack: \(error)"))
      return []
    }
  }

  /// Notes what ended a walk early.
  func note(_ walk: borrowing RosBagMessages, of count: Int, _ contents: inout RosBagContents) {
    if walk.carriedTimes > 0 {
      contents.findings.append(
        Finding(
          .warning, "time-range", at: position,
          "\(walk.carriedTimes) record times have 10^9 nanoseconds or more; carried into the seconds"))
    }
    guard let damage = walk.damage else { return }
    contents.isDamaged = true
    contents.lostBytes += count - damage.offset
    contents.findings.append(
      Finding(
        .error, isOpen || missing > 0 ? "truncated" : "chunk-corrupt", at: position, length: data.count,
        "record at byte \(damage.offset) of \(count): wanted \(damage.wanted)"))
  }

  /// Walks the part and decodes nothing.
  func scan(_ file: FileReader, names: [RosBagName: UInt32]) throws -> RosBagPartScan {
    var scan = RosBagPartScan()
    let bytes = try bytes(of: file, &scan.contents)
    var walk = RosBagMessages(bytes.bytes, names: names)
    while let message = walk.next() {
      let slot = scan.ids.slot(of: message.connection)
      if slot == scan.times.count { scan.times.append([]) }
      scan.times[slot].append(message.time)
      scan.contents.messages += 1
    }
    scan.connections = walk.connections
    note(walk, of: bytes.count, &scan.contents)
    return scan
  }
}

/// Numbers the connections of a part from 0 in order of appearance; a chunk has few, so looking through them is fast.
struct RosBagSlots: Sendable {
  private(set) var ids: [UInt32] = []
  private var last = 0
  private var many: [UInt32: Int] = [:]

  private static let few = 24

  /// The number of a connection; one that was not met before gets the next.
  mutating func slot(of id: UInt32) -> Int {
    if last < ids.count, ids[last] == id { return last }
    last = known(id) ?? ids.count
    if last == ids.count {
      ids.append(id)
      many[id] = last
    }
    return last
  }

  private func known(_ id: UInt32) -> Int? {
    ids.count <= Self.few ? ids.firstIndex(of: id) : many[id]
  }
}
