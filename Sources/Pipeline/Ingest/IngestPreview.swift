import Core

/// What an ingest would do: reads the log and landing, and writes nothing.
package struct IngestPreview: Sendable {
  private let lake: Lake
  private let plan: IngestPlan
  private let view: LineageView
  private let landing: Landing

  package init(_ lake: Lake, _ plan: IngestPlan) throws {
    (self.lake, self.plan) = (lake, plan)
    landing = Landing(lake)
    do throws(SystemError) { _ = try Folder("\(lake.path)/lineage") } catch {
      guard error.code == .missing else { throw error }
      view = LineageView()
      return
    }
    var reader = LineageReader(try Folder("\(lake.path)/lineage"))
    view = try reader.view()
  }

  /// The record that an ingest would print, with `planned`.
  ///
  /// - Throws: `Interruption` when `plan.step` does.
  package func result(_ candidate: Candidate) throws -> IngestResult {
    do { return try planned(candidate) } catch let problem as any Problem {
      var record = Record.failure(problem, item: candidate.path)
      record["planned"] = true
      return IngestResult(status: .failed, record: record, problem: problem)
    }
  }

  private func planned(_ candidate: Candidate) throws -> IngestResult {
    guard let arrival = try landing.open(landing.place(of: candidate.path)) else {
      throw NotInLanding(path: candidate.path, problem: "is not there", isMissing: true)
    }
    var validation = ValidationPlan()
    (validation.level, validation.readsRanges) = (candidate.validated == nil ? candidate.level : .size, true)
    (validation.dialect, validation.quietPeriod, validation.jobs) = (plan.dialect, plan.quietPeriod, plan.jobs)
    validation.known = KnownMeasurements(view)
    validation.step = plan.step
    let checked = try FolderValidation.validate(arrival.folder, path: arrival.path, validation)
    guard checked.verdict == .good, let manifest = checked.manifest, let id = manifest.measurement,
      let start = checked.start
    else { throw HeldMeasurement(checked) }
    let stream = view.datastreams[manifest.rawDatastream]
    let isDone = stream?.state.isWhole ?? false
    let values = LakeLayout.Values(
      zone: "raw", datastream: manifest.rawDatastream, measurement: "\(id)", vin: manifest.vin,
      region: manifest.region ?? lake.settings.region ?? "", start: start)
    let path = try isDone ? stream?.path ?? "" : lake.location(of: values).recorded
    let record = Record(
      .datastream,
      [
        "id": .string(manifest.rawDatastream), "measurement": .string("\(id)"), "zone": "raw", "kind": "raw",
        "state": .string((stream?.state ?? .created).rawValue), "path": .string(path), "vin": .string(manifest.vin),
        "start": .time(start), "end": .time(checked.end ?? start), "files": .count(checked.files),
        "bytes": .count(checked.bytes), "status": .string(isDone ? "skipped" : "done"), "planned": true,
        "outputs": .array([.string(path)]),
      ])
    return IngestResult(status: isDone ? .skipped : .done, record: record)
  }
}
