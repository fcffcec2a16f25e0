import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct IndexTests {
  private func found(
    _ lake: Lake, _ kind: FindKind, at time: Timestamp? = nil, _ change: (inout FindRequest) throws -> Void = { _ in },
    warning: @escaping (String) -> Void = { _ in }
  ) throws -> [Record] {
    var request = FindRequest(kind), options = Find.Options(), records: [Record] = []
    options.scope = LogScope(asOf: time)
    try change(&request)
    let (count, isWhole) = try Find.records(lake, request, options, warning: warning) { records.append($0) }
    #expect(count == records.count && isWhole)
    return records
  }

  private func view(_ lake: Lake) throws -> LineageView { try lake.recordedView() }

  @Test func recordsAreThoseOfTheWholeLog() throws {
    let small = try SmallLake(), view = try view(small.lake)
    #expect(try found(small.lake, .streams) == ["ex-1", "raw-1"].compactMap { view.record(ofDatastream: $0) })
    #expect(try found(small.lake, .measurements) == [view.record(ofMeasurement: "m1")].compactMap(\.self))
    #expect(try found(small.lake, .runs).map { $0["id"]?.string } == ["run-1"])
  }

  @Test func newLinesAreFollowed() throws {
    let small = try SmallLake()
    #expect(try found(small.lake, .streams) { $0.tags = [try FindTag("weather=rain")] }.count == 1)
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "other")
    try lineage.append(.tag(["datastream": "ex-1"], key: "weather", value: nil, source: "user"))
    try lineage.append(.tag(["measurement": "m1"], key: "road", value: "city", source: "user"))
    #expect(try found(small.lake, .streams) { $0.tags = [try FindTag("weather")] }.isEmpty)
    #expect(try found(small.lake, .streams) { $0.tags = [try FindTag("road=city")] }.count == 2)
  }

  /// Uploads that are held stand between the measurements that are parked, also where few are wanted.
  @Test func theFirstErrorsAreTheFirstOfAll() throws {
    let small = try SmallLake()
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "other")
    for (name, since) in [("old", 1_000_000_000), ("new", 4_000_000_000_000_000_000)] as [(String, Int64)] {
      try small.write("half", "landing/\(name)/a.bag")
      try lineage.append(
        .incompleteHeld(path: "landing/\(name)", missing: ["b.bag"], since: Timestamp(nanoseconds: since)))
    }
    for number in [3, 1, 2] {
      try lineage.append(
        .errorParked(
          measurement: "m\(number)", path: "error/m\(number)", operation: "ingest", code: "AV-IO-001", attempts: 1))
    }
    let now = Timestamp(nanoseconds: 4_100_000_000_000_000_000)
    let all = try Errors.records(small.lake, now: now).records.map { $0["path"]?.string }
    #expect(all == ["landing/old", "error/m3", "error/m1", "error/m2", "landing/new"])
    for limit in 1...6 {
      #expect(
        try found(small.lake, .errors) { $0.limit = limit }.map { $0["path"]?.string } == Array(all.prefix(limit)))
    }
  }

  @Test func namedLakesAreSearchedToo() throws {
    let other = try SmallLake(), scratch = try ScratchFolder()
    let path = try Lake.initialize(scratch.path + "/lake").lake.path
    try "{schema: 'av.lake/1', lakes: [{name: 'far', root: '\(other.lake.path)'}, {name: 'gone', root: 'none'}]}".write(
      toFile: path + "/lake.json5", atomically: true, encoding: .utf8)
    var warnings: [String] = [], records: [Record] = []
    let found = try Find.everywhere(Lake(path), FindRequest(.streams), Find.Options(), warning: { warnings.append($0) })
    {
      records.append($0)
    }
    #expect(found.count == 2 && !found.isWhole && warnings.count == 1 && warnings[0].hasPrefix("lake gone: "))
    #expect(records.map { $0["lake"]?.string } == ["far", "far"])
    #expect(records[0]["path"]?.string == "\(other.lake.path)/\(SmallLake.derived)")
    var one = FindRequest(.streams)
    one.limit = 1
    #expect(try Find.everywhere(Lake(path), one, Find.Options(), warning: { _ in }) { _ in }.count == 1)
  }

  @Test func aLineThatComesLateHasItsPlace() throws {
    let fixture = try LineageFixture()
    try fixture.fill("b")
    let lake = try Lake.initialize(fixture.scratch.path + "/lake").lake
    let log = try Folder(lake.path + "/lineage")
    try FileManager.default.copyItem(
      at: fixture.scratch.url("b.jsonl"), to: URL(filePath: lake.path + "/lineage/b.jsonl"))
    _ = log
    #expect(try found(lake, .measurements).count == 1)
    // A host whose lines are older than those that were read.
    let other = try LineageFixture()
    try other.fill("a", measurement: "m0")
    try FileManager.default.copyItem(
      at: other.scratch.url("a.jsonl"), to: URL(filePath: lake.path + "/lineage/a.jsonl"))
    let view = try view(lake)
    let records = try found(lake, .streams)
    #expect(records.count == 4)
    for record in records { #expect(record == view.record(ofDatastream: record["id"]?.string ?? "")) }
  }

  /// Hosts are ahead of each other: what one told of a datastream may be read before the other's line that created it.
  @Test func whatWasToldBeforeItsSubjectIsKnownCounts() throws {
    let fixture = try LineageFixture()
    try fixture.fill("a")
    let second = try fixture.log("b")
    second.follow(try fixture.view().newest)
    for target in [["datastream": "extracted-m1"], ["datastream": "raw-m1"], ["measurement": "m1"]] as [JSONObject] {
      try second.append(.tag(target, key: "road", value: "city", source: "user"), run: "run-b")
      try second.append(.note(target, text: "bumpy", source: "user"), run: "run-b")
    }
    let lake = try Lake.initialize(fixture.scratch.path + "/lake").lake
    for writer in ["b", "a"] {
      try FileManager.default.copyItem(
        at: fixture.scratch.url("\(writer).jsonl"), to: URL(filePath: "\(lake.path)/lineage/\(writer).jsonl"))
      try LakeIndex(lake).update()
    }
    for change in [{ $0.tags = [try FindTag("road=city")] }, { $0.text = "bumpy" }]
      as [(inout FindRequest) throws -> Void]
    {
      #expect(try found(lake, .streams, change).count == 2)
      #expect(try found(lake, .measurements, change).count == 1)
    }
    let view = try view(lake)
    for record in try found(lake, .streams) {
      #expect(record == view.record(ofDatastream: record["id"]?.string ?? ""))
    }
    let tags = try LakeIndex(lake).read { try $0.numbers("SELECT count(*) FROM tag") }
    #expect(tags == [3])
  }

  @Test(arguments: ["", "not a database", "SQLite format 3\u{0}and then nothing that is one"])
  func anIndexThatIsGoneOrDamagedIsMadeAnew(_ content: String) throws {
    let small = try SmallLake()
    let before = try found(small.lake, .streams)
    let path = small.lake.path + "/lineage/index.sqlite"
    if content.isEmpty {
      try FileManager.default.removeItem(atPath: path)
    } else {
      try Data(content.utf8).write(to: URL(filePath: path))
    }
    #expect(try found(small.lake, .streams) == before)
  }

  @Test func anIndexOfAnotherVersionIsMadeAnew() throws {
    let small = try SmallLake()
    let before = try found(small.lake, .streams)
    let path = small.lake.path + "/lineage/index.sqlite"
    do {
      let database = try Database(path, .existing)
      try database.run("UPDATE fact SET value = 999 WHERE key = 'version'; DELETE FROM datastream")
    }
    #expect(try found(small.lake, .streams) == before)
  }

  @Test func aLogThatWasCutIsToldAndReadAnew() throws {
    let small = try SmallLake()
    _ = try found(small.lake, .streams)
    let path = small.lake.path + "/lineage/host.jsonl"
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    try lines.dropLast(4).map { $0 + "\n" }.joined().write(toFile: path, atomically: false, encoding: .utf8)
    let told = Guarded<[String]>([])
    let view = try view(small.lake)
    let records = try found(small.lake, .streams, warning: { text in told.withLock { $0.append(text) } })
    #expect(records == ["ex-1", "raw-1"].compactMap { view.record(ofDatastream: $0) })
    #expect(told.withLock { $0 }.contains { $0.contains("verify") })
  }

  @Test func aBrokenChainIsRefused() throws {
    let small = try SmallLake()
    _ = try found(small.lake, .streams)
    let path = small.lake.path + "/lineage/host.jsonl"
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seekToEnd()
    try file.write(
      contentsOf: Data(
        #"{"v":1,"id":"x","seq":99,"time":"2099-01-01T00:00:00.000000000Z","event":"tag","prev":"00"}"#.utf8 + [10]))
    try file.close()
    #expect(throws: IntegrityError.self) { _ = try found(small.lake, .streams) }
  }

  @Test func aTornTailIsVoid() throws {
    let small = try SmallLake()
    let before = try found(small.lake, .streams)
    let path = small.lake.path + "/lineage/host.jsonl"
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(#"{"v":1,"id":"#.utf8))
    try file.close()
    #expect(try found(small.lake, .streams) == before)
    // The next writer names it, and the index goes on behind it.
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-3", writer: "host")
    try lineage.append(.tag(["measurement": "m1"], key: "road", value: "city", source: "user"))
    #expect(try found(small.lake, .measurements) { $0.tags = [try FindTag("road")] }.count == 1)
  }

  @Test func whatTheLogSaidThen() throws {
    let small = try SmallLake()
    let lineage = try Lineage(small.lake, tool: LineageFixture.tool, run: "run-2", writer: "host")
    let before = try #require(lineage.view.newest)
    try lineage.append(.tag(["measurement": "m1"], key: "road", value: "city", source: "user"))
    #expect(try found(small.lake, .measurements, at: before) { $0.tags = [try FindTag("road")] }.isEmpty)
    #expect(try found(small.lake, .measurements) { $0.tags = [try FindTag("road")] }.count == 1)
  }

  @Test func wordsOfNotesTagsAndTopicsAreFound() throws {
    let small = try SmallLake()
    let amendment = try Amendment(small.lake, tool: LineageFixture.tool)
    _ = try amendment.note(["m1"], text: "the \"lens\" was dirty", source: "ann")
    for words in ["lens dirty", "LENS", "dirt*", "rain", "29999"] {
      #expect(try found(small.lake, .measurements) { $0.text = words }.count == 1, "\(words)")
    }
    for words in ["lens clean", "NOT lens", "\"", "*"] {
      #expect(try found(small.lake, .measurements) { $0.text = words }.isEmpty, "\(words)")
    }
  }

  @Test(arguments: ["m1", "raw-1", "ex-1", "run-1", "EX"]) func whatIsShownIsThatOfTheWholeLog(_ id: String) throws {
    let small = try SmallLake()
    let byIndex = try Show.record(id, small.lake).record, view = try view(small.lake)
    let whole =
      switch try view.subject(id) {
      case .measurement(let id): view.record(ofMeasurement: id)
      case .datastream(let id): view.record(ofDatastream: id)
      case .run(let id): view.runs[id]?.record
      }
    // What stands in it as records of their own, or in short.
    let more: Set = ["history", "datastreams", "parents", "children", "copies", "run", "changed", "channels", "files"]
    func members(_ record: Record?) -> [JSONObject.Member] {
      (record?.object.members ?? []).filter { !more.contains($0.key) }.sorted { $0.key < $1.key }
    }
    #expect(members(byIndex) == members(whole))
    var filter = EventFilter(), count = 0
    switch try view.subject(id) {
    case .measurement(let id): filter.measurement = id
    case .datastream(let id): filter.datastream = id
    case .run(let id): filter.run = id
    }
    var sieve = EventSieve(filter), reader = LineageReader(try small.lake.lineageFolder())
    try reader.read { if sieve.lets($0) { count += 1 } }
    #expect(byIndex["history"]?.array?.count == count && count > 0)
  }

  @Test func eventsOfOneThingAreFoundByABeginningOfItsId() throws {
    let small = try SmallLake()
    func lines(_ mode: LineageReader.Mode, _ change: (inout EventFilter) -> Void) throws -> [String] {
      var filter = EventFilter(), lines: [String] = []
      change(&filter)
      _ = try EventLog.read(small.lake, filter, mode: mode) { lines.append($0.line) }
      return lines
    }
    #expect(try lines(.strict) { $0.measurement = "m" } == lines(.salvage) { $0.measurement = "m1" })
    #expect(try lines(.strict) { $0.datastream = "raw" } == lines(.salvage) { $0.datastream = "raw-1" })
    #expect(try !lines(.strict) { $0.measurement = "m" }.isEmpty)
    #expect(throws: UsageError.self) { try lines(.strict) { $0.measurement = "nosuch" } }
    #expect(throws: UsageError.self) { try lines(.strict) { $0.measurement = "ex-1" } }
  }

  @Test func lakesTogetherAreInOneOrder() throws {
    let other = try SmallLake(), small = try SmallLake()
    try "{schema: 'av.lake/1', lakes: [{name: 'far', root: '\(other.lake.path)'}]}".write(
      toFile: small.lake.path + "/lake.json5", atomically: true, encoding: .utf8)
    let lineage = try Lineage(other.lake, tool: LineageFixture.tool, run: "run-9", writer: "other")
    for (id, day) in [("m0", 1), ("m2", 30)] {
      let time = Timestamp(nanoseconds: 1_664_000_000_000_000_000 + Int64(day) * 86_400_000_000_000)
      try lineage.append(.measurementCreated(id, vin: "V", start: time, end: time, manifest: "1", files: 1))
    }
    func ids(_ order: String, _ limit: Int?) throws -> [String?] {
      var request = FindRequest(.measurements), ids: [String?] = []
      (request.sort, request.limit) = (try FindOrder(order), limit)
      _ = try Find.everywhere(Lake(small.lake.path), request, Find.Options(), warning: { _ in }) {
        ids.append($0["id"]?.string)
      }
      return ids
    }
    #expect(try ids("start", nil) == ["m0", "m1", "m1", "m2"])
    #expect(try ids("-start", 2) == ["m2", "m1"])
    #expect(try ids("start", 1) == ["m0"])
  }

  @Test func aLakeThatWasCopiedIsFollowedWithoutAWord() throws {
    let small = try SmallLake(), scratch = try ScratchFolder()
    let before = try found(small.lake, .streams)
    let path = scratch.path + "/copy"
    try FileManager.default.copyItem(atPath: small.lake.path, toPath: path)
    var warnings: [String] = []
    #expect(try found(Lake(path), .streams, warning: { warnings.append($0) }).count == before.count)
    #expect(warnings.isEmpty)
  }

  @Test func placesAreAbsoluteAndSayWhatIsThere() throws {
    let small = try SmallLake()
    let records = try Places.records(small.lake, "raw-1").records
    #expect(records.map { $0["path"]?.string } == [small.lake.path + "/" + SmallLake.raw])
    #expect(records.map { $0["present"]?.bool } == [true])
    #expect(throws: UsageError.self) { try Places.records(small.lake, "nothing") }
  }

  @Test func areas() throws {
    let box = try FindArea(box: "170,-10,-170,10")
    #expect(box.contains(latitude: 0, longitude: 175) && box.contains(latitude: 0, longitude: -175))
    #expect(!box.contains(latitude: 0, longitude: 0) && box.boxes.count == 2)
    let near = try FindArea(near: "0,179.999,1km")
    #expect(near.contains(latitude: 0, longitude: -179.995) && near.boxes.count == 2)
    #expect(!near.contains(latitude: 0.01, longitude: 179.999))
    let pole = try FindArea(near: "89.999,0,1km")
    #expect(pole.contains(latitude: 89.999, longitude: 180) && pole.boxes.allSatisfy { $0.east - $0.west == 360 })
    let cell = try FindArea(geohash: "u281z")
    let place = Geohash.text(latitude: 48.1372, longitude: 11.5755, length: 5)
    #expect(cell.contains(latitude: 48.1372, longitude: 11.5755) == (String(decoding: place, as: UTF8.self) == "u281z"))
    for text in ["", "1,2,3", "1,2,3,nan", "0,10,1,-10", "999,0,1,1"] {
      #expect(throws: UsageError.self, "\(text)") { try FindArea(box: text) }
    }
    for text in ["1,2", "1,2,x", "91,0,1km", "1,2,-1m"] {
      #expect(throws: UsageError.self, "\(text)") { try FindArea(near: text) }
    }
    for text in ["", "a", "u281zu281zu28"] { #expect(throws: UsageError.self) { try FindArea(geohash: text) } }
  }

  @Test func classesTagsAndOrders() throws {
    #expect(try FindClass("pedestrian>=3").least == 3)
    #expect(try FindClass("car").least == 1)
    for text in ["", ">=1", "a>1", "a>=0", "a>=x"] { #expect(throws: UsageError.self) { try FindClass(text) } }
    #expect(try FindTag("a=b=c").value == "b=c")
    #expect(try FindTag("a").value == nil)
    #expect(throws: UsageError.self) { try FindTag("=b") }
    #expect(try FindOrder("-start").isDescending)
    #expect(throws: UsageError.self) { try FindOrder("size") }
  }

  @Test func aFilterThatSaysNothingIsRefused() throws {
    var request = FindRequest(.runs)
    request.vins = ["V"]
    #expect(throws: UsageError.self) { try request.check() }
  }
}
