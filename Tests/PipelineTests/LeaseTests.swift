import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct LeaseTests {
  let scratch: ScratchFolder
  let lineage: Folder

  init() throws {
    scratch = try ScratchFolder()
    lineage = try Folder(scratch.path)
  }

  /// A process that was there and is not any more.
  func deadProcess() throws -> Int {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    return Int(process.processIdentifier)
  }

  func leases() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/leases").filter { $0 != ".now" }.sorted()
  }

  @Test func oneAtATime() throws {
    let lease = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r1"))
    let error = #expect(throws: BusyError.self) { try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")) }
    #expect(error?.exitCode == .busy)
    #expect(error?.description.contains("run r1, process \(Host.processID) on \(Host.name) since 2") == true)
    #expect(error?.hint?.contains("leases/ingest") == true)
    let other = try Lease("m-1", in: lineage, owner: Lease.Owner(run: "r2"))
    try lease.beat()
    try lease.release()
    #expect(try leases() == ["m-1"])
    let again = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2"))
    #expect(again.event == nil)
    try other.release()
    try again.release()
    #expect(try leases() == [])
  }

  @Test func theLeaseOfADeadProcessIsTakenOver() throws {
    var dead = Lease.Owner(run: "r1")
    dead.process = try deadProcess()
    _ = try Lease("ingest", in: lineage, owner: dead)
    let lease = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2"))
    #expect(lease.broken?.owner?.run == "r1")
    #expect(lease.event?.fields["lease"] == "ingest")
    try lease.check()
    #expect(try leases() == ["ingest"])
  }

  @Test func aProcessIdThatWasGivenOutAgainIsNotTheOwner() throws {
    var old = Lease.Owner(run: "r1")
    old.startTicks = (old.startTicks ?? 0) - 1
    _ = try? Lease("ingest", in: lineage, owner: old)
    #expect(try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")).broken?.owner?.run == "r1")
  }

  @Test func anOwnerFromBeforeTheLastStartOfTheSystemIsDead() throws {
    var old = Lease.Owner(run: "r1")
    old.boot = "another"
    _ = try? Lease("ingest", in: lineage, owner: old)
    #expect(try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")).broken != nil)
  }

  @Test(arguments: ["host", "namespace"]) func elsewhereTheBeatDecides(_ what: String) throws {
    var far = Lease.Owner(run: "r1")
    if what == "host" { far.host = "elsewhere" } else { far.namespace = "pid:[1]" }
    far.process = try deadProcess()
    _ = try Lease("ingest", in: lineage, owner: far)
    #expect(throws: BusyError.self) { try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")) }
    let old = Date(timeIntervalSinceNow: -31 * 60)
    for name in ["ingest/beat", "ingest"] {
      try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: scratch.path + "/leases/" + name)
    }
    #expect(try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")).broken?.owner?.run == "r1")
  }

  @Test func aLeaseThatBeginsIsHeldAndOneThatNeverBeganIsNot() throws {
    let path = scratch.path + "/leases/ingest"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    #expect(throws: BusyError.self) { try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2")) }
    let old = Date(timeIntervalSinceNow: -31 * 60)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
    let lease = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2"))
    #expect(lease.broken == Lease.Broken(name: "ingest", owner: nil))
  }

  @Test(arguments: ["new", "done", "stale", "dead"]) func whatDeadRunsLeftBesideItGoes(_ word: String) throws {
    let path = scratch.path + "/leases/ingest.\(word).r0"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data("{".utf8).write(to: URL(filePath: path + "/owner.json"))
    let other = scratch.path + "/leases/ingest.0-of-2"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    _ = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2"))
    #expect(try leases() == ["ingest", "ingest.0-of-2"])
  }

  @Test func whoSleptThroughHisLeaseNoticesAndTakesNothingAway() throws {
    let slept = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r1"))
    try FileManager.default.removeItem(atPath: scratch.path + "/leases/ingest")
    let lease = try Lease("ingest", in: lineage, owner: Lease.Owner(run: "r2"))
    #expect(throws: BusyError.self) { try slept.check() }
    try slept.release()
    try lease.check()
  }

  @Test func ofManyOneWins() throws {
    var dead = Lease.Owner(run: "r0")
    dead.process = try deadProcess()
    for _ in 0..<20 {
      _ = try Lease("ingest", in: lineage, owner: dead)
      let won = Guarded<[Lease]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { number in
        if let lease = try? Lease("ingest", in: lineage, owner: Lease.Owner(run: "r\(number + 1)")) {
          won.withLock { $0.append(lease) }
        }
      }
      let winners = won.withLock { $0 }
      #expect(winners.count <= 1)
      for winner in winners { try winner.release() }
      try? FileManager.default.removeItem(atPath: scratch.path + "/leases")
    }
  }
}
