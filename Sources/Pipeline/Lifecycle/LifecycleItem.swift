import Core

/// One line of the plan: something that a rule of `lake.json5` is about, and what may be done to it.
package struct LifecycleItem: Sendable, Hashable {
  /// What the rule asks for; `finish` removes what a run that died recorded as removed.
  package enum Action: String, Sendable, CaseIterable {
    case report, archive, delete, finish

    /// Whether files would go.
    var removes: Bool { self != .report }
  }

  /// A datastream, a measurement of the error zone, or a folder that was seen incomplete.
  package var subject: String
  package var measurement: String?
  package var zone: String
  package var kind: String?
  package var state: String?
  /// As records carry it.
  package var path: String
  /// The key of `retention` and how long it keeps, such as `extracted.90d`.
  package var rule: String
  /// In nanoseconds, since the newest transition.
  package var age: Int64?
  package var files: Int?
  package var bytes: Int?
  package var action: Action
  /// Why it must not be done; nil when it may.
  package var refusal: LifecycleRefusal?
  /// The files that would go, below the path; for `finish` those that were recorded.
  var listed: [String: Int?] = [:]

  package var isAllowed: Bool { refusal == nil }

  /// The line of a plan.
  package var record: Record {
    var members: JSONObject = ["subject": .string(subject)]
    members["measurement"] = measurement.map(JSON.string)
    members["zone"] = .string(zone)
    members["kind"] = kind.map(JSON.string)
    members["state"] = state.map(JSON.string)
    members["path"] = .string(path)
    members["rule"] = .string(rule)
    members["age"] = age.map { .string(Measure.text(duration: $0 - $0 % 1_000_000_000)) }
    members["files"] = files.map(JSON.count)
    members["bytes"] = bytes.map(JSON.count)
    members["action"] = .string(action.rawValue)
    members["allowed"] = .bool(isAllowed)
    members["code"] = refusal.map { .string($0.code.rawValue) }
    members["reason"] = refusal.map { .string($0.reason) }
    return Record(.lifecycle, members)
  }
}

/// Why a rule does not act.
package struct LifecycleRefusal: Sendable, Hashable {
  package enum Code: String, Sendable, CaseIterable {
    /// Nothing of this zone is ever removed by a rule.
    case never
    /// A person has to name the measurement.
    case unconfirmed
    case held, young
    /// A live run works on the measurement.
    case inUse = "in-use"
    /// A label export or returned labels refer to it.
    case referenced
    /// What would remain is not there, or cannot be read.
    case lastCopy = "last-copy"
    /// What would remain is not what was recorded.
    case damaged
    /// The log contradicts itself about it.
    case conflict
    /// This version may not be able to make it again.
    case newerTool = "newer-tool"
    /// Which files belong to it cannot be told, or it is not there.
    case unknown
  }

  package var code: Code
  package var reason: String
  /// The datastream and the path that are damaged.
  var evidence: Evidence?

  struct Evidence: Sendable, Hashable {
    var datastream: String
    var path: String
    var expected: String
    var found: String
  }

  init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

  /// A copy that is not what was recorded.
  init(_ evidence: Evidence) {
    self.init(.damaged, "\(evidence.path): \(evidence.found), recorded: \(evidence.expected)")
    self.evidence = evidence
  }
}
