package import Core

/// Something that a validation found: which check, how bad, where, what was wanted and what was there.
package struct ValidationFinding: Sendable, Hashable {
  /// The checks of `dataops.md` §3; a code is never used for something else.
  package enum Code: String, Sendable, CaseIterable {
    /// The manifest is there and can be read.
    case manifest = "M1"
    /// Its fields are what they must be.
    case fields = "M2"
    /// Every file that it lists is there.
    case missing = "M3"
    /// There are no files that it does not list.
    case extra = "M4"
    /// Its paths are safe and differ from each other.
    case path = "M5"
    /// What it lists are regular files.
    case kind = "M6"
    /// Its id is unused, or recorded with the same digest.
    case recorded = "M7"
    case size = "S1"
    /// Files stay as they are while they are read.
    case stable = "S2"
    case digest = "H1"
    /// A file is what it is said to be.
    case format = "D1"
    /// A recording can be read to its end.
    case readable = "D2"
    /// Checksums inside a recording.
    case checksum = "D3"
    case topic = "T1"
    case type = "T2"
    case rate = "T3"
    case gap = "T4"
    case order = "C1"
    case epoch = "C2"
    case range = "C3"
    case stamp = "C4"
    case position = "G1"
    /// The same content under another id.
    case sameContent = "X1"
    /// The same id with another digest: an integrity alarm.
    case twoDigests = "X2"
  }

  package enum Severity: String, Sendable { case info, warning, error }

  package var code: Code
  package var severity: Severity
  /// The file, as the manifest names it; nil for the whole measurement.
  package var path: String?
  /// What a recording's own check calls it, such as `chunk-corrupt`.
  package var detail: String?
  package var offset: Int?
  package var expected: JSON?
  package var found: JSON?
  /// One sentence with the numbers in it; lower case, no full stop.
  package var message: String
  package var hint: String?

  package init(
    _ severity: Severity, _ code: Code, _ path: String? = nil, _ message: String, detail: String? = nil,
    offset: Int? = nil, expected: JSON? = nil, found: JSON? = nil, hint: String? = nil
  ) {
    (self.code, self.severity, self.path, self.message) = (code, severity, path, message)
    (self.detail, self.offset, self.expected, self.found, self.hint) = (detail, offset, expected, found, hint)
  }

  package var json: JSON {
    var object: JSONObject = ["code": .string(code.rawValue), "severity": .string(severity.rawValue)]
    object["path"] = path.map(JSON.string)
    object["detail"] = detail.map(JSON.string)
    object["offset"] = offset.map(JSON.count)
    object["expected"] = expected
    object["found"] = found
    object["message"] = .string(message)
    object["hint"] = hint.map(JSON.string)
    return .object(object)
  }
}

/// What a validation comes to.
package enum Verdict: String, Sendable, CaseIterable {
  case good, incomplete, bad

  /// Incomplete when nothing but a missing manifest or missing files is wrong; bad when anything else is.
  package init(_ findings: [ValidationFinding]) {
    let errors = findings.filter { $0.severity == .error }
    self = errors.isEmpty ? .good : errors.allSatisfy(\.isAbsence) ? .incomplete : .bad
  }
}

extension ValidationFinding {
  /// Whether it may go away by itself, when the upload goes on.
  package var isAbsence: Bool { code == .missing || (code == .manifest && detail == Self.absent) }

  /// The detail of a manifest that is not there, or not finished.
  static let absent = "absent"
}

/// How much is checked; each level includes those before it.
package enum ValidationLevel: String, Sendable, CaseIterable, Comparable {
  /// Files are there.
  case present
  /// Files have their sizes.
  case size
  /// Files have their digests.
  case hash
  /// Recordings are read, and hold what is expected.
  case deep

  package static func < (one: ValidationLevel, other: ValidationLevel) -> Bool {
    (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
  }
}
