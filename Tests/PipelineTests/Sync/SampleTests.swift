import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

private func every(_ period: Int64, _ count: Int, from start: Int64 = 0) -> [Int64] {
  (0..<count).map { start + Int64($0) * period * millisecond }
}

@Test func theReferenceIsTheFirstLidarThenCameraThenTheSlowest() throws {
  let lidar = table("lidar/top", times: every(100, 5)), camera = table("camera/a", times: every(50, 5), isIndex: true)
  let radar = table("radar/r", times: every(20, 5)), slow = table("radar/s", times: every(70, 5))
  #expect(try plan([camera, lidar, radar]).set.policy == "nearest(lidar/top)")
  #expect(try plan([camera, radar]).set.policy == "nearest(camera/a)")
  #expect(try plan([radar, slow]).set.policy == "nearest(radar/s)")
  #expect(throws: SyncError.noReference) { try plan([table("can/x", times: [1])]) }
}

@Test func aStreamThatIsNotThereIsNamedWithTheNearest() throws {
  let lidar = table("lidar/top", times: every(100, 5))
  #expect(throws: SyncError.missingStream("lidar/topp", near: "lidar/top", in: ["lidar/top"])) {
    try plan([lidar]) { $0.reference = "lidar/topp" }
  }
  #expect(throws: SyncError.missingStream("camera/front", near: nil, in: ["lidar/top"])) {
    try plan([lidar]) { settings in
      var rules = StreamRules()
      rules.isRequired = true
      settings.streams = [StreamEntry(try! Glob("camera/front"), rules)]
    }
  }
}

@Test func messagesOfFrameStreamsAreAllAccountedFor() throws {
  for seed in 1...40 {
    var random = Random(seed)
    func wild(_ name: String) -> SyncTable {
      let times = (0..<random.below(80)).map { _ in Int64(random.below(4000)) * millisecond }.sorted()
      return table(name, times: times, isIndex: true)
    }
    let policy = SyncSettings.Policy.allCases[random.below(3)]
    let plan = try plan([wild("camera/a"), wild("camera/b"), wild("lidar/c")]) {
      $0.policy = policy
      $0.incomplete = SyncSettings.Incomplete.allCases[random.below(3)]
    }
    for stream in plan.streams {
      let use = try use(stream.name, plan)
      let messages = use.rows.filter { $0.source != nil }
      #expect(messages.count == stream.count && use.used + use.unused == stream.order.count, "seed \(seed)")
      #expect(Set(messages.map(\.source)).count == messages.count)
      #expect(use.rows.count { $0.sample != nil } == plan.samples.count)
    }
  }
}

@Test func anAbsentFrameSaysWhy() throws {
  // The camera begins late, loses the frame at 300 ms, has one far off at 530, and ends early.
  let camera = table("camera/a", times: [200, 400, 530, 600].map { $0 * millisecond }, isIndex: true)
  let plan = try plan([table("lidar/top", times: every(100, 9)), camera]) {
    var rules = StreamRules()
    rules.tolerance = 20 * millisecond
    $0.streams = [StreamEntry(try! Glob("camera/*"), rules)]
  }
  let use = try use("camera/a", plan)
  let samples = use.rows.filter { $0.sample != nil }
  #expect(
    samples.map(\.status) == [
      .outOfTolerance, .outOfTolerance, .ok, .outOfTolerance, .ok, .outOfTolerance, .ok, .outOfTolerance,
      .outOfTolerance,
    ])
  #expect(samples.map(\.reason) == [.beforeFirst, .beforeFirst, nil, .gap, nil, .gap, nil, .afterLast, .afterLast])
  let unused = use.rows.filter { $0.status == .unused }
  #expect(unused.map(\.time) == [530 * millisecond] && unused.map(\.reason) == [.gap])
  #expect(plan.total.complete == 3 && plan.samples.present[0] == 1 && plan.samples.present[2] == 2)
}

@Test func droppedSamplesReleaseTheirMessages() throws {
  let plan = try plan([
    table("lidar/top", times: every(100, 5)), table("camera/a", times: every(100, 3), isIndex: true),
  ]) { $0.incomplete = .drop }
  #expect(plan.total.kept == 3 && plan.total.dropped == 2)
  #expect(plan.samples.times == every(100, 3))
  let unused = try use("lidar/top", plan).rows.filter { $0.status == .unused }
  #expect(unused.map(\.reason) == [.incomplete, .incomplete])
}

