import Testing

@testable import Pipeline

/// Parts of a data set by drive.
@Suite struct LabelSplitTests {
  @Test func drivesFallIntoPartsByTheirShares() throws {
    let split = try LabelSplit("train=0.7,val=0.2,test=0.1")
    var counts: [String: Int] = [:]
    for number in 0..<10_000 { counts[split.part(of: "drive \(number)"), default: 0] += 1 }
    for (name, share) in [("train", 0.7), ("val", 0.2), ("test", 0.1)] {
      #expect(abs(Double(counts[name] ?? 0) / 10_000 - share) < 0.015, "\(counts)")
    }
  }

  @Test func aDriveStaysWhereItIs() throws {
    // Written down once: data sets that were made stay as they are.
    let split = try LabelSplit("train=0.5,val=0.5")
    #expect(
      (0..<8).map { split.part(of: "m\($0)") } == ["val", "val", "val", "train", "train", "val", "train", "train"])
    // A part that grows takes from its neighbour only.
    let other = try LabelSplit("train=0.6,val=0.4")
    for number in 0..<1000 where split.part(of: "m\(number)") == "train" {
      #expect(other.part(of: "m\(number)") == "train")
    }
  }

  @Test(arguments: ["", "train", "train=0", "train=1,val=1", "a=0.5,a=0.5", "=1", "a/b=1", "a=nan", "a=0.5,b=0.4"])
  func whatIsNoSplitIsRefused(_ text: String) {
    #expect(throws: SourceError.self) { try LabelSplit(text) }
  }
}
