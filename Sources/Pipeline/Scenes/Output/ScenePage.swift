import Core

/// The scenes of a table as one page: all on the time line by type, and each with the signals that it was found in.
struct ScenePage {
  private let report: SceneReport
  private let rows: [SceneRow]
  private let evidence: SceneEvidence
  private static let width = 900.0, height = 64.0

  init(_ report: SceneReport, _ rows: [SceneRow], _ evidence: SceneEvidence) {
    (self.report, self.rows, self.evidence) = (report, rows, evidence)
  }

  var bytes: [UInt8] {
    var page = Page("Scenes")
    page.body.element("h1", "Scenes")
    page.body.list([
      ("measurement", report.measurement), ("from", report.range.map { "\($0.start)" } ?? ""),
      ("to", report.range.map { "\($0.end)" } ?? ""), ("rows", "\(report.rows)"), ("scenes", "\(rows.count)"),
      ("rules without their columns", report.skipped.map(\.rule).joined(separator: ", ")),
      ("signals in doubt", report.doubts.joined(separator: "; ")),
    ])
    timeline(&page.body)
    page.body.element("h2", "One by one")
    let shown = rows.indices.prefix(SceneEvidence.most)
    for index in shown { scene(index, &page.body) }
    if rows.count > shown.count {
      page.body.element("p", ["class": "note"], "\(rows.count - shown.count) more are in the table only.")
    }
    return page.bytes
  }

  private func seconds(_ time: Int64) -> String {
    let start = report.range?.start.nanoseconds ?? time
    return "\((Double(time - start) / 1e9).brief) s"
  }

  // MARK: All

  private func timeline(_ body: inout Markup) {
    body.element("h2", "On the time line")
    let types = report.types.keys.sorted()
    let from = Double(report.range?.start.nanoseconds ?? 0), to = Double(report.range?.end.nanoseconds ?? 1)
    let left = 150.0, line = 20.0, span = max(1, to - from)
    func x(_ time: Int64) -> Double { left + min(max(0, (Double(time) - from) / span), 1) * (Self.width - left) }
    body.element(
      "svg",
      [
        "viewBox": "0 0 \(Self.width.brief) \((line * Double(types.count + 1)).brief)", "class": "bars", "role": "img",
      ]
    ) { svg in
      for tick in Self.ticks(span / 1e9) {
        let at = left + tick * 1e9 / span * (Self.width - left), end = line * Double(types.count)
        svg.element("path", ["class": "axis", "d": "M\(at.brief) 0V\((end + 4).brief)"])
        svg.element(
          "text", ["x": at.brief, "y": (end + 16).brief, "text-anchor": tick == 0 ? "start" : "middle"],
          "\(tick.brief) s")
      }
      for (number, type) in types.enumerated() {
        let y = line * Double(number)
        svg.element("text", ["x": "0", "y": (y + 14).brief], type)
        svg.element("path", ["class": "axis", "d": "M\(left.brief) \((y + 10).brief)H\(Self.width.brief)"])
        for row in rows where row.type == type {
          let begin = x(row.start)
          svg.element(
            "rect", ["x": begin.brief, "y": (y + 4).brief, "width": max(1.5, x(row.end) - begin).brief, "height": "12"]
          ) { $0.element("title", "\(type) \(seconds(row.start)) to \(seconds(row.end))") }
        }
      }
    }
  }

  /// Round numbers of seconds, some eight of them; the last leaves room for its text.
  private static func ticks(_ seconds: Double) -> [Double] {
    guard seconds > 0, seconds.isFinite else { return [] }
    let steps: [Double] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600]
    let step = steps.first { seconds / $0 <= 8 } ?? (seconds / 8).rounded(.up)
    return stride(from: 0, to: seconds * 0.98, by: step).map { $0 }
  }

  // MARK: One

  private func scene(_ index: Int, _ body: inout Markup) {
    let row = rows[index]
    let length = (Double(row.end - row.start) / 1e9).brief
    let cut = row.isCutAtStart || row.isCutAtEnd ? ", cut by the data's edge" : ""
    body.element("h3", "\(row.type) at \(seconds(row.start)), \(length) s\(cut)")
    var facts = [("rule", "\(row.rule) \(row.version)"), ("values", Self.values(row.values))]
    if let margin = row.margin { facts.append(("margin", margin.brief)) }
    facts.append(("actors", row.actors.joined(separator: ", ")))
    body.list(facts)
    for trace in evidence.traces[index] where trace.points.count > 1 { picture(trace, row, &body) }
  }

  /// `name value`, with as many digits as a person wants.
  private static func values(_ text: String) -> String {
    let members = (try? JSON.parse(text))?.object?.members ?? []
    return members.map { "\($0.key) \($0.value.number?.brief ?? $0.value.string ?? $0.value.text)" }
      .joined(separator: ", ")
  }

  private func picture(_ trace: SceneEvidence.Trace, _ row: SceneRow, _ body: inout Markup) {
    let values = trace.points.map(\.value), low = values.min() ?? 0, high = values.max() ?? 1
    let first = Double(trace.points[0].time), last = Double(trace.points[trace.points.count - 1].time)
    let left = 150.0, span = max(1, last - first), range = high > low ? high - low : 1
    func x(_ time: Double) -> Double { left + min(max(0, (time - first) / span), 1) * (Self.width - left) }
    func y(_ value: Double) -> Double { 4 + (high - value) / range * (Self.height - 8) }
    body.element("svg", ["viewBox": "0 0 \(Self.width.brief) \(Self.height.brief)", "class": "map", "role": "img"]) {
      svg in
      let begin = x(Double(row.start))
      svg.element(
        "rect",
        [
          "x": begin.brief, "y": "0", "width": max(1, x(Double(row.end)) - begin).brief, "height": Self.height.brief,
          "fill": "var(--working)",
        ])
      svg.element("text", ["x": "4", "y": "16"], trace.signal)
      svg.element("text", ["x": "4", "y": "34"], "\(low.brief) to \(high.brief)")
      let line = trace.points.enumerated().map { number, point in
        "\(number == 0 ? "M" : "L")\(x(Double(point.time)).brief) \(y(point.value).brief)"
      }
      svg.element("g", ["class": "track t0"]) { $0.element("path", ["d": line.joined()]) }
    }
  }
}
