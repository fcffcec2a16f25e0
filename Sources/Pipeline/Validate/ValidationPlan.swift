package import Core

/// How a validation goes about it.
package struct ValidationPlan: Sendable {
  package var level = ValidationLevel.deep
  /// Nil for whichever manifest is there.
  package var dialect: ManifestDialect?
  /// How long a folder without manifest must have been left alone, in nanoseconds.
  package var quietPeriod: Int64 = 600_000_000_000
  /// Whether vehicle numbers must be real ones.
  package var isVehicleNumberStrict = false
  /// What every measurement should have, where its manifest does not say.
  package var expected: ExpectedTopics?
  package var jobs = 1
  /// Whether recordings are opened for their times also below level hash.
  var readsRanges = false
  /// What the lake's log knows.
  package var known: KnownMeasurements?
  /// Called with each number of bytes read, from any thread; what it throws ends the validation.
  package var step: @Sendable (Int) throws -> Void = { _ in }

  package init() {}

  func with(jobs: Int) -> ValidationPlan {
    var plan = self
    plan.jobs = jobs
    return plan
  }
}

/// What a validation of a measurement folder, or of one recording, found.
package struct Validation: Sendable {
  /// As records carry it.
  package var path: String
  package var level: ValidationLevel
  package var findings: [ValidationFinding] = []
  /// Nil for a single recording.
  package var manifest: Manifest?
  /// Files that there should be, and the bytes of those that are there.
  package var files = 0
  package var bytes = 0
  /// When it was recorded: what the manifest says, else what the recordings say.
  package var start: Timestamp?
  package var end: Timestamp?
  /// Of the files that were read: identity, digest and what is recorded in them, by path.
  package var seen: [String: SeenFile] = [:]
  /// Bytes of the listed files that are there, by path.
  package var sizes: [String: Int] = [:]
  package var recordings: [RecordingSummary] = []
  /// What all files hold, whatever they are called; nil while a digest is not known.
  var content: String?

  package init(path: String, level: ValidationLevel) {
    self.path = path
    self.level = level
  }

  package var verdict: Verdict { Verdict(findings) }

  /// Whether a person is needed: one id with two contents.
  package var isAlarm: Bool { findings.contains { $0.code == .twoDigests } }

  /// A file as it was when it was looked at.
  package struct SeenFile: Sendable, Hashable {
    package var identity: FileIdentity
    package var sha256: String?
  }

  /// The `validation` record (`dataops.md` §3).
  package var record: Record {
    var members: JSONObject = ["path": .string(path)]
    members["measurement"] = manifest?.measurement.map { .string("\($0)") }
    members["verdict"] = .string(verdict.rawValue)
    members["level"] = .string(level.rawValue)
    members["findings"] = .array(findings.map(\.json))
    members["files"] = .count(files)
    members["bytes"] = .count(bytes)
    if let manifest {
      members["dialect"] = .string(manifest.dialect.rawValue)
      if !manifest.digest.isEmpty { members["manifest"] = .string("sha256:" + manifest.digest) }
      if !manifest.vin.isEmpty { members["vin"] = .string(manifest.vin) }
      members["region"] = manifest.region.map(JSON.string)
    }
    if manifest == nil, let recording = recordings.first {
      members["format"] = .string(recording.format)
      members["messages"] = .count(recording.messages)
    }
    members["start"] = start.map(JSON.time)
    members["end"] = end.map(JSON.time)
    return Record(.validation, members)
  }
}

/// What is recorded in one file.
package struct RecordingSummary: Sendable {
  package var path: String
  package var format: String
  package var range: TimeRange?
  package var messages: Int
  package var channels: [ChannelSummary]
  package var events: [RecordedEvent] = []
}
