import Core

/// Why a rule does not act.
extension LifecyclePlanner {
  /// Why files must not go; the cheap reasons first, the copies that must remain last.
  func refusal(
    of item: LifecycleItem, _ stream: LineageView.Datastream, _ state: inout MeasurementPlan
  ) throws -> LifecycleRefusal? {
    if let refusal = bar(item, stream) ?? barOfZone(item, stream) { return refusal }
    if stream.zone == "raw" { return try copyThatRemains(item, stream, &state) }
    return item.action == .finish ? nil : try source(of: stream, &state)
  }

  /// Reasons that hold for whatever zone.
  private func bar(_ item: LifecycleItem, _ stream: LineageView.Datastream) -> LifecycleRefusal? {
    let measurement = view.measurements[stream.measurement]
    if let conflict = stream.conflict ?? measurement?.conflict {
      return LifecycleRefusal(.conflict, "the log contradicts itself: \(conflict.description)")
    }
    if let hold = (stream.tags + (measurement?.tags ?? [])).first(where: { $0.key == "hold" }) {
      return LifecycleRefusal(.held, "hold: \(hold.value)")
    }
    let lease = LakeLayout.component("m-\(stream.measurement)")
    for (name, owner) in live.owners where name == lease && owner.run != ownRun {
      return LifecycleRefusal(.inUse, "run \(owner.run) works on the measurement since \(owner.since)")
    }
    return nil
  }

  private static let replaceable: Set = ["extracted", "synchronized", "enriched", "scenes", "shared"]

  private func barOfZone(_ item: LifecycleItem, _ stream: LineageView.Datastream) -> LifecycleRefusal? {
    if item.action == .finish { return nil }
    if stream.zone == "raw" {
      if stream.state == .superseded || item.action == .archive && item.zone == "archive" {
        return LifecycleRefusal(.never, "what is \(stream.state.rawValue) in \(item.zone) is only reported")
      }
      guard item.action == .archive || request.confirmed.contains(stream.measurement) else {
        return LifecycleRefusal(.unconfirmed, "\(item.zone) goes only with --confirm \(stream.measurement)")
      }
      return nil
    }
    guard Self.replaceable.contains(stream.zone) else {
      return LifecycleRefusal(.never, "what is in \(stream.zone) is never removed by a rule")
    }
    guard item.action == .delete else {
      return LifecycleRefusal(.never, "only raw has a copy in the archive: what is in \(stream.zone) is made again")
    }
    if let user = references(to: stream) { return LifecycleRefusal(.referenced, user) }
    let made = stream.run.flatMap { view.runs[$0]?.facts["version"]?.string }
    if let made, Self.isNewer(made, than: Version.number) {
      return LifecycleRefusal(
        .newerTool, "made by version \(made); this is \(Version.number), and may not make it again")
    }
    return nil
  }

  /// Exports and labels that were made from a datastream, directly or not, and are still there.
  private func references(to stream: LineageView.Datastream) -> String? {
    if stream.zone != "shared", facts.shared.contains(stream.id) { return "it was handed over as it is" }
    var (left, seen) = ([stream.id], Set([stream.id]))
    while let id = left.popLast() {
      for child in view.children[id] ?? [] where seen.insert(child).inserted {
        left.append(child)
        guard let made = view.datastreams[child], made.state != .deleted, made.state != .failed else { continue }
        let isExport = made.kind == "export" || made.zone == "shared"
        let isLabel = made.kind == "label" || made.zone == "labeled"
        if isExport || isLabel && stream.zone != "shared" { return "\(made.kind) \(child) was made from it" }
      }
    }
    return nil
  }

  /// Numbers of versions, part by part; what is no number is older than any.
  static func isNewer(_ one: String, than other: String) -> Bool {
    func parts(_ text: String) -> [Int] { text.split { !$0.isNumber }.prefix(3).map { Int($0) ?? 0 } }
    return parts(other).lexicographicallyPrecedes(parts(one))
  }

  // MARK: What must remain

  /// For raw and archive: the copy in the other zone.
  private func copyThatRemains(
    _ item: LifecycleItem, _ stream: LineageView.Datastream, _ state: inout MeasurementPlan
  ) throws -> LifecycleRefusal? {
    let other = item.zone == "raw" ? "archive" : "raw"
    guard other == "archive" || stream.state == .copyComplete, !state.leaving.contains("\(other) \(stream.id)") else {
      return LifecycleRefusal(.lastCopy, "it is the last copy: \(other) has none, or is to go as well")
    }
    guard item.action == .finish || stream.isCovered(item.zone, by: other) else {
      return LifecycleRefusal(.lastCopy, "\(other) does not have everything that \(item.zone) has")
    }
    return try check.problem(of: stream, in: other)
  }

  /// For what was made: the raw datastreams that it can be made from again, in raw or in the archive.
  private func source(of stream: LineageView.Datastream, _ state: inout MeasurementPlan) throws -> LifecycleRefusal? {
    var (left, seen, roots) = (stream.parents, Set(stream.parents), [LineageView.Datastream]())
    while let id = left.popLast() {
      guard let parent = view.datastreams[id] else {
        return LifecycleRefusal(.lastCopy, "its parent \(id) is not in the log")
      }
      if parent.zone == "raw" { roots.append(parent) }
      for next in parent.parents where seen.insert(next).inserted { left.append(next) }
    }
    guard !roots.isEmpty else { return LifecycleRefusal(.lastCopy, "no raw datastream is recorded for it") }
    for root in roots.sorted(by: { $0.id < $1.id }) {
      if let problem = try problem(ofSource: root, &state) { return problem }
    }
    return nil
  }

  private func problem(
    ofSource root: LineageView.Datastream, _ state: inout MeasurementPlan
  ) throws -> LifecycleRefusal? {
    var found: LifecycleRefusal?
    for zone in ["archive", "raw"] {
      let key = "\(zone) \(root.id)"
      guard !state.leaving.contains(key),
        root.state == .copyComplete || zone == "archive" && root.state == .archived
      else { continue }
      let problem: LifecycleRefusal?
      if let known = state.checked[key] {
        problem = known
      } else {
        problem = try check.problem(of: root, in: zone)
        state.checked.updateValue(problem, forKey: key)
      }
      guard let problem else { return nil }
      // A damaged copy is the graver finding.
      if found == nil || problem.code == .damaged { found = problem }
    }
    return found ?? LifecycleRefusal(.lastCopy, "raw datastream \(root.id) is \(root.state.rawValue)")
  }
}
