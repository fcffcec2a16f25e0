package import Core

/// Reads all files of a lake's log as one: merged by id, in the order (time, writer, seq), with every chain checked.
///
/// Memory grows with the number of writers, not of events, apart from 24 bytes an event for the ids seen.
package struct LineageReader {
  /// What damage means.
  package enum Mode: Sendable {
    /// The first damage is an `IntegrityError`.
    case strict
    /// Damage is collected, and what can be read is read.
    case salvage
  }

  private let folder: Folder
  private let mode: Mode
  /// Bytes of a line that are read at most.
  var longestLine = LogLines.longest
  /// What is wrong, in the order in which it was met; empty after a strict read that returned.
  package private(set) var damage: [LogDamage] = []
  /// Last lines without newline: a crash, or somebody who is writing right now.
  package private(set) var torn: [TornTail] = []
  /// The last whole line of each writer.
  package private(set) var heads: [String: LogHead] = [:]
  /// How many entries were read.
  package private(set) var count = 0
  private var seen = SeenEntries()
  /// Where reading goes on, by writer: what lies before is known, and its last line was found to be as it was.
  var places: [String: LogPlace] = [:]
  /// False where somebody else tells an id that was met before; then memory does not grow with the log.
  var remembersIDs = true

  /// `folder` is the lake's `lineage`.
  package init(_ folder: Folder, mode: Mode = .strict) {
    self.folder = folder
    self.mode = mode
  }

  /// Hands over every entry in order; heads, tails and damage are known afterwards.
  package mutating func read(_ body: (LineageEntry) throws -> Void) throws {
    var queue = MergeQueue()
    for var chain in try chains() {
      if let entry = try advance(&chain) { queue.insert(entry, chain) }
    }
    while let (entry, rest) = queue.removeFirst() {
      var chain = rest
      if try isNew(entry) {
        count += 1
        try body(entry)
      }
      if let next = try advance(&chain) { queue.insert(next, chain) }
    }
  }

  /// Everything folded; for lakes whose history fits into memory.
  package mutating func view() throws -> LineageView {
    var view = LineageView()
    try read { view.apply($0) }
    return view
  }

  private mutating func advance(_ chain: inout LogChain) throws -> LineageEntry? {
    while let item = try chain.next() {
      switch item {
      case .entry(let entry): return entry
      case .damage(let damage): try meet(damage)
      }
    }
    torn += chain.torn
    heads[chain.writer] = chain.head
    return nil
  }

  private mutating func meet(_ found: LogDamage) throws {
    guard mode == .salvage else { throw IntegrityError(found) }
    damage.append(found)
  }

  /// False for a line that was read before from another file; another line of the same id is damage.
  private mutating func isNew(_ entry: LineageEntry) throws -> Bool {
    guard remembersIDs else { return true }
    switch seen.insert(entry) {
    case .new: return true
    case .same: return false
    case .other:
      let problem = "id \(entry.id) is that of another line"
      try meet(LogDamage(file: entry.file, line: entry.line, offset: entry.offset, problem: problem))
      return true
    }
  }

  /// One chain a writer; copies of a file are left out.
  private mutating func chains() throws -> [LogChain] {
    let names = try folder.names().filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix(".") }.sorted()
    var writers: [String: [LogFileHead]] = [:]
    for name in names {
      guard let head = try LogFileHead(name, in: folder) else { continue }
      writers[head.writer, default: []].append(head)
    }
    var chains: [LogChain] = []
    for writer in writers.keys.sorted() {
      let heads = (writers[writer] ?? []).sorted {
        ($0.sequence, $1.count, $0.name) < ($1.sequence, $0.count, $1.name)
      }
      var kept: [LogFileHead] = []
      for head in heads {
        if let last = kept.last, last.sequence == head.sequence {
          guard try !head.isCopy(of: last, in: folder) else { continue }
          let problem = "is not what \(last.name) says of writer \(writer): two hosts write under one name, "
          try meet(LogDamage(file: head.name, line: 1, offset: 0, problem: problem + "set AV_WRITER on one"))
          continue
        }
        kept.append(head)
      }
      chains.append(
        LogChain(writer, kept.map(\.name), in: folder, longest: longestLine, from: places[writer]))
    }
    return chains
  }
}

/// What the beginning of a log file says: whose it is, and where in the writer's chain it begins.
struct LogFileHead {
  var name: String
  var writer: String
  var sequence: Int
  var count: Int

  /// Nil for a file without a line.
  ///
  /// A file whose first lines are damaged belongs to the writer that its name says.
  init?(_ name: String, in folder: Folder) throws {
    self.name = name
    count = try FileReader(name, in: folder).count
    guard count > 0 else { return nil }
    (writer, sequence) = (Self.writer(named: name), 0)
    var lines = try LogLines(name, in: folder)
    // The line of the writer is the first, or the third after a crash at the first.
    for _ in 0..<3 {
      guard let line = try? lines.next(), line.isEnded, let json = try? JSON.parse(line.bytes) else { continue }
      guard let envelope = try? LineageEnvelope(json), envelope.event.name == "writer.open" else { continue }
      writer = envelope.event.fields["writer"]?.string ?? writer
      sequence = envelope.sequence - (line.number - 1) / 2
      return
    }
  }

  /// `batch-07` of `batch-07.jsonl` and of `batch-07.2.jsonl`.
  private static func writer(named name: String) -> String {
    let stem = name.dropLast(".jsonl".count)
    guard let dot = stem.lastIndex(of: "."), Int(stem[stem.index(after: dot)...]) != nil else { return String(stem) }
    return String(stem[..<dot])
  }

  /// Whether this file is the beginning of the other, or all of it.
  func isCopy(of other: LogFileHead, in folder: Folder) throws -> Bool {
    guard count <= other.count else { return false }
    let (mine, theirs) = (try FileReader(name, in: folder), try FileReader(other.name, in: folder))
    for start in stride(from: 0, to: count, by: 1 << 20) {
      let length = min(1 << 20, count - start)
      guard try mine.bytes(at: start, count: length) == theirs.bytes(at: start, count: length) else { return false }
    }
    return true
  }
}

/// The next entry of every chain, the earliest first: a binary heap.
private struct MergeQueue {
  private var heap: [(entry: LineageEntry, chain: LogChain)] = []

  mutating func insert(_ entry: LineageEntry, _ chain: LogChain) {
    heap.append((entry, chain))
    var child = heap.count - 1
    while child > 0, isEarlier(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (entry: LineageEntry, chain: LogChain)? {
    guard !heap.isEmpty else { return nil }
    heap.swapAt(0, heap.count - 1)
    let first = heap.removeLast()
    var parent = 0
    while true {
      let children = (2 * parent + 1..<2 * parent + 3).clamped(to: 0..<heap.count)
      guard let child = children.min(by: isEarlier), isEarlier(child, parent) else { return first }
      heap.swapAt(child, parent)
      parent = child
    }
  }

  private func isEarlier(_ one: Int, _ other: Int) -> Bool {
    LineageEntry.isOrdered(heap[one].entry, heap[other].entry)
  }
}

/// Ids of the entries that were read, each with a part of its line's digest.
private struct SeenEntries {
  private var digests: [Identifier: UInt64] = [:]

  enum Answer { case new, same, other }

  mutating func insert(_ entry: LineageEntry) -> Answer {
    // An id that is no UUID is not one of ours; its chain vouches for it.
    guard let id = Identifier(entry.id) else { return .new }
    let digest = UInt64(entry.digest.prefix(16), radix: 16) ?? 0
    guard let old = digests.updateValue(digest, forKey: id) else { return .new }
    return old == digest ? .same : .other
  }
}
