/// Reads small structures of a file through one buffer, so that neighbours cost one call.
package struct Window {
  private let file: FileReader
  private var start = 0
  private var buffer: [UInt8] = []
  private static let size = 16 << 10

  package init(_ file: FileReader) { self.file = file }

  /// The bytes of a range, which lies in the file.
  package mutating func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    guard count <= Self.size else { return try file.bytes(at: offset, count: count) }
    if offset < start || offset + count > start + buffer.count {
      buffer = try file.bytes(at: offset, count: min(Self.size, file.count - offset))
      start = offset
    }
    guard offset + count <= start + buffer.count else { return try file.bytes(at: offset, count: count) }
    return Array(buffer[offset - start..<offset - start + count])
  }
}
