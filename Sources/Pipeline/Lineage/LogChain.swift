package import Core

/// A place where the log is not what its writers wrote.
package struct LogDamage: Sendable, Hashable, CustomStringConvertible {
  package var file: String
  /// From 1.
  package var line: Int
  package var offset: Int
  package var problem: String

  package var place: String { line > 0 ? "lineage/\(file):\(line)" : "lineage/\(file)" }
  package var description: String { "\(place): at byte \(offset): \(problem)" }
}

extension IntegrityError {
  /// Damage that nobody may build on.
  init(_ damage: LogDamage) {
    self.init(
      damage.place, "at byte \(damage.offset): \(damage.problem)", code: .chain,
      hint: "av-meta verify lists all damage; av-meta find, show, log and others read around it with --salvage")
  }
}

/// The last line of a writer that is whole: what its next line chains on.
package struct LogHead: Sendable, Hashable {
  package var sequence: Int
  /// SHA-256 of the physical line, in hexadecimal.
  package var digest: String
  package var time: Timestamp
}

/// The last line of a writer that was read, and where the next one begins.
struct LogPlace: Sendable, Hashable {
  var file: String
  /// Of the first byte behind the line and its newline.
  var offset: Int
  /// Lines of the file so far.
  var line: Int
  var head: LogHead

  /// Behind an entry.
  init(after entry: LineageEntry) {
    (file, offset, line) = (entry.file, entry.offset + entry.length + 1, entry.line)
    head = LogHead(sequence: entry.sequence, digest: entry.digest, time: entry.time)
  }

  init(file: String, offset: Int, line: Int, head: LogHead) {
    (self.file, self.offset, self.line, self.head) = (file, offset, line, head)
  }
}

/// A last line without newline, which a crash leaves; it is void even if it parses.
package struct TornTail: Sendable, Hashable {
  package var file: String
  package var offset: Int
  package var length: Int
}

/// The entries of one writer, with the chain over all its files checked (`lineage.md` §1.2).
struct LogChain {
  /// What a step along the chain gives.
  enum Item {
    case entry(LineageEntry)
    case damage(LogDamage)
  }

  let writer: String
  private let folder: Folder
  private let longest: Int
  private var names: ArraySlice<String>
  private var lines: LogLines?
  /// Where reading begins in the first file.
  private var start: LogPlace?
  /// Lines of the same file that were read ahead: what a torn line was named as stands behind it.
  private var ahead: [Parsed] = []
  private var held: LineageEntry?
  /// Digest of the physical line before; nil after damage, when anything may follow.
  private var digest: String? = ""
  private var sequence: Int? = 0
  private(set) var head: LogHead?
  private(set) var torn: [TornTail] = []

  private struct Parsed {
    var file: String
    var line: LogLine
    var digest: String
    var envelope: Result<LineageEnvelope, LineageEnvelope.Failure>
  }

  /// `names` are the writer's files in the order in which they were written; `place` is where reading goes on.
  init(
    _ writer: String, _ names: [String], in folder: Folder, longest: Int = LogLines.longest, from place: LogPlace? = nil
  ) {
    self.writer = writer
    self.longest = longest
    self.names = names[...]
    self.folder = folder
    guard let place, let first = names.firstIndex(of: place.file) else { return }
    self.names = names[first...]
    (start, head) = (place, place.head)
    (digest, sequence) = (place.head.digest, place.head.sequence + 1)
  }

  /// The next entry, or damage; an entry that follows damage on the same line comes after it.
  mutating func next() throws -> Item? {
    if let entry = held {
      held = nil
      return .entry(entry)
    }
    while let parsed = try takeLine() {
      guard parsed.line.isEnded else {
        torn.append(TornTail(file: parsed.file, offset: parsed.line.offset, length: parsed.line.bytes.count))
        continue
      }
      guard let last = lastNamedTorn(from: parsed) else { return check(parsed) }
      digest = last.digest
    }
    return nil
  }

