import CSystem
import Glibc

/// What a folder is stored on, and what that cannot do (`reliability.md` §1).
package struct Storage: Sendable, Hashable {
  /// Where it is mounted; empty where the system does not tell.
  package var mount: String
  /// The kind of file system as the system names it: `ext4`, `nfs4`, `fuse.blobfuse2`.
  package var kind: String
  package var missing: [Lack]

  /// What protocols elsewhere take for granted, and what we do without or have to warn of.
  package enum Lack: String, Sendable, CaseIterable {
    /// A lock holds on the host that took it only.
    case hostLocks = "locks between hosts"
    /// A rename is a copy and a removal: others may see half of it.
    case atomicRename = "atomic rename"
    case hardLinks = "hard links"
  }

  package var renamesAtomically: Bool { !missing.contains(.atomicRename) }

  /// Of a folder that is there.
  package init(of folder: Folder) {
    let path = (try? Folder.realPath(folder.path)) ?? folder.path
    if let text = Self.mounts(), let storage = Storage(path: path, mounts: text) {
      self = storage
    } else {
      self.init(mount: "", kind: Self.names[av_file_system_kind(folder.descriptor)] ?? "unknown", options: [])
    }
  }

  /// Of a path by the text of `/proc/self/mountinfo`: the mount that lies nearest above it, the last one of equals.
  ///
  /// ```
  /// 36 35 98:0 /root /mount\040point rw,noatime master:1 - nfs4 server:/export rw,nolock
  /// ```
  /// proc_pid_mountinfo(5); a line that is not like this is left out.
  package init?(path: String, mounts text: String) {
    var best: (mount: String, kind: String, source: String, options: [Substring])?
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 2 else { continue }
      let mount = Self.unescaped(fields[4])
      let isAbove = mount == "/" || path == mount || path.hasPrefix(mount + "/")
      guard isAbove, mount.utf8.count >= best?.mount.utf8.count ?? 0 else { continue }
      let options =
        fields[5].split(separator: ",") + (fields.count > dash + 3 ? fields[dash + 3].split(separator: ",") : [])
      best = (mount, Self.unescaped(fields[dash + 1]), Self.unescaped(fields[dash + 2]), options)
    }
    guard let best else { return nil }
    self.init(mount: best.mount, kind: best.kind, source: best.source, options: best.options)
  }

  private init(mount: String, kind: String, source: String = "", options: [Substring]) {
    (self.mount, self.kind) = (mount, kind)
    switch kind {
    case "nfs", "nfs4":
      let isLocal =
        options.contains("nolock") || options.contains("local_lock=all") || options.contains("local_lock=flock")
      missing = isLocal ? [.hostLocks] : []
      // Blob storage speaks NFS, and has neither.
      if source.contains(".blob.core.") { missing = [.hostLocks, .hardLinks] }
    case "cifs", "smb3":
      missing = options.contains("nobrl") ? [.hostLocks] : []
    case "vfat", "exfat", "msdos":
      missing = [.hardLinks]
    case "fuse.blobfuse", "fuse.blobfuse2", "fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.rclone":
      missing = [.hostLocks, .atomicRename, .hardLinks]
    default:
      missing = []
    }
  }

  /// `\040` is a space: three octal digits for what would end a field.
  private static func unescaped(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Magic numbers of statfs(2), for where `/proc` is not mounted.
  private static let names: [UInt: String] = [
    0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlay",
    0x6969: "nfs", 0x6573_5546: "fuse", 0xFF53_4D42: "cifs", 0x4D44: "vfat",
  ]

  /// Files of `/proc` have no size: they are read to their end, which is bounded here.
  private static func mounts() -> String? {
    let file = retry { unsafe Glibc.open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC) }
    guard file >= 0 else { return nil }
    defer { close(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while text.count < 16 << 20 {
      let count = retry { unsafe chunk.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) } }
      guard count > 0 else { return count == 0 ? String(decoding: text, as: UTF8.self) : nil }
      text += chunk[..<count]
    }
    return nil
  }
}

extension Storage {
  package var json: JSON {
    var object: JSONObject = ["mount": .string(mount), "kind": .string(kind)]
    if !missing.isEmpty { object["missing"] = .array(missing.map { .string($0.rawValue) }) }
    return .object(object)
  }
}
