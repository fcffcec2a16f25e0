package import Core

/// Appends to the file of this host in a lake's log: one write a line, under a local lock (`reliability.md` §2.3).
///
/// Several threads, and several processes of one host, may append at once. A torn last line is ended and named before
/// anything follows it; any other damage at the end is an `IntegrityError`, and nothing is appended.
package final class LineageLog: Sendable {
  /// What an event must have become before the append returns.
  package enum Durability: Sendable {
    /// On the medium: for all that something else depends on.
    case durable
    /// Handed to the system; the next durable append takes it along.
    case soon
  }

  /// Sizes at which things happen, in bytes.
  package struct Limits: Sendable {
    /// A file as long as this is closed, and the next one begun.
    package var rotate = 256 << 20
    /// A line that would be longer puts its longest lists into files of their own.
    package var line = 1 << 20

    package init(rotate: Int = 256 << 20, line: Int = 1 << 20) {
      self.rotate = rotate
      self.line = line
    }
  }

  package let writer: String
  private let tool: Tool
  private let folder: Folder
  private let limits: Limits
  private let state: Guarded<State>

  /// What is known of the writer's files; true only under the lock, and caught up there.
  private struct State {
    /// The first file, whose lock stands for all of the writer's files.
    let first: AppendLog
    var current: AppendLog
    /// From 1; the second is `<writer>.2.jsonl`.
    var number = 1
    var tail = LogTail()
    /// The newest entry that new lines follow, whoever wrote it.
    var floor: Timestamp?
    /// Why nothing can be appended any more: a line may be in memory and not on the medium, and what follows it would
    /// stand on what is not there.
    var failure: SystemError?
  }

  /// `folder` is the lake's `lineage`; `writer` the host's name unless `AV_WRITER` says another.
  package init(_ folder: Folder, writer: String? = nil, tool: Tool, limits: Limits = Limits()) throws {
    self.writer = Self.writerName(writer ?? Environment.value("AV_WRITER") ?? Host.name)
    self.tool = tool
    self.folder = folder
    self.limits = limits
    let first = try AppendLog(Self.fileName(self.writer, 1), in: folder)
    // A line whose sync failed may be in memory only: what is chained on is read from the medium.
    first.dropCache()
    state = Guarded(State(first: first, current: first))
  }

  /// A writer's name as it stands in the file's: other characters than `[A-Za-z0-9._-]` become `-`.
  package static func writerName(_ name: String) -> String {
    let text = name.utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        Character(Unicode.Scalar(byte))
      default: Character("-")
      }
    }
    // A hidden file would not be read.
    return text.isEmpty ? "host" : text.first == "." ? "-" + String(text.dropFirst()) : String(text)
  }

  /// New lines will be later than `time`: that of the newest entry which they follow, whoever wrote it.
  package func follow(_ time: Timestamp?) {
    guard let time else { return }
    state.withLock { $0.floor = max($0.floor ?? time, time) }
  }

  private static func fileName(_ writer: String, _ number: Int) -> String {
    number == 1 ? "\(writer).jsonl" : "\(writer).\(number).jsonl"
  }

  /// Appends events in order, with nothing of others between them, and returns them as entries.
  @discardableResult
  package func append(_ events: [LineageEvent], run: String?, _ durability: Durability = .durable) throws
    -> [LineageEntry]
  {
    // Side files are durable before a line names them.
    let blobs = LineageBlobs(folder)
    let events = try events.map { try blobs.shortened($0, limit: limits.line - Self.envelopeBytes) }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return try state.first.locked {
        try prepare(&state)
        let entries = try events.map { event in
          if state.tail.size >= limits.rotate { try rotate(&state) }
          return try write(event, run: run, &state)
        }
        if durability == .durable { try sync(&state) }
        return entries
      }
    }
  }

  /// A sync that failed is final: the line stands in the file, nobody may be told so, and the next run takes it up.
  private func sync(_ state: inout State) throws {
    do throws(SystemError) { try state.current.sync() } catch {
      state.failure = error
      throw error
    }
  }

  @discardableResult
  package func append(_ event: LineageEvent, run: String?, _ durability: Durability = .durable) throws -> LineageEntry {
    try append([event], run: run, durability)[0]
  }

  /// Names a damaged last line, and what a crash left after it, as torn: readers skip them from then on.
  ///
  /// A power cut can leave such a line instead of a torn tail. It is for a person who has looked at it; false when
  /// there is no damage at the end. Damage further up is not named.
  package func nameDamagedEnd() throws -> Bool {
    try state.withLock { state in
      try state.first.locked {
        do { try prepare(&state) } catch is IntegrityError {
          let size = try state.current.size()
          let tail = try LogTail(of: state.current, size: size)
          guard tail.problem != nil, let line = tail.lastLine else { throw IntegrityError(damage(state, "is cut")) }
          var before = try LogTail(of: state.current, size: line.offset)
          if let problem = before.problem { throw IntegrityError(damage(state, "before its end: \(problem)")) }
          let isNew = !before.hasLines
          if isNew { (before.sequence, before.time) = (state.tail.sequence, state.tail.time) }
          before.size = size
          before.digest = tail.torn?.digest ?? line.digest
          state.tail = before
          let end = tail.torn == nil ? size - 1 : size
          let event = LineageEvent.logTorn(offset: line.offset, length: end - line.offset)
          try write(event, run: nil, &state, after: tail.torn == nil ? "" : "\n")
          if isNew { try begin(&state) }
          try state.current.sync()
          return true
        }
        return false
      }
    }
  }

  /// What the envelope takes of a line at most.
  private static let envelopeBytes = 1024

  /// Learns what others appended, goes to the newest file, ends a torn line, begins an empty file.
  private func prepare(_ state: inout State) throws {
    while true {
      try catchUp(&state)
      guard state.tail.event == "writer.rotate", state.tail.torn == nil else { break }
      try open(state.number + 1, &state)
    }
    let isNew = !state.tail.hasLines
    if let torn = state.tail.torn {
      // One write ends the torn line and names it; its own `prev` is the digest of the torn bytes.
      state.tail.digest = torn.digest
      try write(.logTorn(offset: torn.offset, length: torn.length), run: nil, &state, after: "\n")
      state.tail.torn = nil
    }
    if isNew { try begin(&state) }
  }

  private func catchUp(_ state: inout State) throws {
    let size = try state.current.size()
    guard size != state.tail.size else { return }
    guard size > state.tail.size else {
      throw IntegrityError(damage(state, "is \(size) bytes long, and was \(state.tail.size): it was cut"))
    }
    var tail = try LogTail(of: state.current, size: size)
    if let problem = tail.problem { throw IntegrityError(damage(state, problem)) }
    // A file without a whole line chains on the file before it.
    if !tail.hasLines {
      (tail.sequence, tail.digest, tail.time) = (state.tail.sequence, state.tail.digest, state.tail.time)
    }
    state.tail = tail
  }

  private func open(_ number: Int, _ state: inout State) throws {
    state.current = try AppendLog(Self.fileName(writer, number), in: folder)
    state.number = number
    (state.tail.size, state.tail.torn, state.tail.hasLines, state.tail.event) = (0, nil, false, nil)
  }

  /// The first line of a file.
  private func begin(_ state: inout State) throws {
    let before = (file: Self.fileName(writer, state.number - 1), seq: state.tail.sequence)
    let event = LineageEvent.writerOpen(
      writer, boot: Host.bootID, tool: tool, from: state.number == 1 ? nil : before)
    try write(event, run: nil, &state)
    try folder.sync()
  }

  /// Closes a full file for good and begins the next.
  private func rotate(_ state: inout State) throws {
    let next = Self.fileName(writer, state.number + 1)
    try write(.writerRotate(to: next, bytes: state.tail.size), run: nil, &state)
    try sync(&state)
    try open(state.number + 1, &state)
    try catchUp(&state)
    try begin(&state)
  }

  /// One line, one write; `opening` goes before it in the same write.
  @discardableResult
  private func write(_ event: LineageEvent, run: String?, _ state: inout State, after opening: String = "") throws
    -> LineageEntry
  {
    let now = Timestamp.now
    let newest = [state.tail.time, state.floor].compactMap { $0 }.max()
    var (event, time) = (event, now)
    if let newest, now <= newest {
      if now < newest { event.fields["clock"] = "held" }
      time.nanoseconds = newest.nanoseconds + (newest.nanoseconds < .max ? 1 : 0)
    }
    let start = state.tail.size + opening.utf8.count
    var entry = LineageEntry(
      id: Identifier.unique().description, sequence: state.tail.sequence + 1, time: time, run: run, event: event,
      previous: state.tail.digest, digest: "", writer: writer, file: name(state), line: 0, offset: start)
    let line = Array(JSON.object(entry.object).text.utf8)
    guard line.count <= limits.line else {
      throw RecordError(name(state), "\(event.name) takes \(line.count) bytes, a line has \(limits.line)")
    }
    entry.digest = Digest.sha256(Array(line)).hex
    let end = try state.current.append(Array(opening.utf8) + line + [UInt8(ascii: "\n")])
    guard end == start + line.count + 1 else {
      throw IntegrityError(damage(state, "grew while it was locked: another host writes as \(writer), set AV_WRITER"))
    }
    state.tail.size = end
    state.tail.hasLines = true
    (state.tail.sequence, state.tail.digest) = (entry.sequence, entry.digest)
    (state.tail.time, state.tail.event) = (entry.time, event.name)
    return entry
  }

  private func name(_ state: State) -> String { Self.fileName(writer, state.number) }

  private func damage(_ state: State, _ problem: String) -> LogDamage {
    LogDamage(file: name(state), line: 0, offset: state.tail.size, problem: problem)
  }
}
