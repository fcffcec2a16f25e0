package import Core

/// What a search did, for the report beside the table, the records and the exit code.
package struct SceneReport: Sendable {
  package var measurement: String
  package var rows: Int
  package var range: TimeRange?
  /// One a rule that was evaluated, in their order.
  var rules: [Rule] = []
  /// Rules that the table lacks columns for.
  package var skipped: [Skip] = []
  /// Scenes by type.
  package var types: [String: Int] = [:]
  /// Of all rules, how much of their conditions is not known.
  var unknownShare = 0.0
  var trackRows: Int
  /// Signals that contradict each other.
  package var doubts: [String] = []
  /// Every file that was written, with its digest.
  package var sums: [DatastreamContents.File] = []

  struct Rule: Sendable {
    var id: String
    var version: String
    var digest: String
    var counts: SceneStages.Counts
    var unknown: Double
  }

  /// A rule without columns that it needs.
  package struct Skip: Sendable {
    package var rule: String
    package var missing: [String]
    package var nearest: [String: String]
    /// Nobody counts on it: it is ours, or says so itself.
    package var isExpected: Bool
  }

  init(
    _ table: SceneTable, _ binding: RuleBinding, _ result: SceneSearch.Result, _ rows: [SceneRow],
    _ context: SceneRow.Context
  ) {
    (measurement, self.rows, trackRows) = (context.measurement, table.times.count, result.trackRows)
    if let first = table.times.first, let last = table.times.last {
      range = TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    }
    for rule in binding.rules where !rule.isStep {
      let total = rule.per == .track ? trackRows : table.times.count
      let unknown = total > 0 ? Double(result.unknown[rule.id] ?? 0) / Double(total) : 0
      rules.append(
        Rule(
          id: rule.id, version: rule.version, digest: rule.digest, counts: result.counts[rule.id] ?? .init(),
          unknown: unknown))
    }
    if !rules.isEmpty { unknownShare = rules.reduce(0) { $0 + $1.unknown } / Double(rules.count) }
    skipped = binding.skipped.filter { !$0.rule.isStep }.map {
      Skip(
        rule: $0.rule.id, missing: $0.missing, nearest: $0.nearest,
        isExpected: $0.rule.isBuiltIn || $0.rule.isOptional)
    }
    for row in rows { types[row.type, default: 0] += 1 }
  }

  package var scenes: Int { types.values.reduce(0, +) }

  var typesJSON: JSON {
    .object(JSONObject(types.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .count($0.value)) }))
  }

  package var json: JSON {
    var object: JSONObject = [
      "schema": "av.scenes_report/1", "measurement": .string(measurement), "rows": .count(rows),
      "scenes": .count(scenes), "types": typesJSON,
    ]
    object["start"] = range.map { .string("\($0.start)") }
    object["end"] = range.map { .string("\($0.end)") }
    object["rules"] = .array(
      rules.map { rule in
        [
          "id": .string(rule.id), "version": .string(rule.version), "sha256": .string(rule.digest),
          "found": .count(rule.counts.found), "bridged": .count(rule.counts.bridged),
          "too_short": .count(rule.counts.tooShort), "too_short_truncated": .count(rule.counts.truncated),
          "outside": .count(rule.counts.outside), "refused": .count(rule.counts.refused),
          "scenes": .count(rule.counts.kept), "unknown_share": .number(rule.unknown),
        ]
      })
    object["skipped"] = .array(
      skipped.map { ["id": .string($0.rule), "missing": .array($0.missing.map { .string($0) })] })
    object["doubts"] = .array(doubts.map { .string($0) })
    object["track_rows"] = .count(trackRows)
    return .object(object)
  }
}
