/// Where an artifact's bytes go, one after another: a file, standard output, memory.
package protocol ByteOutput: AnyObject {
  /// How many bytes were written.
  var count: Int { get }
  func write(_ bytes: [UInt8]) throws(SystemError)
}

/// Bytes kept in memory.
package final class MemoryOutput: ByteOutput {
  package private(set) var bytes: [UInt8] = []
  package var count: Int { bytes.count }

  package init() {}
  package func write(_ bytes: [UInt8]) { self.bytes += bytes }
}
