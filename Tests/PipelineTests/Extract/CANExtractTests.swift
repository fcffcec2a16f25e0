import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline
@testable import Recordings
@testable import Samples

/// A simulated drive with its database, made once for all tests of this file.
private enum SampleDrive {
  static let drive = Drive(seconds: 4, seed: 5)
  static let folder: String = {
    let path = FileManager.default.temporaryDirectory.appending(path: "av-can-\(UUID())").path
    try? drive.write(to: Drive.Place(path), jobs: 2)
    return path
  }()
}

private struct Scratch: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func extract(
  to path: String,
  _ change: (inout CANSettings) throws -> Void = { try $0.add(.init(path: SampleDrive.folder + "/vehicle.dbc")) }
) throws -> ExtractReport {
  var settings = ExtractSettings()
  var task = TaskSettings()
  task.table = "jsonl"
  try change(&task.can)
  settings.tasks = [.can: task]
  let files = ExtractFiles(Extraction(settings, jobs: 2), to: path, format: nil, isForced: false)
  return try files.run([SampleDrive.folder + "/drive.bag"]).report
}

private func rows(_ path: String) throws -> [JSONObject] {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap {
    try JSON.parse(Array($0.utf8)).object
  }
}

@Test func decodedSignalsAreTheTruthWithinTheirResolution() throws {
  let scratch = try Scratch()
  let report = try extract(to: scratch.path + "/out")
  let world = World(seconds: SampleDrive.drive.seconds, seed: UInt64(SampleDrive.drive.seed))
  var values = 0
  for message in CANDatabase.messages {
    let table = try rows(scratch.path + "/out/can/can_rx.\(message.name).jsonl")
    #expect(table.count == message.hertz * 4)
    for (count, row) in table.enumerated() {
      let stamp = try #require(row["stamp"]?.timestamp)
      let time = Double(stamp.nanoseconds - SampleDrive.drive.origin.nanoseconds) / 1e9
      var vehicle = VehicleValues(world, at: time)
      let pages = message.pages
      vehicle.count = count
      vehicle.page = pages.isEmpty ? 0 : pages[count % pages.count]
      for signal in message.signals {
        let isThere = signal.page == nil || signal.page == vehicle.page
        guard isThere, let value = row[signal.name]?.number else {
          #expect(!isThere && row[signal.name] == .null, "\(message.name).\(signal.name), row \(count)")
          continue
        }
        let ends = [signal.rawRange.lowerBound, signal.rawRange.upperBound].map { $0 * signal.factor + signal.offset }
        let truth = min(max(signal.value(vehicle), ends[0]), ends[1])
        #expect(abs(value - truth) <= signal.factor / 2 + 1e-6, "\(message.name).\(signal.name), row \(count)")
        let text = signal.texts.first { Double($0.value) == ((value - signal.offset) / signal.factor).rounded() }?.text
        #expect(row["\(signal.name).text"]?.string == text)
        values += 1
      }
    }
  }
  #expect(values > 4000)
  let bus = try #require(report.streams.first?.buses.first)
  #expect(bus.identifiers.filter { $0.message == nil }.map(\.text) == ["7DF"])
  #expect(bus.frames == bus.decoded + 4)
  #expect(report.rows == bus.decoded)
  #expect(report.notes == ["can_rx: 9 ids, 8 decoded (99.6 % of frames), 1 without message: 7DF"])
}

@Test func withoutDatabasesFramesStayATable() throws {
  let scratch = try Scratch()
  let report = try extract(to: scratch.path + "/out") { _ in }
  #expect(report.files == 1)
  #expect(report.streams.first?.files == ["can/can_rx.jsonl"])
  #expect(report.notes.isEmpty)
}

