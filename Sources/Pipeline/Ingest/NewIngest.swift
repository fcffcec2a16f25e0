import Core

/// A measurement that is good and not in raw yet: created, copied, recorded, and only then cleared from landing.
struct NewIngest {
  private let ingestion: Ingestion
  private let arrival: Arrival
  private let validation: Validation
  private let manifest: Manifest
  private let jobs: Int
  /// What was recorded as whole and is no longer in raw: it is copied again to where it was.
  private let restored: LineageView.Datastream?

  init(
    _ ingestion: Ingestion, _ arrival: Arrival, _ validation: Validation, _ manifest: Manifest, jobs: Int,
    restoring restored: LineageView.Datastream? = nil
  ) {
    (self.ingestion, self.arrival, self.validation) = (ingestion, arrival, validation)
    (self.manifest, self.jobs, self.restored) = (manifest, jobs, restored)
  }

  private var lake: Lake { ingestion.lake }
  private var lineage: Lineage { ingestion.lineage }

  /// What the log and the paths need, all there.
  fileprivate struct Facts {
    var measurement: String
    var datastream: String
    var start: Timestamp
    var end: Timestamp
    var region: String
    /// The data in the order of the manifest, then the files of the manifest.
    var items: [ZoneCopy.Item]
    var manifestItems: [ZoneCopy.Item]
    /// A list of digests, where the folder has no manifest.
    var texts: [String: [UInt8]]
    var isBag = false
    /// Paths that landing keeps to the last, the one by which a manifest is known at the end.
    var lastPaths: [String]
    var all: [ZoneCopy.Item] { items + manifestItems }
    /// The files of the datastream, as verification sees them.
    var contents: DatastreamContents {
      DatastreamContents((all + made).map { .init(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) })
    }
    /// The texts, as files of the zone.
    var made: [ZoneCopy.Item] {
      texts.sorted { $0.key < $1.key }.map {
        ZoneCopy.Item(path: $0.key, bytes: $0.value.count, sha256: Digest.sha256($0.value).hex)
      }
    }
    /// The same upload as the payload of a bag.
    func bagged(_ manifest: Manifest) -> Facts {
      var facts = self
      let bag = Bag(
        manifest, measurement: measurement, start: start, end: end, region: region,
        files: all.map { .init(path: $0.path, bytes: $0.bytes, sha256: $0.sha256) })
      (facts.isBag, facts.texts) = (true, bag.texts)
      for index in items.indices { facts.items[index].path = Bag.payload + items[index].path }
      for index in manifestItems.indices { facts.manifestItems[index].path = Bag.payload + manifestItems[index].path }
      return facts
    }
  }

  func run() throws -> IngestResult {
    let facts = try facts()
    let raw = try zone("raw", facts)
    let archive = lake.settings.archives ? try zone("archive", facts) : nil
    let rawFacts = try form(facts, in: raw)
    try checkSpace([raw, archive].compactMap(\.self), facts)
    try ingestion.start()
    if restored == nil { try create(facts, raw) }
    var proven = validation.seen.mapValues(\.identity)
    do {
      if restored == nil {
        try lineage.move(facts.datastream, to: .startCopy)
        try recordFiles(facts)
      }
      for (copy, facts) in [(raw, rawFacts)] + (archive.map { [($0, facts)] } ?? []) {
        let identities = try place(copy, facts)
        proven.merge(identities) { $1 }
        try recordCopies(copy, facts)
      }
      try complete(rawFacts, raw, archive)
    } catch {
      throw try failed(error, facts)
    }
    let cleared = try clear(proven, facts)
    guard let stream = try lineage.datastream(facts.datastream) else { preconditionFailure("it was just completed") }
    var result = ingestion.result(.done, stream, cleared)
    if let other = sameContent {
      result.record["same_content"] = .string(other)
      result.notice = "\(arrival.path): the files are those of measurement \(other)"
    }
    return result
  }

