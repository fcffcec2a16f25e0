import Core
import Foundation
import Testing

@testable import Pipeline

/// What rules do, and what they must not.
@Suite struct LifecycleTests {
  static let deleteDerived = "extracted: {keep: '0s', then: 'delete'}"

  @Test func withoutRulesNothingIsPlanned() throws {
    let fixture = try LifecycleFixture("")
    try fixture.make("ex-1")
    #expect(try fixture.plan() == [])
    #expect(try fixture.apply() == ([], .success))
  }

  @Test func aPlanWritesNothing() throws {
    let fixture = try LifecycleFixture("\(Self.deleteDerived), '*': {keep: '0s', then: 'report'}")
    try fixture.make("ex-1")
    let (files, events) = (try fixture.ingest.files(), try fixture.ingest.events())
    let leases = try fixture.ingest.names("lineage/leases")
    #expect(try fixture.plan() == ["raw report allowed", "archive report allowed", "extracted delete allowed"])
    #expect(try fixture.ingest.files() == files)
    #expect(try fixture.ingest.events() == events)
    #expect(try fixture.ingest.names("lineage/leases") == leases)
  }

  @Test(arguments: [true, false]) func whatWasMadeGoesWhileRawIsWhole(_ hasList: Bool) throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1", hasList: hasList)
    #expect(try fixture.apply() == (["extracted delete allowed done"], .success))
    #expect(try fixture.stream("ex-1").state == .deleted)
    // The zone itself stays.
    #expect(try fixture.ingest.names("extracted") == [])
    #expect(try fixture.verify() == .success)
    let events = try fixture.ingest.events()
    #expect(events.suffix(4) == ["run.start", "lifecycle", "datastream.state", "run.end"])
    #expect(try fixture.apply() == ([], .success))
    #expect(try fixture.ingest.events() == events)
  }

  @Test func aYoungOneIsRefusedWhereItIsNamed() throws {
    let fixture = try LifecycleFixture("extracted: {keep: '90d', then: 'delete'}, '*': {keep: 'forever'}")
    try fixture.make("ex-1")
    #expect(try fixture.plan() == [])
    #expect(try fixture.plan { $0.subjects = ["ex-1"] } == ["extracted delete young"])
    #expect(try fixture.apply { $0.subjects = ["ex-1"] } == (["extracted delete young refused"], .items))
    #expect(try fixture.stream("ex-1").state == .completed)
  }

  @Test func aHeldOneIsRefused() throws {
    for target in [["measurement": .string(ManifestTests.id)], ["datastream": "ex-1"]] as [JSONObject] {
      let fixture = try LifecycleFixture(Self.deleteDerived)
      try fixture.make("ex-1")
      try fixture.append(.tag(target, key: "hold", value: "court", source: "user"))
      #expect(try fixture.apply() == (["extracted delete held refused"], .success))
      try fixture.append(.tag(target, key: "hold", value: nil, source: "user"))
      #expect(try fixture.plan() == ["extracted delete allowed"])
    }
  }

  @Test func aReferencedOneIsRefused() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    try fixture.make("export-1", zone: "shared", kind: "export", parents: ["ex-1"])
    #expect(try fixture.apply().0 == ["extracted delete referenced refused"])
    try fixture.append(LineageEvent("share", ["export": "e", "datastream": "export-1"]))
    #expect(try fixture.plan() == ["extracted delete referenced"])
  }

  @Test func aSharedPackageIsACopy() throws {
    let fixture = try LifecycleFixture("shared: {keep: '0s', then: 'delete'}")
    try fixture.make("ex-1")
    try fixture.make("export-1", zone: "shared", kind: "export", parents: ["ex-1"])
    try fixture.append(LineageEvent("share", ["export": "e", "datastream": "export-1"]))
    #expect(try fixture.apply() == (["shared delete allowed done"], .success))
  }

  @Test func oneInUseIsRefused() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    let lease = try Lease("m-\(ManifestTests.id)", of: fixture.lake, run: "reader")
    #expect(try fixture.plan() == ["extracted delete in-use"])
    #expect(try fixture.apply() == (["extracted delete in-use refused"], .success))
    try lease.release()
    #expect(try fixture.plan() == ["extracted delete allowed"])
  }

  @Test func aLakeThatIsInUseIsBusy() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    let lease = try Lease("ingest", of: fixture.lake, run: "other")
    #expect(throws: BusyError.self) { try fixture.apply() }
    try lease.release()
  }

  @Test func aDamagedLogStopsEverything() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    let files = try fixture.ingest.files()
    var bytes = try fixture.ingest.scratch.read("lake/lineage/maker.jsonl")
    bytes[500] ^= 1
    try fixture.ingest.scratch.write(bytes, "lake/lineage/maker.jsonl")
    #expect(throws: IntegrityError.self) { try fixture.plan() }
    #expect(throws: IntegrityError.self) { try fixture.apply() }
    #expect(try fixture.ingest.files() == files)
    #expect(try fixture.ingest.names("lineage/leases").allSatisfy { !$0.hasPrefix("ingest") })
  }

  @Test func whatANewerToolMadeIsRefused() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1", version: "99.0.0")
    #expect(try fixture.plan() == ["extracted delete newer-tool"])
  }

  @Test func damageOfTheSourcesIsAnAlarmAndNothingGoes() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived, archives: false)
    try fixture.make("ex-1")
    let path = try #require(try fixture.ingest.files().first { $0.hasPrefix("raw/") && $0.hasSuffix("a.bin") })
    var bytes = try fixture.ingest.scratch.read("lake/" + path)
    bytes[0] ^= 1
    try fixture.ingest.scratch.write(bytes, "lake/" + path)
    // The size tells nothing; reading does.
    #expect(try fixture.plan() == ["extracted delete allowed"])
    #expect(try fixture.plan { $0.reads = true } == ["extracted delete damaged"])
    #expect(try fixture.apply() == (["extracted delete damaged refused"], .integrity))
    #expect(try fixture.apply().1 == .integrity)
    #expect(try fixture.ingest.view().alarms.count == 1)
    #expect(try fixture.stream("ex-1").state == .completed)
  }

  @Test func anIntactArchiveIsEnoughForWhatWasMade() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    try FileManager.default.removeItem(at: fixture.ingest.scratch.url("lake/" + fixture.rawPath))
    #expect(try fixture.apply() == (["extracted delete allowed done"], .success))
  }

  @Test func unknownFilesStay() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    try fixture.write("mine", "extracted/2022/V/ex-1/deep/notes.txt")
    try FileManager.default.createSymbolicLink(
      atPath: fixture.lake.path + "/extracted/2022/V/ex-1/link", withDestinationPath: "/etc/hostname")
    #expect(try fixture.apply() == (["extracted delete allowed done"], .items))
    let left = try fixture.ingest.files().filter { $0.hasPrefix("extracted/") }
    #expect(left == ["extracted/2022/V/ex-1/deep/notes.txt", "extracted/2022/V/ex-1/link"])
    #expect(try fixture.apply() == ([], .success))
  }

  @Test func withoutAListChangedFilesAreNotTouched() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1", hasList: false)
    try fixture.write("mine", "extracted/2022/V/ex-1/a.jsonl")
    #expect(try fixture.apply().0 == ["extracted delete unknown refused"])
    #expect(try fixture.stream("ex-1").state == .completed)
  }

  @Test func aParentThatWasSwappedForALinkIsNotFollowed() throws {
    let fixture = try LifecycleFixture(Self.deleteDerived)
    try fixture.make("ex-1")
    let files = FileManager.default
    let (place, away) = (fixture.lake.path + "/extracted/2022/V", fixture.ingest.scratch.path + "/away")
    try files.moveItem(atPath: place, toPath: away)
    try files.createSymbolicLink(atPath: place, withDestinationPath: away)
    #expect(try fixture.apply().0.first?.hasSuffix("done") == false)
    #expect(files.fileExists(atPath: away + "/ex-1/a.jsonl"))
  }
}

