import Core

/// Applies the rules of `lake.json5` to what the log says exists, measurement by measurement (`lineage.md` §7).
///
/// Each item is judged right before it is handed over, so that what must remain was read just then. Raw and archive
/// come before what was made from them; a copy that an allowed item takes away is not relied on by later ones.
struct LifecyclePlanner {
  let lake: Lake
  let view: LineageView
  let facts: LifecycleFacts
  let live: LiveRuns
  let check: CopyCheck
  let request: LifecycleRequest
  let now: Timestamp
  /// Leases that are this run's own, and do not stand in its way.
  var ownRun: String?

  /// Plans measurements, all unless some are given.
  func plan(_ measurements: Set<String>? = nil, _ body: (LifecycleItem) throws -> Void) throws {
    var members: [String: [LineageView.Datastream]] = [:]
    for stream in view.datastreams.values { members[stream.measurement, default: []].append(stream) }
    for id in Set(members.keys).union(view.measurements.keys).sorted() where measurements?.contains(id) ?? true {
      if let item = try parked(id), request.wants(item) { try body(item) }
      let streams = (members[id] ?? []).sorted { ($0.zone != "raw" ? 1 : 0, $0.id) < ($1.zone != "raw" ? 1 : 0, $1.id) }
      var state = MeasurementPlan()
      for stream in streams {
        for var item in try candidates(stream) where request.wants(item) {
          if item.action.removes, item.refusal == nil { item.refusal = try refusal(of: item, stream, &state) }
          if item.isAllowed, item.action.removes, stream.zone == "raw" {
            state.leaving.insert("\(item.zone) \(stream.id)")
          }
          try body(item)
        }
      }
    }
    guard measurements == nil else { return }
    for path in view.incomplete.keys.sorted() {
      if let item = try incomplete(path), request.wants(item) { try body(item) }
    }
  }

  /// What is known while one measurement is planned.
  struct MeasurementPlan {
    /// `zone id` of the copies that go.
    var leaving: Set<String> = []
    /// What was found of copies that may remain, by `zone id`.
    var checked: [String: LifecycleRefusal?] = [:]
  }

  // MARK: What rules are about

  /// The first rule that something meets, of the first key that has one; `kind` and tags are those of a datastream.
  private func rule(
    _ key: String, _ fallback: String? = nil, kind: String? = nil, tags: [LineageView.Tag] = []
  ) -> (name: String, rule: LakeSettings.Retention)? {
    for key in [key, fallback, "*"].compactMap(\.self) {
      for rule in lake.settings.retention[key] ?? [] where rule.meets(kind, tags) {
        let parts = [key, rule.kind?.description, rule.tag?.description].compactMap(\.self).joined(separator: "/")
        return ("\(parts).\(rule.keep.map { Measure.text(duration: $0) } ?? "forever")", rule)
      }
    }
    return nil
  }

  private func rule(
    _ key: String, of stream: LineageView.Datastream, _ fallback: String? = nil
  ) -> (name: String, rule: LakeSettings.Retention)? {
    rule(
      key, fallback, kind: stream.kind, tags: stream.tags + (view.measurements[stream.measurement]?.tags ?? []))
  }

  /// The items of a datastream: what is to be finished, its copy in the archive, itself.
  private func candidates(_ stream: LineageView.Datastream) throws -> [LifecycleItem] {
    var items = try unfinished(stream)
    switch stream.state {
    case .copyComplete, .completed, .superseded:
      let key = stream.state == .superseded ? "superseded" : stream.zone
      let size = (stream.outcome["files"]?.integer, stream.outcome["bytes"]?.integer)
      items += try item(stream, stream.zone, rule(key, of: stream, stream.zone), stream.path, size).map { [$0] } ?? []
    case .archived, .created, .startCopy, .processing, .failed, .deleted: break
    }
    if stream.zone == "raw", stream.state == .copyComplete || stream.state == .archived,
      let path = stream.outcome["archive"]?.string
    {
      let copies = stream.items("archive", below: path)
      let bytes = copies.reduce(0) { $0.addingSaturated($1.bytes) }
      items +=
        try item(stream, "archive", rule("archive", of: stream), path, (Int64(copies.count), Int64(bytes))).map { [$0] }
        ?? []
    }
    return items
  }

