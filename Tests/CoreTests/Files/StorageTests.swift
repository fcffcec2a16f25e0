import Foundation
import Testing

@testable import Core

@Suite struct StorageTests {
  static let mounts = """
    22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
    23 22 0:21 / /proc rw,nosuid - proc proc rw
    40 22 0:50 / /mnt rw,relatime shared:5 - xfs /dev/sdb1 rw
    41 40 0:51 / /mnt/nfs rw,relatime - nfs4 server:/export rw,vers=4.2,local_lock=none
    42 40 0:52 / /mnt/old rw,relatime - nfs server:/old rw,vers=3,nolock,local_lock=all
    43 40 0:53 / /mnt/blob rw,relatime - nfs acc.blob.core.windows.net:/acc/box rw,vers=3,nolock
    44 40 0:54 / /mnt/fuse rw,nosuid,nodev - fuse.blobfuse2 blobfuse2 rw,user_id=0
    45 40 0:55 / /mnt/a\\040b\\134c rw - exfat /dev/sdc1 rw
    46 40 0:56 / /mnt/nfs rw,relatime - tmpfs tmpfs rw
    a line that is none of these
    47 40 0:57 / /mnt/short rw -
    """

  @Test(
    arguments: [
      ("/", "/", "ext4", []), ("/mntx/lake", "/", "ext4", []), ("/mnt/lake", "/mnt", "xfs", []),
      ("/mnt/old/raw", "/mnt/old", "nfs", [.hostLocks]), ("/mnt/blob", "/mnt/blob", "nfs", [.hostLocks, .hardLinks]),
      ("/mnt/fuse/raw/x", "/mnt/fuse", "fuse.blobfuse2", [.hostLocks, .atomicRename, .hardLinks]),
      ("/mnt/a b\\c/d", "/mnt/a b\\c", "exfat", [.hardLinks]), ("/mnt/nfs/x", "/mnt/nfs", "tmpfs", []),
      ("/mnt/short", "/mnt", "xfs", []),
    ] as [(String, String, String, [Storage.Lack])])
  func theNearestMountAboveIsTheOne(_ path: String, _ mount: String, _ kind: String, _ missing: [Storage.Lack]) throws {
    let storage = try #require(Storage(path: path, mounts: Self.mounts))
    #expect(storage.mount == mount)
    #expect(storage.kind == kind)
    #expect(storage.missing == missing)
    #expect(storage.renamesAtomically == (kind != "fuse.blobfuse2"))
  }

  @Test(
    arguments: [
      ("nfs4", "server:/x", "rw,vers=4.2", []), ("nfs", "server:/x", "rw,local_lock=flock", [.hostLocks]),
      ("cifs", "//server/x", "rw", []), ("cifs", "//server/x", "rw,nobrl", [.hostLocks]),
      ("btrfs", "/dev/sda", "rw", []),
    ] as [(String, String, String, [Storage.Lack])])
  func optionsTellWhatIsMissing(_ kind: String, _ source: String, _ options: String, _ missing: [Storage.Lack]) {
    let line = "1 0 0:1 / / rw shared:1 master:2 - \(kind) \(source) \(options)"
    #expect(Storage(path: "/x", mounts: line)?.missing == missing)
  }

  @Test(arguments: [
    "", "\n\n", "1 2 3", "- - - - - - - - -", "1 0 0:1 / /other rw - ext4 d rw", "1 0 0:1 / /\\9zz rw - x",
  ])
  func textsThatSayNothingAreNoStorage(_ text: String) { #expect(Storage(path: "/x", mounts: text) == nil) }

  @Test func thisFolderIsStoredSomewhere() throws {
    let storage = Storage(of: try Folder("/proc"))
    #expect(storage.kind == "proc")
    #expect(storage.mount == "/proc")
    #expect(storage.json["kind"] == "proc")
    #expect(storage.json["missing"] == nil)
  }
}

@Suite struct StatusFileTests {
  @Test func onlyAFileIsReplaced() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "status-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "file").path, link = folder.appending(path: "link").path
    try StatusFile.write("one", to: file)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
    try StatusFile.write("two", to: link)
    #expect(StatusFile.read(file) == "two")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    // What has a reader elsewhere is written to.
    let device = folder.appending(path: "device").path
    try FileManager.default.createSymbolicLink(atPath: device, withDestinationPath: "/dev/null")
    try StatusFile.write("three", to: device)
    #expect(try Folder("/dev").entry("null")?.kind != .file)
    #expect(throws: SystemError.self) { try StatusFile.write("four", to: folder.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["device", "file", "link"])
  }

  @Test func itIsReplacedAsAWholeAndLeavesNothingBeside() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "status-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path + "/a.prom"
    #expect(StatusFile.read(path) == nil)
    // What a killed process of this id left is no obstacle.
    try "x".write(toFile: "\(path).\(Host.processID)", atomically: false, encoding: .utf8)
    for text in ["one\n", "two\n", ""] {
      try StatusFile.write(text, to: path)
      #expect(StatusFile.read(path) == text)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.prom"])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    let mask = umask(0)
    umask(mask)
    #expect(mode == 0o644 & ~Int(mask))
    #expect(throws: SystemError.self) { try StatusFile.write("x", to: folder.path + "/") }
    #expect(throws: SystemError.self) { try StatusFile.write("x", to: folder.path + "/none/a") }
  }
}
