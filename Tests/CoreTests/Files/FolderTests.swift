import Foundation
import Testing

@testable import Core

@Test func aListingIsSortedByBytesAndFollowsNoLink() throws {
  let scratch = try Scratch()
  for name in ["b", "a", "ä", "B"] { try Data("x\(name)".utf8).write(to: URL(filePath: scratch.path + "/" + name)) }
  try FileManager.default.createDirectory(atPath: scratch.path + "/f", withIntermediateDirectories: false)
  unsafe symlink("/etc", scratch.path + "/link")
  unsafe mkfifo(scratch.path + "/pipe", 0o600)
  let folder = try Folder(scratch.path)
  #expect(try folder.names() == ["B", "a", "b", "f", "link", "pipe", "ä"])
  #expect(try folder.entries().map(\.kind) == [.file, .file, .file, .folder, .link, .other, .file])
  #expect(try folder.entry("a")?.size == 2)
  #expect(try folder.entry("link")?.kind == .link)
  #expect(try folder.entry("none") == nil)
  #expect(throws: SystemError.self) { try folder.entry("link/passwd") }
}

@Test func aNameThatIsNotTextIsListedAsSuch() throws {
  let scratch = try Scratch()
  let path = Array((scratch.path + "/").utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0]
  let file = unsafe open(path, O_CREAT | O_WRONLY, 0o600)
  try #require(file >= 0)
  close(file)
  let entry = try #require(try Folder(scratch.path).entries().first)
  #expect(entry.name == "\u{fffd}")
  #expect(!entry.isText)
}

@Test(arguments: ["a\0b", "../x", "/etc/passwd", "link/x", ".."]) func noNameLeadsOut(_ name: String) throws {
  let scratch = try Scratch()
  try Data().write(to: URL(filePath: scratch.path + "/a"))
  unsafe symlink("/etc", scratch.path + "/link")
  let folder = try Folder(scratch.path)
  #expect(throws: SystemError.self) { try FileReader(name, in: folder) }
  #expect(throws: SystemError.self) { _ = try AtomicFile(name, in: folder, run: "test") }
  #expect(throws: SystemError.self) { try folder.remove(name) }
  #expect(throws: SystemError.self) { _ = try folder.making(name) }
}

// The way for kernels and sandboxes without openat2.
@Test func openingPartByPartFollowsNoLinkEither() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("a/b")
  try Data("x".utf8).write(to: URL(filePath: scratch.path + "/a/b/c"))
  unsafe symlink("/etc", scratch.path + "/a/link")
  let file = folder.openByParts("a/b/c", O_RDONLY, mode: 0)
  #expect(file >= 0)
  close(file)
  for path in ["a/link/passwd", "a/link", "a/../a/b/c", "/etc/passwd", "", "none"] {
    #expect(folder.openByParts(path, O_RDONLY, mode: 0) == -1, "\(path)")
  }
}

@Test func foldersAreMadeWithTheirParents() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  let inner = try folder.making("raw/2026/11")
  #expect(inner.path == scratch.path + "/raw/2026/11")
  _ = try folder.making("raw/2026/12")
  #expect(try folder.making("raw/2026").names() == ["11", "12"])
  var info = stat()
  unsafe stat(inner.path, &info)
  #expect(info.st_mode & 0o7777 & ~0o750 == 0)
}

@Test func aWalkShowsAFolderBeforeWhatIsInIt() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("b/c")
  _ = try folder.making("skipped/x")
  try Data().write(to: URL(filePath: scratch.path + "/b/c/d"))
  try Data().write(to: URL(filePath: scratch.path + "/a"))
  unsafe symlink(scratch.path, scratch.path + "/b/loop")
  var seen: [String] = []
  try folder.walk { path, entry in
    seen.append(path)
    return path != "skipped"
  }
  #expect(seen == ["a", "b", "b/c", "b/c/d", "b/loop", "skipped"])
}

@Test func aMoveRefusesOrReplaces() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path), other = try folder.making("other")
  try Data("new".utf8).write(to: URL(filePath: scratch.path + "/a"))
  try Data("old".utf8).write(to: URL(filePath: scratch.path + "/other/b"))
  #expect(throws: SystemError.self) { try folder.move("a", to: "b", in: other) }
  #expect(try String(contentsOfFile: scratch.path + "/other/b", encoding: .utf8) == "old")
  try folder.move("a", to: "b", in: other, .replace)
  #expect(try String(contentsOfFile: scratch.path + "/other/b", encoding: .utf8) == "new")
  #expect(throws: SystemError.self) { try folder.move("a", to: "c", in: other) }
}

@Test func onlyWhatIsTemporaryIsRemovedAsATree() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("kept/x")
  _ = try folder.making(".av-tmp.run.7/deep/er")
  try Data().write(to: URL(filePath: scratch.path + "/.av-tmp.run.7/deep/f"))
  unsafe symlink(scratch.path + "/kept", scratch.path + "/.av-tmp.run.7/link")
  for name in ["kept", ".av-tmp.", ".av-tmp.7", "../kept"] {
    #expect(throws: SystemError.self) { try folder.removeTemporary(name) }
  }
  try folder.removeTemporary(".av-tmp.run.7")
  #expect(scratch.names == ["kept"])
  #expect(try folder.making("kept").names() == ["x"])
}

