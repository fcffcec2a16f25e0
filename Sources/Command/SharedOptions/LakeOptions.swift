import Core

/// Which lake, and the id of the run in its log.
package struct LakeOptions: Options {
  package static let title = "Lake"

  @Option(
    "The lake; else the nearest folder above with lake.json5", value: "folder", completion: .directory)
  package var lake: String?
  @Option("Id of the run in the log; else a new one", value: "uuid") package var runId: RunID?

  package init() {}
}

/// The id of a run as it is given: a UUID in lower case.
package struct RunID: ArgumentValue, Sendable, Hashable {
  package var text: String

  package init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts.joined().utf8.allSatisfy({ $0.isHexDigit }) else {
      return nil
    }
    text = argument.lowercased()
  }

  package var argument: String { text }
  package static var expectation: String? { "a UUID" }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
