package import Core

/// Validates a measurement folder against its manifest; reads only, follows no link.
package struct FolderValidation {
  private let folder: Folder
  private let plan: ValidationPlan
  private var result: Validation
  private var manifest: Manifest
  /// What is in the folder.
  private var entries = FolderEntries()

  /// Looks at a folder that is held open; `path` is what its record calls it.
  ///
  /// - Throws: what cannot be read, and what `plan.step` throws; everything that is wrong with the data is a finding.
  package static func validate(_ folder: Folder, path: String, _ plan: ValidationPlan) throws -> Validation {
    var validation = try FolderValidation(folder, path, plan)
    try validation.run()
    return validation.result
  }

  private init(_ folder: Folder, _ path: String, _ plan: ValidationPlan) throws {
    self.folder = folder
    self.plan = plan
    result = Validation(path: path, level: plan.level)
    manifest = try Manifest.read(folder, plan.dialect, quietPeriod: plan.quietPeriod)
  }

  private mutating func run() throws {
    if plan.isVehicleNumberStrict, let problem = VehicleNumber.problem(manifest.vin) {
      note(.error, .fields, nil, "'vin' \(problem)", found: .string(manifest.vin))
    }
    try list()
    let present = checkPresence()
    (result.files, result.bytes) = (manifest.files.count, present.reduce(0) { $0.addingSaturated($1.entry.size) })
    for (file, entry) in present { result.sizes[file.path] = entry.size }
    if plan.level >= .size { checkSizes(present) }
    if plan.level >= .hash { try checkDigests(present) }
    (result.start, result.end) = (manifest.start, manifest.end)
    if plan.level == .deep {
      try checkRecordings(present)
    } else if plan.level == .hash || plan.readsRanges {
      try readRanges(present)
    }
    settleTimes()
    checkHistory()
    result.findings = manifest.findings + result.findings
    result.manifest = manifest
  }

  private mutating func note(
    _ severity: ValidationFinding.Severity, _ code: ValidationFinding.Code, _ path: String?, _ message: String,
    expected: JSON? = nil, found: JSON? = nil, hint: String? = nil
  ) {
    result.findings.append(
      ValidationFinding(severity, code, path, message, expected: expected, found: found, hint: hint))
  }

  // MARK: Present

  /// A listed file that is there.
  private typealias Present = (file: Manifest.File, entry: FolderEntry)

  private mutating func list() throws {
    entries = try FolderEntries(folder)
    for path in entries.tooDeep { note(.error, .path, path, "lies too deep: nothing goes into so many folders") }
    for path in entries.unreadable { note(.warning, .path, path, "the name is not UTF-8: it is left alone") }
  }

  private mutating func checkPresence() -> [Present] {
    var present: [Present] = []
    for index in manifest.files.indices {
      useOtherName(of: index)
      let file = manifest.files[index]
      guard let entry = entries[file.path] else {
        if let parent = linkedParent(of: file.path) {
          note(.error, .kind, file.path, "lies behind the symbolic link \(parent)")
        } else {
          note(.error, .missing, file.path, "listed and not there")
        }
        continue
      }
      guard entry.kind == .file else {
        note(
          .error, .kind, file.path, "is \(entry.kind.article), not a regular file", expected: "file",
          found: .string(entry.kind.rawValue))
        continue
      }
      if entry.links > 1 { note(.warning, .kind, file.path, "has \(entry.links) names: others may write it") }
      present.append((file, entry))
    }
    checkExtra()
    return present
  }

  /// A file may have its listed name in another writing.
  private mutating func useOtherName(of index: Int) {
    let path = manifest.files[index].path
    guard entries[path] == nil else { return }
    if let other = manifest.files[index].otherPath, entries[other] != nil, Manifest.problem(ofPath: other) == nil {
      note(.info, .path, other, "listed by its literal name", expected: .string(path))
      manifest.files[index].path = other
    } else if let other = entries.equivalent(to: path) {
      // Some file systems give back another form of a name than they were given.
      note(.warning, .path, other, "listed in another Unicode normalisation", expected: .string(path))
      manifest.files[index].path = other
    }
  }

  private func linkedParent(of path: String) -> String? {
    var parts = path.split(separator: "/").dropLast()
    while !parts.isEmpty {
      let parent = parts.joined(separator: "/")
      if entries[parent]?.kind == .link { return parent }
      parts = parts.dropLast()
    }
    return nil
  }

  private mutating func checkExtra() {
    let listed = Set((manifest.files.map(\.path) + manifest.names).map { Array($0.utf8) })
    guard !manifest.findings.contains(where: { $0.code == .manifest && $0.severity == .error }) else { return }
    for (path, entry) in entries.all where !listed.contains(Array(path.utf8)) {
      switch entry.kind {
      case .folder: break
      case .file:
        // A bag is not complete with payload that it does not list (RFC 8493 §3).
        let isPayload = manifest.dialect == .bagit && Bag.isPayload(path)
        let severity: ValidationFinding.Severity = isPayload ? .error : .warning
        note(severity, .extra, path, "there and not listed", found: .count(entry.size))
      case .link, .other: note(.warning, .kind, path, "is \(entry.kind.article): it is left alone")
      }
    }
  }

  // MARK: Size and digest

  private mutating func checkSizes(_ present: [Present]) {
    for (file, entry) in present {
      guard let bytes = file.bytes, bytes != entry.size else { continue }
      note(
        .error, .size, file.path, "has \(entry.size) bytes, listed with \(bytes)", expected: .count(bytes),
        found: .count(entry.size))
    }
    guard let promised = manifest.payloadBytes else { return }
    let found = present.filter { Bag.isPayload($0.file.path) }.reduce(0) { $0.addingSaturated($1.entry.size) }
    if found != promised {
      note(
        .error, .size, nil, "the payload has \(found) bytes, 'Payload-Oxum' says \(promised)",
        expected: .count(promised), found: .count(found))
    }
  }

  private mutating func checkDigests(_ present: [Present]) throws {
    let (folder, step) = (folder, plan.step)
    var digests: [String: String] = [:]
    // The largest first, so that no thread is left with it at the end; findings keep the manifest's order.
    let order = present.sorted { $0.entry.size > $1.entry.size }
    var found: [String: (seen: Validation.SeenFile?, findings: [ValidationFinding])] = [:]
    try parallelMap(order, jobs: plan.jobs) { item in
      (item.file.path, try FileCheck.digest(item.file, in: folder, expected: item.entry.identity, step))
    } _: { path, checked in
      found[path] = checked
    }
    for (file, _) in present {
      guard let checked = found[file.path] else { continue }
      result.findings += checked.findings
      result.seen[file.path] = checked.seen
      digests[file.path] = checked.seen?.sha256
    }
    if manifest.dialect == .files, digests.count == manifest.files.count {
      for index in manifest.files.indices {
        manifest.files[index].digests[.sha256] = digests[manifest.files[index].path]
      }
      manifest.digest = Manifest.digest(of: manifest.files)
    }
  }

  // MARK: Recordings

  private mutating func checkRecordings(_ present: [Present]) throws {
    for (file, _) in present {
      let check = try RecordingCheck(file, in: folder, plan)
      result.findings += check.findings(isSynthetic: manifest.isSynthetic)
      if let summary = check.summary { result.recordings.append(summary) }
    }
    if let expected = manifest.expected ?? plan.expected {
      result.findings += TopicCheck(expected, result.recordings).findings
    }
  }

  /// Opens the recordings for their times and channels only.
  private mutating func readRanges(_ present: [Present]) throws {
    for (file, _) in present {
      if let summary = try RecordingCheck.summary(file.path, in: folder) { result.recordings.append(summary) }
    }
  }

  /// Start and end are the manifest's; where it has none, the recordings'.
  private mutating func settleTimes() {
    let ranges = result.recordings.compactMap(\.range)
    let found = ranges.dropFirst().reduce(ranges.first) { $0?.extended(to: $1.start).extended(to: $1.end) }
    result.start = manifest.start ?? found?.start
    result.end = manifest.end ?? found?.end ?? result.start
    // Files that are missing may yet say it.
    let isWhole = Verdict(manifest.findings + result.findings) == .good
    if isWhole, plan.level >= .hash || plan.readsRanges, result.start == nil, !manifest.files.isEmpty {
      note(
        .error, .fields, nil, "neither the manifest nor a recording says when it was",
        hint: "add 'start' and 'end' to the manifest")
    }
    guard let found else { return }
    compare("start", manifest.start, found.start)
    compare("end", manifest.end, found.end)
  }

  private mutating func compare(_ name: String, _ declared: Timestamp?, _ found: Timestamp) {
    guard let declared else { return }
    let (difference, overflow) = declared.nanoseconds.subtractingReportingOverflow(found.nanoseconds)
    let seconds = overflow ? .max : difference.magnitude / 1_000_000_000
    guard seconds > 10 else { return }
    note(
      seconds > 86_400 ? .error : .warning, .range, nil, "'\(name)' is \(seconds) s away from the recordings",
      expected: .time(declared), found: .time(found))
  }

  // MARK: History

  private mutating func checkHistory() {
    let data = manifest.files.filter { manifest.dialect != .bagit || Bag.isPayload($0.path) }
    let digests = data.map { $0.sha256 ?? result.seen[$0.path]?.sha256 }
    let all = digests.compactMap(\.self)
    result.content = all.isEmpty || all.count < digests.count ? nil : KnownMeasurements.content(all)
    guard let known = plan.known, let id = manifest.measurement, !manifest.digest.isEmpty else { return }
    result.findings += known.findings(id, manifest: manifest.digest, content: result.content)
  }
}

