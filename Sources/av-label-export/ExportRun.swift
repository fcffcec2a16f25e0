import Command
import Core
import Pipeline
import Runs

extension RecordRun {
  /// Makes a package of each measurement.
  func export(_ package: LabelPackage, _ work: WorkOptions, _ log: Log) throws -> ExitCode {
    try overGroups({ try groups(&$0) }, name: \.measurement) {
      let home = try home()
      guard !work.dryRun else {
        let preview = try LabelPreview(home, package.settings, isForced: work.force)
        return Work { ([try preview.plan($0)], .success) }
      }
      let lineage = try start(in: home, config: package.settings.digest)
      let stage = LabelStage(lake: home, lineage: lineage, package: package, isForced: work.force)
      return Work(lineage) { group in
        let outcome = try stage.run(group)
        outcome.report?.tell(log)
        return ([outcome.record], .success)
      }
    }
  }

  /// All records, since those of one measurement need not stand together.
  private func groups(_ traffic: inout Traffic) throws -> [LabelGroup] {
    var groups: [LabelGroup] = [], places: [String: Int] = [:]
    func place(_ measurement: String) -> Int {
      if let place = places[measurement] { return place }
      places[measurement] = groups.count
      groups.append(LabelGroup(measurement))
      return groups.count - 1
    }
    var streams: [String: String] = [:]
    try read(&traffic) { record, at, traffic in
      do throws(RecordError) {
        switch record.kind {
        case .datastream:
          let stream = try DatastreamRecord(record, at: at)
          groups[place(stream.measurement)].add(stream)
          return
        case .scene:
          let scene = try LabelScene(record, at: at)
          guard let measurement = scene.measurement else { throw RecordError(at, "a scene has no measurement_id") }
          groups[place(measurement)].scenes.append(scene)
          streams[measurement] = record["datastream_id"]?.string
          return
        default: break
        }
      } catch {
        return try fail(error, item: record["id"]?.string ?? at, &traffic)
      }
      try traffic.output.put(record)
    }
    try name(&groups, streams)
    return groups
  }

  /// Scenes say of which datastream they are, where its record did not come.
  private func name(_ groups: inout [LabelGroup], _ streams: [String: String]) throws {
    guard groups.contains(where: \.parents.isEmpty) else { return }
    let view = try home().recordedView()
    for index in groups.indices where groups[index].parents.isEmpty {
      guard let id = streams[groups[index].measurement], let record = view.record(ofDatastream: id) else { continue }
      groups[index].add(try DatastreamRecord(record, at: id))
    }
  }
}
