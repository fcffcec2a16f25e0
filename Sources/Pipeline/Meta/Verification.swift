package import Core

/// `av-meta verify`: whether the log is what its writers wrote, and the data what the log says.
///
/// Everything is looked at, and nothing is changed. Findings are records; the last record is the verdict. What is not as
/// it was recorded is handed over as alarms, too, for whoever writes these into the log.
package struct Verification {
  /// How much is read.
  package enum Level: String, Sendable, CaseIterable {
    /// The log alone: chains, blobs, the fold.
    case log
    /// Also whether every file is there and as long as it should be.
    case size
    /// Also the digest of every file.
    case hash
  }

  private let lake: Lake
  private let level: Level
  private let jobs: Int
  private let mode: LineageReader.Mode
  private var scope: VerificationScope
  private let output: (Record) throws -> Void
  private let alarm: (LineageEvent) -> Void
  /// Alarms that are in the log.
  private var known: Set<JSONObject> = []
  private var counts: [VerificationFinding.Severity: Int] = [:]
  private var datastreams = 0
  private var files = 0
  private var bytes = 0

  private init(
    _ lake: Lake, _ level: Level, _ mode: LineageReader.Mode, jobs: Int, _ scope: VerificationScope,
    _ alarm: @escaping (LineageEvent) -> Void, _ output: @escaping (Record) throws -> Void
  ) {
    (self.lake, self.level, self.mode, self.jobs, self.output) = (lake, level, mode, jobs, output)
    (self.scope, self.alarm) = (scope, alarm)
  }

  /// Checks a lake: 0 when all is well, 7 when anything is not what the log says.
  ///
  /// With `salvage`, damage of the log alone is 3: what can be read of it is in order. `alarm` takes events for
  /// contradictions that the log does not tell of yet.
  package static func run(
    _ lake: Lake, level: Level = .size, mode: LineageReader.Mode = .strict, jobs: Int = 1,
    scope: VerificationScope = VerificationScope(), alarm: @escaping (LineageEvent) -> Void = { _ in },
    _ output: (Record) throws -> Void
  ) throws -> ExitCode {
    try withoutActuallyEscaping(output) { output in
      var verification = Verification(lake, level, mode, jobs: jobs, scope, alarm, output)
      return try verification.run()
    }
  }

  private mutating func run() throws -> ExitCode {
    let folder = try lake.lineageFolder()
    // Before the log: a run that ends meanwhile has its end there.
    let alive = try LiveRuns(in: folder).runs
    var reader = LineageReader(folder, mode: .salvage)
    var view = LineageView()
    var heads = HeadCheck()
    var blobs: Set<String> = []
    try reader.read { entry in
      view.apply(entry)
      heads.take(entry)
      for member in entry.event.fields.members { if let name = member.value["blob"]?.string { blobs.insert(name) } }
    }
    scope.subjects = Set(try scope.subjects.map { (text) throws(UsageError) in try view.subject(text).id })
    let isDamaged = !reader.damage.isEmpty || !heads.findings.isEmpty
    for damage in reader.damage { try tell(VerificationFinding(damage, mode)) }
    for finding in heads.findings { try tell(finding) }
    for tail in reader.torn { try tell(VerificationFinding(tail)) }
    try check(blobs: blobs.sorted(), in: folder)
    for conflict in view.allConflicts {
      try tell(VerificationFinding(.error, "conflict", conflict.subject, message: conflict.description))
    }
    for alarm in view.alarms { try tell(VerificationFinding(alarm)) }
    known = Set(view.alarms.map(\.event.fields))
    if level != .log {
      for id in view.datastreams.keys.sorted() {
        guard let stream = view.datastreams[id], scope.contains(stream) else { continue }
        // Of what was archived, the copies in the archive are all there is.
        // What another one stands for is never deleted in raw by a rule.
        let isKept = stream.zone == "raw" && [.archived, .superseded].contains(stream.state)
        if stream.state.isWhole || isKept { try check(stream) }
      }
      if scope.isEverything { try look(around: view, alive, isTorn: !reader.torn.isEmpty) }
    }
    let errors = counts[.error] ?? 0
    let exit: ExitCode = errors > 0 ? .integrity : isDamaged ? .loss : .success
    try output(verdict(exit, reader))
    return exit
  }

  private func verdict(_ exit: ExitCode, _ reader: LineageReader) -> Record {
    Record(
      .verification,
      [
        "verdict": exit == .success ? "good" : exit == .loss ? "salvaged" : "bad",
        "level": .string(level.rawValue), "events": .count(reader.count), "writers": .count(reader.heads.count),
        "datastreams": .count(datastreams), "files": .count(files), "bytes": .count(bytes),
        "errors": .count(counts[.error] ?? 0), "warnings": .count(counts[.warning] ?? 0),
      ])
  }

  private mutating func tell(_ finding: VerificationFinding) throws {
    counts[finding.severity, default: 0] += 1
    if finding.code == "digest", let expected = finding.expected, let found = finding.found {
      // As the log has digests.
      func digest(_ text: String) -> String { "sha256:" + (text.split(separator: ":").last ?? "") }
      let event = LineageEvent.integrityAlarm(
        ["datastream": .string(finding.subject)], path: finding.path, expected: digest(expected), found: digest(found))
      if known.insert(event.fields).inserted { alarm(event) }
    }
    try output(finding.record)
  }

  private mutating func check(blobs: [String], in folder: Folder) throws {
    for name in blobs {
      do { _ = try LineageBlobs(folder).resolved(["blob": .string(name)]) } catch let error as any Problem {
        try tell(VerificationFinding(.error, "blob", name, message: error.description))
      } catch {
        try tell(VerificationFinding(.error, "blob", name, message: "lineage/blobs: \(name) is not JSON"))
      }
    }
  }

  /// What belongs to nothing: it is told, and no error.
  private mutating func look(around view: LineageView, _ alive: Set<String>, isTorn: Bool) throws {
    for finding in try LakeLeftovers(lake, view, alive).findings { try tell(finding) }
    // A torn line may be the end of a run.
    guard !isTorn else { return }
    for run in view.runs.values.sorted(by: { $0.id < $1.id }) where run.status(living: alive) == .crashed {
      let tool = run.facts["tool"]?.string ?? "a run"
      let since = run.start.map { ", which began on \($0)" } ?? ""
      try tell(VerificationFinding(.info, "run-crashed", run.id, message: "\(run.id): \(tool)\(since), has no end"))
    }
  }

  // MARK: Datastreams

  /// What is at the path of a whole datastream.
  private mutating func check(_ stream: LineageView.Datastream) throws {
    datastreams += 1
    guard stream.copies.isEmpty else { return try checkCopies(of: stream) }
    do {
      let location = try lake.location(recorded: stream.path)
      let folder = try Folder(location.path, in: Folder(location.root))
      var contents = try DatastreamContents(of: folder)
      try tellOthers(of: contents, stream, location)
      // One digest is recorded for all its files: it is read as a whole, or not at all.
      if level == .hash, scope.samples(stream.path) { contents = try contents.hashed(in: folder, jobs: jobs) }
      files += contents.files.count
      bytes += contents.bytes
      try compare(contents, with: stream, at: location)
    } catch let error as SystemError {
      try tell(error, stream)
    }
  }

  private mutating func tell(_ error: SystemError, _ stream: LineageView.Datastream) throws {
    let code = error.code == .missing ? "folder-missing" : "folder"
    try tell(VerificationFinding(.error, code, stream.id, path: stream.path, message: error.description))
  }

  private mutating func tellOthers(
    of contents: DatastreamContents, _ stream: LineageView.Datastream, _ location: Lake.Location
  ) throws {
    for other in contents.others {
      try tell(VerificationFinding(.warning, "not-a-file", stream.id, path: "\(location.recorded)/\(other)"))
    }
  }

  /// A derived datastream: number, bytes and digest of all its files.
  private mutating func compare(
    _ contents: DatastreamContents, with stream: LineageView.Datastream, at location: Lake.Location
  ) throws {
    for member in contents.facts.members {
      guard let expected = stream.outcome[member.key], expected != member.value else { continue }
      let code = member.key == "digest" ? "digest" : "size"
      try tell(
        VerificationFinding(
          .error, code, stream.id, path: location.recorded, expected: "\(member.key) \(expected.plain)",
          found: member.value.plain))
    }
  }

  /// A raw datastream: every file that was copied, here and in the archive, several at a time.
  private mutating func checkCopies(of stream: LineageView.Datastream) throws {
    var extra: Set<String> = []
    var isMissing = stream.state == .archived
    if stream.state != .archived {
      do {
        let location = try lake.location(recorded: stream.path)
        let contents = try DatastreamContents(of: Folder(location.path, in: Folder(location.root)))
        try tellOthers(of: contents, stream, location)
        extra = Set(contents.files.map { "\(location.recorded)/\($0.path)" }).subtracting(stream.copies.keys)
      } catch let error as SystemError {
        // The archive is looked at all the same.
        isMissing = true
        try tell(error, stream)
      }
    }
    let copies = stream.copies.filter { !isMissing || $0.value.zone != "raw" }
    let (lake, level, scope) = (lake, level, scope)
    try parallelMap(copies.sorted { $0.key < $1.key }.map { CopySeen(path: $0.key, copy: $0.value) }, jobs: jobs) {
      $0.looked(in: lake, reads: level == .hash && scope.samples($0.path))
    } _: { seen in
      if seen.bytes != nil { files += 1 }
      bytes += seen.bytes ?? 0
      if let finding = seen.finding(stream.id) { try tell(finding) }
    }
    for path in extra.sorted() { try tell(VerificationFinding(.warning, "file-extra", stream.id, path: path)) }
  }
}