  /// Another measurement that has the same files.
  private var sameContent: String? {
    validation.findings.first { $0.code == .sameContent }?.found?.string
  }

  /// What raw holds: the upload as it is, or as the payload of a bag.
  ///
  /// What is published there keeps its form.
  private func form(_ facts: Facts, in raw: ZoneCopy) throws -> Facts {
    // What is a bag already needs none around it.
    guard manifest.dialect != .bagit, let first = facts.all.first else { return facts }
    let bagged = facts.bagged(manifest)
    if let restored {
      let isBag = restored.copies.keys.contains("\(restored.path)/\(Bag.payload)\(first.path)")
      return isBag ? bagged : facts
    }
    guard try raw.isPublished() else { return ingestion.plan.makesBags ? bagged : facts }
    let isBag = try Folder(raw.location.root).entry("\(raw.location.path)/\(Bag.payload)\(first.path)") != nil
    return isBag ? bagged : facts
  }

  private func facts() throws -> Facts {
    guard let id = manifest.measurement, let start = validation.start else {
      throw HeldMeasurement(validation)
    }
    let items = manifest.files.map { file in
      ZoneCopy.Item(
        path: file.path, source: file.path, bytes: validation.sizes[file.path] ?? 0,
        sha256: file.sha256 ?? validation.seen[file.path]?.sha256 ?? "")
    }
    var own: [ZoneCopy.Item] = []
    for name in manifest.names {
      let file = try FileCopy.reading { try FileReader(name, in: arrival.folder) }
      let digest = try FileCopy.reading { try FileDigest.of(file) }
      own.append(ZoneCopy.Item(path: name, source: name, bytes: file.count, sha256: digest))
    }
    var facts = Facts(
      measurement: "\(id)", datastream: manifest.rawDatastream, start: start, end: validation.end ?? start,
      region: manifest.region ?? lake.settings.region ?? "", items: items, manifestItems: own, texts: [:],
      lastPaths: [])
    // Tag files of a bag are part of its manifest, also where they are listed.
    let tags = manifest.dialect == .bagit ? items.map(\.path).filter { !Bag.isPayload($0) } : []
    let known = [Manifest.native, Manifest.bagIt]
    facts.lastPaths = (tags + manifest.names).sorted().filter { !known.contains($0) }
    facts.lastPaths += (tags + manifest.names).filter(known.contains)
    if manifest.dialect == .files, !items.contains(where: { $0.path == Manifest.sums }) {
      let lines = items.map { "\($0.sha256)  \($0.path)\n" }.sorted().joined()
      facts.texts = [Manifest.sums: Array(lines.utf8)]
    }
    return facts
  }

  // MARK: Before the copy

  private func zone(_ zone: String, _ facts: Facts) throws -> ZoneCopy {
    let values = LakeLayout.Values(
      zone: zone, datastream: facts.datastream, measurement: facts.measurement, vin: manifest.vin,
      region: facts.region, start: facts.start)
    // A zone in the lake is made; one with a root of its own may be a mount that is missing.
    if lake.settings.roots[zone] == nil { _ = try Folder(lake.path).making(zone) }
    var location = try lake.location(of: values)
    if let restored, let recorded = zone == "raw" ? restored.path : restored.outcome["archive"]?.string {
      location = try lake.location(recorded: recorded)
    }
    // An earlier run may have published on another root.
    for root in lake.settings.roots[zone] == nil ? [] : try lake.roots(of: zone)
    where try Folder(root).entry(location.path) != nil {
      location = Lake.Location(
        root: root, path: location.path, recorded: lake.recorded("\(root)/\(location.path)"))
    }
    return ZoneCopy(
      zone: zone, location: location, datastream: facts.datastream, run: ingestion.run, jobs: jobs,
      step: { [ingestion] in try ingestion.step($0) }, mayPublish: { [ingestion] in try ingestion.lease.check() },
      isDead: { [ingestion] in ingestion.isDead($0) })
  }

