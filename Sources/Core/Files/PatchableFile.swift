import Glibc

/// Output whose earlier bytes can be replaced, for formats that know their beginning last.
package protocol PatchableOutput: ByteOutput {
  /// Replaces bytes that were written.
  func rewrite(_ bytes: [UInt8], at offset: Int) throws(SystemError)
}

/// A new file that is written under its own name, as a recorder does; what must appear whole is an `OutputFile`.
package final class PatchableFile: PatchableOutput {
  package let path: String
  package private(set) var count = 0
  private var descriptor: Int32

  package init(_ path: String, _ existing: Existing = .refuse) throws(SystemError) {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (existing == .refuse ? O_EXCL : O_TRUNC)
    descriptor = retry { unsafe open(path, flags, 0o644) }
    guard descriptor >= 0 else { throw SystemError(path, cannot: "create") }
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  package func write(_ bytes: [UInt8]) throws(SystemError) {
    try put(bytes.bytes, at: count)
    count += bytes.count
  }

  package func rewrite(_ bytes: [UInt8], at offset: Int) throws(SystemError) {
    precondition(offset >= 0 && offset + bytes.count <= count, "only what was written can be replaced")
    try put(bytes.bytes, at: offset)
  }

  /// Cuts the file after its first `count` bytes.
  package func cut(to count: Int) throws(SystemError) {
    precondition(count >= 0 && count <= self.count, "a cut does not make a file longer")
    guard retry({ ftruncate(descriptor, off_t(count)) }) == 0 else { throw SystemError(path, cannot: "cut") }
    self.count = count
  }

  package func close() throws(SystemError) {
    let closed = Glibc.close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw SystemError(path, cannot: "close") }
  }

  private func put(_ bytes: RawSpan, at offset: Int) throws(SystemError) {
    var rest = bytes
    var offset = offset
    while !rest.isEmpty {
      let written = retry {
        unsafe rest.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
      }
      guard written > 0 else { throw SystemError(path, cannot: "write") }
      offset += written
      rest = rest.extracting(droppingFirst: written)
    }
  }
}