@Test func theLongFormHasARowAValue() throws {
  let scratch = try Scratch()
  let report = try extract(to: scratch.path + "/out") {
    try $0.add(.init(path: SampleDrive.folder + "/vehicle.dbc"))
    ($0.form, $0.writesFrames) = (.long, true)
  }
  #expect(report.streams.first?.files == ["can/can_rx.signals.jsonl", "can/can_rx.frames.jsonl"])
  let table = try rows(scratch.path + "/out/can/can_rx.signals.jsonl")
  let gears = table.filter { $0["signal"]?.string == "Gear" }
  #expect(gears.count == 40 || !gears.isEmpty)
  #expect(gears.allSatisfy { $0["text"]?.string == "D" && $0["raw"]?.integer == 3 && $0["value"]?.number == 3 })
  #expect(gears.allSatisfy { $0["message"]?.string == "Powertrain" && $0["unit"] == .null })
  let times = table.compactMap { $0["stamp"]?.timestamp?.nanoseconds }
  #expect(times.count == table.count)
  #expect(try rows(scratch.path + "/out/can/can_rx.frames.jsonl").count == report.streams[0].messages)
}

@Test func aBusHasTheDatabasesOfItsName() throws {
  let scratch = try Scratch()
  let path = SampleDrive.folder + "/vehicle.dbc"
  for (number, bus) in ["/can/rx", "can_rx", "CAN rx"].enumerated() {
    let report = try extract(to: scratch.path + "/\(number)") { try $0.add(.init(path: path), bus: bus) }
    let decoded = report.streams[0].buses.first?.decoded ?? 0
    #expect((decoded > 0) == (bus != "CAN rx"))
  }
  let other = try extract(to: scratch.path + "/other") { try $0.add(.init(path: path), bus: "can9") }
  #expect(other.streams[0].buses.isEmpty)
  #expect(other.notes == [#"vehicle.dbc: no bus is called "can9"; there are: can_rx"#])
  #expect(other.streams[0].files == ["can/can_rx.frames.jsonl"], "frames of a bus without databases stay frames")
}

@Test func theConfigurationNamesDatabasesAndItsDigestKnowsThem() throws {
  let scratch = try Scratch()
  try FileManager.default.copyItem(atPath: SampleDrive.folder + "/vehicle.dbc", toPath: scratch.path + "/a.dbc")
  func settings(_ text: String) throws -> ExtractSettings {
    try ExtractSettings(Configuration(Array(text.utf8), file: scratch.path + "/extract.json5"))
  }
  let all = "{can: {dbc: 'a.dbc', buses: {'CAN 2': ['a.dbc'], can3: []}, j1939: ['can2'], form: 'long', frames: true}}"
  let task = try #require(try settings(all).tasks[.can])
  #expect(task.can.databases(for: ["can1"]).map(\.name) == ["a.dbc"])
  #expect(task.can.databases(for: ["can3"]).isEmpty)
  #expect(task.can.options(for: ["can2"]).isJ1939 && !task.can.options(for: ["can1"]).isJ1939)
  let before = try settings("{can: {dbc: 'a.dbc'}}").json.canonical
  let plain = try settings("{can: {}}").json.canonical
  try Data("BO_ 1 M: 8 X\n".utf8).write(to: URL(filePath: scratch.path + "/a.dbc"))
  #expect(try settings("{can: {dbc: 'a.dbc'}}").json.canonical != before)
  #expect(!plain.contains("dbc"), "datastreams without databases keep their ids")
  for wrong in ["{can: {dbc: 'none.dbc'}}", "{can: {dbc: 3}}", "{can: {form: 'wide'}}", "{can: {buss: {}}}"] {
    #expect(throws: ConfigurationError.self) { try settings(wrong) }
  }
  try Data("no database".utf8).write(to: URL(filePath: scratch.path + "/a.dbc"))
  #expect(throws: ConfigurationError.self) { try settings("{can: {dbc: 'a.dbc'}}") }
}

@Test func eachMessageIsThinnedByItself() throws {
  let scratch = try Scratch()
  var settings = ExtractSettings()
  var task = TaskSettings()
  try task.can.add(.init(path: SampleDrive.folder + "/vehicle.dbc"))
  task.thinning.period = 500_000_000
  settings.tasks = [.can: task]
  let files = ExtractFiles(Extraction(settings, jobs: 2), to: scratch.path + "/out", format: nil, isForced: false)
  let report = try files.run([SampleDrive.folder + "/drive.bag"]).report
  #expect(report.rows == 8 * CANDatabase.messages.count)
  #expect(report.streams[0].dropped["rate"] == report.streams[0].buses[0].decoded - report.rows)
}