@Test func aTemporaryNameTellsWhoseItIs() {
  #expect(TemporaryName.run(of: TemporaryName.next(run: "r.1")) == "r.1")
  #expect(TemporaryName.run(of: ".av-tmp.x") == nil)
  #expect(TemporaryName.run(of: "a.av-tmp.x.1") == nil)
}

@Test func aStagedFolderAppearsWholeOrNotAtAll() throws {
  let scratch = try Scratch()
  let parent = try Folder(scratch.path)
  do {
    let staged = try StagedFolder("a", in: parent, run: "test")
    _ = try staged.folder.making("x/y")
    let file = try OutputFile("x/y/f", inStaged: staged.folder)
    try file.write(Array("hello".utf8))
    try file.commit()
    #expect(!scratch.names.contains("a"))
    try staged.commit()
  }
  #expect(scratch.names == ["a"])
  #expect(try String(contentsOfFile: scratch.path + "/a/x/y/f", encoding: .utf8) == "hello")
  do {
    let staged = try StagedFolder("b", in: parent, run: "test")
    _ = try staged.folder.making("x")
  }
  #expect(scratch.names == ["a"])
  let error = #expect(throws: SystemError.self) { try StagedFolder("a", in: parent, run: "test").commit() }
  #expect(error?.number == EEXIST)
  #expect(scratch.names == ["a"])
}

@Test func allOfATreeIsSynced() throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  _ = try folder.making("a/b")
  try Data(count: 100).write(to: URL(filePath: scratch.path + "/a/b/c"))
  unsafe mkfifo(scratch.path + "/a/pipe", 0o600)
  try folder.syncAll()
  try folder.syncEach(depth: 0)
}

@Test func theKernelTellsItsVersion() {
  #expect(Kernel.isAtLeast(3, 0))
  #expect(!Kernel.isAtLeast(99, 0))
}

/// Renames of a file system that says something else than it did.
private func rename(_ code: Int32, after isDone: Bool, refusing: Int32 = EINVAL) -> RenameCalls {
  RenameCalls(
    renameUnlessThere: { from, name, to, newName in
      if refusing == code, isDone { _ = unsafe renameat(from, name, to, newName) }
      errno = refusing
      return -1
    },
    rename: { from, name, to, newName in
      if isDone { _ = unsafe renameat(from, name, to, newName) }
      guard code != 0 else { return 0 }
      errno = code
      return -1
    })
}

@Test(arguments: [EINVAL, ENOSYS, EOPNOTSUPP]) func whereARenameCannotRefuseItIsLookedFirst(_ code: Int32) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  for name in ["a", "b"] { try Data(name.utf8).write(to: URL(filePath: scratch.path + "/" + name)) }
  let calls = rename(0, after: true, refusing: code)
  let error = #expect(throws: SystemError.self) { try folder.move("a", to: "b", in: folder, .refuse, calls) }
  #expect(error?.number == EEXIST)
  #expect(scratch.names == ["a", "b"])
  try folder.move("a", to: "c", in: folder, .refuse, calls)
  #expect(scratch.names == ["b", "c"])
}

@Test(arguments: [ENOENT, EEXIST]) func aRenameWhoseAnswerWasLostIsDone(_ code: Int32) throws {
  let scratch = try Scratch()
  let folder = try Folder(scratch.path)
  try Data("a".utf8).write(to: URL(filePath: scratch.path + "/a"))
  try folder.move("a", to: "b", in: folder, .refuse, rename(code, after: true, refusing: code))
  try folder.move("b", to: "c", in: folder, .refuse, rename(ENOENT, after: true))
  try folder.move("c", to: "d", in: folder, .replace, rename(ENOENT, after: true))
  #expect(scratch.names == ["d"])
}

@Test func aRenameThatWasNotDoneIsAnError() throws {
  let scratch = try Scratch()
  let scratchPath = scratch.path
  let folder = try Folder(scratch.path)
  try Data("a".utf8).write(to: URL(filePath: scratch.path + "/a"))
  unsafe link(scratch.path + "/a", scratch.path + "/same")
  for code in [ENOENT, EIO, EXDEV] {
    let error = #expect(throws: SystemError.self) {
      try folder.move("a", to: "b", in: folder, .refuse, rename(code, after: false))
    }
    #expect(error?.number == code)
  }
  // Two names of one file are no rename.
  #expect(throws: SystemError.self) {
    try folder.move("a", to: "same", in: folder, .replace, rename(ENOENT, after: false))
  }
  // What another put there meanwhile is not what was renamed.
  let stolen = RenameCalls(
    renameUnlessThere: { from, name, to, newName in
      _ = unsafe unlinkat(from, name, 0)
      try? Data("other".utf8).write(to: URL(filePath: scratchPath + "/" + newName))
      errno = ENOENT
      return -1
    }, rename: { _, _, _, _ in -1 })
  #expect(throws: SystemError.self) { try folder.move("a", to: "new", in: folder, .refuse, stolen) }
  try Data("b".utf8).write(to: URL(filePath: scratch.path + "/b"))
  #expect(throws: SystemError.self) {
    try folder.move("none", to: "b", in: folder, .replace, rename(ENOENT, after: false))
  }
}

@Test func aFileSystemWithoutFolderSyncsIsNamed() throws {
  // proc(5) has no fsync.
  try Folder("/proc").sync()
  #expect(Folder.unsyncable != nil)
}
