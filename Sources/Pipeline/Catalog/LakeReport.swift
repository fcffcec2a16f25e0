package import Core

/// How a lake stands, as one page: runs, states, errors, coverage, storage, lineage.
package struct LakeReport: Sendable {
  private let lake: Lake
  private let kpis: LakeKPIs
  private let graph: LineageGraph
  /// Contradictions and alarms, of every lake.
  private let integrity: [String]
  /// The first of them, and how many there are.
  private var runs: [Record] = []
  private let runCount: Int
  private let errors: [Record]
  private let now: Timestamp
  /// What could not be read is a loss.
  package private(set) var exit: ExitCode
  private static let mostRows = 50

  package init(
    _ lake: Lake, _ scope: LogScope = LogScope(), jobs: Int, now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }
  ) throws {
    (self.lake, self.now) = (lake, now)
    let (found, exit) = try LakeFederation(lake, warning: warning).read(scope) { lakes in
      let alarms = try lakes.flatMap { try $0.alarms() }.map { alarm in
        "\(alarm.place): \(alarm["path"]?.string ?? ""): expected \(alarm["expected"]?.string ?? ""), "
          + "found \(alarm["found"]?.string ?? "")"
      }
      let count = try lakes.reduce(0) { $0 + Int(try $1.numbers("SELECT count(*) FROM run").first ?? 0) }
      let integrity = try lakes.flatMap { try $0.conflicts() } + alarms
      return (try LakeKPIs(lakes), try LineageGraph(kindsOf: lakes), integrity, count)
    }
    var kpis = found.0
    try kpis.readTracks(jobs: jobs)
    (self.kpis, graph, integrity, runCount) = (kpis, found.1, found.2, found.3)
    self.exit = exit
    errors = try Errors.records(lake, scope, now: now, warning: warning).records
    var filter = Runs.Filter()
    filter.limit = Self.mostRows
    _ = try Runs.records(lake, filter, scope, now: now, warning: warning) { runs.append($0) }
  }

  package var bytes: [UInt8] {
    let name = lake.settings.name
    var page = Page("Report of \(name)")
    page.body.element("h1", "Report of \(name)")
    page.body.element("p", ["class": "sub"], "\(now.minute) UTC")
    page.body.figures(CatalogSite.figures(kpis))
    attention(&page.body)
    states(&page.body)
    storage(&page.body)
    if let map = CoverageMap(kpis.drives.compactMap { drive in drive.track.map { (drive.vin + " " + drive.id, $0) } }) {
      page.body.element("h2", "Coverage")
      page.body.append(map.markup)
    }
    CatalogSite.days(kpis, &page.body)
    work(&page.body)
    if !graph.nodes.isEmpty {
      page.body.element("h2", "Lineage")
      page.body.element("div", ["class": "scroll"]) { $0.append(GraphSVG(graph).markup) }
    }
    return page.bytes
  }

  /// What a person has to look at, or that there is nothing.
  private func attention(_ body: inout Markup) {
    body.element("h2", "Needs a person")
    if errors.isEmpty, integrity.isEmpty { body.element("p", ["class": "note"], "Nothing.") }
    for line in integrity.prefix(Self.mostRows) {
      body.element("p") { place in
        place.element("span", ["class": "tag failed"], "integrity")
        place.write(" \(line)")
      }
    }
    guard !errors.isEmpty else { return }
    body.table(
      ["since", "zone", "measurement or folder", "what", "message", "attempts"], texts: 5,
      errors.prefix(Self.mostRows).map { record in
        [
          .init(String((record["since"]?.string ?? "–").prefix(10))), .init(record["zone"]?.string ?? ""),
          .init(record["measurement"]?.string ?? record["path"]?.string ?? ""),
          .init(record["op"]?.string ?? ""),
          .init(record["msg"]?.string ?? record["code"]?.string ?? record["verdict"]?.string ?? ""),
          .init(record["attempts"]?.integer.map { "\($0)" } ?? ""),
        ]
      })
    if errors.count > Self.mostRows {
      body.element("p", ["class": "note"], "And \(errors.count - Self.mostRows) more: av-meta errors.")
    }
  }

  private func states(_ body: inout Markup) {
    guard !kpis.zones.isEmpty else { return }
    let present = DatastreamState.allCases.filter { state in kpis.zones.values.contains { $0.states[state] != nil } }
    body.element("h2", "Datastreams by state")
    body.table(
      ["zone"] + present.map(\.rawValue), texts: 1,
      zones(kpis.zones.keys).map { zone in
        [.init(zone)]
          + present.map { state in
            let count = kpis.zones[zone]?.states[state] ?? 0
            return count == 0 ? "" : .init("\(count)", tone: state == .failed ? "failed" : nil)
          }
      })
  }

  private func storage(_ body: inout Markup) {
    let kept = kpis.zones.filter { $0.value.states.keys.contains(where: \.isWhole) }
    guard !kept.isEmpty else { return }
    let all = max(1, kpis.bytes)
    body.element("h2", "Storage by zone")
    body.table(
      ["zone", "roots", "size", "share"], texts: 2,
      zones(kept.keys).map { zone in
        let size = kept[zone]?.bytes ?? 0
        let roots = (try? lake.roots(of: zone)) ?? []
        return [
          .init(zone), .init(roots.joined(separator: ", ")), .init(Measure.brief(size: size) + "B"),
          .init((100 * Double(size) / Double(all)).brief + " %"),
        ]
      })
  }

  /// In the order of the pipeline.
  private func zones(_ names: some Sequence<String>) -> [String] {
    let known = lake.settings.zones
    return names.sorted {
      (known.firstIndex(of: $0) ?? known.count, $0) < (known.firstIndex(of: $1) ?? known.count, $1)
    }
  }

  private func work(_ body: inout Markup) {
    guard !runs.isEmpty else { return }
    body.element("h2", "Runs")
    body.table(
      ["start", "tool", "outcome", "host", "items", "duration"], texts: 5,
      runs.map { record in
        let outcome = record["outcome"]?.string ?? ""
        let tone: String =
          switch RunStatus(rawValue: outcome) {
          case .done: "whole"
          case .running, .overdue, .partial: "working"
          case .crashed, .failed, .interrupted, nil: "failed"
          }
        let items = record["items"]?.object?.members.map { "\($0.value.text) \($0.key)" } ?? []
        return [
          .init(record["start"]?.timestamp?.minute ?? "–"),
          .init("\(record["tool"]?.string ?? "") \(record["version"]?.string ?? "")"), .init(outcome, tone: tone),
          .init(record["host"]?.string ?? ""), .init(items.joined(separator: ", ")),
          .init(record["duration"]?.string ?? "–"),
        ]
      })
    if runCount > runs.count {
      body.element("p", ["class": "note"], "And \(runCount - runs.count) more: av-meta runs.")
    }
  }
}
