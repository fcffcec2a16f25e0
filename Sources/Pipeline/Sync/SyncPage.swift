import Core

/// The report as one page that needs nothing else.
///
/// It draws the streams on the time line with their gaps, and how far messages are from samples. The same report gives the
/// same bytes.
struct SyncPage {
  private let report: SyncReport
  private static let width = 600, bins = 300

  init(_ report: SyncReport) { self.report = report }

  var bytes: [UInt8] {
    let counts = report.samples
    var page = Page("Synchronisation")
    page.body.element("h1", "Synchronisation")
    page.body.list([
      ("measurement", report.measurement), ("policy", report.policy),
      ("from", report.range.map { "\($0.start)" } ?? ""), ("to", report.range.map { "\($0.end)" } ?? ""),
      ("samples", "\(counts.kept)"), ("complete", "\(counts.complete)"), ("dropped", "\(counts.dropped)"),
    ])
    page.body.element("h2", "Streams on the time line")
    page.body.element("p", ["class": "note"], "Blue: messages. Red: gaps of more than 2.5 usual periods.")
    for stream in report.streams { timeline(stream, &page.body) }
    page.body.element("h2", "Time of messages minus time of samples")
    page.body.element("div", ["class": "figures"]) { figures in
      for stream in report.streams { deviations(stream, &figures) }
    }
    page.body.element("h2", "Numbers")
    table(&page.body)
    return page.bytes
  }

  // MARK: Streams on the time line

  private func timeline(_ stream: SyncReport.Stream, _ body: inout Markup) {
    body.element("figure", ["class": "stream"]) { figure in
      figure.element("figcaption") { caption in
        caption.write(stream.name)
        let rate = stream.statistics.rate.map { "\($0.brief) Hz" } ?? "–"
        caption.element("span", " \(rate), \(stream.messages) messages")
      }
      figure.element("svg", drawing("0 0 \(Self.width) 16", stream.name)) { svg in
        svg.element("path", ["class": "axis", "d": "M0 8H\(Self.width)"])
        // Neighbours that are filled alike are one rectangle.
        var start = 0
        let filled = stream.coverage.map { $0 > 0 }
        for end in filled.indices.map({ $0 + 1 }) where end == filled.count || filled[end] != filled[start] {
          if filled[start] {
            rectangle("messages", Double(start) / Double(filled.count), Double(end) / Double(filled.count), &svg)
          }
          start = end
        }
        for gap in stream.statistics.gaps { rectangle("gap", position(gap.start), position(gap.end), &svg) }
      }
    }
    body.literal("\n")
  }

  private func drawing(_ box: String, _ label: String) -> Markup.Attributes {
    ["class": "bars", "viewBox": box, "role": "img", "aria-label": label]
  }

  private func rectangle(_ kind: String, _ from: Double, _ to: Double, _ svg: inout Markup) {
    let x = from * Double(Self.width), width = max(1, (to - from) * Double(Self.width))
    svg.element("rect", ["class": kind, "x": x.brief, "y": "2", "width": width.brief, "height": "12"])
  }

  /// 0 to 1 over the range of all streams.
  private func position(_ time: Int64) -> Double {
    guard let range = report.range, range.start < range.end else { return 0 }
    return Double(distance(range.start.nanoseconds, max(time, range.start.nanoseconds)))
      / Double(distance(range.start.nanoseconds, range.end.nanoseconds))
  }

  /// Where messages are, over the range of all streams.
  static func coverage(_ times: [Int64], in range: TimeRange?) -> [Int] {
    var counts = Array(repeating: 0, count: bins)
    guard let range else { return counts }
    let span = max(1, Double(distance(range.start.nanoseconds, range.end.nanoseconds)))
    for time in times {
      let place = Double(distance(range.start.nanoseconds, time)) / span
      counts[min(bins - 1, Int(place * Double(bins)))] += 1
    }
    return counts
  }

  // MARK: Deviations

  private func deviations(_ stream: SyncReport.Stream, _ figures: inout Markup) {
    guard let away = stream.deviations else { return }
    let most = max(1, away.histogram.max() ?? 1)
    figures.element("figure") { figure in
      figure.element("figcaption") { caption in
        caption.write(stream.name)
        caption.element("span", " ±\(Self.milliseconds(away.limit)) ms")
      }
      figure.element("svg", drawing("0 0 205 62", "histogram")) { svg in
        svg.element("path", ["class": "axis", "d": "M102.5 0V60M0 60.5H205"])
        for (bin, count) in away.histogram.enumerated() where count > 0 {
          // A bin with a single message is still to be seen.
          let height = max(1, 60 * Double(count) / Double(most))
          svg.element(
            "rect", ["x": "\(5 * bin)", "width": "4", "y": (60 - height).brief, "height": height.brief])
        }
      }
      let shares = "5 % \(Self.milliseconds(away.p05)), 95 % \(Self.milliseconds(away.p95))"
      figure.element("p", ["class": "note"], "median \(Self.milliseconds(away.median)), \(shares)")
    }
  }

  private func table(_ body: inout Markup) {
    let titles = [
      "stream", "used", "unused", "duplicates", "missing", "too far", "gaps", "period ms", "jitter p95 ms", "phase ms",
      "time", "clock offset ms", "drift ppm",
    ]
    let rows = report.streams.map { stream in
      [
        stream.name, "\(stream.used)", "\(stream.unused)", "\(stream.duplicates)", "\(stream.missing)",
        "\(stream.outOfTolerance)", "\(stream.statistics.gapCount)",
        stream.statistics.period.map { Self.milliseconds($0.median) } ?? "–",
        stream.statistics.jitter.map { Self.milliseconds($0.p95) } ?? "–",
        stream.phase.map { Self.milliseconds($0.value) } ?? "–", stream.source,
        Self.offset(stream.clock), stream.clock?.drift.map(\.brief) ?? "–",
      ].map { Markup.Cell($0) }
    }
    body.table(titles, texts: 1, rows)
  }

  private static func offset(_ clock: ClockReport?) -> String {
    guard let clock else { return "–" }
    guard let offset = clock.offset else { return clock.reason?.rawValue ?? "–" }
    return "\((offset / 1e6).brief) ± \(((clock.offsetInterval ?? 0) / 1e6).brief)"
  }

  private static func milliseconds(_ nanoseconds: Int64) -> String { (Double(nanoseconds) / 1e6).brief }
}
