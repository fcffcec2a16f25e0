import Foundation
import Testing

@testable import Core

/// A call that answers with a code, after it has done its work or without.
private func answering(_ code: Int32, after isDone: Bool = false, _ call: @escaping PublicationCalls.Call)
  -> PublicationCalls.Call
{
  { folder, from, to in
    if isDone { _ = call(folder, from, to) }
    return code
  }
}

/// File systems: without RENAME_NOREPLACE, without links too.
private let kinds: [PublicationCalls] = [
  .system,
  PublicationCalls(rename: answering(EINVAL, PublicationCalls.system.rename), link: PublicationCalls.system.link),
  PublicationCalls(
    rename: answering(EINVAL, PublicationCalls.system.rename), link: answering(EPERM, PublicationCalls.system.link)),
]

@Test(arguments: kinds.indices) func aNameIsGivenOnce(_ kind: Int) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  #expect(try folder.publish(Array("one".utf8), as: "a", run: "r", kinds[kind]) == .published)
  #expect(try folder.publish(Array("two".utf8), as: "a", run: "r", kinds[kind]) == .taken)
  #expect(try String(contentsOfFile: scratch.path + "/a", encoding: .utf8) == "one")
  #expect(scratch.names == ["a"])
}

@Test(arguments: kinds.indices) func ofManyWritersOneGetsTheName(_ kind: Int) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  for name in 0..<20 {
    var published: [Int] = []
    try parallelMap(Array(0..<8), jobs: 4) { writer in
      try folder.publish(Array("\(writer)".utf8), as: "\(name)", run: "r\(writer)", kinds[kind])
        == .published ? [writer] : []
    } _: {
      published += $0
    }
    #expect(published.count == 1)
    #expect(try String(contentsOfFile: "\(scratch.path)/\(name)", encoding: .utf8) == published.first.map { "\($0)" })
  }
  #expect(scratch.names.count == 20)
}

@Test func anAnswerThatWasLostIsNoDefeat() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  // NFS sends again what was done: the name is taken, or what should get it is gone.
  for (name, code) in [("a", EEXIST), ("b", ENOENT)] {
    let calls = PublicationCalls(
      rename: answering(code, after: true, PublicationCalls.system.rename), link: PublicationCalls.system.link)
    #expect(try folder.publish([1], as: name, run: "r", calls) == .published)
  }
  let linking = PublicationCalls(
    rename: answering(EINVAL, PublicationCalls.system.rename),
    link: answering(EEXIST, after: true, PublicationCalls.system.link))
  #expect(try folder.publish([1], as: "c", run: "r", linking) == .published)
  #expect(scratch.names == ["a", "b", "c"])
}

@Test func aClaimOfAnotherIsWaitedFor() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  try Data().write(to: URL(filePath: scratch.path + "/.a.claim"))
  #expect(try folder.publish([1], as: "a", run: "r", kinds[2]) == .taken)
  #expect(scratch.names == [".a.claim"])
}

@Test func anErrorLeavesNothing() throws {
  let scratch = try Scratch()
  let calls = PublicationCalls(
    rename: answering(EIO, PublicationCalls.system.rename), link: PublicationCalls.system.link)
  #expect(throws: SystemError.self) { try Folder(scratch.path).publish([1], as: "a", run: "r", calls) }
  #expect(scratch.names == [])
}

@Test func waitsGrowAndDifferBetweenWriters() {
  var one = Backoff(seed: 1), same = Backoff(seed: 1), other = Backoff(seed: 2)
  let waits = (0..<20).map { _ in one.next() }
  #expect(waits == (0..<20).map { _ in same.next() })
  #expect(waits != (0..<20).map { _ in other.next() })
  #expect(waits[0] < 1000 && waits.max() ?? 0 > 50_000 && waits.allSatisfy { $0 < 250_000 })
}