  /// The next physical line; opens the next file at the end of one.
  private mutating func takeLine() throws -> Parsed? {
    while true {
      while ahead.count < 3, let parsed = try parseNext() { ahead.append(parsed) }
      if !ahead.isEmpty { return ahead.removeFirst() }
      guard let name = names.popFirst() else { return nil }
      lines = try LogLines(
        name, in: folder, longest: longest, offset: start?.offset ?? 0, number: start?.line ?? 0)
      start = nil
    }
  }

  private mutating func parseNext() throws -> Parsed? {
    guard let name = lines?.name else { return nil }
    do {
      guard let line = try lines?.next() else {
        lines = nil
        return nil
      }
      return Parsed(file: name, line: line, digest: line.digest, envelope: Self.envelope(of: line))
    } catch let error as LogLines.TooLong {
      lines = nil
      let failure = LineageEnvelope.Failure(problem: "is longer than \(longest) bytes")
      var line = error.line
      line.isEnded = true
      return Parsed(file: name, line: line, digest: "", envelope: .failure(failure))
    }
  }

  private static func envelope(of line: LogLine) -> Result<LineageEnvelope, LineageEnvelope.Failure> {
    do throws(JSON.Failure) {
      let json = try JSON.parse(line.bytes, limits: JSON.Limits(bytes: LogLines.longest))
      return Result { () throws(LineageEnvelope.Failure) in try LineageEnvelope(json) }
    } catch {
      return .failure(LineageEnvelope.Failure(problem: "is not JSON: column \(error.column): \(error.problem)"))
    }
  }

  /// The last of the lines from this one on that the `log.torn` behind them names; nil when none does.
  ///
  /// That is this line alone, or this one and the torn tail that a second crash left behind it.
  private mutating func lastNamedTorn(from parsed: Parsed) -> Parsed? {
    var last = parsed
    for (index, next) in ahead.prefix(2).enumerated() {
      guard next.line.isEnded else { return nil }
      let length = last.line.offset + last.line.bytes.count - parsed.line.offset
      if case .success(let envelope) = next.envelope, envelope.event.name == "log.torn",
        envelope.previous == last.digest, envelope.event.fields["offset"]?.integer == Int64(parsed.line.offset),
        envelope.event.fields["length"]?.integer == Int64(length)
      {
        ahead.removeFirst(index)
        return last
      }
      last = next
    }
    return nil
  }

  private mutating func check(_ parsed: Parsed) -> Item {
    let line = parsed.line
    func damage(_ problem: String) -> Item {
      .damage(LogDamage(file: parsed.file, line: line.number, offset: line.offset, problem: problem))
    }
    switch parsed.envelope {
    case .failure(let failure):
      (digest, sequence) = (parsed.digest, nil)
      return damage(failure.problem)
    case .success(let envelope):
      let entry = LineageEntry(envelope, digest: parsed.digest, writer: writer, file: parsed.file, line: line)
      let problem = problem(of: envelope)
      (digest, sequence) = (parsed.digest, envelope.sequence + 1)
      let time = max(envelope.time, head?.time ?? envelope.time)
      head = LogHead(sequence: envelope.sequence, digest: parsed.digest, time: time)
      guard let problem else { return .entry(entry) }
      held = entry
      return damage(problem)
    }
  }

  /// What does not fit between this line and those before it.
  private func problem(of envelope: LineageEnvelope) -> String? {
    if let sequence, envelope.sequence != sequence {
      return "has seq \(envelope.sequence), should be \(sequence): lines or a whole file are missing or out of order"
    }
    if let digest, envelope.previous != digest {
      let found = envelope.previous.isEmpty ? "empty" : String(envelope.previous.prefix(16))
      let wanted = digest.isEmpty ? "empty" : String(digest.prefix(16))
      return "prev is \(found), should be \(wanted): the line before was changed, or two hosts write as \(writer)"
    }
    if let time = head?.time, envelope.time < time { return "time \(envelope.time) is before that of the line before" }
    return nil
  }
}
