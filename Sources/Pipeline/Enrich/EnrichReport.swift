package import Core

/// What an enrichment did, for the report beside the data, the records and the exit code (enrich.md 7).
package struct EnrichReport: Sendable {
  package var measurement = ""
  package var samples = 0
  package var range: TimeRange?
  package var sources: [SourceFile] = []
  /// One a source that was joined, in the order of the table's groups.
  package var joins: [Join] = []
  /// Missing values of each column, in the table's order.
  package var missing: [(column: String, count: Int)] = []
  /// What the columns of the vehicle are from, JSON.
  package var ego: String?
  /// What a person should know.
  package var notes: [String] = []
  /// Items of sources that fit to nothing: records of errors.
  package var problems: [SourceError] = []
  /// Every file that was written, with its digest.
  package var sums: [DatastreamContents.File] = []

  package init() {}

  /// How a source fitted.
  package struct Join: Sendable {
    package var name: String
    package var rows = 0
    package var duplicates = 0
    package var matched = 0
    /// Samples without a match, by reason.
    package var unmatched: [String: Int] = [:]
    /// More figures, in order.
    package var figures: JSONObject = [:]

    init(name: String, rows: Int = 0, duplicates: Int = 0, figures: JSONObject = [:]) {
      (self.name, self.rows, self.duplicates, self.figures) = (name, rows, duplicates, figures)
    }
  }

  package var json: JSON {
    var object: JSONObject = [
      "schema": "av.enrich_report/1", "measurement": .string(measurement), "samples": .count(samples),
    ]
    object["start"] = range.map { .string("\($0.start)") }
    object["end"] = range.map { .string("\($0.end)") }
    object["sources"] = .array(sources.map(\.json))
    object["joins"] = .array(joins.map { $0.json(samples: samples) })
    if let ego { object["ego_source"] = (try? JSON.parse(ego)) ?? .string(ego) }
    object["null_share"] = .object(
      JSONObject(
        missing.map { .init(key: $0.column, value: .number(samples > 0 ? Double($0.count) / Double(samples) : 0)) }))
    if !problems.isEmpty {
      object["problems"] = [
        "count": .count(problems.count), "first": .array(problems.prefix(100).map { .string($0.description) }),
      ]
    }
    object["notes"] = .array(notes.map { .string($0) })
    return .object(object)
  }
}

extension EnrichReport.Join {
  fileprivate func json(samples: Int) -> JSON {
    var object: JSONObject = [
      "source": .string(name), "rows": .count(rows), "duplicates": .count(duplicates), "matched": .count(matched),
      "matched_share": .number(samples > 0 ? Double(matched) / Double(samples) : 0),
      "unmatched": .object(
        JSONObject(unmatched.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .count($0.value)) })),
    ]
    for member in figures.members { object[member.key] = member.value }
    return .object(object)
  }
}
