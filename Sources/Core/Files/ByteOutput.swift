/// Where an artifact's bytes go, one after another: a file, standard output, memory.
package protocol ByteOutput: AnyObject {
  /// How many bytes were written.
  var count: Int { get }
  func write(_ bytes: [UInt8]) throws(SystemError)
}

/// Bytes kept in memory.
package final class MemoryOutput: PatchableOutput {
  package private(set) var bytes: [UInt8] = []
  package var count: Int { bytes.count }

  package init() {}
  package func write(_ bytes: [UInt8]) { self.bytes += bytes }
  package func rewrite(_ bytes: [UInt8], at offset: Int) {
    self.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }
}

/// Standard output for many records: written when 64 KiB are there, always up to the end of what one call gave.
///
/// `flush` before anything that takes long, and at the end: a reader waits for what is kept back.
package final class ConsoleOutput: ByteOutput {
  private static let most = 64 << 10

  package private(set) var count = 0
  private var kept: [UInt8] = []

  package init() {}

  /// One or more whole records.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    count += bytes.count
    kept += bytes
    if kept.count >= Self.most { try flush() }
  }

  package func flush() throws(SystemError) {
    guard !kept.isEmpty else { return }
    try Console.show(kept)
    kept.removeAll(keepingCapacity: true)
  }
}
