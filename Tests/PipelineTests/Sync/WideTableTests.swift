import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

private func wide(_ plan: Synchronization.Plan, _ columns: [String] = []) throws -> Batch {
  var table = try WideTable(plan, GlobSet(columns))
  var sink: any TableSink = Collector()
  let store = try #require(sink as? Collector).store
  try table.write(to: &sink)
  let first = try #require(store.batches.first)
  return store.batches.dropFirst().reduce(first) { all, next in
    Batch(
      schema: all.schema, columns: zip(all.columns, next.columns).map { $0.appending($1) },
      count: all.count + next.count)
  }
}

private func numbers(_ column: Column?) -> [Double?] {
  guard let column, let values = column.numbers else { return [] }
  return values.map { $0.isNaN ? nil : $0 }
}

private func texts(_ column: Column?) -> [String?] {
  guard let column, case .text(let texts) = column.values else { return [] }
  return (0..<texts.count).map { row in
    column.validity?[row] ?? true ? String(decoding: texts[row], as: UTF8.self) : nil
  }
}

@Test func everyKindOfColumnIsSampledAsItIs() throws {
  let times: [Int64] = [0, 10, 20, 30].map { $0 * millisecond }
  let state = table(
    "can/esp", times: times,
    [
      doubles("speed", [0, 10, 20, 30]), doubles("yaw_deg", [350, 10, 30, 50], unit: "deg"),
      (Field("gear", .int8), Column(.int8([1, 2, 3, 4]))),
      (Field("lamp", .bool), Column(.bool([0, 1, 1, 0]))),
      (
        Field("word", .string, isNullable: true),
        Column(.text(Texts(["a", "b", "c", "d"])), validity: [true, false, true, true])
      ),
      (Field("list", .list(.int8)), Column(.list(offsets: [0, 0, 0, 0, 0], element: Column(.int8([]))))),
    ], groupRows: 3)
  let lidar = table("lidar/top", times: [5, 10, 25, 60].map { $0 * millisecond })
  let batch = try wide(try plan([state, lidar]))
  #expect(
    batch.schema.fields.map(\.name) == [
      "sample_id", "seq", "t_ns", "ts", "can_esp__speed", "can_esp__yaw_deg", "can_esp__gear", "can_esp__lamp",
      "can_esp__word", "can_esp__dt_ns",
    ])
  #expect(numbers(batch["can_esp__speed"]) == [5, 10, 25, nil])
  #expect(numbers(batch["can_esp__yaw_deg"]) == [0, 10, 40, nil])
  #expect(batch.schema.fields[5].unit == "deg")
  guard case .int8(let gears)? = batch["can_esp__gear"]?.values else {
    Issue.record("not an integer")
    return
  }
  // 30 ms after the last message is older than 2.5 periods.
  #expect(gears.prefix(3) == [1, 2, 3] && batch["can_esp__gear"]?.validity == [true, true, true, false])
  #expect(texts(batch["can_esp__word"]) == ["a", nil, "c", nil])
  #expect(numbers(batch["can_esp__dt_ns"]) == [-5e6, 0, -5e6, nil])
}

@Test func aWideTableIsTheSameInBlocksAndPartsOfAnySize() throws {
  var random = Random(5)
  let times = (0..<40_000).map { Int64($0) * 10 * millisecond + Int64(random.below(9_000_000)) }
  let values = times.map { Double($0 / millisecond) }
  let lidar = table("lidar/top", times: (0..<39_000).map { Int64($0) * 10 * millisecond + 3 * millisecond })
  let batch = try wide(try plan([table("imu/a", times: times, [doubles("x", values)], groupRows: 777), lidar]))
  #expect(batch.count == 39_000)
  let line = numbers(batch["imu_a__x"])
  for (row, sample) in (0..<39_000).map({ Double($0) * 10 + 3 }).enumerated() where row % 97 == 0 && row > 0 {
    #expect(abs((line[row] ?? -1) - sample) < 1.001, "row \(row)")
  }
}

@Test func messagesOutOfOrderAreTakenByTheirTimes() throws {
  let imu = table(
    "imu/a", times: [30, 10, 0, 20].map { $0 * millisecond }, [doubles("x", [3, 1, 0, 2])], groupRows: 1)
  let batch = try wide(try plan([imu, table("lidar/top", times: [5, 15, 25].map { $0 * millisecond })]))
  #expect(numbers(batch["imu_a__x"]) == [0.5, 1.5, 2.5])
}

