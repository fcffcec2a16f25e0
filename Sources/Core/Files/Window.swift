import Glibc

/// Reads small structures of a file through one buffer, so that neighbours cost one system call.
package struct Window {
  private let file: FileReader
  private let size: Int
  private var buffer: [UInt8] = []
  /// Where `buffer` begins in the file.
  private var start = 0

  /// `size` is how many bytes are read at least, where the file has them.
  package init(_ file: FileReader, size: Int = 16 << 10) {
    self.file = file
    self.size = size
  }

  /// The bytes of a range, which lies in the file.
  package mutating func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    guard count < size else { return try file.bytes(at: offset, count: count) }
    return [UInt8](try span(at: offset, count: count))
  }

  /// The bytes of a range, which lies in the file: where they are, until the next call.
  @_lifetime(&self)
  package mutating func span(at offset: Int, count: Int) throws(SystemError) -> RawSpan {
    guard offset >= 0, count >= 0, count <= file.count, offset <= file.count - count else {
      throw SystemError(file.path, cannot: "read \(count) bytes at byte \(offset) of \(file.count)", code: EINVAL)
    }
    if offset < start || offset - start > buffer.count - count {
      // What a failed read leaves in the buffer begins here too.
      start = offset
      try file.read(into: &buffer, at: offset, count: min(file.count - offset, max(size, count)))
    }
    let first = offset - start
    return unsafe buffer.span.bytes.extracting(first..<first + count)
  }
}
