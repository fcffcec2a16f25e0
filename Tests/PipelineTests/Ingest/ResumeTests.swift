import Core
import Foundation
import Testing

@testable import Pipeline

/// Copies that were cut short, and how the next run goes on with them.
@Suite struct ResumeTests {
  static let large = 6 << 20

  /// A measurement with a large file and two small ones, in a lake without archive.
  func fixture(_ id: String = ManifestTests.id) throws -> IngestFixture {
    let fixture = try IngestFixture(#"{schema: "av.lake/1", archive: false}"#)
    try upload(fixture, id: id)
    return fixture
  }

  func upload(_ fixture: IngestFixture, id: String, seed: UInt8 = 0) throws {
    var bytes = [UInt8](repeating: seed, count: Self.large)
    for index in stride(from: 1, to: Self.large, by: 65_537) { bytes[index] = UInt8(truncatingIfNeeded: index >> 12) }
    try fixture.scratch.makeFolder("lake/landing/m1/deep")
    let files = [("big.bin", bytes), ("deep/a.txt", Array("alpha\n".utf8)), ("deep/b.txt", Array("bravo\n".utf8))]
    for (path, bytes) in files { try fixture.scratch.write(bytes, "lake/landing/m1/" + path) }
    let list = files.map { path, bytes in
      #"{"path":"\#(path)","bytes":\#(bytes.count),"sha256":"\#(Digest.sha256(bytes).hex)"}"#
    }
    let members = ["measurement": #""\#(id)""#, "start": #""2022-09-30T08:36:40Z""#]
    try fixture.scratch.write(
      ManifestTests.native(members, files: "[\(list.joined(separator: ","))]"), "lake/landing/m1/manifest.json")
  }

  /// One run, ended by `error` once so many bytes were read, written or read back; how many there were.
  @discardableResult
  func run(
    _ fixture: IngestFixture, after limit: Int = .max, _ error: any Error = Interruption(), jobs: Int = 1,
    candidates: [Candidate]? = nil
  ) throws -> Int {
    let passed = Guarded(0)
    do {
      try fixture.ingest(candidates, jobs: jobs) { plan in
        plan.step = { bytes in
          let sum = passed.withLock { sum in
            sum += bytes
            return sum
          }
          if sum > limit { throw error }
        }
      }
    } catch is any Problem {}
    return passed.withLock { $0 }
  }

  /// What the run that was cut short left, by its path in the measurement.
  func kept(_ fixture: IngestFixture) throws -> [String: String] {
    var kept: [String: String] = [:]
    for path in try fixture.files() where path.contains("/.av-incoming/") {
      kept[path.split(separator: "/").dropFirst(4).joined(separator: "/")] = path
    }
    return kept
  }

  func size(_ fixture: IngestFixture, _ path: String?) throws -> Int {
    try #require(try Folder(fixture.lake.path).entry(path ?? "none")).size
  }

  func node(_ fixture: IngestFixture, _ path: String?) throws -> UInt64 {
    try #require(try Folder(fixture.lake.path).entry(path ?? "none")).identity.node
  }

  func published(_ fixture: IngestFixture, _ name: String) throws -> String? {
    try fixture.files().first { $0.hasPrefix("raw/2") && $0.hasSuffix("/" + name) }
  }

  /// Validation reads everything before the copy begins.
  static let half = large + large / 2

  @Test(arguments: [1, 2]) func aCopyGoesOnWhereItWasCut(_ jobs: Int) throws {
    let whole = try run(try fixture(), jobs: jobs)
    let fixture = try fixture()
    try run(fixture, after: Self.half, jobs: jobs)
    let path = try kept(fixture)["big.bin"], bytes = try size(fixture, path), node = try node(fixture, path)
    #expect(bytes > Self.large / 4 && bytes < Self.large)
    #expect(try published(fixture, "big.bin") == nil)
    // Everything is read back; what was kept is not written again.
    let others = try kept(fixture).filter { $0.key != "big.bin" }.mapValues { try size(fixture, $0) }
    // The manifest was read by no validation: before landing is cleared it is, unless it was copied in this run.
    let proven = others["manifest.json"] ?? 0
    #expect(try run(fixture, jobs: jobs) == whole - bytes - others.values.reduce(0, +) + proven)
    #expect(try self.node(fixture, published(fixture, "big.bin")) == node)
    #expect(try fixture.isConverged())
  }

  @Test(arguments: [0, 1 << 20, 2_000_000]) func aBitThatFlippedInWhatWasKeptIsWrittenOver(_ place: Int) throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    let path = try #require(try kept(fixture)["big.bin"]), node = try node(fixture, path)
    let file = try FileHandle(forUpdating: fixture.scratch.url("lake/" + path))
    try file.seek(toOffset: UInt64(place))
    let byte = try #require(try file.read(upToCount: 1))
    try file.seek(toOffset: UInt64(place))
    try file.write(contentsOf: [byte[byte.startIndex] ^ 0x10])
    try file.close()
    try run(fixture)
    #expect(try self.node(fixture, published(fixture, "big.bin")) == node)
    #expect(try fixture.isConverged())
  }

  @Test func ofAPowerCutOnlyWhatIsThereIsKept() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    // The size was durable, the bytes were not.
    let path = try #require(try kept(fixture)["big.bin"])
    try Data(count: Self.large - 5).write(to: fixture.scratch.url("lake/" + path))
    try run(fixture)
    #expect(try fixture.isConverged())
  }

