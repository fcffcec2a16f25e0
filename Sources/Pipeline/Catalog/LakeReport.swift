package import Core

/// How a lake stands, as one page: runs, states, errors, coverage, storage, lineage.
package struct LakeReport: Sendable {
  private let story: LineageStory
  private let kpis: LakeKPIs
  private let runs: [Record]
  private let errors: [Record]
  private let now: Timestamp
  private static let mostRows = 50

  package init(_ lake: Lake, _ story: LineageStory, jobs: Int, mode: LineageReader.Mode, now: Timestamp = .now) throws {
    (self.story, self.now) = (story, now)
    kpis = try LakeKPIs(story, jobs: jobs)
    runs = try Runs.records(lake, mode: mode, now: now).records
    errors = try Errors.records(lake, mode: mode, now: now).records
  }

  package var bytes: [UInt8] {
    let name = story.lakes.first?.settings.name ?? "lake"
    var page = Page("Report of \(name)")
    page.body.element("h1", "Report of \(name)")
    page.body.element("p", ["class": "sub"], "\(now.minute) UTC")
    page.body.figures(CatalogSite.figures(kpis, story))
    attention(&page.body)
    states(&page.body)
    storage(&page.body)
    if let map = CoverageMap(kpis.drives.compactMap { drive in drive.track.map { (drive.vin + " " + drive.id, $0) } }) {
      page.body.element("h2", "Coverage")
      page.body.append(map.markup)
    }
    CatalogSite.days(kpis, &page.body)
    work(&page.body)
    let graph = LineageGraph(story.view.datastreams.keys.sorted(), in: story).collapsed(above: 0)
    if !graph.nodes.isEmpty {
      page.body.element("h2", "Lineage")
      page.body.element("div", ["class": "scroll"]) { $0.append(GraphSVG(graph).markup) }
    }
    return page.bytes
  }

  /// What a person has to look at, or that there is nothing.
  private func attention(_ body: inout Markup) {
    body.element("h2", "Needs a person")
    let conflicts = story.view.allConflicts.map(\.description)
    let alarms = story.view.alarms.map { alarm in
      "\(alarm.place): \(alarm["path"]?.string ?? ""): expected \(alarm["expected"]?.string ?? ""), "
        + "found \(alarm["found"]?.string ?? "")"
    }
    let isQuiet = errors.isEmpty && conflicts.isEmpty && alarms.isEmpty
    if isQuiet { body.element("p", ["class": "note"], "Nothing.") }
    for line in (conflicts + alarms).prefix(Self.mostRows) {
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
    var counts: [String: [DatastreamState: Int]] = [:]
    for stream in story.view.datastreams.values { counts[stream.zone, default: [:]][stream.state, default: 0] += 1 }
    guard !counts.isEmpty else { return }
    let present = DatastreamState.allCases.filter { state in counts.values.contains { $0[state] != nil } }
    body.element("h2", "Datastreams by state")
    body.table(
      ["zone"] + present.map(\.rawValue), texts: 1,
      zones(counts.keys).map { zone in
        [.init(zone)]
          + present.map { state in
            let count = counts[zone]?[state] ?? 0
            return count == 0 ? "" : .init("\(count)", tone: state == .failed ? "failed" : nil)
          }
      })
  }

  private func storage(_ body: inout Markup) {
    guard !kpis.bytes.isEmpty else { return }
    let all = max(1, kpis.allBytes)
    body.element("h2", "Storage by zone")
    body.table(
      ["zone", "roots", "size", "share"], texts: 2,
      zones(kpis.bytes.keys).map { zone in
        let size = kpis.bytes[zone] ?? 0
        let roots = (try? story.lakes.first?.roots(of: zone)) ?? []
        return [
          .init(zone), .init(roots.joined(separator: ", ")), .init(Measure.brief(size: size) + "B"),
          .init((100 * Double(size) / Double(all)).brief + " %"),
        ]
      })
  }

  /// In the order of the pipeline.
  private func zones(_ names: some Sequence<String>) -> [String] {
    let known = story.lakes.first?.settings.zones ?? []
    return names.sorted {
      (known.firstIndex(of: $0) ?? known.count, $0) < (known.firstIndex(of: $1) ?? known.count, $1)
    }
  }

  private func work(_ body: inout Markup) {
    guard !runs.isEmpty else { return }
    body.element("h2", "Runs")
    body.table(
      ["start", "tool", "outcome", "host", "items", "duration"], texts: 5,
      runs.prefix(Self.mostRows).map { record in
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
    if runs.count > Self.mostRows {
      body.element("p", ["class": "note"], "And \(runs.count - Self.mostRows) more: av-meta runs.")
    }
  }
}