@Test func aGridBeginsAtAWholePeriodWhereAllStreamsAreThere() throws {
  let start: Int64 = 1_700_000_000_123_456_789
  let imu = table("imu/a", times: every(10, 100, from: start), [doubles("x", (0..<100).map(Double.init))])
  let gps = table(
    "gps/b", times: every(100, 10, from: start + 50 * millisecond), [doubles("y", Array(repeating: 1, count: 10))])
  let plan = try plan([imu, gps]) {
    $0.policy = .grid
    $0.period = 100 * millisecond
  }
  #expect(plan.samples.times.first == 1_700_000_000_200_000_000)
  #expect(plan.samples.times.allSatisfy { $0 % (100 * millisecond) == 0 })
  #expect(plan.samples.times.last.map { $0 <= start + 950 * millisecond } == true)
  #expect(plan.samples.count == 9)
  #expect(StateRows(plan, at: 0).rows.allSatisfy { $0.status == .interpolated })
}

/// Where sensors are mounted is told at the beginning, and not whether they are there.
@Test(arguments: [1, 2]) func aStreamOfTheBeginningDoesNotEndTheGrid(_ messages: Int) throws {
  let imu = table("imu/a", times: every(10, 100), [doubles("x", (0..<100).map(Double.init))])
  let mounts = table(
    "tf/static", times: every(5, messages), [doubles("y", Array(repeating: 1, count: messages))])
  let plan = try plan([imu, mounts]) {
    $0.policy = .grid
    $0.period = 100 * millisecond
  }
  #expect(plan.samples.count == 10)
}

@Test func aGridOverAHostileSpanIsRefused() throws {
  let tables = [table("imu/a", times: [0, .max - 1], [doubles("x", [0, 1])])]
  #expect(throws: SyncError.self) {
    try plan(tables) {
      $0.policy = .grid
      $0.period = 1000
    }
  }
}

@Test func exactSetsHaveEqualTimesInAllStreams() throws {
  let plan = try plan([
    table("camera/a", times: [1, 2, 3, 5], isIndex: true), table("camera/b", times: [2, 3, 4, 5], isIndex: true),
  ]) { $0.policy = .exact }
  #expect(plan.samples.times == [2, 3, 5] && plan.total.complete == 3)
}

@Test func theLatestOfEachIsHeldAtEveryMessageOfTheFastest() throws {
  let fast = table("camera/f", times: every(10, 5), isIndex: true)
  let slow = table("lidar/s", times: [5 * millisecond, 25 * millisecond])
  let plan = try plan([fast, slow]) { $0.policy = .latest }
  #expect(plan.samples.count == 5)
  #expect(plan.set.matches[1] == [.missing(.beforeFirst), .message(0), .message(0), .message(1), .message(1)])
}

@Test func approximateSetsTakeTheReferencesTimeWhereOneIsNamed() throws {
  let tables = [
    table("camera/a", times: [0, 100, 200], isIndex: true), table("camera/b", times: [40, 140, 240], isIndex: true),
  ]
  #expect(try plan(tables) { $0.policy = .approximate }.samples.times == [40, 140, 240])
  #expect(
    try plan(tables) {
      $0.policy = .approximate
      $0.reference = "camera/a"
    }.samples.times == [0, 100, 200])
  #expect(
    try plan(tables) {
      $0.policy = .approximate
      $0.sampleTime = .mid
    }.samples.times == [20, 120, 220])
}

@Test func keyFramesComeAtTheirRateAndNeverTwice() throws {
  let plan = try plan([table("lidar/top", times: every(100, 12))]) { $0.keyframes = 500 * millisecond }
  #expect(plan.samples.isKeyFrame.enumerated().filter(\.element).map(\.offset) == [0, 5, 10])
}

@Test func theBeginningCanBeLeftOut() throws {
  let plan = try plan([table("lidar/top", times: every(100, 10))]) { $0.skipStart = 250 * millisecond }
  #expect(plan.samples.times.first == 300 * millisecond)
  #expect(try use("lidar/top", plan).rows.prefix(3).allSatisfy { $0.reason == .beforeFirst })
}

