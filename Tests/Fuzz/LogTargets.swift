import Core
import Pipeline

extension FuzzTarget {
  /// The input is `flags:u8` and a log: read in both modes, folded, and appended to.
  ///
  /// With flag 1 the lines get the version, number and digest that make them a chain, so that what is fuzzed lies
  /// behind the checks of the chain; with flag 2 a log of a second writer begins at the first empty line.
  static let lineage = FuzzTarget(name: "lineage", run: readLog, seeds: logSeeds)

  /// The input is a stream of records.
  static let records = FuzzTarget(name: "records", run: readRecords) {
    let lines = [
      #"{"schema":"av.datastream/1","type":"datastream","id":"d","measurement":"m","zone":"raw","state":"COPY_COMPLETE","path":"raw/d"}"#,
      #"{"type":"other"}"#, #"{"schema":"av.end/1","type":"end","count":2}"#,
    ]
    return [("stream", Array((lines.joined(separator: "\n") + "\n").utf8))]
  }
}

/// A folder that the script removes, since a fuzzer that found something does not come back.
private let folder = Environment.value("AV_FUZZ_SCRATCH") ?? "."
private let stream = ScratchFile()

private func readRecords(_ bytes: [UInt8]) throws {
  stream.fill(bytes)
  for end in [RecordStream.End.optional, .required] {
    var records = RecordStream([stream.path], end: end)
    var items = 0
    while let item = try records.next() {
      items += 1
      must(items <= 3 * bytes.count + 3, "more items than bytes")
      guard case .record(let record, let place) = item else { continue }
      must((try? JSON.parse(record.line)) == .object(record.object), "a record is written otherwise")
      _ = try? DatastreamRecord(record, at: place)
    }
  }
}

private func readLog(_ bytes: [UInt8]) throws {
  guard let flags = bytes.first else { return }
  let logs = split(Array(bytes.dropFirst()), inTwo: flags & 2 != 0)
  for (index, log) in logs.enumerated() {
    try fill("\(folder)/host\(index).jsonl", flags & 1 != 0 ? chained(log) : log)
  }
  let lake = try Folder(folder)
  var salvaging = LineageReader(lake, mode: .salvage)
  let view = try salvaging.view()
  must(view.datastreams.allSatisfy { $0.key == $0.value.id }, "a datastream under another id")
  _ = view.allConflicts
  var strict = LineageReader(lake)
  let isSound = (try? strict.view()) != nil
  must(isSound == salvaging.damage.isEmpty, "strict reading and salvage differ: \(salvaging.damage)")
  guard flags & 4 != 0 else { return }
  // An append either refuses, or leaves a log that is as sound as it was.
  do {
    let log = try LineageLog(lake, writer: "host0", tool: Tool("av-fuzz", version: "0.0.0"))
    log.follow(view.newest)
    try log.append([.runEnd(.done, exit: 0)], run: "r", .soon)
  } catch { return }
  var after = LineageReader(lake, mode: .salvage)
  _ = try after.view()
  must(after.damage.count <= salvaging.damage.count, "appending added damage: \(after.damage)")
  must(after.count > salvaging.count, "the line that was appended is not read")
}

private func split(_ bytes: [UInt8], inTwo: Bool) -> [[UInt8]] {
  let newline = UInt8(ascii: "\n")
  guard inTwo, bytes.count > 1 else { return [bytes, []] }
  for index in 1..<bytes.count where bytes[index] == newline && bytes[index - 1] == newline {
    return [Array(bytes[..<index]), Array(bytes[(index + 1)...])]
  }
  return [bytes, []]
}

/// The lines that are objects, as a writer would have chained them; others as they are.
private func chained(_ log: [UInt8]) -> [UInt8] {
  var text: [UInt8] = []
  var previous = "", sequence = 0
  for line in log.split(separator: UInt8(ascii: "\n")) {
    var bytes = Array(line)
    if var object = (try? JSON.parse(bytes))?.object {
      object["v"] = 1
      object["seq"] = .count(sequence)
      object["prev"] = .string(previous)
      if object["id"] == nil { object["id"] = .string("e\(sequence)") }
      if object["time"] == nil { object["time"] = .time(Timestamp(nanoseconds: Int64(sequence))) }
      bytes = Array(JSON.object(object).text.utf8)
      sequence += 1
    }
    previous = Digest.sha256(bytes).hex
    text += bytes + [UInt8(ascii: "\n")]
  }
  return text
}

private func logSeeds() -> [(name: String, bytes: [UInt8])] {
  let (start, end) = (
    Timestamp(nanoseconds: 1_664_527_000_000_000_123), Timestamp(nanoseconds: 1_664_527_300_000_000_000)
  )
  let events: [LineageEvent] = [
    .runStart(Tool("av-fuzz", version: "1"), args: ["-q"]),
    .measurementCreated("m", vin: "V1", start: start, end: end, manifest: "5f", files: 1),
    .fileFacts(measurement: "m", path: "a.bag", bytes: 5, sha256: "aa", format: "rosbag", messages: 3),
    .datastreamCreated(
      "d", measurement: "m", zone: "raw", kind: "raw", path: "raw/d", parents: [], stage: "ingest", config: "5f",
      outputVersion: 1),
    .datastreamState("d", Transition(from: .created, to: .startCopy)),
    .fileCopied(measurement: "m", datastream: "d", zone: "raw", path: "raw/d/a.bag", bytes: 5, sha256: "aa"),
    .datastreamState("d", Transition(from: .startCopy, to: .copyComplete), facts: ["files": 1, "bytes": 5]),
    .landingCleared(measurement: "m", files: 1, bytes: 5), .runEnd(.done, exit: 0, items: ["done": 2]),
  ]
  let lines = events.enumerated().map { index, event in
    var object: JSONObject = ["time": .time(Timestamp(nanoseconds: end.nanoseconds + Int64(index)))]
    object["event"] = .string(event.name)
    for member in event.fields.members where member.key != "host" { object[member.key] = member.value }
    return JSON.object(object).text
  }
  let (first, second) = (lines.prefix(6).joined(separator: "\n"), lines.dropFirst(6).joined(separator: "\n"))
  let torn = #"{"event":"log.torn","offset":4,"length":3}"#
  return [
    ("chain", [1] + (lines.joined(separator: "\n") + "\n").utf8), ("append", [5] + (first + "\n").utf8),
    ("two", [7] + (first + "\n\n" + second + "\n").utf8), ("raw", [4] + (first + "\n" + "xyz").utf8),
    ("torn", [5] + ("xyz\n" + torn + "\n").utf8),
  ]
}
