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
