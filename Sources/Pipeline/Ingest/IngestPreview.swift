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
    guard let lineage = try lake.existing("\(lake.path)/lineage") else {
      view = LineageView()
      return
    }
    var reader = LineageReader(lineage)
    view = try reader.view()
  }

  /// The record that an ingest would print, with `planned`.
  ///
  /// - Throws: `Interruption` when `plan.step` does.
  package func result(_ candidate: Candidate) throws -> IngestResult {
    do { return try planned(candidate) } catch let problem as any Problem {
      return failure(problem, item: candidate.path)
    }
  }

  private func planned(_ candidate: Candidate) throws -> IngestResult {
    guard let arrival = try landing.arrival(of: candidate) else { return try absent(candidate) }
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

  /// A folder that is gone was ingested, or never was there.
  private func absent(_ candidate: Candidate) throws -> IngestResult {
    guard let stream = view.datastream(from: lake.recorded(candidate.path), manifest: candidate.validated) else {
      throw NotInLanding(path: candidate.path, problem: "is not there", isMissing: true)
    }
    var result = IngestResult(status: .skipped, record: stream.record(.skipped, view.measurements[stream.measurement]))
    result.record["planned"] = true
    return result
  }

  /// What `--retry` would bring back from the error zone.
  package func retried(_ ids: [String]) throws -> [IngestResult] {
    try ErrorZone.asked(for: ids, in: view).map { id in
      guard let measurement = view.measurements[id], let parked = measurement.parked else {
        return failure(NotReturned(item: id, problem: "is not in the error zone"), item: id)
      }
      do { try measurement.checkAttempts(plan, path: parked["path"]?.string ?? id) } catch let problem as any Problem {
        return failure(problem, item: id)
      }
      return planned(measurement, "retry", from: parked["path"])
    }
  }

  /// What `--hydrate` would bring back from the archive.
  package func hydrated(_ ids: [String]) throws -> [IngestResult] {
    try ids.map { text in
      if text.contains("/") {
        let record = Record(
          .measurement,
          ["path": .string(lake.recorded(text)), "action": "hydrate", "status": "done", "planned": true])
        return IngestResult(status: .done, record: record)
      }
      guard case .measurement(let id) = try view.subject(text), let measurement = view.measurements[id] else {
        return failure(NotReturned(item: text, problem: "is not the id of a measurement"), item: text)
      }
      let archives = measurement.datastreams.compactMap { view.datastreams[$0]?.outcome["archive"] }
      return planned(measurement, "hydrate", from: archives.last)
    }
  }

  private func planned(_ measurement: LineageView.Measurement, _ action: String, from path: JSON?) -> IngestResult {
    let members: JSONObject = [
      "id": .string(measurement.id), "vin": .string(measurement.vin), "action": .string(action), "path": path ?? .null,
      "status": "done", "planned": true,
    ]
    return IngestResult(status: .done, record: Record(.measurement, members))
  }

  private func failure(_ problem: any Problem, item: String) -> IngestResult {
    var record = Record.failure(problem, item: item)
    record["planned"] = true
    return IngestResult(status: .failed, record: record, problem: problem)
  }
}
