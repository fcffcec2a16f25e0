import Artifacts
import Core

/// Datastreams of one measurement that an export is made of, with scenes that came as records.
package struct LabelGroup: Sendable {
  package let measurement: String
  package private(set) var parents: [DatastreamRecord] = []
  package var scenes: [LabelScene] = []

  package init(_ measurement: String) { self.measurement = measurement }

  /// Adds one that is not there yet.
  package mutating func add(_ parent: DatastreamRecord) {
    if !parents.contains(where: { $0.id == parent.id }) { parents.append(parent) }
  }

  /// Everything that the given datastreams were made from, and they themselves, by zone; nearest first.
  func ancestry(_ known: (String) throws -> LineageView.Datastream?) rethrows -> [String: [String]] {
    var zones: [String: [String]] = [:], seen: Set<String> = []
    var waiting = parents.map { ($0.id, $0.zone, $0.parents) }[...]
    while let (id, zone, parents) = waiting.popFirst() {
      guard seen.insert(id).inserted else { continue }
      zones[zone, default: []].append(id)
      for parent in try known(id)?.parents ?? parents {
        if let stream = try known(parent) { waiting.append((parent, stream.zone, stream.parents)) }
      }
    }
    return zones
  }
}

/// Makes packages of datastreams in a lake, in the zone `shared`, and records that they were shared.
package struct LabelStage: Sendable {
  private static let stage = DerivedDatastream.Stage(name: "label-export", zone: "shared", kind: "export", version: 2)
  static let zones: Set = ["synchronized", "enriched", "scenes"]

  package let lake: Lake
  package let lineage: Lineage
  package let package: LabelPackage
  /// Redo what is completed.
  package let isForced: Bool

  package init(lake: Lake, lineage: Lineage, package: LabelPackage, isForced: Bool) {
    (self.lake, self.lineage, self.package, self.isForced) = (lake, lineage, package, isForced)
  }

  package struct Outcome {
    package var record: Record
    /// Nil when it was done before.
    package var report: LabelReport?
  }

  /// What a group leads to; a `RecordError` unless all of it is whole.
  static func derived(
    _ group: LabelGroup, _ known: (String) throws -> LineageView.Datastream?, _ settings: LabelSettings,
    tags: [LineageView.Tag]
  ) throws -> DerivedDatastream {
    guard let first = group.parents.first else {
      throw RecordError("measurement \(group.measurement)", "there are scenes, and no datastream that they are of")
    }
    for parent in group.parents {
      guard zones.contains(parent.zone) else {
        throw RecordError(
          "datastream \(parent.id)", "is in zone '\(parent.zone)', and not in synchronized, enriched or scenes")
      }
      try parent.checkWhole(known(parent.id))
    }
    var words = [settings.digest] + group.scenes.map { $0.key.text }.sorted()
    // What is chosen by tags is other when there is another tag.
    if !settings.tags.isEmpty {
      words += tags.map { "\($0.key)=\($0.value)@\($0.start.map { "\($0)" } ?? "")/\($0.end.map { "\($0)" } ?? "")" }
        .sorted()
    }
    let digest = words.count == 1 ? words[0] : Digest.sha256(words.joined(separator: "\n")).hex
    return try DerivedDatastream(stage, of: group.parents, digest: digest, start: first.start)
  }

  /// - Throws: what went wrong, after it was recorded as `FAILED`; `Interruption`, which leaves it `PROCESSING`.
  package func run(_ group: LabelGroup) throws -> Outcome {
    let measurement = try lineage.measurement(group.measurement)
    let tags = measurement?.tags ?? []
    let derived = try Self.derived(group, lineage.datastream, package.settings, tags: tags)
    let outcome = try derived.make(in: lake, lineage, isForced: isForced) { attempt in
      var input = try input(group)
      (input.tags, input.exportID) = (tags, attempt.id)
      input.vin = group.parents.lazy.compactMap(\.vin).first ?? measurement?.vin
      let (report, contents) = try attempt.publish(package.step) { try package.run(input, into: $0) }
      return (report.facts(contents), false, report)
    }
    if let report = outcome.report {
      let settings = package.settings
      try lineage.append(
        .share(
          report.exportID, datastream: derived.id, measurement: group.measurement, partner: settings.partner,
          mode: settings.copies ? "copy" : "in-place", items: report.items, digest: outcome.record["digest"]?.string,
          purpose: settings.purpose, expires: settings.expires, watermark: settings.watermark))
    }
    return Outcome(record: outcome.record, report: outcome.report)
  }

  private func input(_ group: LabelGroup) throws -> LabelInput {
    let zones = try group.ancestry(lineage.datastream)
    func folders(_ ids: [String]) throws -> [Folder] {
      try ids.compactMap { id in
        guard let known = try lineage.datastream(id), known.state.isWhole else { return nil }
        return try lake.openFolder(recorded: known.path)
      }
    }
    let synchronized = zones["synchronized"] ?? []
    guard let samples = synchronized.first, synchronized.count == 1, let folder = try folders([samples]).first else {
      throw RecordError(
        "measurement \(group.measurement)", "wanted one synchronized datastream, found \(synchronized.count)")
    }
    let drives = (zones["extracted"] ?? []).sorted()
    var input = LabelInput(folder, drives: try folders(drives), scenes: group.scenes)
    input.enriched = try folders(Array((zones["enriched"] ?? []).prefix(1))).first
    for scene in try folders(group.parents.filter { $0.zone == "scenes" }.map(\.id)) {
      input.scenes += try LabelScene.read("\(scene.path)/scenes.parquet")
    }
    input.base = ["datastreams": .array(drives.map { .string($0) })]
    input.datastreams = [samples] + (zones["enriched"] ?? []).prefix(1)
    return input
  }
}

