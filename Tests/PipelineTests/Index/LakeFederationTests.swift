import Core
import Testing

@testable import Pipeline

/// Two lakes, one of which names the other: what is in the second was made of what is in the first.
@Suite struct LakeFederationTests {
  let far: SmallLake
  let scratch: ScratchFolder
  let near: Lake

  init() throws {
    far = try SmallLake()
    scratch = try ScratchFolder()
    let path = try Lake.initialize(scratch.path + "/near").lake.path
    try scratch.write("{name: 'near', lakes: [{name: 'far', root: '\(far.lake.path)'}]}", "near/lake.json5")
    near = try Lake(path)
    let lineage = try Lineage(near, tool: LineageFixture.tool, run: "run-near", writer: "near")
    try lineage.start()
    try lineage.append(
      .datastreamCreated(
        "en-1", measurement: "m1", zone: "enriched", kind: "samples", path: "enriched/en-1", parents: ["ex-1", "lost"],
        stage: "enrich", config: "c", outputVersion: 1))
    try lineage.move("en-1", to: .processing)
    try lineage.move("en-1", to: .completed, facts: ["rows": 7, "bytes": 70])
    try lineage.end(.done, exit: .success)
  }

  @Test(arguments: ["en-1", "ex-1", "raw"]) func lineageCrosses(_ id: String) throws {
    let (story, exit) = try LineageStory.read(about: [id], near)
    #expect(exit == .success)
    let graph = LineageGraph(of: try story.subject(id), in: story)
    #expect(Set(graph.edges.map { "\($0.parent) \($0.child)" }).isSuperset(of: ["raw-1 ex-1", "ex-1 en-1"]))
    #expect(story.place(of: "ex-1") == "\(far.lake.path)/\(SmallLake.derived)")
    #expect(story.place(of: "en-1") == "\(near.path)/enriched/en-1")
  }

  @Test func idsAreFoundWhereTheyAre() throws {
    #expect(try Show.record("ex-1", near).record["lake"] == "far")
    #expect(try Show.record("en", near).record["lake"] == nil)
    let place = try Places.records(near, "ex-1").records
    #expect(place.map { $0["path"]?.string } == ["\(far.lake.path)/\(SmallLake.derived)"])
    #expect(place.map { $0["lake"] } == ["far"])
    var events: [String?] = []
    #expect(try LineageHistory.read("ex-1", near) { events.append($0["event"]?.string) } == .success)
    #expect(events == ["datastream.created", "datastream.state", "datastream.state", "tag"])
    // Of what both know, and of beginnings that several have.
    #expect(try Show.record("m1", near).record["vin"] == "V")
    #expect(throws: UsageError.self) { try Show.record("e", near) }
    #expect(throws: UsageError.self) { try Show.record("nosuch", near) }
  }

  @Test func runsAndErrorsAreOfBoth() throws {
    var runs: [String] = []
    #expect(try Runs.records(near) { runs.append("\($0["id"]?.string ?? "") \($0["lake"]?.string ?? "")") } == .success)
    #expect(runs == ["run-near ", "run-1 far"])
    try Lineage(far.lake, tool: LineageFixture.tool, writer: "other").append(
      .errorParked(measurement: "m9", path: "error/m9", operation: "copy", code: "AV-IO-001", attempts: 1))
    #expect(try Errors.records(near).records.map { $0["lake"] } == ["far"])
  }

  @Test func productsAreMadeOfThoseOfOtherLakes() throws {
    let (catalog, _) = try Catalog.read(near)
    let entries = Dictionary(uniqueKeysWithValues: catalog.entries.map { ($0.product.name, $0) })
    #expect(entries["enriched"]?.upstream == ["extracted"] && entries["extracted"]?.upstream == ["raw"])
    #expect(entries["extracted"]?.whole == 1 && entries["extracted"]?.measurements == 1)
    #expect(entries["extracted"]?.tables?.faults.map(\.path) == ["gps/x.parquet"])
  }

  @Test func aPictureOfKindsHasThoseOfBoth() throws {
    let graph = try LakeFederation(near).read { try LineageGraph(kindsOf: $0) }.result
    #expect(
      Set(graph.nodes.map { "\($0.id) \($0.count)" }) == [
        "raw/raw 1", "extracted/sensors 1", "enriched/samples 1", "? 1",
      ])
    #expect(
      graph.edges.map { "\($0.parent) \($0.child)" }.sorted() == [
        "? enriched/samples", "extracted/sensors enriched/samples", "raw/raw extracted/sensors",
      ])
    #expect(graph.nodes.last?.id == "enriched/samples")
  }

  @Test func figuresAreOfTheLakeAlone() throws {
    let figures = try LakeFigures(near)
    #expect(figures.exit == .success && figures.zones.map(\.name) == ["enriched"] && figures.runs.count == 1)
    #expect(figures.zones[0].rows == 7 && figures.zones[0].bytes == 70)
  }

  @Test func aLakeThatIsGoneIsALoss() throws {
    try scratch.write(
      "{lakes: [{name: 'far', root: '\(far.lake.path)'}, {name: 'gone', root: 'none'}]}", "near/lake.json5")
    var warnings: [String] = []
    let (_, exit) = try LineageStory.read(about: ["ex-1"], Lake(near.path)) { warnings.append($0) }
    #expect(exit == .loss && warnings.count == 1 && warnings[0].hasPrefix("lake gone: "))
  }

  /// A lake that names itself would wait for itself, and everything would count twice.
  @Test func aLakeIsAskedOnce() throws {
    try scratch.write(
      "{lakes: [{name: 'self', root: '.'}, {name: 'far', root: '\(far.lake.path)'}, {name: 'again', root: '\(far.lake.path)'}]}",
      "near/lake.json5")
    let lake = try Lake(near.path)
    var runs: [String] = []
    #expect(try Runs.records(lake) { runs.append($0["id"]?.string ?? "") } == .success)
    #expect(runs == ["run-near", "run-1"])
    #expect(try Catalog.read(lake).catalog.entries.first { $0.product.name == "raw" }?.whole == 1)
  }

  @Test func everythingOfAMeasurementIsFound() throws {
    #expect(Set(try Places.records(near, "m1").records.compactMap { $0["id"]?.string }) == ["raw-1", "ex-1", "en-1"])
    let (story, _) = try LineageStory.read(about: ["m1"], near)
    #expect(Set(story.view.measurements["m1"]?.datastreams ?? []) == ["raw-1", "ex-1", "en-1"])
  }
}
