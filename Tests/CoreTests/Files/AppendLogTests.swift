import Foundation
import Testing

@testable import Core

@Test func aLogGrowsByWholeLines() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let log = try AppendLog("host.jsonl", in: folder), same = try AppendLog("host.jsonl", in: folder)
  #expect(try log.size() == 0)
  #expect(try log.append(Array("one\n".utf8)) == 4)
  #expect(try same.append(Array("two\n".utf8)) == 8)
  try log.sync()
  #expect(try log.size() == 8)
  #expect(try log.bytes(at: 2, count: 4) == Array("e\ntw".utf8))
  #expect(throws: SystemError.self) { try log.bytes(at: 2, count: 7) }
  #expect(throws: SystemError.self) { try log.bytes(at: -1, count: 1) }
}

@Test func aHeldLockIsWaitedForAndThenBusy() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let log = try AppendLog("a", in: folder), other = try AppendLog("a", in: folder)
  try log.locked {
    #expect(throws: BusyError.self) { try other.locked(seconds: 0.05) {} }
  }
  #expect(try other.locked(seconds: 0.05) { 7 } == 7)
}

@Test func aLockEndsWithAnError() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let log = try AppendLog("a", in: folder), other = try AppendLog("a", in: folder)
  #expect(throws: CancellationError.self) { try log.locked { if log.path != "" { throw CancellationError() } } }
  try other.locked(seconds: 0.05) {}
}

@Test(arguments: ["link", "pipe", "folder", "../a", "none/a"]) func aLogIsARegularFile(_ name: String) throws {
  let scratch = try Scratch()
  unsafe symlink("/dev/null", scratch.path + "/link")
  unsafe mkfifo(scratch.path + "/pipe", 0o600)
  try FileManager.default.createDirectory(atPath: scratch.path + "/folder", withIntermediateDirectories: false)
  #expect(throws: SystemError.self) { try AppendLog(name, in: Folder(scratch.path)) }
}

/// A file system without locks for `path`, where other files can be locked.
private func locksWithout(_ path: String, _ code: Int32, standIns: [String]) -> LogLocks {
  LogLocks(
    lock: { file, operation in
      guard (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(file)")) == path else {
        return flock(file, operation)
      }
      errno = code
      return -1
    }, standIns: standIns)
}

@Test(arguments: [ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL]) func withoutLocksAFileBesideStandsIn(_ code: Int32) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("locks")
  let path = try Folder.realPath(scratch.path) + "/a"
  // The first that is there counts for every user.
  let locks = locksWithout(path, code, standIns: [scratch.path + "/none", scratch.path + "/locks", scratch.path])
  let log = try AppendLog("a", in: folder, locks: locks), other = try AppendLog("a", in: folder, locks: locks)
  try log.locked {
    #expect(throws: BusyError.self) { try other.locked(seconds: 0.05) {} }
  }
  #expect(try other.locked(seconds: 0.05) { 7 } == 7)
  #expect(scratch.names == ["a", "locks"])
}

@Test func aLockThatCannotBeHadIsAnError() throws {
  let scratch = try Scratch()
  let path = try Folder.realPath(scratch.path) + "/a"
  let folder = try Folder(scratch.path)
  let none = try AppendLog("a", in: folder, locks: locksWithout(path, ENOLCK, standIns: [scratch.path + "/none"]))
  #expect(throws: SystemError.self) { try none.locked {} }
  // Not one of the errors that mean that there are no locks.
  let bad = try AppendLog("a", in: folder, locks: locksWithout(path, EIO, standIns: [scratch.path]))
  #expect(throws: SystemError.self) { try bad.locked {} }
}
