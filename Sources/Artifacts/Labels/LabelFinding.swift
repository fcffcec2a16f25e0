package import Core

/// What is wrong with a label file, and which record it is (labels.md 2.5, 3.4).
package struct LabelFinding: Sendable, Hashable {
  package enum Severity: String, Sendable { case error, warning }

  /// `C4`, `O11`, or a word of a return's.
  package var code: String
  package var severity: Severity
  /// JSON pointer (RFC 6901) of the record.
  package var pointer: String
  /// Of the annotation, image, element, as the file writes it.
  package var id: String?
  package var image: String?
  package var file: String?
  /// With what was expected and found.
  package var problem: String

  package init(
    _ code: String, _ severity: Severity = .error, at pointer: String, id: String? = nil, image: String? = nil,
    file: String? = nil, _ problem: String
  ) {
    (self.code, self.severity, self.pointer, self.id) = (code, severity, pointer, id)
    (self.image, self.file, self.problem) = (image, file, problem)
  }

  package var json: JSONObject {
    var object: JSONObject = [
      "code": .string(code), "severity": .string(severity.rawValue), "pointer": .string(pointer),
    ]
    object["id"] = id.map(JSON.string)
    object["image"] = image.map(JSON.string)
    object["file"] = file.map(JSON.string)
    object["msg"] = .string(problem)
    return object
  }

  /// For people, after the name of the file.
  package var text: String {
    var text = "\(pointer): "
    if let id { text += "id \(id.shown): " }
    if let image { text += "image \(image.shown)\(file.map { " (\($0.shown))" } ?? ""): " }
    return text + "\(problem) (\(code))"
  }
}

/// Findings of a file: the first thousand, and how many there are of each code.
package struct LabelFindings: Sendable {
  package static let most = 1000
  package private(set) var list: [LabelFinding] = []
  package private(set) var counts: [String: Int] = [:]
  package private(set) var errors = 0
  package private(set) var warnings = 0

  package init() {}

  package mutating func add(_ finding: LabelFinding) {
    counts[finding.code, default: 0] += 1
    if finding.severity == .error { errors += 1 } else { warnings += 1 }
    if list.count < Self.most { list.append(finding) }
  }

  package mutating func add(_ other: LabelFindings) {
    for finding in other.list where list.count < Self.most { list.append(finding) }
    for (code, count) in other.counts { counts[code, default: 0] += count }
    errors += other.errors
    warnings += other.warnings
  }

  package var json: JSON {
    .object(JSONObject(counts.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .count($0.value)) }))
  }
}
