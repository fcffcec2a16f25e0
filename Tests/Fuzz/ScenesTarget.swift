import Core
import Pipeline

extension FuzzTarget {
  /// The input is a file of rules, and an expression; what is accepted is evaluated on rows with gaps and unknown values.
  static let scenes = FuzzTarget(name: "scenes", run: readRules) {
    [
      (
        "expression",
        "speed > 3km/h and not always[0,2](x between -1 and 2) or any(objects, dist_m < 3 and t in ('a', 'b'))"
      ),
      (
        "functions",
        "if(b, smooth(x, 3), coalesce(prev(x), delta(x, 2), 0)) + mean(x, 1) / integral(x, 500ms) - since(rise(b)) % 2 < 1"
      ),
      ("until", "until[0,1](x < 3, t = 'a') and once[0.5,1](b) is not null and starts_with(lower(t), 'a')"),
      (
        "rules",
        """
        {schema: "av.rules/1", let: {fast: "x > 2"}, rules: [
          {id: "a", version: "1", type: "a", enter: "fast", exit: "x < 1", min_s: 1, gap_s: 2, agg: {m: "max(x)"}, where: "m < 9"},
          {id: "b", version: "1", type: "b", sequence: [{rule: "a"}, {any: [{enter: "b"}, {rule: "a"}], within_s: 3}], span: "first.end..last.start"},
          {id: "c", version: "2", type: "c", per: "track", enter: "dist_m < 2", during: "a", pad_s: [1, 2], tags: ["t"]} ]}
        """
      ),
      ("builtin", BuiltinRules.text),
    ].map { ($0, Array($1.utf8)) }
  }
}

private func readRules(_ bytes: [UInt8]) throws {
  let text = String(decoding: bytes, as: UTF8.self)
  if let probe = try? SceneProbe(text) {
    must(probe.isConsistent, "truth and margin differ, or a text that is not what it says: \(text)")
  }
  if let probe = try? SceneProbe(rules: bytes) { must(probe.isConsistent, "scenes that are not within the data") }
}