@Test func segmentsOfAClockAreSampledEachByItself() throws {
  let first = (0..<40).map { Int64($0) * 100 * millisecond }, second = first.map { $0 + 1_050 * millisecond }
  let imu = table(
    "imu/a", times: first + second, [doubles("x", Array(repeating: 1, count: 40) + Array(repeating: 2, count: 40))])
  let lidar = table("lidar/top", times: (first + second).map { $0 + 10 * millisecond })
  let plan = try plan([imu, lidar])
  let batch = try wide(plan)
  let line = numbers(batch["imu_a__x"])
  for (sample, segment) in plan.samples.segments.enumerated() {
    #expect(line[sample] == nil || line[sample] == Double(segment + 1))
  }
  #expect(line.count { $0 == nil } == 2)
}

@Test func positionsAndTurnsAreSampledTogether() throws {
  let times: [Int64] = [0, 100 * millisecond]
  let half = 0.5.squareRoot()
  let gps = table(
    "gps/fix", times: times, [doubles("latitude", [52, 52]), doubles("longitude", [179.999, -179.999])])
  let imu = table(
    "imu/a", times: times,
    [doubles("q.x", [0, 0]), doubles("q.y", [0, 0]), doubles("q.z", [0, half]), doubles("q.w", [1, half])])
  let lidar = table("lidar/top", times: [50 * millisecond])
  let batch = try wide(try plan([gps, imu, lidar]))
  #expect(abs(abs(numbers(batch["gps_fix__longitude"])[0] ?? 0) - 180) < 1e-9)
  #expect(abs((numbers(batch["imu_a__q_z"])[0] ?? 0) - Mathematics.sin(.pi / 8)) < 1e-12)
}

@Test func columnsAreChosenByStreamAndName() throws {
  let tables = [
    table("can/a", times: [0], [doubles("x", [1]), doubles("y", [2])]), table("can/b", times: [0], [doubles("x", [1])]),
    table("lidar/top", times: [0]),
  ]
  let batch = try wide(try plan(tables), ["can/*/x", "!can/b/*"])
  #expect(batch.schema.fields.map(\.name).dropFirst(4) == ["can_a__x", "can_a__dt_ns"])
}

@Test func columnsWithOneNameAreAnErrorThatNamesBoth() throws {
  let tables = [
    table("can/a", times: [0], [doubles("x.y", [1]), doubles("x_y", [2])]), table("lidar/top", times: [0]),
  ]
  let plan = try plan(tables)
  #expect(throws: SyncError.equalColumns("can_a__x_y", "can/a/x.y", "can/a/x_y")) { try wide(plan) }
}

@Test func aPolicyThatAColumnCannotHaveIsAnError() throws {
  func asked(_ policy: Interpolation, of column: String) throws {
    let tables = [
      table("can/a", times: [0], [doubles("x", [1]), (Field("t", .string), Column(.text(Texts(["a"]))))]),
      table("lidar/top", times: [0]),
    ]
    _ = try plan(tables) { settings in
      var rules = StreamRules()
      rules.policies = [(try! Glob(column), policy)]
      settings.streams = [StreamEntry(try! Glob("can/a"), rules)]
    }
  }
  try asked(.circularDegrees, of: "x")
  #expect(throws: SyncError.self) { try asked(.circular, of: "x") }
  #expect(throws: SyncError.self) { try asked(.linear, of: "t") }
  #expect(throws: SyncError.self) { try asked(.slerp, of: "x") }
  #expect(throws: SyncError.self) { try asked(.geodetic, of: "x") }
}

@Test func thePageEscapesWhatComesFromData() throws {
  var report = SyncReport(measurement: "m", try plan([table("lidar/<b>&\"'\u{202e}", times: [0, 1, 2])]))
  report.policy = "<script>"
  let page = String(decoding: SyncPage(report).bytes, as: UTF8.self)
  #expect(!page.contains("<b>") && !page.contains("<script>") && !page.contains("\u{202e}"))
  #expect(page.contains("&lt;b&gt;&amp;&quot;&#39;") && page.contains("default-src 'none'"))
}
