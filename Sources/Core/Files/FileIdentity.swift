import Glibc

/// What must stay the same while a file is read, and between reading and removing it.
package struct FileIdentity: Sendable, Hashable {
  package let device: UInt64
  package let node: UInt64
  package let size: Int
  /// When the content last changed, in nanoseconds since 1970.
  package let modified: Int64
  /// When the content, the names or the rights last changed, in nanoseconds since 1970.
  package let changed: Int64

  init(_ info: stat) {
    device = UInt64(info.st_dev)
    node = UInt64(info.st_ino)
    size = Int(info.st_size)
    modified = Self.nanoseconds(info.st_mtim)
    changed = Self.nanoseconds(info.st_ctim)
  }

  /// Whether both are one file, whatever its content.
  package func isSameFile(as other: FileIdentity) -> Bool { device == other.device && node == other.node }

  /// Times that Int64 cannot hold become the nearest that it can.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    let (product, isTooLarge) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isAbove) = product.addingReportingOverflow(Int64(time.tv_nsec))
    return isTooLarge || isAbove ? (time.tv_sec < 0 ? .min : .max) : sum
  }
}

/// Something in a folder, as it is there: a link is a link.
package struct FolderEntry: Sendable, Hashable {
  package enum Kind: String, Sendable { case file, folder, link, other }

  /// The name; U+FFFD stands for what is not UTF-8, and then `isText` is false and the name opens nothing.
  package let name: String
  package let isText: Bool
  package let kind: Kind
  package let identity: FileIdentity
  /// How many names the file has.
  package let links: Int

  package var size: Int { identity.size }

  init(name: [UInt8], _ info: stat) {
    self.name = String(decoding: name, as: UTF8.self)
    isText = String(validating: name, as: UTF8.self) != nil
    kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    identity = FileIdentity(info)
    links = Int(info.st_nlink)
  }
}
