import Core

/// A run that acts on the plan: leases, the log, files, in this order.
///
/// The whole lake is planned once without reading files. Measurements of which something may go are then leased, some at
/// a time, planned again from the log as it is by then, and acted on item by item.
struct LifecycleRun {
  private let lake: Lake
  private let request: LifecycleRequest
  private let lease: Lease
  private let tool: Tool
  private let id: String
  private let args: [String]
  private let now: Timestamp
  private var lineage: Lineage?
  private var counts: [Lifecycle.Result.Status: Int] = [:]
  private var bytes = 0
  private(set) var code = ExitCode.success

  /// So many measurements are leased at once; for each such group the log is read anew.
  private static let group = 256

  init(
    _ lake: Lake, _ request: LifecycleRequest, _ lease: Lease, _ tool: Tool, _ id: String, _ args: [String],
    _ now: Timestamp
  ) {
    (self.lake, self.lease, self.tool, self.id, self.args, self.now) = (lake, lease, tool, id, args, now)
    var request = request
    let step = request.step
    request.step = { bytes in
      try lease.beat()
      try step(bytes)
    }
    self.request = request
  }

  mutating func run(_ body: (Lifecycle.Result) throws -> Void) throws {
    if let event = lease.event { try started().append(event) }
    let planner = try LifecyclePlanner(lake, request, reads: false, now: now, ownRun: id)
    var items: [LifecycleItem] = []
    try planner.plan { items.append($0) }
    let acting = Set(items.filter { $0.isAllowed && $0.action.removes }.compactMap(\.measurement))
    for item in items where !(item.measurement.map(acting.contains) ?? false) { try tell(item, body) }
    let measurements = acting.sorted()
    for start in stride(from: 0, to: measurements.count, by: Self.group) {
      try work(on: measurements[start..<min(start + Self.group, measurements.count)], body)
    }
  }

  /// Ends the run in the log, if it had any effect.
  func finish(_ failure: (any Error)?, seconds: Double) throws {
    guard let lineage else { return }
    let outcome: RunOutcome =
      failure is Interruption ? .interrupted : failure != nil ? .failed : code == .success ? .done : .partial
    let exit = (failure as? any Problem).map { code.merged(with: $0.exitCode) } ?? code
    var items: JSONObject = [:]
    for status in Lifecycle.Result.Status.allCases where counts[status] != nil {
      items[status.rawValue] = .count(counts[status] ?? 0)
    }
    try lineage.end(outcome, exit: exit, items: items, bytes: bytes, seconds: seconds)
  }

  // MARK: Steps

  private mutating func work(on measurements: ArraySlice<String>, _ body: (Lifecycle.Result) throws -> Void) throws {
    var leases: [Lease] = []
    // A lease that cannot be given back is taken over when this process is gone.
    defer { for lease in leases { try? lease.release() } }
    for id in measurements {
      // Who has it is told by the plan.
      do { leases.append(try Lease("m-\(id)", of: lake, run: self.id)) } catch is BusyError { continue }
    }
    let planner = try LifecyclePlanner(lake, request, reads: true, now: now, ownRun: id)
    if lineage != nil { lineage = try Lineage(lake, tool: tool, run: id) }
    for lease in leases { if let event = lease.event { try started().append(event) } }
    try planner.plan(Set(measurements)) { item in
      try request.step(0)
      guard item.isAllowed, item.action.removes else { return try tell(item, body) }
      try take(act(item, planner.view.datastreams[item.subject]), body)
    }
  }

  /// The log, after it says that this run began.
  private mutating func started() throws -> Lineage {
    if let lineage { return lineage }
    let lineage = try Lineage(lake, tool: tool, run: id)
    try lineage.start(args: args)
    self.lineage = lineage
    return lineage
  }

  /// Hands over what is only told.
  private mutating func tell(_ item: LifecycleItem, _ body: (Lifecycle.Result) throws -> Void) throws {
    if let evidence = item.refusal?.evidence {
      let event = LineageEvent.integrityAlarm(
        ["datastream": .string(evidence.datastream)], path: evidence.path, expected: evidence.expected,
        found: evidence.found)
      let lineage = try started()
      if !lineage.view.alarms.contains(where: { $0.event == event }) { try lineage.append(event) }
    }
    try take(Lifecycle.Result(item, item.isAllowed ? .reported : .refused), body)
  }

  private mutating func take(_ result: Lifecycle.Result, _ body: (Lifecycle.Result) throws -> Void) throws {
    counts[result.status, default: 0] += 1
    bytes = bytes.addingSaturated(result.bytes)
    code = code.merged(with: result.code)
    if result.status == .refused, !request.subjects.isEmpty { code = code.merged(with: .items) }
    try body(result)
  }

  // MARK: Acting

  /// First the log, durably, then the files.
  private mutating func act(_ item: LifecycleItem, _ stream: LineageView.Datastream?) throws -> Lifecycle.Result {
    var result = Lifecycle.Result(item, .done)
    do {
      var listed = item.listed
      if item.action != .finish, let stream {
        listed = try DatastreamListing(lake, stream, item.zone, jobs: request.jobs).files
        if let state = try record(item, listed) { result.item.state = state.rawValue }
      }
      let removal = FolderRemoval(lake: lake) { [lease, request] in
        try lease.check()
        try request.step(0)
      }
      let outcome = try removal.run(item.path, listed)
      (result.files, result.bytes, result.left) = (outcome.files, outcome.bytes, outcome.left)
    } catch let refusal as DatastreamListing.Unknown {
      result.status = .refused
      result.item.refusal = LifecycleRefusal(.unknown, refusal.reason)
    } catch let error as SystemError {
      result.status = .failed
      result.problem = error.description
    }
    return result
  }

  /// The state that the datastream has from then on, if it is another.
  private mutating func record(_ item: LifecycleItem, _ listed: [String: Int?]) throws -> DatastreamState? {
    try lease.check()
    let lineage = try started()
    let next: DatastreamState? = item.zone == "archive" ? nil : item.zone == "raw" ? .archived : .deleted
    var event = LineageEvent(
      "lifecycle",
      [
        "datastream": .string(item.subject), "action": item.action == .archive ? "archived" : "deleted",
        "zone": .string(item.zone), "path": .string(item.path), "rule": .string(item.rule),
        "files": .count(listed.count), "bytes": .count(listed.values.reduce(0) { $0.addingSaturated($1 ?? 0) }),
        "reproducible": .bool(next == .deleted),
      ])
    if item.measurement.map(request.confirmed.contains) == true { event.fields["approved_by"] = .string(Host.user) }
    event.fields["listed"] = .array(listed.keys.sorted().map(JSON.string))
    // The transition makes both durable.
    try lineage.append(event, next == nil ? .durable : .soon)
    if let next { try lineage.move(item.subject, to: next) }
    return next
  }
}
