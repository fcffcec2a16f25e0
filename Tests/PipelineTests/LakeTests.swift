import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct LakeTests {
  let scratch: ScratchFolder
  init() throws { scratch = try ScratchFolder() }

  static let values = LakeLayout.Values(
    zone: "raw", datastream: "d1", measurement: "m1", vin: "KA 12/3", region: "eu",
    start: Timestamp(nanoseconds: 1_664_527_000_000_000_000))

  @Test func initMakesWhatItLacksAndNothingTwice() throws {
    let path = scratch.path + "/lake"
    let (lake, made) = try Lake.initialize(path, Lake.Plan(name: "fleet \"eu\"", region: "eu"))
    #expect(made.contains("lake.json5") && made.contains("landing/") && made.contains("lineage/"))
    #expect(lake.settings.name == "fleet \"eu\"")
    #expect(lake.settings.region == "eu")
    #expect(lake.settings.layout.template == LakeLayout.presets[0].template)
    #expect(lake.settings.incompleteGrace == 7 * 86_400 * 1_000_000_000)
    #expect(try Lake.initialize(path).made == [])
    try FileManager.default.removeItem(atPath: path + "/error")
    #expect(try Lake.initialize(path).made == ["error/"])
    #expect(try Lake(path).settings.name == "fleet \"eu\"")
  }

  @Test func initRefusesALayoutThatCannotBe() throws {
    #expect(throws: UsageError.self) { try Lake.initialize(scratch.path + "/lake", Lake.Plan(layout: "{zone}")) }
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/lake/lake.json5"))
  }

  @Test func theNearestLakeAboveIsFound() throws {
    let (lake, _) = try Lake.initialize(scratch.path + "/lake")
    let deep = lake.path + "/raw/2022/09"
    try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
    #expect(try Lake.find(nil, from: deep).path == lake.path)
    #expect(try Lake.find(lake.path, from: "/").path == lake.path)
    let error = #expect(throws: ConfigurationError.self) { try Lake.find(scratch.path) }
    #expect(error?.code == .noLake)
    #expect(throws: ConfigurationError.self) { try Lake.find(scratch.path + "/missing") }
  }

  @Test(arguments: [
    ("{ nme: 'x' }", "1:3", "name"), ("{\n  roots: { rav: 'x' } }", "2:12", "raw"),
    ("{ schema: 'av.lake/2' }", "1:11", "av.lake/2"), ("{ layout: '{zone}/{datastraem}' }", "1:11", "{datastream}"),
    ("{ retention: { '*': { keep: 'forever', then: 'burn' } } }", "1:46", "report"),
    ("{ domains: { a: { zones: ['raw', 'cooked'] } } }", "1:26", "cooked"), ("{ archive: 1 }", "1:12", "true or false"),
    ("{ incomplete: { grace: 7 } }", "1:24", "duration"), ("{ zones: ['../x'] }", "1:10", "../x"),
  ])
  func mistakesAreNamedWithTheirPlace(_ text: String, _ place: String, _ word: String) throws {
    try scratch.write(text, "lake.json5")
    let error = #expect(throws: ConfigurationError.self) { try Lake(scratch.path) }
    let description = error?.description ?? ""
    #expect(description.contains("lake.json5:\(place):"), "\(description)")
    #expect(description.contains(word), "\(description)")
    #expect(error?.exitCode == .usage)
  }

  @Test func zonesMayLieElsewhere() throws {
    for name in ["lake", "disk-b/raw", "cold"] {
      try FileManager.default.createDirectory(atPath: scratch.path + "/" + name, withIntermediateDirectories: true)
    }
    try scratch.write(
      "{ roots: { raw: ['../disk-b/raw'], archive: '../cold' }, zones: ['recompute'] }", "lake/lake.json5")
    let lake = try Lake(scratch.path + "/lake")
    let top = try Folder.realPath(scratch.path)
    #expect(try lake.roots(of: "raw") == [top + "/disk-b/raw"])
    #expect(try lake.roots(of: "recompute") == [lake.path + "/recompute"])
    #expect(throws: ConfigurationError.self) { try lake.roots(of: "cooked") }
    let location = try lake.location(of: Self.values)
    #expect(location.absolute == top + "/disk-b/raw/2022/09/30/KA%2012%2F3/m1/d1")
    #expect(location.recorded == location.absolute)
    #expect(try lake.location(recorded: location.recorded) == location)
    var values = Self.values
    values.zone = "extracted"
    let inside = try lake.location(of: values)
    #expect(inside.recorded == "extracted/2022/09/30/KA%2012%2F3/m1/d1")
    #expect(inside.root == lake.path + "/extracted")
    #expect(try lake.location(recorded: inside.recorded) == inside)
  }

  @Test(arguments: ["", "../x", "raw/../../x", "/etc/passwd", "raw/a\0b"]) func pathsOutOfTheLakeAreRefused(
    _ path: String
  )
    throws
  {
    let (lake, _) = try Lake.initialize(scratch.path + "/lake")
    let error = #expect(throws: SystemError.self) { try lake.location(recorded: path) }
    #expect(error?.code == .escapes)
  }

  @Test func ofSeveralRootsOneThatIsThereIsChosen() throws {
    for name in ["lake", "a", "b"] {
      try FileManager.default.createDirectory(atPath: scratch.path + "/" + name, withIntermediateDirectories: true)
    }
    try scratch.write("{ roots: { raw: ['../b', '../a'] } }", "lake/lake.json5")
    // Both are on one disk, so the name decides.
    #expect(try Lake(scratch.path + "/lake").location(of: Self.values).root == Folder.realPath(scratch.path + "/a"))
  }

  @Test(arguments: [
    ("date-vehicle", "raw/2022/09/30/KA%2012%2F3/m1/d1", "2022/09/30/KA%2012%2F3/m1/d1"),
    ("region", "eu/raw/m1/d1/2022/09/30", "eu/m1/d1/2022/09/30"),
    ("{zone}/vin={vin}/{yyyy}-{mm}/{datastream}", "raw/vin=KA%2012%2F3/2022-09/d1", "vin=KA%2012%2F3/2022-09/d1"),
  ])
  func layoutsFillTheirFields(_ text: String, _ path: String, _ inZone: String) throws {
    let layout = try LakeLayout(text)
    #expect(layout.path(Self.values) == path)
    #expect(layout.path(inZone: Self.values) == inZone)
  }

  @Test(arguments: [
    "", "{zone}", "{datastream}", "{zone}/{datastream}/{dat}", "{zone}//{datastream}", "../{zone}/{datastream}",
    "{zone}/{datastream", "{zone}/}{datastream}", "{zone}/{datastream}/{zone}", "/{zone}/{datastream}",
    ".{zone}/{datastream}", "{zone}/\u{7}{datastream}",
  ])
  func layoutsThatCannotBeAreRefused(_ text: String) {
    #expect(throws: LakeLayout.Failure.self) { try LakeLayout(text) }
  }

  @Test(arguments: [
    ("KA123456", "KA123456"), ("", "_"), (".", "%2E"), ("..", "%2E."), (".hidden", "%2Ehidden"), ("a/b", "a%2Fb"),
    ("ä\n", "%C3%A4%0A"), ("50%", "50%25"), ("-rf", "-rf"),
  ])
  func componentsAreSafe(_ text: String, _ expected: String) { #expect(LakeLayout.component(text) == expected) }
}
