package import Core

/// What of a lake is verified: everything, unless something here is set.
package struct VerificationScope: Sendable {
  /// Measurements and datastreams, by id or its beginning.
  package var subjects: Set<String> = []
  /// Only datastreams that changed then or later.
  package var since: Timestamp?
  /// How much of all content is read, from 0 to 1; names and sizes are always looked at.
  package var sample: Double?
  /// Another seed samples others.
  package var seed = ""

  package init() {}

  /// A share such as `1%`, `0.5 %` or `0.01`; nil for what is none.
  package static func share(_ text: String) -> Double? {
    var digits = Substring(text)
    let isPercent = digits.last == "%"
    if isPercent { digits = digits.dropLast() }
    while digits.last == " " { digits = digits.dropLast() }
    guard let value = Double(digits), value.isFinite, value >= 0 else { return nil }
    let share = isPercent ? value / 100 : value
    return share <= 1 ? share : nil
  }

  var isEverything: Bool { subjects.isEmpty && since == nil }

  /// Whether a datastream is among what is verified; `subjects` are whole ids by then.
  func contains(_ stream: LineageView.Datastream) -> Bool {
    if let since, stream.changed < since { return false }
    return subjects.isEmpty || subjects.contains(stream.id) || subjects.contains(stream.measurement)
  }

  /// Whether what is at a path is read: always the same for a path and a seed.
  func samples(_ path: String) -> Bool {
    guard let sample, sample < 1 else { return true }
    let digest = Digest.sha256(Array("\(seed)\n\(path)".utf8)).hex
    guard let number = UInt64(digest.prefix(16), radix: 16) else { return true }
    return Double(number) < sample * 18_446_744_073_709_551_616
  }
}

extension Lake {
  /// Names the damaged last line of a writer's log as torn, after a person has looked at it; false when there is none.
  package func nameDamagedEnd(of writer: String, tool: Tool) throws -> Bool {
    let folder = try lineageFolder()
    // A log that is not there must not be made.
    guard try folder.entry("\(LineageLog.writerName(writer)).jsonl")?.kind == .file else {
      throw UsageError("there is no log of writer '\(writer.shown)' in this lake")
    }
    return try LineageLog(folder, writer: writer, tool: tool).nameDamagedEnd()
  }
}