  /// Bytes and 5 %, and as many files, on each file system that is written; what is published needs nothing.
  private func checkSpace(_ copies: [ZoneCopy], _ facts: Facts) throws {
    let bytes = facts.all.reduce(0) { $0.addingSaturated($1.bytes) }
    var needs: [UInt64: (root: String, copies: Int, kept: Int)] = [:]
    for copy in copies where try !copy.isPublished() {
      let root = try Folder(copy.location.root)
      let device = try root.entry(".")?.identity.device ?? 0
      needs[device, default: (copy.location.root, 0, 0)].copies += 1
      needs[device]?.kept += try copy.kept()
    }
    for (root, copies, kept) in needs.values.sorted(by: { $0.root < $1.root }) {
      let space = try Folder(root).space()
      let once = bytes.addingSaturated(bytes / 20)
      let wanted = (0..<copies).reduce(ingestion.plan.leastFree) { sum, _ in sum.addingSaturated(once) }
      guard space.bytes.addingSaturated(kept) >= wanted, space.files >= (facts.all.count + 16) * copies else {
        throw NoRoom(root: root, wanted: wanted - kept, free: space.bytes)
      }
    }
  }

  private func create(_ facts: Facts, _ raw: ZoneCopy) throws {
    var more: JSONObject = [:]
    more["driver"] = manifest.driver.map(JSON.string)
    more["notes"] = manifest.notes.map(JSON.string)
    if manifest.isSynthetic { more["synthetic"] = true }
    more["same_content"] = sameContent.map(JSON.string)
    more["dialect"] = .string(manifest.dialect.rawValue)
    more["source"] = .string(arrival.path)
    try lineage.append(
      .measurementCreated(
        facts.measurement, vin: manifest.vin, start: facts.start, end: facts.end, manifest: manifest.digest,
        files: manifest.files.count, region: facts.region.isEmpty ? nil : facts.region, more: more))
    let tags = try lineage.measurement(facts.measurement)?.tags ?? []
    let target: JSONObject = ["measurement": .string(facts.measurement)]
    for tag in manifest.tags where !tags.contains(where: { $0.key == tag.key && $0.value == tag.value }) {
      try lineage.append(
        .tag(target, key: tag.key, value: tag.value, source: "driver", start: tag.at, end: tag.at), .soon)
    }
    for event in validation.recordings.flatMap(\.events)
    where !tags.contains(where: { $0.key == "event" && $0.value == event.name && $0.start == event.start }) {
      try lineage.append(
        .tag(target, key: "event", value: event.name, source: "recording", start: event.start, end: event.end), .soon)
    }
    try lineage.append(
      .datastreamCreated(
        facts.datastream, measurement: facts.measurement, zone: "raw", kind: "raw", path: raw.location.recorded,
        parents: [], stage: "ingest", config: manifest.digest, outputVersion: 1))
  }

  // MARK: The copy

  /// Publishes into a zone, or proves what an earlier run published there.
  private func place(_ copy: ZoneCopy, _ facts: Facts) throws -> [String: FileIdentity] {
    guard try copy.isPublished() else { return try copy.publish(facts.all, texts: facts.texts, from: arrival.folder) }
    if let problem = try copy.problem(facts.all + facts.made) {
      try ingestion.alarm(
        ["datastream": .string(facts.datastream)], path: copy.location.recorded,
        expected: facts.contents.digest ?? "", found: problem.description)
      throw problem
    }
    return [:]
  }

