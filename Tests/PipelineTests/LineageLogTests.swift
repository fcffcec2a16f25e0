import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct LineageLogTests {
  @Test func whatIsAppendedIsRead() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let entries = try fixture.entries()
    #expect(entries.map(\.sequence) == Array(0...12))
    #expect(entries[0].event.name == "writer.open")
    #expect(entries[0]["writer"] == "host")
    #expect(entries[0].run == nil)
    #expect(entries[1].event.name == "run.start")
    #expect(entries[1].run == "run-m1")
    #expect(entries.map(\.time) == entries.map(\.time).sorted())
    #expect(Set(entries.map(\.id)).count == 13)
  }

  @Test func keysOfTheEnvelopeComeInTheirOrder() throws {
    let fixture = try LineageFixture()
    try fixture.log().append(.tag(["measurement": "m"], key: "weather", value: "rain", source: "user"), run: "r")
    let line = try fixture.scratch.text("host.jsonl").split(separator: "\n")[1]
    let keys = try JSON.parse(String(line)).object?.members.map(\.key)
    #expect(keys == ["v", "id", "seq", "time", "run", "event", "target", "key", "value", "source", "prev"])
  }

  /// The loop of `reliability.md` §2.3, word for word.
  @Test func theChainCanBeCheckedWithAShell() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let script = """
      want='' n=0
      while IFS= read -r line; do
        n=$((n + 1)); case $line in *"\\"prev\\":\\"$want\\""*) ;; *) echo "line $n: chain broken"; exit 1 ;; esac
        want=$(printf '%s' "$line" | sha256sum | cut -c1-64)
      done <"$1"
      """
    func check() throws -> Int32 {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", script, "sh", fixture.scratch.path + "/host.jsonl"]
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/sha256sum") else {
      try Test.cancel("sha256sum is not there")
    }
    #expect(try check() == 0)
    var bytes = try fixture.scratch.read("host.jsonl")
    bytes[600] ^= 1
    try fixture.scratch.write(bytes, "host.jsonl")
    #expect(try check() == 1)
  }

  @Test func writersOfOneFileLoseNothing() throws {
    let fixture = try LineageFixture()
    let one = try fixture.log()
    let logs = try (0..<8).map { try $0 < 4 ? one : fixture.log() }
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for number in 0..<50 {
        let note = String(repeating: "x", count: (thread * 50 + number) * 7 % 3000)
        _ = try? logs[thread].append(
          LineageEvent("test", ["n": .count(thread * 50 + number), "note": .string(note)]), run: nil, .soon)
      }
    }
    let numbers = try fixture.entries().compactMap { $0["n"]?.integer }
    #expect(numbers.sorted() == Array(0..<400))
  }

  @Test func writersOfTheirOwnLoseNothing() throws {
    let fixture = try LineageFixture()
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      let log = try? fixture.log("host-\(thread)")
      for number in 0..<50 {
        _ = try? log?.append(LineageEvent("test", ["n": .count(thread * 50 + number)]), run: nil, .soon)
      }
    }
    let entries = try fixture.entries()
    #expect(entries.compactMap { $0["n"]?.integer }.sorted() == Array(0..<400))
    #expect(zip(entries, entries.dropFirst()).allSatisfy { LineageEntry.isOrdered($0, $1) })
  }

  @Test func aTornLineIsEndedNamedAndSkipped() throws {
    let whole = try LineageFixture()
    try whole.fill()
    let bytes = try whole.scratch.read("host.jsonl")
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
    // From after the fourth line to the end of the sixth: every byte.
    for cut in ends[3] + 1...ends[5] + 1 {
      let fixture = try LineageFixture()
      try fixture.scratch.write(Array(bytes[..<cut]), "host.jsonl")
      let kept = bytes[..<cut].count { $0 == UInt8(ascii: "\n") }
      let isTorn = bytes[cut - 1] != UInt8(ascii: "\n")
      #expect(try fixture.entries().count == kept)
      try fixture.log().append(LineageEvent("test", [:]), run: nil)
      let entries = try fixture.entries()
      #expect(entries.count == kept + (isTorn ? 2 : 1), "cut at \(cut)")
      #expect(entries.map(\.sequence) == Array(0..<entries.count))
      guard isTorn else { continue }
      let start = ends[kept - 1] + 1
      #expect(entries[kept].event == .logTorn(offset: start, length: cut - start))
      #expect(Array(try fixture.scratch.read("host.jsonl")[..<cut]) == Array(bytes[..<cut]), "nothing is rewritten")
    }
  }

  @Test func aTornFirstLineIsRepairedToo() throws {
    let fixture = try LineageFixture()
    try fixture.scratch.write("{\"v\":1,", "host.jsonl")
    try fixture.log().append(LineageEvent("test", [:]), run: nil)
    #expect(try fixture.entries().map(\.event.name) == ["log.torn", "writer.open", "test"])
    #expect(try fixture.entries().map(\.writer) == ["host", "host", "host"])
  }

  @Test func aTailThatParsesIsVoid() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let bytes = try fixture.scratch.read("host.jsonl")
    try fixture.scratch.write(bytes.dropLast(), "host.jsonl")
    #expect(try fixture.entries().count == 12)
    try fixture.log().append(LineageEvent("test", [:]), run: nil)
    #expect(try fixture.entries().suffix(2).map(\.event.name) == ["log.torn", "test"])
    #expect(!(try fixture.entries().contains { $0.event.name == "run.end" }))
  }

  @Test func aWriterNoticesWhatAnotherProcessAppended() throws {
    let fixture = try LineageFixture()
    let (one, other) = (try fixture.log(), try fixture.log())
    for number in 0..<6 {
      try (number.isMultiple(of: 2) ? one : other).append(LineageEvent("test", ["n": .count(number)]), run: nil)
    }
    #expect(try fixture.entries().compactMap { $0["n"]?.integer } == [0, 1, 2, 3, 4, 5])
  }

  @Test func nothingFollowsADamagedLastLine() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    let bytes = try fixture.scratch.read("host.jsonl") + Array("{\"v\":1,\"id\n".utf8)
    try fixture.scratch.write(bytes, "host.jsonl")
    #expect(throws: IntegrityError.self) { try fixture.log().append(LineageEvent("test", [:]), run: nil) }
    #expect(try fixture.scratch.read("host.jsonl") == bytes)
  }

  /// What a power cut in the middle of a repair leaves: a line that is none, perhaps with a part of its name behind it.
  @Test(arguments: ["{\"v\":1,\"id\n", "\0\0\0\0\n", "\n", "{\"v\":1,\"id\n{\"v\":1,\"id\":\"0"], [true, false])
  func aPersonMayNameADamagedEnd(_ end: String, _ hasLines: Bool) throws {
    let fixture = try LineageFixture()
    if hasLines { try fixture.fill() }
    let bytes = (hasLines ? try fixture.scratch.read("host.jsonl") : []) + Array(end.utf8)
    try fixture.scratch.write(bytes, "host.jsonl")
    #expect(throws: IntegrityError.self) { try fixture.log().append(LineageEvent("test", [:]), run: nil) }
    #expect(throws: IntegrityError.self) { try fixture.entries() }
    let log = try fixture.log()
    #expect(try log.nameDamagedEnd())
    #expect(try !log.nameDamagedEnd())
    try fixture.log().append(LineageEvent("test", [:]), run: nil)
    let names = try fixture.entries().map(\.event.name)
    #expect(names.suffix(2) == (hasLines ? ["log.torn", "test"] : ["writer.open", "test"]))
    #expect(names.count == (hasLines ? 15 : 3))
    #expect(try fixture.scratch.read("host.jsonl").starts(with: bytes))
  }

  @Test func damageFurtherUpIsNotNamed() throws {
    let fixture = try LineageFixture()
    try fixture.fill()
    try fixture.scratch.write(fixture.scratch.read("host.jsonl") + Array("x\ny\n".utf8), "host.jsonl")
    #expect(throws: IntegrityError.self) { try fixture.log().nameDamagedEnd() }
  }

  @Test func aFileThatWasCutUnderTheWriterIsAnAlarm() throws {
    let fixture = try LineageFixture()
    let log = try fixture.fill()
    let bytes = try fixture.scratch.read("host.jsonl")
    let handle = try FileHandle(forWritingTo: fixture.scratch.url("host.jsonl"))
    try handle.truncate(atOffset: UInt64(bytes.count / 2))
    #expect(throws: IntegrityError.self) { try log.append(LineageEvent("test", [:]), run: nil) }
  }

  @Test func timeIsHeldWhenTheClockIsBehind() throws {
    let fixture = try LineageFixture()
    let log = try fixture.log()
    let future = Timestamp(nanoseconds: Timestamp.now.nanoseconds + 3_600_000_000_000)
    log.follow(future)
    try log.append(LineageEvent("test", [:]), run: nil)
    let entries = try fixture.entries()
    #expect(entries[0].time.nanoseconds == future.nanoseconds + 1)
    #expect(entries[1].time.nanoseconds == future.nanoseconds + 2)
    #expect(entries[1]["clock"] == "held")
  }

  @Test func aFullFileIsClosedAndFollowedByTheNext() throws {
    let fixture = try LineageFixture()
    let (log, other) = (try fixture.log(rotate: 2000), try fixture.log(rotate: 2000))
    for number in 0..<40 {
      try (number % 3 == 0 ? other : log).append(LineageEvent("test", ["n": .count(number)]), run: nil, .soon)
    }
    let names = try fixture.scratch.names()
    #expect(names.count > 4 && names.contains("host.2.jsonl"))
    let entries = try fixture.entries()
    #expect(entries.map(\.sequence) == Array(0..<entries.count))
    #expect(entries.compactMap { $0["n"]?.integer } == Array(0..<40))
    #expect(try fixture.log(rotate: 2000).append(LineageEvent("test", [:]), run: nil).sequence == entries.count)
    try FileManager.default.removeItem(at: fixture.scratch.url("host.2.jsonl"))
    #expect(throws: IntegrityError.self) { try fixture.entries() }
  }

  @Test func longListsGoToFilesOfTheirOwn() throws {
    let fixture = try LineageFixture()
    let channels = JSON.array((0..<40_000).map { ["name": .string("/topic/number/\($0)"), "messages": .count($0)] })
    let event = LineageEvent.fileFacts(measurement: "m", path: "a.bag", bytes: 1, channels: channels)
    let log = try fixture.log()
    try log.append(event, run: nil)
    try log.append(event, run: nil)
    let entry = try #require(try fixture.entries().last)
    #expect(entry["channels"]?["count"] == 40_000)
    #expect(try LineageBlobs(fixture.folder).resolved(entry["channels"] ?? .null) == channels)
    #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.scratch.path + "/blobs").count == 1)
    #expect(throws: RecordError.self) {
      try log.append(LineageEvent("test", ["note": .string(String(repeating: "x", count: 2 << 20))]), run: nil)
    }
    #expect(try fixture.entries().count == 3)
  }

  @Test(arguments: [("a b/c", "a-b-c"), ("", "host"), ("..", "-."), ("batch-07", "batch-07"), ("ä", "--")])
  func writersAreNamedSafely(_ name: String, _ expected: String) {
    #expect(LineageLog.writerName(name) == expected)
  }
}

