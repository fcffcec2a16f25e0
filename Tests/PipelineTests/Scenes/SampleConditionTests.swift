import Core
import Testing

@testable import Pipeline

@Suite struct SampleConditionTests {
  private let fixture: SceneFixture

  init() throws {
    fixture = try SceneFixture(
      seconds: [0, 1, 2, 3],
      [
        ("speed_mps", .numbers([5, 15, .nan, 10])), ("light", .words(["night", "day", "night", nil])),
        ("lanes", .numbers([1, 2, 3, 4])),
      ])
  }

  @Test(arguments: [
    ("light=night", [0, 2]), ("light != night", [1]), ("light = 'night'", [0, 2]), ("speed_mps>=10", [1, 3]),
    ("speed_mps > 36km/h", [1]), ("speed_mps <= 10 or light = night", [0, 2, 3]), ("not speed_mps >= 10", [0]),
    ("speed_mps is null", [2]), ("lanes between 2 and 3", [1, 2]), ("light in ('day', 'dusk')", [1]),
    ("prev(lanes) = 2", [2]), ("once[0,1](speed_mps = 15)", [1, 2]),
  ])
  func rows(_ text: String, _ expected: [Int]) throws {
    let found = try SampleCondition.rows([SampleCondition(text)], in: fixture.scratch.path)
    #expect(found.rows.indices.filter { found.rows[$0] } == expected && found.missing.isEmpty)
  }

  @Test func allOfSeveralAreMet() throws {
    let both = try [SampleCondition("light = night"), SampleCondition("lanes >= 2")]
    #expect(try SampleCondition.rows(both, in: fixture.scratch.path).rows == [false, false, true, false])
  }

  @Test func columnsThatAreNotThereAreNamed() throws {
    let found = try SampleCondition.rows([SampleCondition("weather = rain and lanes > 1")], in: fixture.scratch.path)
    #expect(found.rows.isEmpty && found.missing == ["weather"])
    let objects = try SampleCondition.rows([SampleCondition("any(objects, class = 'car')")], in: fixture.scratch.path)
    #expect(objects.missing == ["objects.parquet"])
  }

  @Test(arguments: ["", "=night", "9x=1", "light=", "light='", "light='b'c'", "light=b c", "a <> b"])
  func whatIsNoCondition(_ text: String) {
    #expect(throws: UsageError.self) { try SampleCondition(text) }
  }

  @Test(arguments: ["light > 3", "speed_mps + 1", "lanes = night", "light"])
  func whatDoesNotFitTheTable(_ text: String) throws {
    #expect(throws: UsageError.self) { try SampleCondition.rows([SampleCondition(text)], in: fixture.scratch.path) }
  }
}
