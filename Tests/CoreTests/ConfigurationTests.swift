import Foundation
import Testing

@testable import Core

private let text = """
  // The cameras.
  {
    camera: { topics: ['/camera/**', '!**/rear'], rate: '2Hz', enabled: true, },
    lidar: [{ name: 'top', every: '100ms' }, { name: "front", crop: 5.5 }],
    limit: '10M', jobs: 0x4, start: "2024-05-01T12:00:00Z", near: '5m', kind: 'png', tag: 'x',
  }
  """

private enum Kind: String, CaseIterable { case png, jpeg }

private func configuration(_ text: String) throws -> Configuration {
  try Configuration(Array(text.utf8), file: "c.json5")
}

@Test func aConfigurationIsReadByKind() throws {
  let root = try configuration(text)
  let camera = try #require(try root.table("camera"))
  #expect(try camera.globs("topics")?.contains("/camera/front") == true)
  #expect(try camera.rate("rate") == 2)
  #expect(try camera.bool("enabled") == true)
  #expect(camera.path == "camera")
  let lidars = try #require(try root.tables("lidar"))
  #expect(try lidars.map { try $0.string("name") } == ["top", "front"])
  #expect(try lidars[0].duration("every") == 100_000_000)
  #expect(try lidars[1].number("crop") == 5.5)
  #expect(lidars[1].path == "lidar[1]")
  #expect(try root.size("limit") == 10 << 20)
  #expect(try root.integer("jobs", in: 1...64) == 4)
  #expect(try root.time("start") == Timestamp("2024-05-01T12:00:00Z"))
  #expect(try root.distance("near") == 5)
  #expect(try root.choice("kind", of: Kind.self) == .png)
  #expect(try root.strings("tag") == ["x"])
  #expect(try root.string("absent") == nil)
  #expect(try root.table("absent") == nil)
  try root.finish()
}

/// What goes wrong when a text is read as below.
private func read(_ text: String) throws {
  let root = try configuration(text)
  let camera = try root.table("camera")
  _ = try camera?.strings("topics")
  _ = try camera?.rate("rate")
  for lidar in try root.tables("lidar") ?? [] {
    _ = try lidar.required("name", lidar.string)
    _ = try lidar.duration("every")
  }
  _ = try root.integer("jobs", in: 1...64)
  _ = try root.bool("flag")
  _ = try root.choice("kind", of: Kind.self)
  _ = try root.globs("only")
  _ = try root.number("scale")
  try root.finish()
}

@Test(
  arguments: [
    ("{\n camera: { topcis: [] } }", "2:12: unknown key 'topcis' in 'camera'; did you mean 'topics'?"),
    ("{ caemra: {} }", "1:3: unknown key 'caemra'; did you mean 'camera'?"), ("{ zzz: 1 }", "1:3: unknown key 'zzz'"),
    (
      "{ lidar: [{ name: 'a' }, { name: 'b', evry: 1 }] }",
      "1:39: unknown key 'evry' in 'lidar[1]'; did you mean 'every'?"
    ),
    ("{ camera: 5 }", "1:11: 'camera' must be a table, not 5"),
    ("{ lidar: {} }", "1:10: 'lidar' must be a list of tables, not a table"),
    ("{ lidar: [\n{name:'a'}, []] }", "2:13: 'lidar[1]' must be a table, not a list"),
    ("{ lidar: [{}] }", "1:11: 'lidar[0].name' is missing"),
    ("{ camera: { topics: ['a', 1] } }", "1:21: 'camera.topics' must be a text or a list of texts, not a list"),
    ("{ camera: { rate: 0 } }", "1:19: 'camera.rate' must be a rate above zero such as '2Hz' or 0.5, not 0"),
    ("{ jobs: 65 }", "1:9: 'jobs' must be an integer from 1 to 64, not 65"),
    ("{ jobs: '4' }", "1:9: 'jobs' must be an integer from 1 to 64, not '4'"),
    ("{ jobs: 1.5 }", "1:9: 'jobs' must be an integer from 1 to 64, not 1.5"),
    ("{ jobs: null }", "1:9: 'jobs' must be an integer from 1 to 64, not null"),
    ("{ flag: 'yes' }", "1:9: 'flag' must be true or false, not 'yes'"),
    ("{ scale: NaN }", "1:10: 'scale' must be a number, not \"NaN\""),
    ("{ kind: 'pgn' }", "1:9: 'kind' must be one of png, jpeg, not 'pgn'; did you mean 'png'?"),
    ("{ only: ['[a'] }", "1:9: 'only' is refused: '[a' is not a pattern: no ']' closes '['"),
    ("{ jobs: 1, jobs: 2 }", "1:12: wanted each key once, found \"jobs\" again"),
    ("{ jobs: 1", "1:10: wanted ',' or '}', found the end"),
    ("/* é */ [1]", "1:9: wanted a table in braces, found a list"),
    ("{ jobs: 1 } x", "1:13: wanted the end of the text, found 'x'"),
    (" ", "1:2: wanted a value, found the end"),
  ] as [(String, String)])
func aConfigurationIsRefused(_ text: String, _ problem: String) {
  let error = #expect(throws: ConfigurationError.self) { try read(text) }
  #expect(error?.description == "c.json5:" + problem)
}

@Test func anEmptyFileIsAnEmptyTable() throws {
  try configuration("").finish()
  #expect(try configuration("").keys == [])
}

@Test func theOrderOfKeysMeansNothingToADigest() throws {
  #expect(
    try configuration("{b: 1, a: 'x'}").json.canonical == configuration("{'a': \"x\", b: 1.0, /**/}").json.canonical)
}

@Test func aConfigurationIsReadFromAFile() throws {
  let scratch = try Scratch()
  #expect(throws: SystemError.self) { try Configuration(path: scratch.path + "/none") }
  try Data("{a: 1,\n b}".utf8).write(to: URL(filePath: scratch.path + "/c"))
  let error = #expect(throws: ConfigurationError.self) { try Configuration(path: scratch.path + "/c") }
  #expect(error?.description == "\(scratch.path)/c:2:3: wanted ':', found '}'")
  #expect(error?.exitCode == .usage)
}

@Test(
  arguments: [
    ("topcis", "topics"), ("topic", "topics"), ("tpoics", "topics"), ("rat", "rate"), ("xyz", nil), ("", nil),
    ("topicsandmore", nil), ("en", "enabled"),
  ] as [(String, String?)])
func aWordIsNearAnother(_ word: String, _ meant: String?) {
  #expect(["topics", "rate", "enabled"].nearest(to: word) == meant)
}