/// Processes, not threads: what the lock of the system keeps apart.
@Suite struct LineageProcessTests {
  @Test(arguments: ["one", "own"]) func eightProcessesLoseNothing(_ writers: String) async throws {
    let fixture = try LineageFixture()
    let path = fixture.scratch.path
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        let writer = writers == "one" ? "host" : "host-\(number)"
        group.addTask {
          await #expect(processExitsWith: .success) {
            [path = path as String, writer = writer as String, number = number as Int] in
            let log = try LineageLog(Folder(path), writer: writer, tool: Tool("av-test", version: "0"))
            for count in 0..<25 {
              let note = JSON.string(String(repeating: "x", count: (number * 25 + count) * 31 % 9000))
              try log.append(LineageEvent("test", ["n": .count(number * 25 + count), "note": note]), run: nil, .soon)
            }
          }
        }
      }
    }
    #expect(try fixture.entries().compactMap { $0["n"]?.integer }.sorted() == Array(0..<200))
  }

  @Test func aProcessThatIsKilledLeavesALogThatGoesOn() async throws {
    let fixture = try LineageFixture()
    let path = fixture.scratch.path
    for round in 0..<3 {
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, round = round as Int] in
        let log = try LineageLog(Folder(path), writer: "host", tool: Tool("av-test", version: "0"))
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20 + 17 * round)) { kill(getpid(), SIGKILL) }
        while true { try log.append(LineageEvent("test", ["note": "xxxxxxxxxxxxxxxxx"]), run: nil, .soon) }
      }
      let entries = try fixture.entries()
      #expect(entries.map(\.sequence) == Array(0..<entries.count))
    }
    #expect(try fixture.log().append(LineageEvent("test", [:]), run: nil).sequence == fixture.entries().count - 1)
  }
}
