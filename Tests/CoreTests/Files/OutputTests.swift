import Foundation
import Testing

@testable import Core

@Test func anOutputIsThereWhenItIsCommitted() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let bytes = sampleBytes(1_000_000)
  let output = try OutputFile("a", in: folder, run: "test", hashed: true)
  for start in stride(from: 0, to: bytes.count, by: 7_001) {
    try output.write(Array(bytes[start..<min(bytes.count, start + 7_001)]))
  }
  #expect(output.count == bytes.count)
  #expect(!scratch.names.contains("a"))
  let summary = try output.commit()
  #expect(summary == OutputFile.Summary(count: bytes.count, sha256: Digest.sha256(bytes)))
  #expect(try FileReader("a", in: folder).bytes(at: 0, count: bytes.count) == bytes)
  #expect(scratch.names == ["a"])
}

@Test func anOutputThatIsNotCommittedLeavesNothing() throws {
  let scratch = try Scratch()
  do {
    let output = try OutputFile("a", in: Folder(scratch.path), run: "test")
    try output.write(sampleBytes(500_000))
  }
  #expect(scratch.names == [])
}

@Test func anOutputIsWrittenOnce() throws {
  let scratch = try Scratch()
  let output = try OutputFile("a", in: Folder(scratch.path), run: "test")
  try output.commit()
  #expect(throws: SystemError.self) { try output.write([1]) }
  #expect(throws: SystemError.self) { try output.commit() }
  #expect(scratch.names == ["a"])
}

@Test func anExistingFileIsReplacedOnlyWhenAsked() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  func write(_ text: String, _ existing: Existing) throws {
    let output = try OutputFile("a", in: folder, run: "test", existing: existing)
    try output.write(Array(text.utf8))
    try output.commit()
  }
  try write("one", .refuse)
  #expect(throws: SystemError.self) { try write("two", .refuse) }
  #expect(try String(contentsOfFile: scratch.path + "/a", encoding: .utf8) == "one")
  try write("three", .replace)
  #expect(try String(contentsOfFile: scratch.path + "/a", encoding: .utf8) == "three")
  #expect(scratch.names == ["a"])
}

@Test func aFullDiskIsAnErrorOfEveryFurtherCall() throws {
  let device = try Folder("/dev")
  // /dev/full cannot be made, so it is opened as it is, which only a test may do.
  let output = unsafe OutputFile(descriptor: open("/dev/full", O_WRONLY), path: device.path + "/full")
  try output.write([1, 2, 3])
  let error = #expect(throws: SystemError.self) { try output.flush() }
  #expect(error?.number == ENOSPC)
  #expect(throws: SystemError.self) { try output.write([4]) }
  #expect(throws: SystemError.self) { try output.commit() }
}

@Test func aFullStandardOutputIsAnError() async {
  await #expect(processExitsWith: .success) {
    dup2(unsafe open("/dev/full", O_WRONLY), STDOUT_FILENO)
    let output = OutputFile.standardOutput()
    try output.write([1])
    let error = #expect(throws: SystemError.self) { try output.commit() }
    #expect(error?.number == ENOSPC)
  }
}

@Test func aLargeWriteToAFullDiskFailsAtOnce() {
  let output = unsafe OutputFile(descriptor: open("/dev/full", O_WRONLY), path: "/dev/full")
  #expect(throws: SystemError.self) { try output.write(sampleBytes(300_000)) }
}

// RLIMIT_FSIZE makes a real file refuse bytes in the middle; the process would get SIGXFSZ.
@Test func aFailedAtomicFileLeavesNothing() async throws {
  await #expect(processExitsWith: .success) {
    let scratch = try Scratch()
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    do {
      let output = try OutputFile("a", in: Folder(scratch.path), run: "test")
      let error = #expect(throws: SystemError.self) { try output.write(sampleBytes(300_000)) }
      #expect(error?.number == EFBIG)
      #expect(throws: SystemError.self) { try output.commit() }
    }
    #expect(scratch.names == [])
  }
}

@Test func spaceCanBeReserved() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let file = try AtomicFile("a", in: folder, run: "test")
  try file.reserve(1 << 20)
  try file.write(([1] as [UInt8]).bytes)
  try file.commit()
  #expect(try FileReader("a", in: folder).count == 1)
}

@Test func whatIsMadeIsNotForOthers() throws {
  let scratch = try Scratch()
  try OutputFile("a", in: Folder(scratch.path), run: "test").commit()
  var info = stat()
  unsafe stat(scratch.path + "/a", &info)
  #expect(info.st_mode & 0o7777 & ~0o640 == 0)
}
