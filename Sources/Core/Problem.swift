/// An error that a command can tell a person and a machine, and that says how the command ends.
///
/// Adopters keep: `description` is `place: what: why`, lower case, no full stop, not escaped, without code and hint;
/// it is complete without the other members. ProblemTests checks the list of codes, VerbTests the exit codes.
package protocol Problem: Error, CustomStringConvertible {
  /// The stable code, as listed in avtools(7).
  var code: ProblemCode { get }
  /// How a command ends that this error ends.
  var exitCode: ExitCode { get }
  /// The next step, if we know one.
  var hint: String? { get }
  /// Whether the same command may succeed later without anybody doing anything.
  var isRetryable: Bool { get }
  /// Whether the items after the one that failed must not be taken.
  var endsRun: Bool { get }
  /// More members of the error's record: `op`, `path`, `errno`, `offset`.
  var facts: JSONObject { get }
}

extension Problem {
  package var hint: String? { nil }
  package var isRetryable: Bool { false }
  package var endsRun: Bool { exitCode == .usage || exitCode == .system }
  package var facts: JSONObject { [:] }
}

/// Every error code: stable, never used again for something else; a new one is a case here with its meaning.
package enum ProblemCode: String, Sendable, CaseIterable {
  case usage = "AV-USE-001"
  case configuration = "AV-CFG-001"
  case noLake = "AV-CFG-002"
  case system = "AV-IO-001"
  case missing = "AV-IO-002"
  case noSpace = "AV-IO-003"
  case notPermitted = "AV-IO-004"
  case device = "AV-IO-005"
  case exists = "AV-IO-006"
  case changed = "AV-IO-007"
  case resources = "AV-IO-008"
  case escapes = "AV-IO-009"
  case wrongKind = "AV-IO-010"
  case timeLimit = "AV-IO-011"
  case damaged = "AV-FMT-001"
  case unknownFormat = "AV-FMT-002"
  case unsupported = "AV-FMT-003"
  case record = "AV-FMT-004"
  case manifest = "AV-MAN-001"
  case fileMissing = "AV-MAN-002"
  case fileSize = "AV-MAN-003"
  case fileDigest = "AV-MAN-004"
  case fileExtra = "AV-MAN-005"
  case fileName = "AV-MAN-006"
  case twoDigests = "AV-INT-001"
  case differs = "AV-INT-002"
  case transition = "AV-INT-003"
  case chain = "AV-LOG-001"
  case logLine = "AV-LOG-002"
  case busy = "AV-BUSY-001"
  case bug = "AV-BUG-001"

  /// The line of DIAGNOSTICS in avtools(7).
  package var meaning: String {
    switch self {
    case .usage: "The command line is not understood."
    case .configuration: "A configuration file or variable is not valid."
    case .noLake: "No lake was found, or the folder is not one."
    case .system: "A system call failed for a reason without a code of its own."
    case .missing: "A file or folder is not there."
    case .noSpace: "No space, or the quota is used up."
    case .notPermitted: "Not permitted, or the file system is read-only."
    case .device: "The device failed."
    case .exists: "An output is there already; -f replaces it."
    case .changed: "A file changed while it was read."
    case .resources: "No memory, or too many open files."
    case .escapes: "A path leads through a link or out of its folder."
    case .wrongKind: "Not a regular file, or not a folder."
    case .timeLimit: "The time limit was reached."
    case .damaged: "A recording is damaged."
    case .unknownFormat: "No known format starts like this file."
    case .unsupported: "A recording uses a feature that is not supported."
    case .record: "A line of input is not a record."
    case .manifest: "A manifest cannot be understood."
    case .fileMissing: "A file of the manifest is missing."
    case .fileSize: "A file has another size than in the manifest."
    case .fileDigest: "A file has another digest than in the manifest."
    case .fileExtra: "A file is not in the manifest."
    case .fileName: "A name in the manifest is refused."
    case .twoDigests: "One measurement id with two digests."
    case .differs: "Completed data is not what was recorded."
    case .transition: "A state that must not follow the present one."
    case .chain: "The chain of the lineage log is broken."
    case .logLine: "A line of the lineage log is not an event."
    case .busy: "Another live run holds the lease."
    case .bug: "An error that this program should not make; please report it."
    }
  }
}

/// A command line that cannot be understood.
package struct UsageError: Problem, Equatable {
  package var description: String
  package var code: ProblemCode
  package var exitCode: ExitCode { .usage }

  package init(_ description: String, code: ProblemCode = .usage) {
    self.description = description
    self.code = code
  }
}

/// A configuration file or a variable that cannot be used.
package struct ConfigurationError: Problem, Equatable {
  package var description: String
  package var code: ProblemCode
  package var hint: String?
  package var exitCode: ExitCode { .usage }

  /// `place` is a path, perhaps with `:line`, or a variable.
  package init(_ place: String, _ problem: String, code: ProblemCode = .configuration, hint: String? = nil) {
    description = "\(place): \(problem)"
    self.code = code
    self.hint = hint
  }
}

/// Another live run holds what this one needs.
package struct BusyError: Problem, Equatable {
  package var description: String
  package var code: ProblemCode { .busy }
  package var exitCode: ExitCode { .busy }
  package var hint: String?
  package var isRetryable: Bool { true }

  package init(_ place: String, _ problem: String, hint: String? = nil) {
    description = "\(place): \(problem)"
    self.hint = hint
  }
}

/// Data or history that is not what it must be: a person is needed, nothing may be retried by machine.
package struct IntegrityError: Problem, Equatable {
  package var description: String
  package var code: ProblemCode
  package var hint: String?
  package var exitCode: ExitCode { .integrity }

  package init(_ place: String, _ problem: String, code: ProblemCode = .differs, hint: String? = nil) {
    description = "\(place): \(problem)"
    self.code = code
    self.hint = hint
  }
}
