import Core
import Foundation
import Testing

@testable import Pipeline

/// Rules for kinds and tags, and what brings back what they removed.
@Suite struct LifecycleRuleTests {
  @Test func theFirstRuleWhoseKindAndTagAgreeCounts() throws {
    let fixture = try LifecycleFixture(
      """
      extracted: [{tag: 'campaign=7', keep: 'forever'}, {kind: 'lidar*', keep: '0s', then: 'delete'}, \
      {kind: 'cam*', tag: 'spare', keep: '0s', then: 'delete'}], '*': {keep: '0s', then: 'report'}
      """)
    for (id, kind) in [("ex-1", "lidar"), ("ex-2", "lidar"), ("ex-3", "camera"), ("ex-4", "camera")] {
      try fixture.make(id, kind: kind)
    }
    try fixture.append(.tag(["datastream": "ex-2"], key: "campaign", value: "7", source: "user"))
    try fixture.append(.tag(["datastream": "ex-4"], key: "spare", value: "yes", source: "user"))
    var rules: [String: String] = [:]
    _ = try Lifecycle.plan(fixture.lake, LifecycleRequest()) {
      rules[$0.item.subject] = "\($0.item.rule) \($0.item.action.rawValue)"
    }
    #expect(rules["ex-1"] == "extracted/lidar*.0s delete" && rules["ex-2"] == nil)
    #expect(rules["ex-3"] == "*.0s report" && rules["ex-4"] == "extracted/cam*/spare.0s delete")
    // A tag of the measurement is one of all that is its.
    try fixture.append(.tag(["measurement": .string(ManifestTests.id)], key: "campaign", value: "7", source: "user"))
    #expect(try fixture.plan().filter { $0.hasPrefix("extracted") } == [])
  }

  @Test(arguments: ["extracted: [{kind: '[', keep: '1d'}]", "extracted: [{tag: '', keep: '1d'}]", "extracted: [3]"])
  func aRuleThatCannotBeIsRefused(_ rules: String) {
    #expect(throws: ConfigurationError.self) { try LifecycleFixture(rules) }
  }

  @Test func whatWasDeletedIsMadeAgainParentsFirst() throws {
    let fixture = try LifecycleFixture(
      "extracted: {keep: '0s', then: 'delete'}, enriched: {keep: '0s', then: 'delete'}")
    try fixture.make("ex-1")
    try fixture.make("en-1", zone: "enriched", parents: ["ex-1"])
    #expect(try Rebuild.steps(fixture.lake, ["en-1"]).steps.isEmpty)
    try fixture.apply()
    func titles(_ ids: [String]) throws -> [String] { try Rebuild.steps(fixture.lake, ids).steps.map(\.title) }
    #expect(try titles(["en-1"]) == ["extracted/sensors ex-1", "enriched/sensors en-1"])
    #expect(try titles(["ex-1"]) == ["extracted/sensors ex-1"])
    #expect(try titles([ManifestTests.id, "en-1"]) == ["extracted/sensors ex-1", "enriched/sensors en-1"])
    let steps = try Rebuild.steps(fixture.lake, ["en-1"]).steps
    #expect(steps.allSatisfy { $0.command?.contains("av-test") == true })
    #expect(steps[1].command?.contains("av-meta show --json ex-1") == true)
    #expect(throws: UsageError.self) { try Rebuild.steps(fixture.lake, ["nosuch"]) }
  }

  @Test func whatIsNotAsItWasIsAnAlarmOnce() throws {
    let fixture = try LifecycleFixture("")
    try fixture.make("ex-1")
    func alarms() throws -> [LineageEvent] {
      var alarms: [LineageEvent] = []
      _ = try Verification.run(fixture.lake, level: .hash, alarm: { alarms.append($0) }) { _ in }
      return alarms
    }
    #expect(try alarms().isEmpty)
    try fixture.write("two", "extracted/2022/V/ex-1/a.jsonl")
    let found = try alarms()
    #expect(found.map(\.name) == ["integrity.alarm"] && found[0].fields["datastream"] == "ex-1")
    try fixture.append(found[0])
    #expect(try alarms().isEmpty)
    try fixture.write("six", "extracted/2022/V/ex-1/a.jsonl")
    #expect(try alarms().count == 1)
  }
}