/// One file against its entry in the manifest.
enum FileCheck {
  /// Reads a file to its end and compares every digest that is known of it.
  static func digest(
    _ file: Manifest.File, in folder: Folder, expected: FileIdentity, _ step: (Int) throws -> Void
  ) throws -> (seen: Validation.SeenFile?, findings: [ValidationFinding]) {
    var findings: [ValidationFinding] = []
    do {
      let reader = try FileReader(file.path, in: folder)
      guard reader.identity == expected else {
        throw SystemError(reader.path, cannot: "trust", code: SystemError.stale)
      }
      let sha256 = try FileDigest.of(reader, .sha256, step)
      for algorithm in Digest.named {
        guard let wanted = file.digests[algorithm] else { continue }
        let found = algorithm == .sha256 ? sha256 : try FileDigest.of(reader, algorithm, step)
        guard found != wanted else { continue }
        findings.append(
          ValidationFinding(
            .error, .digest, file.path, "\(algorithm.rawValue) is \(found), listed as \(wanted)",
            expected: .string(wanted), found: .string(found)))
      }
      if file.digests.isEmpty, file.blake3 != nil {
        findings.append(
          ValidationFinding(
            .error, .digest, file.path, "only BLAKE3 vouches for it, which is not compared here",
            hint: "list the files with sha256sum, or take them as they are with --dialect none"))
      }
      return (Validation.SeenFile(identity: reader.identity, sha256: sha256), findings)
    } catch let error as SystemError {
      guard let finding = finding(error, file.path) else { throw error }
      return (nil, findings + [finding])
    }
  }

  /// What an error says of the data; nil for one that is the system's own.
  static func finding(_ error: SystemError, _ path: String) -> ValidationFinding? {
    switch error.code {
    case .changed:
      ValidationFinding(.error, .stable, path, "changed while it was read", hint: "wait until its upload is done")
    case .missing: ValidationFinding(.error, .missing, path, "vanished while it was read")
    case .escapes, .wrongKind: ValidationFinding(.error, .kind, path, "is reached through a link, or no regular file")
    default: nil
    }
  }
}

extension SystemError {
  /// ESTALE: not what it was when it was opened.
  static let stale: Int32 = 116
}
