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
    let facts = [
      ("measurement", report.measurement), ("policy", report.policy),
      ("from", report.range.map { "\($0.start)" } ?? ""),
      ("to", report.range.map { "\($0.end)" } ?? ""), ("samples", "\(counts.kept)"), ("complete", "\(counts.complete)"),
      ("dropped", "\(counts.dropped)"),
    ]
    var text = Self.head
    text += "<h1>Synchronisation</h1>\n<dl>"
    for (name, value) in facts { text += "<dt>\(name)</dt><dd>\(value.markupEscaped)</dd>" }
    text += "</dl>\n<h2>Streams on the time line</h2>\n"
    text += "<p>Dark: messages. Red: gaps of more than 2.5 usual periods.</p>\n"
    for stream in report.streams { text += timeline(stream) }
    text += "<h2>Time of messages minus time of samples</h2>\n<div class=cards>\n"
    for stream in report.streams { text += card(stream) }
    text += "</div>\n<h2>Numbers</h2>\n" + table + "</main></body></html>\n"
    return Array(text.utf8)
  }

  private static let head = """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
    <title>Synchronisation</title>
    <style>
    :root { color-scheme: light dark; --ink: #1b2733; --soft: #8893a0; --line: #dfe5ea; --fill: #2b6ca8; --gap: #c8372d; --back: #fff }
    @media (prefers-color-scheme: dark) { :root { --ink: #dfe7ee; --soft: #8593a1; --line: #2c3843; --fill: #6aaee6; --gap: #ef6d62; --back: #11181e } }
    body { font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 0 }
    main { max-width: 72rem; margin: 0 auto; padding: 1rem }
    h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0 } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
    .row { display: grid; grid-template-columns: 14rem 1fr; gap: 1rem; align-items: center; border-top: 1px solid var(--line); padding: .2rem 0 }
    .row span { overflow-wrap: anywhere } .row small { color: var(--soft) }
    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem }
    .cards h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere } .cards p { margin: 0; color: var(--soft) }
    svg { width: 100%; height: auto; display: block } .m { fill: var(--fill) } .g { fill: var(--gap) } .z { stroke: var(--soft); stroke-dasharray: 2 2 } .b { stroke: var(--line) }
    .wide { overflow-x: auto } table { border-collapse: collapse } td, th { padding: .15rem .6rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap } td:first-child, th:first-child { text-align: left }
    @media (max-width: 40rem) { .row { grid-template-columns: 1fr; gap: 0 } }
    </style></head><body><main>

    """

  // MARK: Streams on the time line

  private func timeline(_ stream: SyncReport.Stream) -> String {
    let rate = stream.statistics.rate.map { "\($0.brief) Hz" } ?? "–"
    var text =
      "<div class=row><span>\(stream.name.markupEscaped)<br><small>\(rate), \(stream.messages) messages</small></span>"
    text += "<svg viewBox=\"0 0 \(Self.width) 16\" role=img aria-label=\"\(stream.name.markupEscaped)\">"
    text += "<path class=b d=\"M0 8H\(Self.width)\"/>"
    // Neighbours that are filled alike are one rectangle.
    var start = 0
    let filled = stream.coverage.map { $0 > 0 }
    for end in filled.indices.map({ $0 + 1 }) where end == filled.count || filled[end] != filled[start] {
      if filled[start] {
        text += rectangle("m", Double(start) / Double(filled.count), Double(end) / Double(filled.count))
      }
      start = end
    }
    for gap in stream.statistics.gaps { text += rectangle("g", position(gap.start), position(gap.end)) }
    return text + "</svg></div>\n"
  }

  private func rectangle(_ kind: String, _ from: Double, _ to: Double) -> String {
    let x = from * Double(Self.width), width = max(1, (to - from) * Double(Self.width))
    return "<rect class=\(kind) x=\"\(x.brief)\" y=\"2\" width=\"\(width.brief)\" height=\"12\"/>"
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

  private func card(_ stream: SyncReport.Stream) -> String {
    guard let away = stream.deviations else { return "" }
    let most = max(1, away.histogram.max() ?? 1)
    var text =
      "<div><h3>\(stream.name.markupEscaped)</h3><svg viewBox=\"0 0 205 62\" role=img aria-label=\"histogram\">"
    text += "<path class=z d=\"M102.5 0V60\"/><path class=b d=\"M0 60.5H205\"/>"
    for (bin, count) in away.histogram.enumerated() where count > 0 {
      // A bin with a single message is still to be seen.
      let height = max(1, 60 * Double(count) / Double(most))
      text += "<rect class=m x=\"\(5 * bin)\" width=\"4\" "
      text += "y=\"\((60 - height).brief)\" height=\"\(height.brief)\"/>"
    }
    text += "</svg><p>±\(Self.milliseconds(away.limit)) ms; median \(Self.milliseconds(away.median)), "
    return text + "5 % \(Self.milliseconds(away.p05)), 95 % \(Self.milliseconds(away.p95))</p></div>\n"
  }

  private var table: String {
    var text = "<div class=wide><table><tr>"
    let heads = [
      "stream", "used", "unused", "duplicates", "missing", "too far", "gaps", "period ms", "jitter p95 ms", "phase ms",
      "time", "clock offset ms", "drift ppm",
    ]
    for head in heads { text += "<th>\(head)</th>" }
    text += "</tr>\n"
    for stream in report.streams {
      let cells: [String] = [
        stream.name, "\(stream.used)", "\(stream.unused)", "\(stream.duplicates)", "\(stream.missing)",
        "\(stream.outOfTolerance)", "\(stream.statistics.gapCount)",
        stream.statistics.period.map { Self.milliseconds($0.median) } ?? "–",
        stream.statistics.jitter.map { Self.milliseconds($0.p95) } ?? "–",
        stream.phase.map { Self.milliseconds($0.value) } ?? "–", stream.source,
        Self.offset(stream.clock), stream.clock?.drift.map(\.brief) ?? "–",
      ]
      text += "<tr>" + cells.map { "<td>\($0.markupEscaped)</td>" }.joined() + "</tr>\n"
    }
    return text + "</table></div>\n"
  }

  private static func offset(_ clock: ClockReport?) -> String {
    guard let clock else { return "–" }
    guard let offset = clock.offset else { return clock.reason?.rawValue ?? "–" }
    return "\((offset / 1e6).brief) ± \(((clock.offsetInterval ?? 0) / 1e6).brief)"
  }

  private static func milliseconds(_ nanoseconds: Int64) -> String { (Double(nanoseconds) / 1e6).brief }
}