  private func item(
    _ stream: LineageView.Datastream, _ zone: String, _ rule: (name: String, rule: LakeSettings.Retention)?,
    _ path: String, _ size: (files: Int64?, bytes: Int64?)
  ) throws -> LifecycleItem? {
    guard let rule else { return nil }
    let age = age(since: stream.changed)
    let isYoung = rule.rule.keep.map { age < $0 } ?? true
    // What is not due is of interest only to who asks for it.
    guard !isYoung || request.names(stream) else { return nil }
    let action: LifecycleItem.Action =
      switch rule.rule.then {
      case .report: .report
      case .archive: .archive
      case .delete: .delete
      }
    var item = LifecycleItem(
      subject: stream.id, measurement: stream.measurement, zone: zone, kind: stream.kind,
      state: stream.state.rawValue, path: path, rule: rule.name, age: age,
      files: size.files.map { Int(clamping: $0) }, bytes: size.bytes.map { Int(clamping: $0) }, action: action)
    if isYoung {
      let until = rule.rule.keep.map { "kept for \(Measure.text(duration: $0))" } ?? "kept forever"
      item.refusal = LifecycleRefusal(.young, until)
    }
    return item
  }

  /// Removals that are in the log, and of which files are still there.
  private func unfinished(_ stream: LineageView.Datastream) throws -> [LifecycleItem] {
    var items: [LifecycleItem] = []
    for (zone, removal) in (facts.removals[stream.id] ?? [:]).sorted(by: { $0.key < $1.key }) {
      // What came back since, or was never moved to the state that the removal needs, is no remainder.
      let isRemoved =
        zone == "archive"
        ? stream.path(in: "archive") == nil : stream.state == .deleted || zone == "raw" && stream.state == .archived
      guard isRemoved else { continue }
      var listed: [String: Int?] = [:]
      if let folder = try lake.folder(recorded: removal.path) {
        for path in try LineageBlobs(lake.lineageFolder()).resolved(removal.listed).array ?? [] {
          if let path = path.string, try folder.entry(path)?.kind == .file { listed.updateValue(nil, forKey: path) }
        }
      }
      guard try !listed.isEmpty || isHollow(removal.path) else { continue }
      items.append(
        LifecycleItem(
          subject: stream.id, measurement: stream.measurement, zone: zone, kind: stream.kind,
          state: stream.state.rawValue, path: removal.path, rule: removal.rule, age: age(since: removal.time),
          files: listed.count, action: .finish, listed: listed))
    }
    return items
  }

  /// Whether nothing is left of a folder but empty ones: in it or, when it is gone, right above it.
  private func isHollow(_ path: String) throws -> Bool {
    if let folder = try lake.folder(recorded: path) {
      var isHollow = true
      try folder.walk { _, entry in
        if entry.kind != .folder { isHollow = false }
        return isHollow
      }
      return isHollow
    }
    let place = try lake.location(recorded: path)
    var above = LakePath.parent(place.path)
    while !above.isEmpty {
      if let folder = try lake.folder(recorded: "\(place.root)/\(above)") { return try folder.names().isEmpty }
      above = LakePath.parent(above)
    }
    return false
  }

  private func parked(_ id: String) throws -> LifecycleItem? {
    guard let measurement = view.measurements[id], let parked = measurement.parked,
      let path = parked["path"]?.string, let rule = rule("error", tags: measurement.tags)
    else { return nil }
    return try reported(id, measurement: id, "error", rule, path, facts.parkedAt[id])
  }

  private func incomplete(_ path: String) throws -> LifecycleItem? {
    guard let held = view.incomplete[path], let rule = rule("incomplete") else { return nil }
    let place = held["moved_to"]?.string ?? path
    let zone = place == path ? "landing" : "archive"
    return try reported(
      place, measurement: held["measurement"]?.string, zone, rule, place, held["since"]?.timestamp)
  }

  /// Something that no rule ever removes: it is told with its age.
  private func reported(
    _ subject: String, measurement: String?, _ zone: String, _ rule: (name: String, rule: LakeSettings.Retention),
    _ path: String, _ since: Timestamp?
  ) throws -> LifecycleItem? {
    let age = since.map { self.age(since: $0) }
    guard let keep = rule.rule.keep, age.map({ $0 >= keep }) ?? true, let folder = try lake.folder(recorded: path)
    else { return nil }
    let contents = try DatastreamContents(of: folder)
    var item = LifecycleItem(
      subject: subject, measurement: measurement, zone: zone, path: path, rule: rule.name, age: age,
      files: contents.files.count, bytes: contents.bytes, action: rule.rule.then == .delete ? .delete : .report)
    if item.action.removes {
      item.refusal = LifecycleRefusal(.never, "what failed or is incomplete is never removed by a rule")
    }
    return item
  }

  private func age(since time: Timestamp) -> Int64 {
    let (age, isAbsurd) = now.nanoseconds.subtractingReportingOverflow(time.nanoseconds)
    return isAbsurd ? 0 : age
  }
}

extension LakeSettings.Retention {
  fileprivate func meets(_ kind: String?, _ tags: [LineageView.Tag]) -> Bool {
    if let wanted = self.kind, !(kind.map(wanted.matches) ?? false) { return false }
    guard let tag else { return true }
    return tags.contains { $0.key == tag.key && (tag.value == nil || tag.value == $0.value) }
  }
}
