package import Core

/// The numbers of a lake that alerts are made of; nothing of the data is read but one datastream's footers a product.
package struct LakeFigures: Sendable {
  package struct Zone: Sendable {
    package var name: String
    /// In the order of `DatastreamState`.
    package var states: [(state: DatastreamState, count: Int)] = []
    package var bytes: Int64 = 0
    package var rows: Int64 = 0
  }

  package let catalog: Catalog
  package private(set) var zones: [Zone] = []
  package private(set) var runs: [(tool: String, outcome: String, count: Int)] = []
  package private(set) var findings: [((product: String, code: String), count: Int)] = []
  package private(set) var seconds = 0.0
  package let measurements, parked, incomplete, conflicts, alarms, events: Int
  package let newest: Timestamp?

  package init(_ lake: Lake, _ story: LineageStory, mode: LineageReader.Mode, now: Timestamp = .now) throws {
    let view = story.view
    catalog = try Catalog(story, now: now)
    measurements = view.measurements.count
    parked = view.measurements.values.count { $0.parked != nil }
    incomplete = try Errors.records(lake, mode: mode, now: now).records.count { $0["zone"]?.string != "error" }
    (conflicts, alarms, events, newest) = (view.allConflicts.count, view.alarms.count, story.events, view.newest)
    for measurement in view.measurements.values {
      guard let start = measurement.start, let end = measurement.end, start < end else { continue }
      seconds += Double(distance(start.nanoseconds, end.nanoseconds)) / 1e9
    }
    var counts: [String: [DatastreamState: Int]] = [:], sums: [String: Zone] = [:]
    for stream in view.datastreams.values {
      counts[stream.zone, default: [:]][stream.state, default: 0] += 1
      guard stream.state.isWhole else { continue }
      var zone = sums[stream.zone] ?? Zone(name: stream.zone)
      zone.bytes = zone.bytes.addingReportingOverflow(max(0, stream.outcome["bytes"]?.integer ?? 0)).partialValue
      zone.rows = zone.rows.addingReportingOverflow(max(0, stream.outcome["rows"]?.integer ?? 0)).partialValue
      sums[stream.zone] = zone
    }
    for (name, states) in counts.sorted(by: { $0.key < $1.key }) {
      var zone = sums[name] ?? Zone(name: name)
      zone.states = DatastreamState.allCases.compactMap { state in states[state].map { (state, $0) } }
      zones.append(zone)
    }
    var kinds: [[String]: Int] = [:]
    for record in try Runs.records(lake, mode: mode, now: now).records {
      kinds[[record["tool"]?.string ?? "", record["outcome"]?.string ?? ""], default: 0] += 1
    }
    runs = kinds.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ($0.key[0], $0.key[1], $0.value) }
    var lacks: [[String]: Int] = [:]
    for finding in catalog.findings { lacks[[finding.product, finding.code.rawValue], default: 0] += 1 }
    findings = lacks.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (($0.key[0], $0.key[1]), $0.value) }
  }
}
