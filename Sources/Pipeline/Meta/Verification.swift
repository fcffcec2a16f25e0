package import Core

/// `av-meta verify`: whether the log is what its writers wrote, and the data what the log says.
///
/// Everything is looked at, and nothing is changed. Findings are records; the last record is the verdict.
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
  private let output: (Record) throws -> Void
  private var counts: [VerificationFinding.Severity: Int] = [:]
  private var datastreams = 0
  private var files = 0
  private var bytes = 0

  private init(
    _ lake: Lake, _ level: Level, _ mode: LineageReader.Mode, jobs: Int, _ output: @escaping (Record) throws -> Void
  ) {
    (self.lake, self.level, self.mode, self.jobs, self.output) = (lake, level, mode, jobs, output)
  }

  /// Checks a lake: 0 when all is well, 7 when anything is not what the log says.
  ///
  /// With `salvage`, damage of the log alone is 3: what can be read of it is in order.
  package static func run(
    _ lake: Lake, level: Level = .size, mode: LineageReader.Mode = .strict, jobs: Int = 1,
    _ output: (Record) throws -> Void
  ) throws -> ExitCode {
    try withoutActuallyEscaping(output) { output in
      var verification = Verification(lake, level, mode, jobs: jobs, output)
      return try verification.run()
    }
  }

  private mutating func run() throws -> ExitCode {
    let folder = try lake.lineageFolder()
    var reader = LineageReader(folder, mode: .salvage)
    var view = LineageView()
    var heads = HeadCheck()
    var blobs: Set<String> = []
    try reader.read { entry in
      view.apply(entry)
      heads.take(entry)
      for member in entry.event.fields.members { if let name = member.value["blob"]?.string { blobs.insert(name) } }
    }
    let isDamaged = !reader.damage.isEmpty || !heads.findings.isEmpty
    for damage in reader.damage { try tell(VerificationFinding(damage, mode)) }
    for finding in heads.findings { try tell(finding) }
    for tail in reader.torn { try tell(VerificationFinding(tail)) }
    try check(blobs: blobs.sorted(), in: folder)
    for conflict in view.allConflicts {
      try tell(VerificationFinding(.error, "conflict", conflict.subject, message: conflict.description))
    }
    for alarm in view.alarms { try tell(VerificationFinding(alarm)) }
    if level != .log {
      for id in view.datastreams.keys.sorted() {
        if let stream = view.datastreams[id], stream.state.isWhole { try check(stream) }
      }
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

  // MARK: Datastreams

  /// What is at the path of a whole datastream.
  private mutating func check(_ stream: LineageView.Datastream) throws {
    datastreams += 1
    do {
      let location = try lake.location(recorded: stream.path)
      let folder = try Folder(location.path, in: Folder(location.root))
      var contents = try DatastreamContents(of: folder)
      for other in contents.others {
        try tell(VerificationFinding(.warning, "not-a-file", stream.id, path: "\(location.recorded)/\(other)"))
      }
      if level == .hash { contents = try contents.hashed(in: folder, jobs: jobs) }
      files += contents.files.count
      bytes += contents.bytes
      if stream.copies.isEmpty {
        try compare(contents, with: stream, at: location)
      } else {
        try compare(contents, withCopiesOf: stream, at: location)
      }
    } catch let error as SystemError {
      let code = error.code == .missing ? "folder-missing" : "folder"
      try tell(VerificationFinding(.error, code, stream.id, path: stream.path, message: error.description))
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

  /// A raw datastream: every file that was copied, here and in the archive.
  private mutating func compare(
    _ contents: DatastreamContents, withCopiesOf stream: LineageView.Datastream, at location: Lake.Location
  ) throws {
    var found: [String: DatastreamContents.File] = [:]
    for file in contents.files { found["\(location.recorded)/\(file.path)"] = file }
    for (path, copy) in stream.copies.sorted(by: { $0.key < $1.key }) {
      if let file = found.removeValue(forKey: path) {
        try compare(file, with: copy, of: stream.id, at: path)
      } else {
        try checkElsewhere(copy, of: stream.id, at: path)
      }
    }
    for path in found.keys.sorted() {
      try tell(VerificationFinding(.warning, "file-extra", stream.id, path: path))
    }
  }

  private mutating func checkElsewhere(_ copy: LineageView.Copy, of id: String, at path: String) throws {
    do {
      let location = try lake.location(recorded: path)
      let root = try Folder(location.root)
      guard let entry = try root.entry(location.path) else {
        return try tell(VerificationFinding(.error, "file-missing", id, path: path))
      }
      var file = DatastreamContents.File(path: path, bytes: entry.size)
      if level == .hash { (file.sha256, file.bytes) = try DatastreamContents.digest(of: location.path, in: root) }
      files += 1
      bytes += file.bytes
      try compare(file, with: copy, of: id, at: path)
    } catch let error as SystemError {
      try tell(VerificationFinding(.error, "file", id, path: path, message: error.description))
    }
  }

  private mutating func compare(
    _ file: DatastreamContents.File, with copy: LineageView.Copy, of id: String, at path: String
  ) throws {
    if let bytes = copy.bytes, bytes != file.bytes {
      try tell(VerificationFinding(.error, "size", id, path: path, expected: "\(bytes) bytes", found: "\(file.bytes)"))
    } else if let sha256 = file.sha256, sha256 != copy.sha256 {
      try tell(VerificationFinding(.error, "digest", id, path: path, expected: copy.sha256, found: sha256))
    }
  }
}

extension JSON {
  /// A value in a sentence: texts without quotes.
  fileprivate var plain: String { string ?? text }
}
