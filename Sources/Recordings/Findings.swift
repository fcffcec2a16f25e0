/// Findings in the order they were met, a hundred of each code at most; the others are counted.
///
/// A damaged file can have one every few bytes, and memory does not grow with the file.
package struct Findings: Sendable {
  private static let mostOfACode = 100

  private var kept: [Finding] = []
  private var counts: [String: Int] = [:]
  /// Of the codes that have more than are kept: the severity, and how many more there are.
  private var more: [String: (severity: Finding.Severity, count: Int)] = [:]

  package init(_ findings: [Finding] = []) { append(findings) }

  package mutating func append(_ finding: Finding) {
    let count = counts[finding.code, default: 0]
    guard count < Self.mostOfACode else { return leave(finding.code, finding.severity, 1) }
    counts[finding.code] = count + 1
    kept.append(finding)
  }

  package mutating func append(_ findings: [Finding]) { for finding in findings { append(finding) } }

  package mutating func append(_ findings: Findings) {
    append(findings.kept)
    for (code, rest) in findings.more { leave(code, rest.severity, rest.count) }
  }

  private mutating func leave(_ code: String, _ severity: Finding.Severity, _ count: Int) {
    more[code] = (severity, count + (more[code]?.count ?? 0))
  }

  package var isEmpty: Bool { kept.isEmpty }

  /// What was kept, and for each code that has more a finding that says how many.
  package var all: [Finding] {
    kept
      + more.sorted { $0.key < $1.key }.map { code, rest in
        Finding(rest.severity, code, "\(rest.count) more findings of this kind are not listed")
      }
  }
}
