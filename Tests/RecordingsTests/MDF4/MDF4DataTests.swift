import Foundation
import Testing

@testable import Core
@testable import Recordings

/// Every value of a recording as JSON, by channel (a number) and column.
struct MDF4Contents {
  var recording: Recording
  var report: ReadReport
  /// By channel: columns by name.
  var columns: [[String: [JSON]]]
  var log: [[Int64]]

  init(_ path: String, values: SignalValues = .physical, jobs: Int = 2) throws {
    let reader = try Format.open(FileReader(path)).giving(values)
    let channels = reader.recording.channels
    recording = reader.recording
    var columns = channels.map { channel in
      Dictionary(channel.schema.fields.map { ($0.name, [JSON]()) }, uniquingKeysWith: { first, _ in first })
    }
    var log = channels.map { _ in [Int64]() }
    report = try reader.read(Selection(), jobs: jobs) { batch in
      log[batch.channel] += batch.log
      for (field, column) in zip(batch.batch.schema.fields, batch.batch.columns) {
        #expect(column.count == batch.batch.count, "\(field.name)")
        columns[batch.channel][field.name]?.append(
          contentsOf: (0..<column.count).map { column.json($0, isBytes: field.type.isBytes) })
      }
    }
    (self.columns, self.log) = (columns, log)
  }

  /// The values of a channel in the first group that has it; texts where there is no number.
  func values(_ name: String) -> [JSON]? {
    for columns in columns {
      guard let own = columns[name] else { continue }
      guard let texts = columns[name + ".text"] else { return own }
      return zip(own, texts).map { $0 == .null ? $1 : $0 }
    }
    return nil
  }
}

extension FieldType {
  fileprivate var isBytes: Bool {
    switch self {
    case .bytes: true
    case .list(let element): element.isBytes
    default: false
    }
  }
}

extension Column {
  fileprivate func json(_ row: Int, isBytes: Bool) -> JSON {
    guard validity?[row] ?? true else { return .null }
    return switch values {
    case .bool(let values): .integer(Int64(values[row]))
    case .int8(let values): .integer(Int64(values[row]))
    case .int16(let values): .integer(Int64(values[row]))
    case .int32(let values): .integer(Int64(values[row]))
    case .int64(let values): .integer(values[row])
    case .uint8(let values): .integer(Int64(values[row]))
    case .uint16(let values): .integer(Int64(values[row]))
    case .uint32(let values): .integer(Int64(values[row]))
    case .uint64(let values): .unsigned(values[row])
    case .float32(let values): .number(Double(values[row]))
    case .float64(let values): .number(values[row])
    case .text(let texts): .string(isBytes ? Array(texts[row]).hex : String(decoding: texts[row], as: UTF8.self))
    case .list(let offsets, let element):
      .array((offsets[row]..<offsets[row + 1]).map { element.json($0, isBytes: isBytes) })
    case .structure(let members): .array(members.map { $0.json(row, isBytes: false) })
    }
  }
}

/// Equal integers and texts; doubles equal but for the last bit of what a library computed.
private func equals(_ found: JSON, _ wanted: JSON) -> Bool {
  switch (found, wanted) {
  case (.array(let one), .array(let other)): one.count == other.count && zip(one, other).allSatisfy(equals)
  case (.unsigned(let one), .integer(let other)): UInt64(exactly: other) == one
  case (.integer(let one), .integer(let other)): one == other
  case (.integer(let time), .string(let text)): instant(text) == time
  default:
    if let one = found.number, let other = wanted.number {
      one == other || abs(one - other) <= 2 * max(one.ulp, other.ulp)
    } else {
      found == wanted
    }
  }
}

/// The notation of the expected CANopen values.
private func instant(_ text: String) -> Int64? {
  let parts = text.split(separator: "+")
  guard parts.count == 2 else { return Timestamp("\(text)000000Z")?.nanoseconds }
  let rest = parts[1].split(separator: " ")
  guard let days = Int64(rest[0].dropLast()) else { return nil }
  let hours = Int64(rest[1].prefix(2)) ?? 0
  return ((5113 + days) * 24 + hours) * 3_600_000_000_000
}

/// A file with one trap, and what must come of it.
private struct Fixture: Sendable, CustomTestStringConvertible {
  let path: String
  let expected: JSONObject
  var testDescription: String { (path as NSString).lastPathComponent }