@Test func streamsThatDoNotOverlapGiveIncompleteSamples() throws {
  let plan = try plan([
    table("lidar/top", times: every(100, 5)),
    table("camera/a", times: every(100, 5, from: 3600 * ClockName.second), isIndex: true),
    table("imu/a", times: every(10, 5, from: -3600 * ClockName.second), [doubles("x", [1, 2, 3, 4, 5])]),
  ])
  #expect(plan.total.total == 5 && plan.total.complete == 0)
  #expect(StateRows(plan, at: 1).rows.allSatisfy { $0.status == .missing && $0.reason == .afterLast })
}

@Test func emptyStreamsAndSingleMessagesAreTaken() throws {
  let plan = try plan([
    table("lidar/top", times: [7]), table("camera/a", times: [], isIndex: true),
    table("imu/a", times: [], [doubles("x", [])]), table("imu/b", times: [7], [doubles("x", [1])]),
  ])
  #expect(plan.samples.count == 1)
  #expect(plan.set.matches[0] == [.missing(.noMessage)])
  #expect(StateRows(plan, at: 1).rows.map(\.reason) == [.noMessage])
  #expect(StateRows(plan, at: 2).rows.map(\.status) == [.ok])
}

@Test func equalStampsGiveOneSample() throws {
  let plan = try plan([table("lidar/top", times: Array(repeating: 5, count: 100))])
  #expect(plan.samples.times == [5])
  #expect(try use("lidar/top", plan).unused == 99)
}

@Test func messagesWithEqualTimeAndContentAreDuplicates() throws {
  let lidar = table(
    "lidar/top", times: [1, 2, 2, 2, 3],
    [(Field("sha256", .string, isNullable: true), Column(.text(Texts(["a", "b", "b", "c", "d"]))))], groupRows: 2)
  let plan = try plan([lidar])
  #expect(plan.streams[0].order.duplicates == [2] && (0..<4).map(plan.streams[0].order.row) == [0, 1, 3, 4])
  let rows = try use("lidar/top", plan).rows
  #expect(rows.map(\.status) == [.ok, .ok, .unused, .duplicate, .ok])
}

@Test func aClockThatWasSetBackSplitsTheStream() throws {
  let times = every(100, 50, from: 10 * ClockName.second) + every(100, 30, from: 11 * ClockName.second + 7)
  // The other stream has the same jump: segments are matched with segments.
  let both = try plan([table("lidar/top", times: times), table("camera/a", times: times, isIndex: true)])
  #expect(both.streams[0].order.segmentCount == 2 && Set(both.samples.segments) == [0, 1])
  #expect(both.total.complete == both.total.total)
  // Without, only the longest part is used, and the rest says so.
  let one = try plan([
    table("lidar/top", times: times),
    table("camera/a", times: every(100, 60, from: 10 * ClockName.second), isIndex: true),
  ])
  #expect(one.samples.count == 50)
  #expect(try use("lidar/top", one).rows.count { $0.reason == .segment } == 30)
}

@Test func aSampleHasTheIdOfItsMeasurementAndTime() throws {
  let plan = try plan([table("lidar/top", times: [1_664_527_000_000_000_000])])
  #expect("\(plan.samples.ids[0])" == "65f0a482-fb19-5bd7-a312-3dec0e3d8009")
  #expect(String(decoding: plan.samples.ids[0].text, as: UTF8.self) == "65f0a482-fb19-5bd7-a312-3dec0e3d8009")
}

@Test func rowsOfSampleDataAreLinkedStreamByStream() throws {
  let plan = try plan([
    table("lidar/top", times: every(100, 3)), table("camera/a", times: every(100, 3, from: 2), isIndex: true),
  ])
  var sink: any TableSink = Collector()
  let store = try #require(sink as? Collector).store
  var data = SampleDataTable()
  for (index, stream) in plan.streams.enumerated() {
    try data.write(try use(stream.name, plan).rows, of: plan.streams[index], plan.samples, to: &sink)
  }
  let batch = store.batches[1]
  guard case .int64(let next)? = batch["next_row"]?.values, case .int64(let away)? = store.batches[0]["dt_ns"]?.values,
    case .text(let paths)? = batch["source_path"]?.values
  else {
    Issue.record("not as declared")
    return
  }
  #expect(next == [4, 5, 0] && batch["next_row"]?.validity == [true, true, false])
  #expect(batch["prev_row"]?.validity == [false, true, true])
  #expect(away == [2, 2, 2])
  #expect(String(decoding: paths[0], as: UTF8.self) == "x/lidar/top.parquet")
}
