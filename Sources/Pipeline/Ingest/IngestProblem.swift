package import Core

/// A measurement that is not ingested because of what its validation found; it stays in landing.
package struct HeldMeasurement: Problem {
  package var path: String
  package var verdict: Verdict
  package var findings: [ValidationFinding]
  /// Where it is now, when it was incomplete for longer than the grace period.
  package var movedTo: String?

  init(_ validation: Validation) {
    path = validation.path
    verdict = validation.verdict
    findings = validation.findings
  }

  private var errors: [ValidationFinding] { findings.filter { $0.severity == .error } }

  package var description: String {
    guard let first = errors.first else { return "\(path): \(verdict.rawValue)" }
    let place = first.path.map { "\($0): " } ?? ""
    let more = errors.count > 1 ? ", and \(errors.count - 1) more" : ""
    return "\(path): \(verdict.rawValue): \(place)\(first.message)\(more)"
  }

  package var code: ProblemCode {
    if isAlarm { return .twoDigests }
    switch errors.first?.code {
    case .missing: return .fileMissing
    case .extra: return .fileExtra
    case .path, .kind: return .fileName
    case .size: return .fileSize
    case .stable: return .changed
    case .digest: return .fileDigest
    case .readable, .checksum, .format: return .damaged
    case .sameContent, .twoDigests: return .twoDigests
    case .manifest, .fields, .recorded, .topic, .type, .rate, .gap, .order, .epoch, .range, .stamp, .position, nil:
      return .manifest
    }
  }

  package var isAlarm: Bool { findings.contains { $0.code == .twoDigests } }
  package var exitCode: ExitCode { isAlarm ? .integrity : .items }
  package var isRetryable: Bool { verdict == .incomplete }
  package var endsRun: Bool { false }
  package var hint: String? {
    if let movedTo { return "its grace period is over: it was moved to \(movedTo)" }
    return errors.first?.hint ?? "it stays in landing; av-validate tells everything"
  }
  package var facts: JSONObject {
    var facts: JSONObject = [
      "path": .string(path), "verdict": .string(verdict.rawValue), "findings": .array(findings.map(\.json)),
    ]
    facts["moved_to"] = movedTo.map(JSON.string)
    return facts
  }
}

/// A landing file that is not what it was said to be, or cannot be read: the measurement stays in landing.
struct SourceProblem: Problem {
  var path: String
  var problem: String
  var code: ProblemCode
  var isRetryable: Bool
  var exitCode = ExitCode.items

  var description: String { "\(path): \(problem)" }
  var endsRun: Bool { false }
  var facts: JSONObject { ["op": "copy", "path": .string(path)] }

  init(_ path: String, digest found: String, expected: String) {
    (self.path, code, isRetryable) = (path, .fileDigest, false)
    problem = "sha256 is \(found), listed as \(expected)"
  }

  /// What an error of reading the source says.
  ///
  /// What the system cannot read stays where it is: moving a dying file helps nobody.
  init(_ error: SystemError) {
    (path, code) = (error.path, error.code)
    switch error.code {
    case .changed: (problem, isRetryable) = ("changed while it was copied", true)
    case .missing: (problem, isRetryable) = ("vanished while it was copied", true)
    case .escapes, .wrongKind: (problem, isRetryable) = ("is reached through a link, or no regular file", false)
    default:
      problem = String(error.description.dropFirst(error.path.count + 2))
      (isRetryable, exitCode) = (true, .system)
    }
  }
}

/// An input that ingest must not touch.
struct NotInLanding: Problem {
  var path: String
  var problem: String
  /// Whether nothing is there, which may be because it was ingested.
  var isMissing = false
  var description: String { "\(path): \(problem)" }
  var code: ProblemCode { .missing }
  var exitCode: ExitCode { .items }
  var endsRun: Bool { false }
  var facts: JSONObject { ["path": .string(path)] }
}

/// A measurement that failed so often that only a person has it tried again.
struct TooManyAttempts: Problem {
  var path: String
  var attempts: Int
  /// The code of the last failure.
  var last: String?
  var description: String {
    "\(path): failed \(attempts) times and is not tried again" + (last.map { ", the last time with \($0)" } ?? "")
  }
  var code: ProblemCode { .system }
  var exitCode: ExitCode { .items }
  var endsRun: Bool { false }
  var hint: String? { "see error.json; -f tries it once more" }
  var facts: JSONObject { ["path": .string(path), "attempts": .count(attempts)] }
}

/// The run was asked to stop: nothing is wrong, and the same command goes on.
package struct Interruption: Error {
  package init() {}
}
