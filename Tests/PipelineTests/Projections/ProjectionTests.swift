import Core
import Foundation
import Testing

@testable import Pipeline

/// What a lineage looks like in every form, with names that want to be syntax.
@Suite struct ProjectionTests {
  static let hostile = "\"><script>alert(1)</script>\n\u{1b}[31m\u{202e}'\\"

  /// The lineage of `raw → extracted → label`, with hostile names in every field, and a label made of something unknown.
  func story(_ more: [LineageEvent] = []) throws -> LineageStory {
    let fixture = try LineageFixture()
    let log = try fixture.fill()
    let hostile = Self.hostile
    try log.append(
      [
        .runStart(Tool(hostile, version: hostile), args: [hostile]),
        .datastreamCreated(
          hostile, measurement: "m1", zone: hostile, kind: hostile, path: hostile,
          parents: ["extracted-m1", "unknown"],
          stage: hostile, config: hostile, outputVersion: 1),
        .datastreamState(hostile, Transition(from: .created, to: .processing)),
        .datastreamState(
          hostile, Transition(from: .processing, to: .failed), facts: ["error": ["msg": .string(hostile)]]),
        .runEnd(.failed, exit: 1),
      ] + more, run: "run-hostile")
    var reader = LineageReader(fixture.folder)
    var story = LineageStory()
    try reader.read { story.apply($0) }
    return story
  }

  func graph(_ story: LineageStory, _ direction: LineageGraph.Direction = .both, depth: Int? = nil) -> LineageGraph {
    LineageGraph(of: .datastream("extracted-m1"), in: story, direction, depth: depth)
  }

  @Test func directionAndDepthBoundTheGraph() throws {
    let story = try story()
    #expect(Set(graph(story, .up).nodes.map(\.id)) == ["raw-m1", "extracted-m1"])
    #expect(Set(graph(story, .down).nodes.map(\.id)) == ["extracted-m1", Self.hostile])
    #expect(graph(story, depth: 0).nodes.map(\.id) == ["extracted-m1"])
    #expect(graph(story).edges.count == 2)
    let all = LineageGraph(of: .datastream(Self.hostile), in: story)
    #expect(all.nodes.first { $0.id == "unknown" }?.stream == nil)
  }

  @Test(arguments: Projection.allCases.filter { $0 != .table }) func nothingOfTheDataIsSyntax(_ form: Projection) throws
  {
    let story = try story()
    let text = try #require(
      try form.text(LineageGraph(of: .measurement("m1"), in: story), in: story, lake: Self.hostile))
    #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
    switch form {
    case .svg, .mermaid: #expect(!text.contains("<script"))
    case .dot, .text, .table: break
    case .json, .prov: _ = try JSON.parse(text)
    case .jsonl, .openlineage: for line in text.split(separator: "\n") { _ = try JSON.parse(String(line)) }
    }
    if form == .svg {
      let parser = Elements()
      #expect(parser.isWellFormed(text))
    }
  }

  @Test func everyRunHasOneStartAndOneEnd() throws {
    let story = try story()
    let events = try OpenLineage(LineageGraph(of: .measurement("m1"), in: story), in: story, lake: "fleet").lines
    var kinds: [String: [String]] = [:]
    for event in events {
      kinds[event["run"]?["runId"]?.string ?? "", default: []].append(event["eventType"]?.string ?? "")
    }
    #expect(kinds.count == 5)
    #expect(kinds.values.allSatisfy { $0.count == 2 && $0[0] == "START" && ["COMPLETE", "FAIL"].contains($0[1]) })
    #expect(kinds.values.count { $0[1] == "FAIL" } == 2)
  }

  @Test func aRunThatGoesOnHasNoEnd() throws {
    let fixture = try LineageFixture()
    let log = try fixture.fill()
    try log.append(
      [
        .runStart(LineageFixture.tool),
        .datastreamCreated(
          "open", measurement: "m1", zone: "enriched", kind: "k", path: "p", parents: ["extracted-m1"], stage: "enrich",
          config: "c", outputVersion: 1),
        .datastreamState("open", Transition(from: .created, to: .processing)),
      ], run: "going")
    var reader = LineageReader(fixture.folder)
    var story = LineageStory()
    try reader.read { story.apply($0) }
    let events = try OpenLineage(LineageGraph(of: .datastream("open"), in: story, .up, depth: 0), in: story, lake: "l")
      .lines
    #expect(events.map { $0["eventType"]?.string } == ["START", "START"])
  }

  @Test func aCycleIsDrawnAndEnds() {
    let layout = LayeredLayout(nodes: 4, edges: [(0, 1), (1, 2), (2, 0), (2, 3), (3, 3)])
    #expect(layout.places.map(\.layer).max() == 3)
    #expect(layout.routes.count { $0.isEmpty } == 2)
  }

  @Test func aLongEdgePassesThroughItsLayers() {
    let layout = LayeredLayout(nodes: 3, edges: [(0, 1), (1, 2), (0, 2)])
    #expect(layout.places.map(\.layer) == [0, 1, 2])
    #expect(layout.routes[2].map(\.layer) == [0, 1, 2])
    #expect(layout.routes[2][1].row != layout.places[1].row)
  }

  @Test func manyNodesBecomeOneAZoneAndKind() throws {
    let collapsed = graph(try story()).collapsed(above: 2)
    #expect(collapsed.nodes.map(\.count) == [1, 1, 1])
    #expect(collapsed.edges.contains(.init(parent: "raw/raw", child: "extracted/sensors")))
  }

  @Test func wordsOfAShellMeanWhatTheyAre() {
    #expect("a-b/c.json5".shellQuoted == "a-b/c.json5")
    #expect("".shellQuoted == "''")
    #expect("it's".shellQuoted == #"'it'\''s'"#)
    #expect("a\u{1b}\n'".shellQuoted == #"$'a\033\n\''"#)
  }

  @Test func pagesEscapeWhatTheyShow() {
    var page = Page(Self.hostile)
    page.body.table([Self.hostile], texts: 1, [[.init(Self.hostile, link: Self.hostile)]])
    let text = String(decoding: page.bytes, as: UTF8.self)
    #expect(!text.contains("<script"))
    #expect(!text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
  }
}

/// Whether elements are closed in the order in which they were opened; Tests/Interop has a real parser.
private struct Elements {
  func isWellFormed(_ text: String) -> Bool {
    // Every tag is closed in the order in which it was opened.
    var open: [Substring] = []
    for part in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) where !part.hasPrefix("?") {
      guard let end = part.firstIndex(of: ">") else { return false }
      let tag = part[..<end]
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else if !tag.hasSuffix("/") {
        open.append(tag.prefix { $0 != " " })
      }
    }
    return open.isEmpty
  }
}
