package import Core

/// The numbers of a lake that alerts are made of, by its index; nothing of the data is read.
package struct LakeFigures: Sendable {
  package struct Zone: Sendable {
    package var name: String
    /// In the order of `DatastreamState`.
    package var states: [(state: DatastreamState, count: Int)]
    package var bytes: Int64
    package var rows: Int64
  }

  package let catalog: Catalog
  package private(set) var zones: [Zone] = []
  package let runs: [(tool: String, outcome: String, count: Int)]
  package private(set) var findings: [((product: String, code: String), count: Int)] = []
  package let seconds: Double
  package let measurements, parked, incomplete, conflicts, alarms, events: Int
  package let newest: Timestamp?
  /// What could not be read is a loss.
  package private(set) var exit = ExitCode.success

  /// Of the lake alone; its products are made of what the lakes have that it names, too.
  package init(
    _ lake: Lake, _ scope: LogScope = LogScope(), now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }
  ) throws {
    let federation = try LakeFederation(lake, warning: warning)
    // Before the log is read: a run that ends meanwhile has its end there.
    let living = try federation.living(now)
    let (figures, exit) = try federation.read(scope, readsTables: false) { try LakeFigures($0, living, now) }
    self = figures
    self.exit = exit
  }

  private init(_ lakes: [IndexSnapshot], _ living: Set<String>, _ now: Timestamp) throws {
    let lake = lakes[0]
    func count(_ statement: String) throws -> Int { Int(try lake.numbers(statement).first ?? 0) }
    catalog = try Catalog(lakes, now: now)
    measurements = try count("SELECT count(*) FROM measurement")
    parked = try count("SELECT count(*) FROM measurement WHERE parked IS NOT NULL")
    incomplete = try Errors.uploads(lake, now).count
    conflicts = try count("SELECT count(*) FROM conflict")
    alarms = try count("SELECT count(*) FROM alarm")
    // None is ever removed.
    events = try count("SELECT max(no) FROM event")
    newest = try lake.newest()
    let sum = try lake.database.query("SELECT total((end - start) / 1e9) FROM measurement WHERE start < end")
    seconds = try sum.next() ? sum.real(0) ?? 0 : 0
    for (name, zone) in try LakeZone.all(lake).sorted(by: { $0.key < $1.key }) {
      let states = DatastreamState.allCases.compactMap { state in zone.states[state].map { (state, $0) } }
      zones.append(Zone(name: name, states: states, bytes: zone.bytes, rows: zone.rows))
    }
    runs = try Runs.counts(lake, living: living)
    var lacks: [[String]: Int] = [:]
    for finding in catalog.findings { lacks[[finding.product, finding.code.rawValue], default: 0] += 1 }
    findings = lacks.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (($0.key[0], $0.key[1]), $0.value) }
  }
}
