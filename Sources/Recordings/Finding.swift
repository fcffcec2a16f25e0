package import Core

/// Something worth knowing about a recording, collected and never thrown.
package struct Finding: Sendable, Hashable {
  package enum Severity: String, Sendable { case info, warning, error }

  package var severity: Severity
  /// A stable word, such as `unclosed`, `gap`, `chunk-corrupt`.
  package var code: String
  /// Where in the file it begins.
  package var offset: Int?
  /// How many bytes of the file it takes.
  package var length: Int?
  /// One sentence with the numbers in it; lower case, no full stop.
  package var message: String

  package init(_ severity: Severity, _ code: String, at offset: Int? = nil, length: Int? = nil, _ message: String) {
    self.severity = severity
    self.code = code
    self.offset = offset
    self.length = length
    self.message = message
  }

  package var json: JSON {
    var object: JSONObject = ["severity": .string(severity.rawValue), "code": .string(code)]
    object["offset"] = offset.map(JSON.count)
    object["length"] = length.map(JSON.count)
    object["message"] = .string(message)
    return .object(object)
  }
}
