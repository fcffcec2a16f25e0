import Core
import Foundation
import Testing

@testable import Command

@Suite struct MetricsTests {
  let folder: URL
  var path: String { folder.path + "/av.prom" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func aMetricHasHelpTypeAndItsSamples() {
    var metric = Metric("av_items_total", .counter, "What\nbecame \\ of them.")
    metric.add(9, ["verb": "av-x", "result": "done"])
    metric.add(0.25, [:])
    #expect(
      metric.text == """
        # HELP av_items_total What\\nbecame \\\\ of them.
        # TYPE av_items_total counter
        av_items_total{verb="av-x",result="done"} 9
        av_items_total 0.25

        """)
    #expect(Metric("av_none", .gauge, "Nothing.").text == "")
  }

  @Test(arguments: [
    ("a\"b", #"a\"b"#), ("a\\b", #"a\\b"#), ("a\nb", #"a\nb"#), ("ä,{}", "ä,{}"), ("\"\r\n", "\\\"\r\\n"),
  ])
  func labelsAreEscaped(_ value: String, _ escaped: String) {
    var metric = Metric("a", .gauge, "A.")
    metric.add(1, ["zone": value])
    #expect(metric.text.hasSuffix("a{zone=\"\(escaped)\"} 1\n"))
    #expect(Metric.value("a", ["zone": value], in: metric.text) == 1)
  }

  @Test(arguments: [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-2, "-2"), (1e300, "1e+300")])
  func valuesAreThoseOfPrometheus(_ value: Double, _ text: String) {
    var metric = Metric("a", .gauge, "A.")
    metric.add(value)
    #expect(metric.text.hasSuffix("\na \(text)\n"))
  }

  @Test func theLastSuccessIsKeptUntilTheNext() throws {
    let log = Log(tool: "av-x")
    RunMetrics(path, log)?.finish(.success)
    let success = try #require(
      Metric.value("av_last_success_timestamp_seconds", ["verb": "av-x"], in: try text()))
    #expect(success > 1.7e9)
    let old = try text().replacing("\(Int(success))", with: "1700000000")
    try old.write(toFile: path, atomically: true, encoding: .utf8)
    RunMetrics(path, log)?.finish(.busy)
    #expect(try text().contains("av_last_success_timestamp_seconds{verb=\"av-x\"} 1700000000\n"))
    #expect(try text().contains("av_last_exit_code{verb=\"av-x\"} 5\n"))
    RunMetrics(path, log)?.finish(.success)
    #expect(try !text().contains("1700000000"))
  }

  @Test func whileItRunsThereIsNoExitCode() throws {
    let metrics = try #require(RunMetrics(path, Log(tool: "av-x")))
    metrics.count([("done", 2), ("failed", 1)], bytes: 7)
    metrics.tick()
    #expect(try !text().contains("av_last_exit_code"))
    #expect(try text().contains("av_items_total{verb=\"av-x\",result=\"done\"} 2\n"))
    #expect(try text().contains("av_bytes_total{verb=\"av-x\"} 7\n"))
    #expect(try text().contains("av_run_overdue{verb=\"av-x\"} 0\n"))
    metrics.overdue()
    #expect(try text().contains("av_run_overdue{verb=\"av-x\"} 1\n"))
    // Rewritten after 15 seconds, not at every tick.
    try FileManager.default.removeItem(atPath: path)
    metrics.tick()
    #expect(!FileManager.default.fileExists(atPath: path))
    metrics.finish(.items)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["av.prom"])
  }

  @Test func whoNeverLookedAtTheLakeKeepsItsFigures() throws {
    let log = Log(tool: "av-x")
    let metrics = try #require(RunMetrics(path, log))
    var zones = Metric("av_zone_bytes", .gauge, "Bytes of a zone.")
    zones.add(7, ["zone": "raw"])
    zones.add(8, ["zone": "archive"])
    metrics.set([zones])
    metrics.finish(.success)
    for _ in 0..<2 { RunMetrics(path, log)?.finish(.busy) }
    #expect(try text().hasSuffix(zones.text))
    #expect(try text().split(separator: "\n").count { $0.hasPrefix("# HELP av_last_exit_code ") } == 1)
    let next = try #require(RunMetrics(path, log))
    next.set([Metric("av_zone_bytes", .gauge, "Bytes of a zone.")])
    next.finish(.success)
    #expect(try !text().contains("av_zone_bytes"))
  }

  @Test func nobodyAskedNothingIsWritten() { #expect(RunMetrics(nil, Log(tool: "av-x")) == nil) }

  @Test func aFileThatCannotBeWrittenStopsNothing() async {
    let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
      let metrics = RunMetrics("/dev/null/av.prom", Log(tool: "av-x"))
      metrics?.tick()
      metrics?.finish(.success)
      exit(0)
    }
    #expect(
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        == "av-x: /dev/null: cannot open: Not a directory: the run goes on without its metrics\n")
  }
}
