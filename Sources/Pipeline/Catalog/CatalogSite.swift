package import Core

/// The catalog as a folder of pages that needs no server: an index, and a page a measurement with its lineage and frames.
package struct CatalogSite: Sendable {
  private let name: String
  package let catalog: Catalog
  private let kpis: LakeKPIs
  private let graph: LineageGraph
  /// Of the measurements that have a page, what that tells.
  private let pages: [MeasurementPage.Facts]
  private let jobs: Int
  /// So many measurements, the newest, have a page.
  private let most: Int
  private let now: Timestamp
  private static let marker = "catalog.json"

  /// What could not be read is a loss.
  package let exit: ExitCode

  /// Reads the index, then tracks and footers; `now` is what the pages say of their age.
  package init(
    _ lake: Lake, _ scope: LogScope = LogScope(), pages most: Int, jobs: Int, now: Timestamp = .now,
    warning: @escaping (String) -> Void = { _ in }
  ) throws {
    (name, self.most, self.jobs, self.now) = (lake.settings.name, most, jobs, now)
    let (found, exit) = try LakeFederation(lake, warning: warning).read(scope) { lakes in
      let kpis = try LakeKPIs(lakes)
      let pages = try kpis.drives.prefix(most).map { try MeasurementPage.Facts($0.id, lakes) }
      return (try Catalog(lakes, now: now), kpis, try LineageGraph(kindsOf: lakes), pages)
    }
    var (catalog, kpis) = (found.0, found.1)
    try catalog.readTables()
    try kpis.readTracks(jobs: jobs)
    (self.catalog, self.kpis, graph, pages, self.exit) = (catalog, kpis, found.2, found.3, exit)
  }

  /// Builds the folder, whole or not at all; one that a catalog was built in before is replaced.
  package func write(to output: String) throws {
    let place = try OutputPlace(output)
    let isMade = try place.folder.entry(place.name).map { entry in
      try entry.kind == .folder && Folder(place.name, in: place.folder).entry(Self.marker)?.kind == .file
    }
    guard isMade ?? true else { throw UsageError("'\(output)' holds what av-meta did not make, and is not replaced") }
    let staged = try StagedFolder(place.name, in: place.folder, run: "\(Identifier.unique())")
    let folder = staged.folder
    try Self.write(index, "index.html", in: folder)
    let folderOfPages = try folder.making("measurements", durably: false)
    let frames = try folder.making("frames", durably: false)
    try parallelMap(Array(zip(kpis.drives, pages).enumerated()), jobs: jobs) { number, page in
      try MeasurementPage(page.0, page.1, number: number)
    } _: { page in
      for (name, bytes) in page.frames { try Self.write(bytes, name, in: frames) }
      try Self.write(page.bytes, page.file, in: folderOfPages)
    }
    let about: JSON = [
      "schema": "av.catalog/1", "lake": .string(name), "made": .time(now), "version": .string(Version.number),
    ]
    try Self.write(Array((about.text + "\n").utf8), Self.marker, in: folder)
    try staged.commit(.replace)
  }

  private static func write(_ bytes: [UInt8], _ name: String, in folder: Folder) throws {
    let file = try OutputFile(name, inStaged: folder)
    try file.write(bytes)
    try file.commit()
  }

  // MARK: The index

  private var index: [UInt8] {
    var page = Page("Catalog of \(name)")
    page.body.element("h1", name)
    page.body.element(
      "p", ["class": "sub"], "Catalog of the lake as of \(now.minute) UTC")
    page.body.figures(Self.figures(kpis))
    products(&page.body)
    if let map = CoverageMap(kpis.drives.compactMap { drive in drive.track.map { (drive.vin + " " + drive.id, $0) } }) {
      page.body.element("h2", "Where was driven")
      page.body.append(map.markup)
    }
    days(&page.body)
    scenes(&page.body)
    lineage(&page.body)
    measurements(&page.body)
    return page.bytes
  }

  static func figures(_ kpis: LakeKPIs) -> [(value: String, name: String)] {
    let vehicles = Set(kpis.drives.map(\.vin)).count
    let tracked = kpis.drives.count { $0.track != nil }
    return [
      (Measure.brief(count: Int64(kpis.drives.count)), kpis.drives.count == 1 ? "measurement" : "measurements"),
      (Measure.brief(count: Int64(vehicles)), vehicles == 1 ? "vehicle" : "vehicles"),
      (
        (kpis.metres / 1000).brief,
        tracked == kpis.drives.count ? "kilometres" : "kilometres, of \(tracked) with a track"
      ),
      ((kpis.seconds / 3600).brief, "hours"),
      (Measure.brief(count: Int64(kpis.streams)), "datastreams"),
      (Measure.brief(count: Int64(kpis.scenes.values.reduce(0) { $0 + $1.scenes })), "scenes"),
      (Measure.brief(size: kpis.bytes) + "B", "kept"),
    ]
  }

  private func products(_ body: inout Markup) {
    body.element("h2", "Data products")
    body.table(
      ["product", "domain", "owner", "made of", "datastreams", "rows", "size", "failed", "newest"], texts: 4,
      catalog.entries.map { entry in
        [
          .init(entry.product.name), .init(entry.domain), .init(entry.owner ?? "–"),
          .init(entry.upstream.joined(separator: ", ")), .init(Measure.brief(count: Int64(entry.whole))),
          .init(Measure.brief(count: entry.rows)), .init(Measure.brief(size: entry.bytes) + "B"),
          .init(entry.failedShare.map { ($0 * 100).brief + " %" } ?? "–"),
          .init(entry.newest.map { String("\($0.time)".prefix(10)) } ?? "–"),
        ]
      })
    for finding in catalog.findings {
      body.element("p") { line in
        line.element("span", ["class": "tag working"], finding.code.rawValue)
        line.write(" \(finding.product) \(finding.message)")
      }
    }
    for entry in catalog.entries { details(entry, &body) }
  }

  /// What is in a product's tables, folded away.
  private func details(_ entry: Catalog.Entry, _ body: inout Markup) {
    body.element("details") { details in
      let count = entry.tables?.tables.count ?? 0
      details.element("summary", "\(entry.product.name): \(count) \(count == 1 ? "table" : "tables")")
      details.list([
        ("kind", entry.product.kind?.description ?? ""), ("version", entry.product.version ?? ""),
        ("contact", entry.contact ?? ""), ("access", entry.product.access ?? ""),
        ("from", entry.range.map { "\($0.start)" } ?? ""), ("to", entry.range.map { "\($0.end)" } ?? ""),
        ("used by", entry.downstream.joined(separator: ", ")), ("stored in", entry.stores.joined(separator: ", ")),
        ("fresh for", entry.product.maxAge.map { Measure.text(duration: $0) } ?? ""),
      ])
      details.table(
        ["table", "columns", "rows"], texts: 2,
        (entry.tables?.tables ?? []).map { table in
          let columns = table.columns.prefix(40).map { column in
            "\(column.name) \(column.type)" + (column.unit.map { " [\($0)]" } ?? "")
          }
          let more = table.columns.count > 40 ? ", and \(table.columns.count - 40) more" : ""
          return [
            .init(table.path), .init(columns.joined(separator: ", ") + more),
            .init(Measure.brief(count: Int64(table.rows))),
          ]
        })
    }
  }

  private func days(_ body: inout Markup) { Self.days(kpis, &body) }

  static func days(_ kpis: LakeKPIs, _ body: inout Markup) {
    guard !kpis.days.isEmpty else { return }
    body.element("h2", "Day by day")
    body.element("div", ["class": "figures"]) { figures in
      func bars(_ title: String, _ unit: String, _ value: (LakeKPIs.Day) -> Double) {
        let days = kpis.days.map { (day: $0.key, value: value($0.value)) }
        guard days.contains(where: { $0.value > 0 }) else { return }
        figures.append(DayBars(title, unit: unit, days).markup)
      }
      bars("Kilometres", "km") { $0.metres / 1000 }
      bars("Hours", "h") { $0.seconds / 3600 }
      bars("Scenes", "scenes") { Double($0.scenes) }
      bars("Datastreams that failed", "%") { 100 * Double($0.failed) / Double(max(1, $0.whole + $0.failed)) }
    }
  }

  private func scenes(_ body: inout Markup) {
    guard !kpis.scenes.isEmpty else { return }
    body.element("h2", "Scenes by type")
    body.table(
      ["type", "scenes", "measurements"], texts: 1,
      kpis.scenes.sorted { ($1.value.scenes, $0.key) < ($0.value.scenes, $1.key) }.map { type, found in
        [.init(type), .init(Measure.brief(count: Int64(found.scenes))), .init("\(found.measurements)")]
      })
  }

  private func lineage(_ body: inout Markup) {
    guard !graph.nodes.isEmpty else { return }
    body.element("h2", "What is made of what")
    body.element("div", ["class": "scroll"]) { $0.append(GraphSVG(graph).markup) }
  }

  private func measurements(_ body: inout Markup) {
    body.element("h2", "Measurements")
    if kpis.drives.count > most {
      body.element(
        "p", ["class": "note"], "The newest \(most) of \(Measure.brief(count: Int64(kpis.drives.count))).")
    }
    body.table(
      ["measurement", "vehicle", "start", "state", "length", "distance", "datastreams", "scenes", "size"], texts: 4,
      kpis.drives.prefix(most).enumerated().map { number, drive in
        let state = drive.failed > 0 ? ("failed", "failed") : drive.whole > 0 ? ("whole", "whole") : ("–", "working")
        return [
          .init(drive.id, link: "measurements/\(MeasurementPage.file(drive, number))"), .init(drive.vin),
          .init(drive.start.map { $0.minute } ?? "–"),
          .init(state.0, tone: state.1),
          .init(drive.seconds > 0 ? Measure.brief(duration: Int64(min(drive.seconds, 9e9) * 1e9)) : "–"),
          .init(drive.track.map { ($0.metres / 1000).brief + " km" } ?? "–"), .init("\(drive.streams)"),
          .init("\(drive.scenes)"), .init(Measure.brief(size: drive.bytes) + "B"),
        ]
      })
  }
}