/// Rows as a reader of bus logging gives them: two buses and two kinds of identifiers in one group; and a group that
/// has frames of the same buses, and one that is empty, as loggers have many.
@Test func busesOfOneGroupAreKeptApart() throws {
  let scratch = try Scratch()
  let folder = try StagedFolder("out", in: Folder(scratch.path), run: "test")
  var task = TaskSettings()
  task.table = "jsonl"
  let path = scratch.path + "/a.dbc"
  try Data("BO_ 7 M: 1 X\n SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n".utf8).write(to: URL(filePath: path))
  try task.can.add(.init(path: path))
  var texts = Texts()
  for byte in [1, 2, 3, 4] as [UInt8] { texts.append([byte]) }
  let schema = Schema([
    Field("CAN_DataFrame.BusChannel", .uint8), Field("CAN_DataFrame.ID", .uint32), Field("CAN_DataFrame.DLC", .uint8),
    Field("CAN_DataFrame.DataBytes", .bytes),
  ])
  let batch = Batch(
    schema: schema,
    columns: [
      Column(.uint8([1, 2, 1, 2])), Column(.uint32([7, 7, 7, 8])), Column(.uint8([1, 1, 1, 1])), Column(.text(texts)),
    ], count: 4)
  let rows = ChannelBatch(channel: 0, log: [10, 20, 30, 40], container: 0, positions: [0, 1, 2, 3], batch: batch)
  let buses = CANBuses()
  let place = CANPlace(target: .folder(folder.folder), options: TableOptions(), jobs: 1)
  let writers = ["Rx", "Tx", "Errors"].map { name in
    let plan = StreamPlan(channel: 0, kind: .can, name: name, form: .frames, settings: task)
    let channel = Channel(name: name, type: "CAN_DataFrame", kind: .can, schema: schema)
    return CANWriter(plan, channel, place, Thinner(Thinning(), start: 0, track: nil), buses)
  }
  for writer in writers.prefix(2) {
    try writer.write(StreamRows(rows, clock: StreamClock(.log, log: [], stamps: []), file: "a.mf4"))
  }
  let outcome = try writers[0].finish()
  #expect(outcome.files == ["can/can1.M.jsonl", "can/can2.M.jsonl"])
  #expect(outcome.rows == 6)
  #expect(outcome.buses.map(\.bus) == ["can1", "can2"])
  #expect(outcome.buses.map(\.frames) == [4, 4])
  for writer in writers[1...] { #expect(try writer.finish().buses.isEmpty, "told of by the first") }
}

@Test func faultsOfADatabaseAndDatabasesWithoutFramesAreNamed() throws {
  let scratch = try Scratch()
  let (faulty, idle) = (scratch.path + "/faulty.dbc", scratch.path + "/idle.dbc")
  try Data("BO_ 257 Dynamics: 8 X\n SG_ ? \n SG_ Speed : 0|16@1+ (0.01,0) [0|0] \"\" X\n".utf8).write(
    to: URL(filePath: faulty))
  try Data("BO_ 5 Never: 8 X\nBO_ 257 Again: 8 X\n".utf8).write(to: URL(filePath: idle))
  let report = try extract(to: scratch.path + "/out") {
    try $0.add(.init(path: faulty))
    try $0.add(.init(path: idle))
  }
  #expect(report.notes.prefix(2).map { $0.prefix(26) } == ["faulty.dbc: line 2, column", "idle.dbc: no frame has an "])
  #expect(report.streams[0].buses[0].findings.map(\.code) == ["can-duplicate"])
  #expect(report.notes.contains { $0.hasPrefix("can_rx: 9 ids, 1 decoded") })
  #expect(throws: ExtractError.self) {
    var settings = ExtractSettings()
    var task = TaskSettings()
    try task.can.add(.init(path: faulty))
    try task.can.add(.init(path: idle))
    settings.tasks = [.can: task]
    settings.isStrict = true
    let files = ExtractFiles(Extraction(settings, jobs: 1), to: scratch.path + "/strict", format: nil, isForced: false)
    _ = try files.run([SampleDrive.folder + "/drive.bag"])
  }
}