/// Raw, archive, and what is never removed.
@Suite struct LastCopyTests {
  @Test func rawGoesToTheArchiveAndComesBack() throws {
    let fixture = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}")
    #expect(try fixture.apply() == (["raw archive allowed done"], .success))
    #expect(try fixture.stream(fixture.raw).state == .archived)
    #expect(try fixture.ingest.names("raw") == [])
    #expect(try fixture.verify() == .success)
    #expect(try fixture.apply() == ([], .success))
    #expect(try fixture.ingest.hydrate([ManifestTests.id]).map(\.status) == [.done])
    #expect(try fixture.ingest.isConverged())
    #expect(try fixture.apply() == (["raw archive allowed done"], .success))
  }

  @Test func withoutAnIntactArchiveRawStays() throws {
    let none = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}", archives: false)
    #expect(try none.apply() == (["raw archive last-copy refused"], .success))
    let damaged = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}")
    try damaged.write("alphb\n", damaged.archivePath + "/a.bin")
    #expect(try damaged.apply() == (["raw archive damaged refused"], .integrity))
    #expect(try damaged.stream(damaged.raw).state == .copyComplete)
    #expect(try damaged.ingest.view().alarms.count == 1)
    let lost = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}")
    try FileManager.default.removeItem(at: lost.ingest.scratch.url("lake/\(lost.archivePath)/a.bin"))
    #expect(try lost.apply().0 == ["raw archive last-copy refused"])
  }

  @Test func rawAndArchiveAreDeletedOnlyWhereAPersonConfirms() throws {
    let fixture = try LifecycleFixture(
      "raw: {keep: '0s', then: 'delete'}, archive: {keep: '0s', then: 'delete'}")
    let files = try fixture.ingest.files()
    #expect(
      try fixture.apply() == (["raw delete unconfirmed refused", "archive delete unconfirmed refused"], .success))
    #expect(try fixture.ingest.files() == files)
    // One of the two goes, and not the other: it is the last.
    let confirmed = ["raw delete allowed", "archive delete last-copy"]
    #expect(try fixture.plan { $0.confirmed = [ManifestTests.id] } == confirmed)
    #expect(
      try fixture.apply { $0.confirmed = [ManifestTests.id] }.0 == [
        "raw delete allowed done", "archive delete last-copy refused",
      ])
    #expect(try fixture.stream(fixture.raw).state == .archived)
    #expect(try fixture.apply { $0.confirmed = [ManifestTests.id] }.0 == ["archive delete last-copy refused"])
    #expect(throws: UsageError.self) { try fixture.plan { $0.confirmed = ["210b"] } }
  }

  @Test func theArchiveCanGoWhileRawIsWhole() throws {
    let fixture = try LifecycleFixture("archive: {keep: '0s', then: 'delete'}, raw: {keep: 'forever'}")
    #expect(try fixture.apply { $0.confirmed = [ManifestTests.id] } == (["archive delete allowed done"], .success))
    #expect(try fixture.ingest.names("archive") == [])
    #expect(try fixture.stream(fixture.raw).outcome["archive"] == nil)
    #expect(try fixture.verify() == .success)
    #expect(try fixture.apply { $0.confirmed = [ManifestTests.id] } == ([], .success))
  }

  @Test(arguments: ["labeled", "recompute"]) func otherZonesAreNeverTouched(_ zone: String) throws {
    let fixture = try LifecycleFixture("'*': {keep: '0s', then: 'delete'}")
    try fixture.make("x-1", zone: zone, kind: "label")
    #expect(try fixture.apply().0.last == "\(zone) delete never refused")
  }

  @Test func whatFailedOrIsIncompleteIsOnlyReported() throws {
    let fixture = try LifecycleFixture(
      "'*': {keep: '0s', then: 'delete'}, raw: {keep: 'forever'}, archive: {keep: 'forever'}")
    try fixture.ingest.upload("m2", id: "210b1ba7-9184-4840-a1c8-ebf397b7c687")
    try FileManager.default.removeItem(at: fixture.ingest.scratch.url("lake/landing/m2/a.bin"))
    try fixture.ingest.ingest()
    let files = try fixture.ingest.files()
    #expect(try fixture.apply() == (["landing delete never refused"], .success))
    #expect(try fixture.ingest.files() == files)
  }

  /// What a run that died at any point leaves is finished by the next: some files gone, or none.
  @Test(arguments: 0..<4) func aRemovalThatWasCutShortIsFinished(_ gone: Int) throws {
    let fixture = try LifecycleFixture(
      "raw: {keep: '0s', then: 'archive'}, extracted: {keep: '0s', then: 'delete'}, archive: {keep: 'forever'}")
    try fixture.make("ex-1")
    let before = try fixture.ingest.files()
    try fixture.apply()
    let after = try fixture.ingest.files()
    // The log is that of a whole run; the files are those of one that died.
    for path in before.filter({ !after.contains($0) }).dropFirst(gone) { try fixture.write("x", path) }
    let (lines, exit) = try fixture.apply()
    #expect(lines.allSatisfy { $0.hasSuffix("finish allowed done") } && !lines.isEmpty)
    #expect(exit == .success)
    #expect(try fixture.ingest.files() == after)
    #expect(try fixture.apply() == ([], .success))
  }

  /// Stopped by a signal at each of its steps.
  @Test(arguments: 1..<16) func aRunThatIsStoppedSaysSoAndIsFinished(_ steps: Int) throws {
    let fixture = try LifecycleFixture(
      "raw: {keep: '0s', then: 'archive'}, extracted: {keep: '0s', then: 'delete'}, archive: {keep: 'forever'}")
    try fixture.make("ex-1")
    let left = Guarded(steps)
    try fixture.apply { request in
      request.step = { _ in
        let isOver = left.withLock { left in
          left -= 1
          return left < 0
        }
        if isOver { throw Interruption() }
      }
    }
    var outcomes: [String] = []
    _ = try Runs.records(fixture.lake) { outcomes.append($0["outcome"]?.string ?? "") }
    #expect(!outcomes.contains("crashed"))
    #expect(try fixture.verify() == .success)
    try fixture.apply()
    #expect(try fixture.ingest.files().allSatisfy { $0.hasPrefix("archive/") })
    #expect(try fixture.ingest.names("raw") + fixture.ingest.names("extracted") == [])
    #expect(try fixture.ingest.hydrate([ManifestTests.id]).map(\.status) == [.done])
  }

  @Test(arguments: ["", "/deep/er", "/.."]) func emptyFoldersThatAreLeftGo(_ below: String) throws {
    let fixture = try LifecycleFixture("extracted: {keep: '0s', then: 'delete'}")
    try fixture.make("ex-1")
    try fixture.apply()
    let files = FileManager.default
    let place = fixture.ingest.scratch.url("lake/extracted/2022/V/ex-1\(below)").standardized
    try files.createDirectory(at: place, withIntermediateDirectories: true)
    #expect(try fixture.apply() == (["extracted finish allowed done"], .success))
    #expect(try fixture.ingest.names("extracted") == [])
    #expect(try fixture.apply() == ([], .success))
  }

  @Test func whatIsLeftOfRawStaysWhenTheArchiveIsDamagedMeanwhile() throws {
    let fixture = try LifecycleFixture("raw: {keep: '0s', then: 'archive'}")
    let path = try fixture.rawPath + "/a.bin"
    let bytes = try fixture.ingest.scratch.read("lake/" + path)
    try fixture.apply()
    try fixture.write(String(decoding: bytes, as: UTF8.self), path)
    try fixture.write("alphb\n", fixture.archivePath + "/a.bin")
    #expect(try fixture.apply() == (["raw finish damaged refused"], .integrity))
    #expect(try fixture.ingest.files().contains(path))
  }
}
