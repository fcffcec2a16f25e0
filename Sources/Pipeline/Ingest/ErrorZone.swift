import Core

/// An error of creating or copying, with what it means for the measurement and for the run.
struct IngestFailure: Problem {
  let cause: any Problem
  /// Whether the measurement goes to the error zone.
  let isParked: Bool
  let endsRun: Bool

  /// What concerns the whole lake ends the run and leaves landing alone; what concerns the data stays in landing; what
  /// is left is this measurement's own, and would fail again.
  init(_ cause: any Problem) {
    self.cause = cause
    let system = cause as? SystemError
    let isOfRun: Bool =
      switch system?.code {
      case .notPermitted, .escapes, .missing: true
      default: system?.endsRun ?? cause.endsRun
      }
    endsRun = isOfRun
    isParked = system != nil && !isOfRun
  }

  init(_ cause: any Problem, endsRun: Bool) {
    (self.cause, self.endsRun, isParked) = (cause, endsRun, false)
  }

  var description: String { cause.description }
  var code: ProblemCode { cause.code }
  var exitCode: ExitCode { endsRun || cause.exitCode != .system || !isParked ? cause.exitCode : .items }
  var hint: String? { isParked ? "it is in the error zone; landing is free for others" : cause.hint }
  var isRetryable: Bool { cause.isRetryable }
  var facts: JSONObject { cause.facts }
}

/// A root without room for a measurement: nothing was begun.
struct NoRoom: Problem {
  var root: String
  var wanted: Int
  var free: Int
  var description: String { "\(root): no room: \(wanted) bytes are needed, \(free) are free" }
  var code: ProblemCode { .noSpace }
  var exitCode: ExitCode { .system }
  var isRetryable: Bool { true }
  var hint: String? { "make \(Measure.brief(size: Int64(max(0, wanted - free)))) of room and run it again" }
  var facts: JSONObject { ["op": "reserve", "path": .string(root), "errno": "ENOSPC"] }
}

/// Where measurements go whose create or copy failed: `error/<measurement>/<run>/<folder>`, with `error.json` beside.
struct ErrorZone {
  static let marker = "error.json"
  private let ingestion: Ingestion

  init(_ ingestion: Ingestion) { self.ingestion = ingestion }

  /// Moves a landing folder to the error zone by rename; where that is not possible it stays, and the marker tells.
  func park(_ arrival: Arrival, measurement: String, _ failure: IngestFailure) throws {
    let lake = ingestion.lake
    if lake.settings.roots["error"] == nil { _ = try Folder(lake.path).making("error") }
    let root = try lake.roots(of: "error")[0]
    let below = "\(LakeLayout.component(measurement))/\(ingestion.run)"
    let attempts = Int(ingestion.lineage.measurement(measurement)?.parked?["attempts"]?.integer ?? 0) + 1
    let place = try Folder(root).making(below)
    let operation = failure.cause.facts["op"]?.string ?? "copy"
    var marker: JSONObject = [
      "op": .string(operation), "code": .string(failure.code.rawValue), "msg": .string(failure.description),
      "attempts": .count(attempts), "run": .string(ingestion.run), "measurement": .string(measurement),
      "source": .string(arrival.path), "time": .time(.now),
    ]
    marker["retryable"] = .bool(failure.isRetryable)
    let file = try AtomicFile(Self.marker, in: place, run: ingestion.run, existing: .replace)
    try file.write(Array((JSON.object(marker).pretty + "\n").utf8).bytes)
    try file.commit()
    try ingestion.lease.check()
    do throws(SystemError) {
      try arrival.root.move(arrival.name, to: arrival.name, in: place)
      try place.sync()
      try arrival.root.sync()
    } catch {
      // On another file system: it stays in landing, and the marker says why.
      guard error.code == .escapes else { throw error }
    }
    try ingestion.lineage.append(
      .errorParked(
        measurement: measurement, path: lake.recorded("\(root)/\(below)"), operation: operation,
        code: failure.code.rawValue, attempts: attempts))
  }
}
