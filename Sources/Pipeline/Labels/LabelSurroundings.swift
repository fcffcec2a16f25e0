import Artifacts
import Core

/// Weather and light of each sample, from the enriched table, as contexts of OpenLABEL.
struct LabelSurroundings: Sendable {
  private(set) var marks: [OpenLABELMark] = []
  /// Of each kind, the mark of each sample; -1 where nothing is known.
  private var own: [[Int32]] = []

  private static let columns = [("condition", "weather"), ("light", "light")]

  init(_ enriched: Folder?, isChosen: [Bool]) throws {
    guard let enriched, try enriched.entry(Enrichment.tableFile)?.kind == .file else { return }
    let table = try SourceTable("\(enriched.path)/\(Enrichment.tableFile)")
    for (column, name) in Self.columns where table.field(column) != nil {
      let words = try table.columns([column]).columns[0].texts
      guard words.count == isChosen.count else {
        throw SourceError(enriched.path, "has \(words.count) rows, and there are \(isChosen.count) samples")
      }
      var places: [String: Int32] = [:]
      own.append(
        words.enumerated().map { row, word in
          guard isChosen[row], let word, !word.isEmpty else { return -1 }
          if let place = places[word] { return place }
          let place = Int32(marks.count)
          marks.append(OpenLABELMark(.contexts, name: name, type: word))
          places[word] = place
          return place
        })
    }
  }

  /// Indices of the marks of a sample.
  func of(_ sample: Int) -> [Int] { own.compactMap { $0[sample] < 0 ? nil : Int($0[sample]) } }
}
