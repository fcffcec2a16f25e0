import Artifacts
import Core

/// Parts of a data set, such as `train=0.8,val=0.2`, by chance but for ever.
///
/// A drive is in one of them as a whole: frames that are neighbours never come to lie in two, and a drive that is added
/// moves no other.
package struct LabelSplit: Sendable {
  /// As it was given.
  package let text: String
  private let parts: [(name: String, share: Double)]

  /// - Throws: `SourceError` for shares that are not numbers above 0 with the sum 1, and for names that are there twice.
  package init(_ text: String) throws {
    func wrong(_ problem: String) -> SourceError {
      SourceError("split '\(text.shown)'", problem, hint: "such as train=0.8,val=0.2", code: .configuration)
    }
    self.text = text
    parts = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let words = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2, let share = Double(words[1]), share > 0, share <= 1 else {
        throw wrong("'\(String(part).shown)' is no name with a share above 0")
      }
      guard !words[0].isEmpty, LakeLayout.component(words[0]) == words[0] else {
        throw wrong("'\(words[0].shown)' is no name of a part")
      }
      return (words[0], share)
    }
    guard Set(parts.map(\.name)).count == parts.count else { throw wrong("a name is there twice") }
    let sum = parts.reduce(0) { $0 + $1.share }
    guard abs(sum - 1) < 1e-6 else {
      throw wrong("the shares have the sum \(LabelGeometry.rounded(sum, 6)), and not 1")
    }
  }

  /// The part that a drive is in.
  package func part(of measurement: String) -> String {
    let chance = Double(Self.chance(0, measurement) >> 11) / Double(1 << 53 as UInt64)
    var end = 0.0
    for part in parts {
      end += part.share
      if chance < end { return part.name }
    }
    return parts.last?.name ?? ""
  }

  /// A number for a name, the same each time.
  static func chance(_ seed: Int, _ name: String) -> UInt64 {
    Digest.sha256("\(seed)/\(name)").prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