/// What an export from a lake would make: reads the log, and writes nothing.
package struct LabelPreview: Sendable {
  private let lake: Lake
  private let view: LineageView
  private let settings: LabelSettings
  private let isForced: Bool

  package init(_ lake: Lake, _ settings: LabelSettings, isForced: Bool) throws {
    (self.lake, self.settings, self.isForced) = (lake, settings, isForced)
    view = try lake.recordedView()
  }

  package func plan(_ group: LabelGroup) throws -> Record {
    try LabelStage.derived(
      group, { view.datastreams[$0] }, settings, tags: view.measurements[group.measurement]?.tags ?? []
    ).planned(in: lake, view, isForced: isForced)
  }
}

/// Makes a package of folders that belong to no lake.
package struct LabelFolders: Sendable {
  package let package: LabelPackage
  package let output: String
  package let drives: [String]
  package let enriched: String?
  /// Files of scenes: Parquet, or records.
  package let scenes: [LabelScene]
  package let vin: String?
  package let isForced: Bool
  private let runID = "\(Identifier.unique())"

  package init(
    _ package: LabelPackage, to output: String, drives: [String], enriched: String?, scenes: [LabelScene], vin: String?,
    isForced: Bool
  ) {
    (self.package, self.output, self.drives, self.enriched) = (package, output, drives, enriched)
    (self.scenes, self.vin, self.isForced) = (scenes, vin, isForced)
  }

  private func input(_ path: String) throws -> LabelInput {
    var input = LabelInput(
      try Folder(path), drives: try drives.map { try Folder($0) }, enriched: try enriched.map { try Folder($0) },
      scenes: scenes)
    input.vin = vin
    input.base = .array(drives.map { .string(OutputPlace.trimmed($0)) })
    return input
  }

  /// Says what would be packed, and writes nothing.
  package func plan(_ path: String) throws -> Record {
    let input = try input(path), samples = try SampleSource(input.folder)
    let plan = try LabelPlan(input, samples, package.settings, package.step)
    return record(
      [
        "measurement": .string(samples.measurement), "rows": .count(plan.frames.frames.count), "status": "done",
        "planned": true,
      ])
  }

  package func run(_ path: String) throws -> (report: LabelReport, record: Record) {
    let input = try input(path)
    let (report, contents) = try OutputPlace(output).make(
      "av-label-export", report: LabelPackage.reportFile, run: runID, isForced: isForced
    ) { try package.run(input, into: $0) }
    var members: JSONObject = [
      "measurement": .string(report.measurement), "export": .string(report.exportID),
      "state": .string(DatastreamState.completed.rawValue),
    ]
    for member in report.facts(contents).members { members[member.key] = member.value }
    members["labels"] = .count(report.labels)
    members["status"] = "done"
    return (report, record(members))
  }

  private func record(_ facts: JSONObject) -> Record {
    var members: JSONObject = ["zone": "shared", "kind": "export", "path": .string(output)]
    for member in facts.members { members[member.key] = member.value }
    return Record(.datastream, members)
  }
}

extension LabelScene {
  /// Scenes of a file: a table, or records.
  package static func read(file path: String) throws -> [LabelScene] {
    let file = try FileReader(path)
    if file.count >= 4, try file.bytes(at: 0, count: 4) == Array("PAR1".utf8) { return try read(path) }
    var stream = RecordStream([path]), scenes: [LabelScene] = []
    while let item = try stream.next() {
      switch item {
      case .record(let record, let place): if record.kind == .scene { scenes.append(try LabelScene(record, at: place)) }
      case .problem(let problem): throw problem
      case .foreign, .warning: break
      }
    }
    return scenes
  }
}
