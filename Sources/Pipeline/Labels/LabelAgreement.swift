import Artifacts
import Core

/// Several returns of one export: where they agree, and where they do not.
///
/// Two labels of an item are of one object where their boxes overlap by half. Of equal classes the first return's box
/// stays; of different classes both stay, and say so. Nothing is decided in silence.
extension LabelReturn {
  package struct Agreement: Sendable {
    /// Labels of a later return that a return before it has as well; with a box that is clearly another; with another
    /// class; and labels of one return only, of items that another return has as well.
    package var agreeing = 0, differing = 0, conflicting = 0, alone = 0

    func json(_ returns: Int) -> JSON {
      [
        "returns": .count(returns), "agreeing": .count(agreeing), "differing": .count(differing),
        "conflicting": .count(conflicting), "alone": .count(alone),
      ]
    }
  }

  struct Dispute {
    var code: String
    /// Nil where there is nothing to tell.
    var text: String?
    /// Whether the label stays beside the other.
    var isKept: Bool
    /// The other label's id.
    var with: String
  }

  /// Overlap that makes two boxes one object's, and one below which its place is in doubt.
  private static let sameObject = 0.5, samePlace = 0.8

  /// What a return before says otherwise of the object; nil where it does not know it.
  ///
  /// `there` are the item's labels.
  mutating func dispute(_ label: Label, _ name: String, _ there: [Int]) -> Dispute? {
    guard let box = label.box else { return nil }
    let near = there.compactMap { index -> (index: Int, overlap: Double)? in
      guard !labels[index].returns.contains(returns), let other = labels[index].label.box else { return nil }
      let overlap = LabelGeometry.overlap(box, other)
      return overlap >= Self.sameObject ? (index, overlap) : nil
    }
    guard
      let best = near.max(by: {
        (labels[$0.index].name == name ? 1 : 0, $0.overlap) < (labels[$1.index].name == name ? 1 : 0, $1.overlap)
      })
    else { return nil }
    labels[best.index].returns.insert(returns)
    let other = labels[best.index], place = "annotation \(other.originalID) of \(files[other.file])"
    guard other.name == name else {
      agreement.conflicting += 1
      labels[best.index].isDisputed = true
      return Dispute(
        code: "conflict", text: "is '\(name.shown)' here and '\(other.name.shown)' in \(place); both are kept",
        isKept: true, with: other.originalID)
    }
    guard best.overlap < Self.samePlace else {
      agreement.agreeing += 1
      return Dispute(code: "agrees", text: nil, isKept: false, with: other.originalID)
    }
    agreement.differing += 1
    return Dispute(
      code: "differs",
      text: "covers \(LabelGeometry.rounded(best.overlap, 2)) of what it and \(place) cover; that one's box is kept",
      isKept: false, with: other.originalID)
  }

  /// Labels that one return has, and another that has the item has not.
  mutating func tellAlone() {
    for label in labels where !label.isDisputed {
      let missing = (itemReturns[label.item] ?? []).subtracting(label.returns)
      guard !missing.isEmpty else { continue }
      agreement.alone += 1
      findings.add(
        LabelFinding(
          "alone", .warning, at: "", id: label.originalID, file: files[label.file],
          "'\(label.name.shown)' on \(export.items[label.item].path) is not in return "
            + missing.sorted().map { "\($0)" }.joined(separator: ", ")))
    }
  }
}
