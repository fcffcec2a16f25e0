import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct LineageReaderTests {
  static let newline = UInt8(ascii: "\n")

  func lines(_ fixture: LineageFixture, _ name: String = "host.jsonl") throws -> [[UInt8]] {
    try fixture.scratch.read(name).split(separator: Self.newline).map { Array($0) }
  }

  func write(_ lines: [[UInt8]], _ fixture: LineageFixture, _ name: String = "host.jsonl") throws {
    try fixture.scratch.write(Array(lines.map { $0 + [Self.newline] }.joined()), name)
  }

  @Test func everyFlippedByteIsFound() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let bytes = try fixture.scratch.read("host.jsonl")
    let last = try #require(bytes.dropLast().lastIndex(of: Self.newline))
    // A bit of every byte up to the last line, whose digest nobody has written down yet.
    for index in stride(from: 0, to: last, by: 7) {
      var flipped = bytes
      flipped[index] ^= 1
      try fixture.scratch.write(flipped, "host.jsonl")
      #expect(throws: IntegrityError.self, "byte \(index)") { try fixture.entries() }
      let found = try #require(try fixture.damage().first)
      let line = bytes[..<index].count { $0 == Self.newline } + 1
      // The flip shows in its own line, or in the next, which tells the digest of the line before.
      #expect(found.line == line || found.line == line + 1, "byte \(index) of line \(line): \(found)")
    }
  }

  @Test(arguments: 0..<12) func aRemovedLineIsFound(_ index: Int) throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    var lines = try lines(fixture)
    lines.remove(at: index)
    try write(lines, fixture)
    #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(try fixture.damage().map(\.line) == [index + 1])
    #expect(try fixture.entries(.salvage).count == 12)
  }

  @Test(arguments: 0..<11) func swappedLinesAreFound(_ index: Int) throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    var lines = try lines(fixture)
    lines.swapAt(index, index + 1)
    try write(lines, fixture)
    #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(try fixture.damage().first?.line == index + 1)
    #expect(try fixture.entries(.salvage).count == 13)
  }

  @Test func aRepeatedLineIsFound() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    var lines = try lines(fixture)
    lines.insert(lines[5], at: 5)
    try write(lines, fixture)
    #expect(throws: IntegrityError.self) { try fixture.entries() }
  }

  @Test func damageNamesFileLineAndOffset() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    var lines = try lines(fixture)
    let offset = lines[..<4].reduce(0) { $0 + $1.count + 1 }
    lines[4] = Array("{}".utf8)
    try write(lines, fixture)
    let error = #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(error?.description == "lineage/host.jsonl:5: at byte \(offset): has no version `v`")
    #expect(error?.exitCode == .integrity)
  }

  @Test func aLineOfALaterVersionIsRefusedByItsVersion() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let text = try fixture.scratch.text("host.jsonl").replacing("{\"v\":1,", with: "{\"v\":2,", maxReplacements: 1)
    try fixture.scratch.write(text, "host.jsonl")
    let error = #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(error?.description.contains("log version 2") == true)
  }

  @Test(arguments: ["copy.jsonl", "host.jsonl.jsonl", "a.2.jsonl"]) func aCopyOfAFileIsHarmless(_ name: String) throws {
    let fixture = try LineageFixture()
    let log = try fixture.fill()
    try fixture.scratch.write(fixture.scratch.read("host.jsonl"), name)
    try log.append(LineageEvent("test", [:]), run: nil)
    #expect(try fixture.entries().count == 14)
    #expect(try fixture.damage().isEmpty)
  }

  @Test func twoHistoriesUnderOneNameAreFound() throws {
    let fixture = try LineageFixture(), other = try LineageFixture()
    try fixture.fill()
    try other.fill(measurement: "m2")
    try fixture.scratch.write(other.scratch.read("host.jsonl"), "second.jsonl")
    let error = #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(error?.description.contains("AV_WRITER") == true)
  }

  @Test func aJunkFileIsDamageAndOtherFilesAreNot() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    for name in ["notes.txt", ".hidden.jsonl", "index.sqlite"] { try fixture.scratch.write("junk\n", name) }
    try fixture.scratch.write("", "empty.jsonl")
    #expect(try fixture.entries().count == 13)
    try fixture.scratch.write("junk\n", "junk.jsonl")
    #expect(throws: IntegrityError.self) { try fixture.entries() }
    #expect(try fixture.entries(.salvage).count == 13)
  }

  @Test func unknownEventsAndKeysAreKept() throws {
    let fixture = try LineageFixture()
    let event = LineageEvent("of.tomorrow", ["big": .string("9007199254740993"), "list": [1, 2.5, nil, ["a": true]]])
    try fixture.log().append(event, run: "r")
    #expect(try fixture.entries().last?.event == event)
  }

  @Test func manyWritersAreReadInOneOrder() throws {
    let fixture = try LineageFixture()
    let logs = try (0..<20).map { try fixture.log("w\($0)") }
    for number in 0..<200 {
      try logs[number * 7 % 20].append(LineageEvent("test", ["n": .count(number)]), run: nil, .soon)
    }
    #expect(try fixture.entries().compactMap { $0["n"]?.integer } == Array(0..<200))
  }

  @Test func aLineLongerThanAWriterWouldWriteIsRead() throws {
    let fixture = try LineageFixture()
    let log = try LineageLog(
      fixture.folder, writer: "host", tool: LineageFixture.tool, limits: LineageLog.Limits(line: 12 << 20))
    let note = JSON.string(String(repeating: "ä", count: 5 << 20))
    try log.append(LineageEvent("test", ["note": note]), run: nil)
    try log.append(LineageEvent("test", [:]), run: nil)
    #expect(try fixture.entries().count == 3)
    #expect(try fixture.log().append(LineageEvent("test", [:]), run: nil).sequence == 3)
  }

  @Test func aLineWithoutEndIsDamageAndNotAllOfTheMemory() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    try fixture.scratch.write(fixture.scratch.read("host.jsonl") + line + [Self.newline], "host.jsonl")
    var reader = LineageReader(fixture.folder)
    reader.longestLine = 100_000
    let error = #expect(throws: IntegrityError.self) { try reader.view() }
    #expect(error?.description.contains("host.jsonl:14") == true)
    #expect(error?.description.contains("longer than 100000 bytes") == true)
    #expect(throws: IntegrityError.self) { try fixture.log().append(LineageEvent("test", [:]), run: nil) }
  }
}