/// A file that was copied, and what is there now.
private struct CopySeen: Sendable {
  var path: String
  var copy: LineageView.Copy
  var bytes: Int?
  var sha256: String?
  var error: SystemError?

  /// The same after a look, and after reading the file from the medium.
  func looked(in lake: Lake, reads: Bool) -> CopySeen {
    var seen = self
    do throws(SystemError) {
      let location = try lake.location(recorded: path)
      let root = try Folder(location.root)
      guard let entry = try root.entry(location.path) else { return seen }
      if reads {
        let digest = try DatastreamContents.digest(of: location.path, in: root)
        (seen.sha256, seen.bytes) = (digest.sha256, digest.bytes)
      } else {
        seen.bytes = entry.size
      }
    } catch { seen.error = error }
    return seen
  }

  func finding(_ id: String) -> VerificationFinding? {
    if let error { return VerificationFinding(.error, "file", id, path: path, message: error.description) }
    guard let bytes else { return VerificationFinding(.error, "file-missing", id, path: path) }
    if let expected = copy.bytes, expected != bytes {
      return VerificationFinding(
        .error, "size", id, path: path, expected: "\(expected) bytes", found: "\(bytes)")
    }
    guard let sha256, sha256 != copy.sha256 else { return nil }
    return VerificationFinding(.error, "digest", id, path: path, expected: copy.sha256, found: sha256)
  }
}

extension JSON {
  /// A value in a sentence: texts without quotes.
  fileprivate var plain: String { string ?? text }
}
