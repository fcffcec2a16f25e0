import Core

/// An error of creating or copying, with what it means for the measurement and for the run.
struct IngestFailure: Problem {
  let cause: any Problem
  /// Whether the measurement goes to the error zone; afterwards, whether it is there.
  var isParked: Bool
  let endsRun: Bool
  /// Whether the failure is this measurement's own: the others go on.
  private let isOwn: Bool

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
    isOwn = system != nil && !isOfRun
    isParked = isOwn
  }

  init(_ cause: any Problem, endsRun: Bool) {
    (self.cause, self.endsRun, isOwn, isParked) = (cause, endsRun, false, false)
  }

  var description: String { cause.description }
  var code: ProblemCode { cause.code }
  var exitCode: ExitCode { endsRun || cause.exitCode != .system || !isOwn ? cause.exitCode : .items }
  var hint: String? { isParked ? "it is in the error zone; av-ingest --retry takes it from there" : cause.hint }
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
  let ingestion: Ingestion

  init(_ ingestion: Ingestion) { self.ingestion = ingestion }

  var lake: Lake { ingestion.lake }

  /// Takes a landing folder to the error zone; false when it stays in landing, which `error.json` then tells.
  func park(_ arrival: Arrival, measurement: String, _ failure: IngestFailure, jobs: Int) throws -> Bool {
    if lake.settings.roots["error"] == nil { _ = try Folder(lake.path).making("error") }
    let root = try lake.roots(of: "error")[0]
    let below = "\(LakeLayout.component(measurement))/\(ingestion.run)"
    let attempts = try (ingestion.lineage.measurement(measurement)?.attempts ?? 0) + 1
    let operation = failure.cause.facts["op"]?.string ?? "copy"
    var marker: JSONObject = ["measurement": .string(measurement), "source": .string(arrival.path)]
    for fact in failure.facts.members { marker[fact.key] = fact.value }
    marker["op"] = .string(operation)
    marker["code"] = .string(failure.code.rawValue)
    marker["msg"] = .string(failure.description)
    marker["retryable"] = .bool(failure.isRetryable)
    marker["attempts"] = .count(attempts)
    marker["run"] = .string(ingestion.run)
    marker["time"] = .time(.now)
    try write(marker, in: Folder(root).making(below))
    let path = "\(below)/\(arrival.name)"
    let place = Lake.Location(root: root, path: path, recorded: lake.recorded("\(root)/\(path)"))
    let source = FolderTransfer.Source(parent: arrival.root, name: arrival.name, path: arrival.path)
    var isMoved = true
    do { _ = try FolderTransfer(ingestion, jobs: jobs).move(source, to: place) } catch let problem as any Problem
      where !(problem is BusyError)
    {
      // What kept it from being copied may keep it here as well; the marker and the log tell.
      isMoved = false
    }
    try ingestion.lineage.append(
      .errorParked(
        measurement: measurement, path: lake.recorded("\(root)/\(below)"), operation: operation,
        code: failure.code.rawValue, attempts: attempts))
    return isMoved
  }

  private func write(_ marker: JSONObject, in place: Folder) throws {
    let file = try AtomicFile(Self.marker, in: place, run: ingestion.run, existing: .replace)
    try file.write(Array((JSON.object(marker).pretty + "\n").utf8).bytes)
    try file.commit()
  }
}
