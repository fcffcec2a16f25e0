import Foundation
import Testing

@testable import Core

@Test func aBufferIsFilledInPlace() throws {
  let scratch = try Scratch()
  let bytes = sampleBytes(300_000)
  try Data(bytes).write(to: URL(filePath: scratch.path + "/f"))
  let file = try FileReader("f", in: Folder(scratch.path))
  file.readSequentially()
  file.prefetch(at: 0, count: 1000)
  var buffer: [UInt8] = []
  try file.read(into: &buffer, at: 0, count: 200_000)
  #expect(buffer == Array(bytes[..<200_000]))
  let capacity = buffer.capacity
  try file.read(into: &buffer, at: 299_999, count: 1)
  #expect(buffer == [bytes[299_999]])
  #expect(buffer.capacity == capacity)
  for (offset, count) in [(299_999, 2), (-1, 1), (0, -1), (.max, 1), (1, .max)] {
    #expect(throws: SystemError.self) { try file.read(into: &buffer, at: offset, count: count) }
    #expect(throws: SystemError.self) { try file.bytes(at: offset, count: count) }
  }
  file.dropCache()
  #expect(try file.bytes(at: 300_000, count: 0) == [])
  try file.checkUnchanged()
}

@Test func aFileThatIsWrittenToIsNoLongerTrusted() throws {
  let scratch = try Scratch()
  try Data(count: 10).write(to: URL(filePath: scratch.path + "/f"))
  let file = try FileReader(scratch.path + "/f")
  try file.checkUnchanged()
  unsafe chmod(scratch.path + "/f", 0o600)
  usleep(20_000)
  unsafe utimes(scratch.path + "/f", nil)
  #expect(throws: SystemError.self) { try file.checkUnchanged() }
}

@Test(arguments: [16, 100, 64 << 10]) func aWindowShowsTheBytesOfTheFile(_ size: Int) throws {
  let scratch = try Scratch()
  let bytes = sampleBytes(5_000)
  try Data(bytes).write(to: URL(filePath: scratch.path + "/f"))
  var window = Window(try FileReader("f", in: Folder(scratch.path)), size: size)
  var random = SeededRandom(7)
  for _ in 0..<2_000 {
    let offset = Int.random(in: 0...5_000, using: &random)
    let count = Int.random(in: 0...min(200, 5_000 - offset), using: &random)
    let copy = try window.bytes(at: offset, count: count)
    let seen = try [UInt8](window.span(at: offset, count: count))
    #expect(copy == Array(bytes[offset..<offset + count]))
    #expect(seen == copy)
  }
}

@Test(arguments: [(4_990, 11), (-1, 1), (0, -1), (.max, 1), (1, .max), (5_001, 0)])
func aWindowRefusesWhatIsNotInTheFile(_ offset: Int, _ count: Int) throws {
  let scratch = try Scratch()
  try Data(count: 5_000).write(to: URL(filePath: scratch.path + "/f"))
  var window = Window(try FileReader("f", in: Folder(scratch.path)), size: 100)
  #expect(try window.bytes(at: 4_950, count: 20).count == 20)
  let error = #expect(throws: SystemError.self) { try window.bytes(at: offset, count: count) }
  #expect(error?.number == EINVAL)
}
