import Command
import Core
import Pipeline

/// Verdicts as a person likes to read them: a line an item, then what was found.
struct ValidationTable {
  private var table = Table([
    .name("path"), .text("verdict"), .text("level"), .number("files"), .number("size"), .number("errors"),
    .number("warnings"),
  ])
  private var findings: [String] = []
  private var counts: [Verdict: Int] = [:]

  mutating func add(_ validation: Validation) {
    func count(_ severity: ValidationFinding.Severity) -> String {
      let count = validation.findings.filter { $0.severity == severity }.count
      return count == 0 ? "" : "\(count)"
    }
    table.add([
      validation.path, validation.verdict.rawValue, validation.level.rawValue, "\(validation.files)",
      Measure.brief(size: Int64(validation.bytes)), count(.error), count(.warning),
    ])
    counts[validation.verdict, default: 0] += 1
    for finding in validation.findings where finding.severity != .info {
      let place = finding.path.map { $0 == validation.path ? "" : "\($0): " } ?? ""
      let offset = finding.offset.map { " (byte \($0))" } ?? ""
      findings.append("\(finding.code.rawValue)  \(validation.path): \(place)\(finding.message)\(offset)")
      if let hint = finding.hint { findings.append("    hint: \(hint)") }
    }
  }

  var text: String {
    guard !table.isEmpty else { return "" }
    var text = table.render(width: Console.width(of: .output), isUnicode: Console.isUnicode)
    if !findings.isEmpty { text += "\n" + findings.map { $0.shown + "\n" }.joined() }
    let summary = Verdict.allCases.compactMap { verdict in counts[verdict].map { "\($0) \(verdict.rawValue)" } }
    return text + "\n" + summary.joined(separator: ", ") + "\n"
  }
}
