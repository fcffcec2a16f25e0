import Core

/// JSON lines, https://jsonlines.org: a row is an object on a line of its own.
///
/// ```
///   {"t_ns":"1664527000000000123","ts":"2022-09-30T08:36:40.000000123Z","position.x":0.5,"ranges":[1.0,"NaN"],"id":null}
/// ```
/// Keys are the columns' names, in their order, dots and all. Times are RFC 3339 in UTC with nine digits, durations
/// nanoseconds; integers from 2^53 on are strings, because many readers would round them; NaN and the infinities are
/// strings; bytes are base64 (RFC 4648 §4); lists and structures are arrays and objects; what is missing is `null`.
extension TableKind {
  package static let jsonl = TableKind(name: "jsonl", suffix: "jsonl") { schema, output, options in
    TextSink(schema, to: output, options, .jsonLines)
  }
}
