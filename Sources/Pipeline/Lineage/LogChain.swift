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
      hint: "av-meta verify lists all damage; --salvage reads around it")
  }
}

/// The last line of a writer that is whole: what its next line chains on.
package struct LogHead: Sendable, Hashable {
  package var sequence: Int
  /// SHA-256 of the physical line, in hexadecimal.
  package var digest: String
  package var time: Timestamp
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
  private var names: ArraySlice<String>
  private var lines: LogLines?
  private var upcoming: Parsed?
  private var held: LineageEntry?
  /// Digest of the physical line before; nil after damage, when anything may follow.
  private var digest: String? = ""
  private var sequence: Int? = 0
  private(set) var head: LogHead?
  private(set) var torn: [TornTail] = []

  private struct Parsed {
    var line: LogLine
    var digest: String
    var envelope: Result<LineageEnvelope, LineageEnvelope.Failure>
  }

  /// `names` are the writer's files in the order in which they were written.
  init(_ writer: String, _ names: [String], in folder: Folder) {
    self.writer = writer
    self.names = names[...]
    self.folder = folder
  }

  /// The next entry, or damage; an entry that follows damage on the same line comes after it.
  mutating func next() throws -> Item? {
    if let entry = held {
      held = nil
      return .entry(entry)
    }
    while let (parsed, name) = try takeLine() {
      guard parsed.line.isEnded else {
        torn.append(TornTail(file: name, offset: parsed.line.offset, length: parsed.line.bytes.count))
        continue
      }
      if isNamedTorn(parsed) {
        digest = parsed.digest
        continue
      }
      return check(parsed, name)
    }
    return nil
  }

  /// The next physical line and its file; opens the next file at the end of one.
  private mutating func takeLine() throws -> (Parsed, String)? {
    while true {
      if lines == nil {
        guard let name = names.popFirst() else { return nil }
        lines = try LogLines(name, in: folder)
        upcoming = try parseNext()
      }
      if let parsed = upcoming, let name = lines?.name {
        upcoming = try parseNext()
        return (parsed, name)
      }
      lines = nil
    }
  }

  private mutating func parseNext() throws -> Parsed? {
    do {
      guard let line = try lines?.next() else { return nil }
      return Parsed(line: line, digest: line.digest, envelope: Self.envelope(of: line))
    } catch let error as LogLines.TooLong {
      lines = nil
      let failure = LineageEnvelope.Failure(problem: "is longer than \(LogLines.longest) bytes")
      var line = error.line
      line.isEnded = true
      return Parsed(line: line, digest: "", envelope: .failure(failure))
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

  /// Whether the line after this one is the record that a writer leaves when it ends a torn line.
  private func isNamedTorn(_ parsed: Parsed) -> Bool {
    guard let upcoming, upcoming.line.isEnded, case .success(let next) = upcoming.envelope else { return false }
    return next.event.name == "log.torn" && next.previous == parsed.digest
      && next.event.fields["offset"]?.integer == Int64(parsed.line.offset)
      && next.event.fields["length"]?.integer == Int64(parsed.line.bytes.count)
  }

  private mutating func check(_ parsed: Parsed, _ name: String) -> Item {
    let line = parsed.line
    func damage(_ problem: String) -> Item {
      .damage(LogDamage(file: name, line: line.number, offset: line.offset, problem: problem))
    }
    switch parsed.envelope {
    case .failure(let failure):
      (digest, sequence) = (parsed.digest, nil)
      return damage(failure.problem)
    case .success(let envelope):
      let entry = LineageEntry(envelope, digest: parsed.digest, writer: writer, file: name, line: line)
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
