import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline
@testable import Recordings

private struct Scratch: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Groups of a logger, read one after another: frames of one byte, of bus 1.
private struct LoggerReader: RecordingReader {
  let recording: Recording
  let batches: [ChannelBatch]

  static let schema = Schema([
    Field("CAN_DataFrame.BusChannel", .uint8), Field("CAN_DataFrame.ID", .uint32),
    Field("CAN_DataFrame.DataLength", .uint8), Field("CAN_DataFrame.DataBytes", .bytes),
  ])

  init(_ groups: [(name: String, frames: [(time: Int64, id: UInt32, byte: UInt8)])]) {
    let channels = groups.map { Channel(name: $0.name, type: "CAN_DataFrame", kind: .can, schema: Self.schema) }
    recording = Recording(format: "test", bytes: 0, channels: channels)
    batches = groups.enumerated().map { index, group in
      let frames = group.frames
      var data = Texts()
      for frame in frames { data.append([frame.byte]) }
      let columns = [
        Column(.uint8(frames.map { _ in 1 })), Column(.uint32(frames.map(\.id))), Column(.uint8(frames.map { _ in 1 })),
        Column(.text(data)),
      ]
      return ChannelBatch(
        channel: index, log: frames.map(\.time), container: Int64(100 + index),
        positions: frames.indices.map { Int64($0) },
        batch: Batch(schema: Self.schema, columns: columns, count: frames.count))
    }
  }

  func check(jobs: Int) throws -> Recording { recording }

  func read<Result: Sendable>(
    _ selection: Selection, jobs: Int, transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws -> ReadReport {
    var report = ReadReport()
    for batch in batches where selection.channels?.contains(batch.channel) ?? true {
      try body(transform(batch))
      report.messages += batch.log.count
    }
    return report
  }
}

/// Two groups of one bus whose frames interleave, with an id of each and a tie.
private let logger = LoggerReader([
  ("CAN1 rx", [(0, 7, 0), (10, 7, 10), (20, 7, 20), (30, 7, 30), (40, 8, 1)]),
  ("CAN1 tx", [(5, 7, 5), (15, 7, 15), (20, 7, 25), (50, 9, 2)]),
])

private func extract(
  to scratch: borrowing Scratch, isStrict: Bool = false, _ change: (inout CANSettings, String) throws -> Void
) throws -> (report: ExtractReport, tables: [String: [JSONObject]]) {
  let database = scratch.path + "/a.dbc"
  let signal = " SG_ A : 0|8@1+ (1,0) [0|0] \"\" X\n"
  try Data("BO_ 7 M: 1 X\n\(signal)BO_ 8 R: 1 X\n\(signal)BO_ 9 T: 1 X\n\(signal)".utf8).write(
    to: URL(filePath: database))
  var settings = ExtractSettings()
  var task = TaskSettings()
  task.table = "jsonl"
  try change(&task.can, database)
  settings.tasks = [.can: task]
  settings.isStrict = isStrict
  let staged = try StagedFolder("out", in: Folder(scratch.path), run: "test")
  let report = try Extraction(settings, jobs: 1).run(
    [ExtractInput(name: "log.mf4", reader: logger)], to: .folder(staged.folder))
  var tables: [String: [JSONObject]] = [:]
  for file in report.streams.flatMap(\.files) {
    let text = try String(contentsOfFile: staged.folder.path + "/" + file, encoding: .utf8)
    tables[file] = try text.split(separator: "\n").compactMap { try JSON.parse(Array($0.utf8)).object }
  }
  let names = try staged.folder.names()
  #expect(!names.contains { $0.contains("unsorted") }, "what was put aside is gone")
  return (report, tables)
}

@Test func aBusOfSeveralGroupsIsMergedByTime() throws {
  let scratch = try Scratch()
  let (report, tables) = try extract(to: scratch) { try $0.add(.init(path: $1)) }
  #expect(Set(tables.keys) == ["can/can1.M.jsonl", "can/can1.R.jsonl", "can/can1.T.jsonl"])
  let rows = tables["can/can1.M.jsonl"] ?? []
  // On ties the first group's frame comes first.
  #expect(rows.map { $0["A"]?.integer } == [0, 5, 10, 15, 20, 25, 30])
  #expect(rows.compactMap { $0["t"]?.timestamp?.nanoseconds } == [0, 5, 10, 15, 20, 20, 30])
  #expect(rows.map { $0["source_container"]?.integer } == [100, 101, 100, 101, 100, 101, 100])
  #expect(rows.map { $0["source_offset"]?.integer } == [0, 0, 1, 1, 2, 2, 3])
  #expect(tables["can/can1.R.jsonl"]?.map { $0["A"]?.integer } == [1])
  #expect(report.streams[0].buses.map(\.frames) == [9])
  #expect(report.notes == ["can1: 3 ids, 3 decoded (100.0 % of frames)"])
}

@Test func theLongFormOfABusIsMergedByTime() throws {
  let scratch = try Scratch()
  let (_, tables) = try extract(to: scratch) {
    try $0.add(.init(path: $1))
    $0.form = .long
  }
  let rows = tables["can/can1.signals.jsonl"] ?? []
  #expect(rows.map { $0["value"]?.number } == [0, 5, 10, 15, 20, 25, 30, 1, 2])
}

@Test(arguments: ["can1", "CAN1 rx", "CAN1 tx"])
func allNamesOfABusCountForItsDatabases(_ name: String) throws {
  let scratch = try Scratch()
  let (report, tables) = try extract(to: scratch, isStrict: true) { try $0.add(.init(path: $1), bus: name) }
  #expect(tables["can/can1.M.jsonl"]?.count == 7)
  #expect(report.strays.isEmpty)
}

@Test func aDatabaseThatNoBusTookIsTold() throws {
  let scratch = try Scratch()
  let (report, _) = try extract(to: scratch) { try $0.add(.init(path: $1), bus: "CAN 9") }
  #expect(report.notes == [#"a.dbc: no bus is called "CAN 9"; there are: can1"#])
  let other = try Scratch()
  #expect(throws: ExtractError.self) {
    try extract(to: other, isStrict: true) { try $0.add(.init(path: $1), bus: "CAN 9") }
  }
}

