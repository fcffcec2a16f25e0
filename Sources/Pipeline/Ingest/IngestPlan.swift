package import Core

/// How an ingest goes about it.
package struct IngestPlan: Sendable {
  package var dialect: ManifestDialect?
  /// How long a folder without manifest must have been left alone, in nanoseconds.
  package var quietPeriod: Int64 = 600_000_000_000
  /// Whether what goes to raw is made a bag.
  package var makesBags = false
  /// Measurements, and files of one, at once.
  package var jobs = 1
  /// What must stay free on every root that is written, in bytes.
  package var leastFree = 0
  /// Whether what failed too often is tried again.
  package var force = false
  /// How many bytes a second are read, copied and read back, of all threads together; nil is as fast as it goes.
  package var throttle: Throttle?
  /// Called with each number of bytes read or written, from any thread; what it throws stops the run.
  package var step: @Sendable (Int) throws -> Void = { _ in }
  /// Called when work on a measurement begins, with its path.
  package var begins: @Sendable (String) -> Void = { _ in }
  /// Asked before each measurement; false leaves it, and all that follow, to another run.
  package var mayBegin: @Sendable () -> Bool = { true }
  /// Called with the bytes that a measurement will have read or written, as soon as that is known.
  package var expects: @Sendable (Int) -> Void = { _ in }

  package init() {}
}

/// A folder that somebody says may be ingested.
package struct Candidate: Sendable, Hashable {
  /// As it was given: relative to the lake, to the working folder, or absolute.
  package var path: String
  /// Digest of the manifest (`sha256:…`) of which a record says that it is good, its files hashed; nil without one.
  package var validated: String?
  /// The measurement's id in that record.
  package var measurement: String?
  /// How closely it is looked at again, where no record says that it is good.
  package var level = ValidationLevel.hash
  /// Whether it was brought back from the archive in this run.
  var isHydrated = false

  /// A folder that a person names, or that lies in landing.
  package init(path: String) { self.path = path }

  /// What a `validation` record says; `place` is where it stands, for errors.
  ///
  /// Only a good verdict with digests compared is relied on; any other folder is looked at again, no less closely than
  /// it was: what was judged bad stays where it is until it is found good by the same measure.
  package init(_ record: Record, at place: String) throws(RecordError) {
    guard let path = record["path"]?.string, !path.isEmpty else {
      throw RecordError(place, "a validation record has no path")
    }
    guard let verdict = record["verdict"]?.string.flatMap(Verdict.init) else {
      throw RecordError(place, "a validation record has no verdict that is known")
    }
    self.path = path
    measurement = record["measurement"]?.string
    let level = record["level"]?.string.flatMap(ValidationLevel.init) ?? .present
    self.level = max(level, .hash)
    if verdict == .good, level >= .hash { validated = record["manifest"]?.string }
  }
}

/// What became of a candidate.
package struct IngestResult: Sendable {
  package enum Status: String, Sendable, CaseIterable { case done, skipped, failed }

  package var status: Status
  /// The `datastream` record, or that of the error in its place.
  package var record: Record
  /// What went wrong, to be told once.
  package var problem: (any Problem)?
  /// What was done, and yet needs a look.
  package var warning: String?
  /// What is told besides, and is no fault.
  package var notice: String?
  package var bytes = 0

  /// How the command ends because of it, at least.
  package var code: ExitCode { problem?.exitCode ?? (warning == nil ? .success : .items) }
}
