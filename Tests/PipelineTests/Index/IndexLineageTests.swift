import Core
import Testing

@testable import Pipeline

/// Lineage by the lines that the index names, beside that of the whole log.
@Suite struct IndexLineageTests {
  private static let ids = ["m1", "raw-1", "ex-1", "run-1", "EX"]

  private func lake() throws -> SmallLake {
    let small = try SmallLake()
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "other")
    try lineage.start()
    for (id, parents) in [("sy-1", ["ex-1"]), ("en-1", ["sy-1"]), ("sc-1", ["en-1", "raw-1"])] {
      try lineage.append(
        .datastreamCreated(
          id, measurement: "m1", zone: "enriched", kind: "samples", path: "enriched/\(id)", parents: parents,
          stage: "enrich", config: "c", outputVersion: 1))
      try lineage.move(id, to: .processing)
    }
    // A label that came back names parents of its own.
    try lineage.append(
      LineageEvent("label.returned", ["datastream": "en-1", "measurement": "m1", "parents": ["ex-1"]]))
    return small
  }

  @Test(arguments: ids + ["sc-1", "en-1", "run-2"]) func itIsThatOfTheWholeLog(_ id: String) throws {
    let small = try lake()
    var reader = LineageReader(try small.lake.lineageFolder()), entries: [LineageEntry] = []
    try reader.read { entries.append($0) }
    let whole = LineageStory([small.lake], [entries]), own = try LineageStory.read(about: [id], small.lake).story
    let subject = try whole.subject(id)
    #expect(try own.subject(id) == subject)
    for direction in [LineageGraph.Direction.up, .down, .both] {
      let one = LineageGraph(of: subject, in: own, direction), other = LineageGraph(of: subject, in: whole, direction)
      #expect(one.nodes.map(\.id) == other.nodes.map(\.id) && one.edges == other.edges)
      for form in Projection.allCases {
        #expect(try form.text(one, in: own, lake: "l") == form.text(other, in: whole, lake: "l"), "\(form)")
      }
      #expect(LineageRecords(one, in: own).records == LineageRecords(other, in: whole).records)
    }
    #expect(
      Explanation.all(of: subject, in: own).map(\.record) == Explanation.all(of: subject, in: whole).map(\.record))
  }

  @Test func whatNobodyKnowsIsRefused() throws {
    let small = try SmallLake()
    #expect(throws: UsageError.self) { try LineageStory.read(about: ["nosuch"], small.lake) }
  }
}
