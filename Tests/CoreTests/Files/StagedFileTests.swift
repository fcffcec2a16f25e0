import Foundation
import Testing

@testable import Core

@Test func aStagedFileGoesOnWhereItEnded() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  do {
    // Ended without a sync, as a killed process ends.
    var file = try StagedFile("a", in: folder, most: 10)
    #expect(file.count == 0)
    try file.reserve(10)
    try file.write(Array("hello".utf8).bytes)
  }
  var file = try StagedFile("a", in: folder, most: 10)
  #expect(file.count == 5)
  try file.write(Array("world".utf8).bytes)
  try file.write(Array("H".utf8).bytes, at: 0)
  #expect(file.count == 10)
  #expect(throws: SystemError.self) { try file.write(Array("x".utf8).bytes, at: 11) }
  file.startWriteback(at: 0, count: 10)
  try file.close(durably: true)
  #expect(try String(contentsOfFile: scratch.path + "/a", encoding: .utf8) == "Helloworld")
}

/// What is in the way is not written into: it may have another name, elsewhere.
@Test(arguments: ["long", "link", "pipe", "twice"]) func whatIsNoPartOfTheFileGoesFirst(_ name: String) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let outside = scratch.path + "/outside"
  try Data("outside".utf8).write(to: URL(filePath: outside))
  _ = try folder.making("in")
  try Data("too long".utf8).write(to: URL(filePath: scratch.path + "/in/long"))
  unsafe symlink(outside, scratch.path + "/in/link")
  unsafe mkfifo(scratch.path + "/in/pipe", 0o600)
  unsafe link(outside, scratch.path + "/in/twice")
  var file = try StagedFile("in/" + name, in: folder, most: 7)
  #expect(file.count == 0)
  try file.write(Array("new".utf8).bytes)
  try file.close(durably: false)
  #expect(try String(contentsOfFile: scratch.path + "/in/" + name, encoding: .utf8) == "new")
  #expect(try String(contentsOfFile: outside, encoding: .utf8) == "outside")
}

@Test func aFolderIsNotTakenForAFile() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("a/b")
  #expect(throws: SystemError.self) { _ = try StagedFile("a", in: folder, most: 1) }
  #expect(throws: SystemError.self) { _ = try StagedFile("../x", in: folder, most: 1) }
}

@Test func whatAFullMediumNeedsIsGivenBack() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  var file = try StagedFile("a", in: folder, most: 3 << 20)
  try file.reserve(3 << 20)
  try file.write([UInt8](repeating: 7, count: 5 << 18).bytes)
  file.giveBack()
  #expect(file.count == 1 << 18)
  var info = stat()
  unsafe stat(scratch.path + "/a", &info)
  #expect(info.st_size == 1 << 18 && info.st_blocks * 512 <= 1 << 19)
  file.giveBack()
  #expect(file.count == 0)
}