  static let all: [Fixture] = {
    guard let folder = SharedData.folder,
      let data = try? Data(contentsOf: URL(filePath: folder + "/gen/expected_mdf4.json")),
      let object = try? JSON.parse(Array(data)).object
    else { return [] }
    return object.members.compactMap { member in
      member.value["expect"]?.object.map { Fixture(path: folder + "/gen/" + member.key, expected: $0) }
    }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: Fixture.all)
private func aCraftedFileGivesItsValues(_ fixture: Fixture) throws {
  let contents = try MDF4Contents(fixture.path)
  for member in fixture.expected.members where !member.key.hasPrefix("_") {
    if member.value["_error"] != nil {
      #expect(contents.values(member.key) == nil, "\(member.key) has a fault")
      #expect(contents.report.findings.contains { $0.severity == .error && $0.message.contains(member.key) })
      continue
    }
    let wanted = try #require(member.value.array)
    // A channel whose name cannot be read is called by its numbers.
    let found = contents.values(fixture.path.contains("link_past_eof") ? "0.0.1" : member.key) ?? []
    #expect(found.count == wanted.count, "\(member.key)")
    for (row, pair) in zip(found, wanted).enumerated() {
      #expect(equals(pair.0, pair.1), "\(member.key)[\(row)]: \(pair.0.text), wanted \(pair.1.text)")
    }
  }
  let severities = Set(contents.report.findings.map(\.severity))
  if fixture.expected["_error"] != nil { #expect(severities.contains(.error)) }
  if fixture.expected["_warn"] != nil { #expect(!severities.isDisjoint(with: [.warning, .error])) }
  let isDamaged = fixture.expected.members.contains {
    ["_error", "_warn"].contains($0.key) || $0.value["_error"] != nil
  }
  if !isDamaged, !testIsLossy(fixture.path) { #expect(contents.report.outcome == .whole) }
}

/// What bus groups must hold: a list of frames by the name of the group's structure.
private let busLists = [
  "_frames": "CAN_DataFrame", "_remote": "CAN_RemoteFrame", "_error_frames": "CAN_ErrorFrame", "_lin": "LIN_Frame",
]

@Test(
  .enabled(if: SharedData.isHere, "no shared data"),
  arguments: Fixture.all.filter { fixture in busLists.keys.contains { fixture.expected[$0] != nil } })
private func framesAreThoseThatWereCrafted(_ fixture: Fixture) throws {
  let contents = try MDF4Contents(fixture.path)
  let start = try #require(contents.log.joined().min())
  let members = ["ch": "BusChannel", "dlc": "DLC", "type": "ErrorType", "dir": "Dir", "checksum": "Checksum"]
  for (key, event) in busLists {
    guard let wanted = fixture.expected[key]?.array else { continue }
    let number = try #require(contents.columns.firstIndex { $0.keys.contains { $0.hasPrefix("\(event).") } })
    let columns = contents.columns[number]
    #expect(contents.log[number].count == wanted.count)
    for (row, frame) in wanted.enumerated() where row < contents.log[number].count {
      let time = try #require(frame["t"]?.number)
      #expect(abs(Double(contents.log[number][row] - start) / 1e9 - time) < 1e-6)
      for (member, name) in members {
        guard let value = frame[member] else { continue }
        #expect(columns["\(event).\(name)"]?[row].number == value.number, "\(key)[\(row)].\(member)")
      }
      if let id = frame["id"]?.integer {
        let found = try #require(columns["\(event).ID"]?[row].number.flatMap { Int64(exactly: $0) })
        #expect(found & 0x1fff_ffff == id)
        let isExtended = columns["\(event).IDE"].map { $0[row].number != 0 } ?? (found >> 31 & 1 == 1)
        if let flag = frame["ide"]?.bool { #expect(isExtended == flag, "\(key)[\(row)].ide") }
      }
      if let data = frame["data"] { #expect(columns["\(event).DataBytes"]?[row] == data, "\(key)[\(row)].data") }
    }
  }
}

/// A recorder stopped in the last record: nothing else of the undamaged files loses anything.
private func testIsLossy(_ path: String) -> Bool { path.contains("partial_record") }

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: Fixture.all)
private func aCheckFindsWhatReadingFinds(_ fixture: Fixture) throws {
  let reader = try Format.open(FileReader(fixture.path))
  let checked = try reader.check(jobs: 2)
  let read = try reader.read(Selection(), jobs: 2) { _ in }
  #expect(checked.messages == read.messages)
  #expect((checked.outcome == .whole) == (read.outcome == .whole), "\(checked.outcome) \(read.outcome)")
  let jobs = try [1, 4].map { try MDF4Contents(fixture.path, jobs: $0).columns }
  #expect(jobs[0] == jobs[1])
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: Fixture.all)
private func unitsAttachmentsEventsAndTimesAreDescribed(_ fixture: Fixture) throws {
  let recording = try Format.open(FileReader(fixture.path)).recording
  let signals = recording.channels.flatMap { $0.signals ?? [] }
  for unit in fixture.expected["_units"]?.object?.members ?? [] {
    #expect(signals.first { $0.name == unit.key }?.unit ?? "" == unit.value.string)
  }
  if let event = fixture.expected["_event"] {
    let found = recording.facts["events"]?.array?.first
    #expect(found?["name"] == event["name"])
    #expect(found?["value"]?.number == event["t"]?.number)
  }
  if let attachment = fixture.expected["_attachment"] {
    let found = recording.facts["attachments"]?.array?.first
    #expect(found?["name"] == attachment["name"])
    if let size = attachment["size"] { #expect(found?["bytes"] == size) }
  }
  if let start = fixture.expected["_start"], let raw = start["raw_ns"]?.integer, let flags = start["flags"]?.integer {
    let zone = (start["tz_min"]?.integer ?? 0) + (start["dst_min"]?.integer ?? 0)
    let wanted = flags == 3 ? raw - zone * 60_000_000_000 : raw
    #expect(recording.range?.start.nanoseconds == wanted)
    #expect((recording.facts["clock"]?.string == "local") == (flags == 1))
  }
}

/// A row of the manifest of real files: what an independent reader found.
private struct RealFile: Sendable, CustomTestStringConvertible {
  let path: String
  let groups, channels, cycles, events: Int
  var testDescription: String { (path as NSString).lastPathComponent }

  static let rows: [[String: String]] = {
    guard let folder = SharedData.folder,
      let text = try? String(contentsOfFile: folder + "/mdf4/MANIFEST.tsv", encoding: .utf8)
    else { return [] }
    let lines = text.split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    return lines.dropFirst().map { line in
      var row = Dictionary(zip(lines[0], line), uniquingKeysWith: { first, _ in first })
      row["path"] = folder + "/mdf4/" + line[0]
      return row
    }
  }()

  static let all: [RealFile] = rows.compactMap { row -> RealFile? in
    guard let format = row["format"], format.contains("MDF 4") || format.hasPrefix("UnFinMF"), let path = row["path"],
      let groups = Int(row["groups"] ?? ""),
      // The number of channel blocks: the column counts each element of an array.
      let channels = row["contains"]?.firstMatch(of: /CN:(\d+)/).flatMap({ Int($0.1) }),
      let cycles = Int(row["cycles"] ?? "")
    else { return nil }
    let events = row["contains"]?.firstMatch(of: /EV:(\d+)/).flatMap({ Int($0.1) }) ?? 0
    return RealFile(path: path, groups: groups, channels: channels, cycles: cycles, events: events)
  }

  static let refused: [String] = rows.compactMap { row in
    guard let format = row["format"], format.hasPrefix("MDF 3") || format.hasPrefix("CSS") else { return nil }
    return row["path"]
  }
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: RealFile.all)
private func aRealFileHasTheCountsOfItsManifest(_ file: RealFile) throws {
  let index = try MDF4Index(FileReader(file.path))
  #expect(index.groups.count == file.groups)
  #expect(index.groups.reduce(0) { $0 + $1.channels.count } == file.channels)
  let reader = try Format.open(FileReader(file.path))
  #expect(reader.recording.messages == file.cycles + file.events)
  for values in SignalValues.allCases {
    let report = try reader.giving(values).read(Selection(), jobs: 2) { _ in }
    #expect(report.messages == file.cycles + file.events)
    #expect(report.outcome == .whole, "\(report.findings.filter { $0.severity != .info }.map(\.message))")
  }
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: RealFile.refused)
private func whatIsNoMDF4IsRefusedByName(_ path: String) throws {
  let error = #expect(throws: FormatError.self) { try Format.open(FileReader(path)) }
  #expect(error.map { "\($0)" }?.contains(path.lowercased().hasSuffix(".mdf") ? "is MDF 3" : "the recorder") == true)
}