  @Test func wholeFilesAreTakenOver() throws {
    let fixture = try fixture()
    // While it is read back the third time: validated, copied, and all but proven.
    try run(fixture, after: 2 * Self.large + Self.large / 2)
    let path = try kept(fixture)["big.bin"]
    #expect(try size(fixture, path) == Self.large)
    let node = try node(fixture, path)
    try run(fixture)
    #expect(try self.node(fixture, published(fixture, "big.bin")) == node)
    #expect(try fixture.isConverged())
  }

  @Test func anotherMeasurementDoesNotGoOnWithIt() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    try upload(fixture, id: IngestTests.other, seed: 1)
    try run(fixture)
    #expect(try fixture.view().datastreams.values.filter { $0.state == .copyComplete }.count == 1)
    let source = try fixture.scratch.read("lake/" + (try #require(try published(fixture, "big.bin"))))
    #expect(source[0] == 1)
    // What was kept of the first is of no use once its folder is gone.
    try run(fixture)
    #expect(try kept(fixture).isEmpty)
    #expect(try fixture.names("raw") == ["2022"])
  }

  @Test func aSourceThatChangedUnderAnOldVerdictIsNotPublished() throws {
    let fixture = try fixture()
    let digest = try Manifest.read(Folder(fixture.lake.path + "/landing/m1")).digest
    var candidate = Candidate(path: "landing/m1")
    candidate.validated = "sha256:" + digest
    try run(fixture, after: Self.large / 2, candidates: [candidate])
    #expect(try size(fixture, kept(fixture)["big.bin"]) > 0)
    var bytes = try fixture.scratch.read("lake/landing/m1/big.bin")
    bytes[Self.large - 1] ^= 1
    try fixture.scratch.write(bytes, "lake/landing/m1/big.bin")
    let results = try fixture.ingest([candidate])
    #expect(results.map(\.status) == [.failed])
    #expect(results[0].code == .items)
    #expect(try published(fixture, "big.bin") == nil)
    #expect(try kept(fixture).isEmpty)
    #expect(try fixture.names("landing/m1") == ["big.bin", "deep", "manifest.json"])
  }

  @Test func nothingUnlistedIsPublished() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    let folder = (try #require(try kept(fixture)["big.bin"])).dropLast("big.bin".count)
    try fixture.scratch.makeFolder("lake/\(folder)other/deep")
    try fixture.scratch.write("x", "lake/\(folder)other/deep/x")
    try fixture.scratch.write("x", "lake/\(folder)x")
    unsafe symlink("/etc", fixture.lake.path + "/\(folder)link")
    try run(fixture)
    let names = try fixture.files().filter { $0.hasPrefix("raw/") }.map { $0.split(separator: "/").last ?? "" }
    #expect(names.sorted() == ["a.txt", "b.txt", "big.bin", "manifest.json"])
    #expect(try fixture.isConverged())
  }

  @Test func ofSeveralLeftoversTheLargestCounts() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    let first = "lake/raw/.av-incoming/" + (try #require(try fixture.names("raw/.av-incoming").first))
    try FileManager.default.copyItem(at: fixture.scratch.url(first), to: fixture.scratch.url("copy"))
    try run(fixture, after: Self.half)
    let node = try node(fixture, kept(fixture)["big.bin"])
    try FileManager.default.moveItem(at: fixture.scratch.url("copy"), to: fixture.scratch.url(first))
    #expect(try fixture.names("raw/.av-incoming").count == 2)
    try run(fixture)
    #expect(try self.node(fixture, published(fixture, "big.bin")) == node)
    #expect(try fixture.names("raw") == ["2022"])
  }

  @Test func leftoversAreTakenOverSideBySide() throws {
    let scratch = try ScratchFolder()
    let names = (0..<300).map { "d\($0)" }
    for name in names { try scratch.makeFolder("incoming/run-\(name)/\(name)") }
    let incoming = try Folder(scratch.path).making("incoming")
    let own = try incoming.making("own")
    var taken = 0
    try parallelMap(names, jobs: 8) { name in
      try Leftover(name) { $0 != "own" }.takeOver(in: incoming, into: own, listed: [])
    } _: {
      taken += 1
    }
    #expect(taken == names.count)
    #expect(try own.names().sorted() == names.sorted())
    #expect(try incoming.names() == ["own"])
  }

  @Test func aFullMediumKeepsWhatWasCopied() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half, SystemError("raw", cannot: "write", code: ENOSPC))
    #expect(try size(fixture, kept(fixture)["big.bin"]) > 0)
    #expect(try fixture.view().datastreams.values.map(\.state) == [.failed])
    try run(fixture)
    #expect(try fixture.isConverged())
  }

  @Test func ofAFailingMediumNothingIsKept() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half, SystemError("raw", cannot: "sync", code: EIO))
    #expect(try kept(fixture).isEmpty)
    try run(fixture)
    #expect(try fixture.isConverged())
  }

  @Test func whatIsNoLongerInLandingIsSwept() throws {
    let fixture = try fixture()
    try run(fixture, after: Self.half)
    try FileManager.default.removeItem(atPath: fixture.lake.path + "/landing/m1")
    try run(fixture)
    #expect(try fixture.names("raw") == [])
  }

  @Test func aRateIsKeptToAndAWaitCanBeEnded() throws {
    let fixture = try fixture()
    let slept = Guarded<Int64>(0)
    try fixture.ingest(jobs: 2) { plan in
      plan.throttle = Throttle(
        bytesPerSecond: Self.large, now: { slept.withLock { $0 } }, sleep: { time in slept.withLock { $0 += time } })
    }
    // Validated, copied and read back: three seconds, less what may be made up for.
    #expect(slept.withLock { $0 } > 2_700_000_000)
    #expect(try fixture.isConverged())
    try upload(fixture, id: IngestTests.other)
    try fixture.ingest { plan in
      plan.throttle = Throttle(bytesPerSecond: 1)
      let asked = Guarded(0)
      plan.step = { _ in
        let count = asked.withLock { count in
          count += 1
          return count
        }
        if count > 4 { throw Interruption() }
      }
    }
    #expect(try fixture.names("landing") == ["m1"])
  }
}