  private func recordFiles(_ facts: Facts) throws {
    let known = try lineage.measurement(facts.measurement)?.files ?? [:]
    let recordings = Dictionary(validation.recordings.map { ($0.path, $0) }) { first, _ in first }
    let formats = Dictionary(manifest.files.map { ($0.path, $0.format) }) { first, _ in first }
    let new = facts.items.filter { known[$0.path]?["sha256"] != .string($0.sha256) }
    try lineage.append(
      new.map { item in
        let recording = recordings[item.path]
        let channels = recording.map { recording in
          JSON.array(
            recording.channels.map {
              ["name": .string($0.name), "type": .string($0.type), "messages": .count($0.messages)]
            })
        }
        return .fileFacts(
          measurement: facts.measurement, path: item.path, bytes: item.bytes, sha256: item.sha256,
          format: recording?.format ?? formats[item.path] ?? nil, range: recording?.range,
          messages: recording?.messages,
          channels: channels, verdict: "ok")
      })
  }

  private func recordCopies(_ copy: ZoneCopy, _ facts: Facts) throws {
    try lineage.append(
      (facts.all + facts.made).map { item in
        .fileCopied(
          measurement: facts.measurement, datastream: facts.datastream, zone: copy.zone,
          path: "\(copy.location.recorded)/\(item.path)", bytes: item.bytes, sha256: item.sha256)
      })
  }

  /// From here on the measurement is in raw and archive, and landing is no longer needed.
  private func complete(_ facts: Facts, _ raw: ZoneCopy, _ archive: ZoneCopy?) throws {
    var outcome: JSONObject = [
      "path": .string(raw.location.recorded), "start": .time(facts.start), "end": .time(facts.end),
    ]
    for member in facts.contents.facts.members { outcome[member.key] = member.value }
    outcome["source"] = .string(arrival.path)
    if facts.isBag { outcome["bag"] = true }
    outcome["archive"] = archive.map { .string($0.location.recorded) }
    outcome["manifest_files"] = .array(facts.lastPaths.map(JSON.string))
    try ingestion.lease.check()
    // What was lost from raw was never said to be anything but whole.
    if restored?.state == .copyComplete { return }
    try lineage.move(facts.datastream, to: .copyComplete, facts: outcome)
  }

  // MARK: After the copy

  private func clear(_ proven: [String: FileIdentity], _ facts: Facts) throws -> LandingClear.Outcome {
    let clear = LandingClear(arrival: arrival) { [ingestion] in try ingestion.lease.check() }
    // What an earlier run copied was not read in this one.
    let unread = facts.all.filter { proven[$0.path] == nil }
    let (read, changed) = try LandingClear.prove(unread, in: arrival) { try ingestion.step($0) }
    let listed = Set(facts.all.map(\.path))
    let files = proven.filter { listed.contains($0.key) }.merging(read) { $1 }
    var outcome = try clear.run(files, last: facts.lastPaths)
    outcome.changed += changed
    try lineage.append(
      .landingCleared(
        measurement: facts.measurement, files: outcome.files, bytes: outcome.bytes, left: outcome.left))
    return outcome
  }

  /// Records the failure, and moves what failed for good to the error zone; the error to be told.
  private func failed(_ error: any Error, _ facts: Facts) throws -> any Error {
    guard let problem = error as? any Problem else { return error }
    if problem is BusyError { return problem }
    var failure = IngestFailure(problem)
    if restored != nil { return failure }
    let description: JSONObject = [
      "code": .string(problem.code.rawValue), "msg": .string(problem.description),
      "retryable": .bool(failure.isRetryable),
    ]
    do {
      try lineage.move(facts.datastream, to: .failed, facts: ["error": .object(description)])
    } catch let second as any Problem {
      // The log cannot take it either: START_COPY stands, and the next run takes it for a crash.
      return second.exitCode == .integrity ? second : IngestFailure(second, endsRun: true)
    }
    guard failure.isParked else { return failure }
    do {
      failure.isParked = try ErrorZone(ingestion).park(arrival, measurement: facts.measurement, failure, jobs: jobs)
    } catch let problem as any Problem where !(problem is BusyError) && problem.exitCode != .integrity {
      // It stays in landing, recorded as failed: the next run takes it up.
      failure.isParked = false
    }
    return failure
  }
}
