import Command
import Core
import Pipeline

/// What a lake holds, as metrics of Prometheus; every name begins with `av_lake_`.
struct LakeMetrics {
  private let lake: Lake
  private let figures: LakeFigures

  init(_ lake: Lake, _ figures: LakeFigures) { (self.lake, self.figures) = (lake, figures) }

  var text: String {
    let name = lake.settings.name
    func gauge(_ suffix: String, _ help: String, _ value: Double?) -> Metric {
      var metric = Metric("av_lake_\(suffix)", .gauge, help)
      if let value { metric.add(value, ["lake": name]) }
      return metric
    }
    var streams = Metric("av_lake_datastreams", .gauge, "Datastreams by zone and state.")
    var bytes = Metric("av_lake_bytes", .gauge, "Bytes of the datastreams of a zone that are whole.")
    var rows = Metric("av_lake_rows", .gauge, "Rows of the datastreams of a zone that are whole.")
    for zone in figures.zones {
      for (state, count) in zone.states {
        streams.add(Double(count), ["lake": name, "zone": zone.name, "state": state.rawValue])
      }
      bytes.add(Double(zone.bytes), ["lake": name, "zone": zone.name])
      rows.add(Double(zone.rows), ["lake": name, "zone": zone.name])
    }
    var runs = Metric("av_lake_runs", .gauge, "Runs by tool and how they ended or stand.")
    for run in figures.runs {
      runs.add(Double(run.count), ["lake": name, "tool": run.tool, "outcome": run.outcome])
    }
    var age = Metric("av_lake_product_newest_timestamp_seconds", .gauge, "When a product last got a datastream.")
    var failed = Metric("av_lake_product_failed_ratio", .gauge, "Share of a product's datastreams that failed.")
    var findings = Metric("av_lake_product_findings", .gauge, "What a product lacks, by kind.")
    for entry in figures.catalog.entries {
      let labels: KeyValuePairs = ["lake": name, "domain": entry.domain, "product": entry.product.name]
      if let newest = entry.newest { age.add(Double(newest.time.nanoseconds / 1_000_000_000), labels) }
      if let share = entry.failedShare { failed.add(share, labels) }
    }
    for (finding, count) in figures.findings {
      findings.add(Double(count), ["lake": name, "product": finding.product, "kind": finding.code])
    }
    let all = [
      gauge("measurements", "Measurements that the log knows.", Double(figures.measurements)),
      gauge("measured_seconds", "Seconds that were recorded, of measurements whose length is known.", figures.seconds),
      streams, bytes, rows, runs,
      gauge("errors_open", "Measurements that wait in the error zone.", Double(figures.parked)),
      gauge("incomplete", "Uploads that are held because they are incomplete or bad.", Double(figures.incomplete)),
      gauge("conflicts", "Contradictions of the log.", Double(figures.conflicts)),
      gauge("alarms", "Integrity alarms that the log holds.", Double(figures.alarms)),
      gauge("log_events", "Events of the log.", Double(figures.events)),
      gauge(
        "log_newest_timestamp_seconds", "When the newest event of the log was written.",
        figures.newest.map { Double($0.nanoseconds / 1_000_000_000) }),
      age, failed, findings,
    ]
    return all.map(\.text).joined()
  }
}