@Test func aBusThatIsToHaveNoDatabasesHasNone() throws {
  let scratch = try Scratch()
  let path = scratch.path + "/b.dbc"
  try Data("BO_ 1 M: 8 X\n".utf8).write(to: URL(filePath: path))
  let text = "{can: {dbc: 'b.dbc', buses: {can1: ['b.dbc'], can2: [], rx: ['b.dbc']}}}"
  let settings = try ExtractSettings(Configuration(Array(text.utf8), file: scratch.path + "/extract.json5"))
  let can = try #require(settings.tasks[.can]?.can)
  #expect(can.databases(for: ["can1", "rx"]).count == 1, "each once")
  #expect(can.databases(for: ["can2", "rx"]).isEmpty)
  #expect(can.databases(for: ["can3"]).count == 1)
}

/// Frames that are too many to be held are put aside in sorted runs.
@Test func framesThatWereWrittenOutComeBackInOrder() throws {
  let scratch = try Scratch()
  let staged = try StagedFolder("out", in: Folder(scratch.path), run: "test")
  let sorter = CANSorter(staged.folder, ".frames")
  var random = SystemRandomNumberGenerator()
  var wanted: [(time: Int64, order: Int, id: UInt32)] = []
  for number in 0..<40 {
    let order = 1 - number / 20
    let times = (0..<500).map { _ in Int64.random(in: -50...50, using: &random) }.sorted()
    let ids = times.indices.map { UInt32(number * 500 + $0) }
    let data = ids.map { id in Array(repeating: UInt8(truncatingIfNeeded: id), count: Int(id % 65)) }
    var texts = Texts()
    for bytes in data { texts.append(bytes) }
    let frames = CANFrames(ids: ids, lengths: data.map { UInt8($0.count) }, data: texts)
    let batch = ChannelBatch(
      channel: 0, log: times, container: 3, positions: ids.map { Int64($0) },
      batch: Batch(schema: Schema([]), columns: [], count: times.count))
    let rows = StreamRows(batch, clock: StreamClock(.log, log: [], stamps: []), file: number < 30 ? "a" : "b")
    try sorter.add(rows, frames, Array(times.indices), order: order)
    wanted += zip(times, ids).map { ($0, order, $1) }
    if number % 3 == 2 { try sorter.flush() }
  }
  wanted.sort { ($0.time, $0.order, $0.id) < ($1.time, $1.order, $1.id) }
  var found: [UInt32] = []
  try sorter.merge { rows, frames in
    #expect(rows.count == frames.count && rows.count <= 8192)
    for row in 0..<frames.count {
      let id = frames.ids[row]
      found.append(id)
      #expect(rows.messages.positions[row] == Int64(id) && rows.containers?[row] == 3)
      #expect(rows.file == (id < 15000 ? "a" : "b"))
      #expect(frames.data[row].elementsEqual(repeatElement(UInt8(truncatingIfNeeded: id), count: Int(id % 65))))
    }
    #expect(rows.times == rows.times.sorted() && rows.messages.publish == nil && rows.messages.stamps == nil)
  }
  #expect(found == wanted.map(\.id))
  #expect(try staged.folder.names().isEmpty)
}
