import Core

/// One metric of Prometheus' text format: what it is, and its values by labels.
///
/// ```
/// # HELP av_items_total What became of the items of the last run.
/// # TYPE av_items_total counter
/// av_items_total{verb="av-ingest",result="done"} 9
/// ```
/// https://prometheus.io/docs/instrumenting/exposition_formats/
package struct Metric: Sendable, Hashable {
  package enum Kind: String, Sendable { case counter, gauge }

  package struct Label: Sendable, Hashable {
    var name: String
    var value: String
  }

  package struct Sample: Sendable, Hashable {
    var labels: [Label]
    var value: Double
  }

  package var name: String
  package var kind: Kind
  package var help: String
  package private(set) var samples: [Sample] = []

  package init(_ name: String, _ kind: Kind, _ help: String) { (self.name, self.kind, self.help) = (name, kind, help) }

  /// Adds a value; labels keep their order.
  package mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
    samples.append(Sample(labels: labels.map { Label(name: $0.key, value: $0.value) }, value: value))
  }

  /// Its lines, each with its newline; nothing for a metric without values.
  package var text: String {
    guard !samples.isEmpty else { return "" }
    let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    return "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
      + samples.map { "\(name)\($0.labelText) \($0.valueText)\n" }.joined()
  }

  /// The metrics of a text that `text` made, each with all its lines.
  package static func blocks(of text: String) -> [(name: String, text: String)] {
    var blocks: [(name: String, text: String)] = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# HELP ") { blocks.append((String(line.dropFirst(7).prefix { $0 != " " }), "")) }
      guard !blocks.isEmpty else { continue }
      blocks[blocks.count - 1].text += line + "\n"
    }
    return blocks
  }

  /// The value that a text of this format has for a sample: what an earlier run wrote.
  package static func value(_ name: String, _ labels: KeyValuePairs<String, String>, in text: String) -> Double? {
    var metric = Metric(name, .gauge, "")
    metric.add(0, labels)
    let start = name + metric.samples[0].labelText + " "
    let line = text.split(separator: "\n").last { $0.hasPrefix(start) }
    return line.flatMap { Double($0.dropFirst(start.count)) }.flatMap { $0.isFinite ? $0 : nil }
  }
}

extension Metric.Sample {
  fileprivate var labelText: String {
    guard !labels.isEmpty else { return "" }
    return "{" + labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
  }

  /// Whole numbers without a fraction, as far as a double has them exactly.
  fileprivate var valueText: String {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
    return value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Inf" : "+Inf") : "\(value)"
  }

  private static func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
