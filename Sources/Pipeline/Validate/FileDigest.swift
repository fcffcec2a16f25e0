package import Core

/// Digests of whole files, read in blocks.
package enum FileDigest {
  static let block = 1 << 20

  /// The digest of a file in hexadecimal; `step` learns of the bytes as they are read.
  ///
  /// - Throws: `SystemError`, ESTALE among them when the file is not the same at the end; what `step` throws.
  package static func of(
    _ file: FileReader, _ algorithm: Digest = .sha256, _ step: (Int) throws -> Void = { _ in }
  ) throws -> String {
    var hasher = Digest.Hasher(algorithm)
    var buffer: [UInt8] = []
    file.readSequentially()
    for start in stride(from: 0, to: file.count, by: block) {
      try file.read(into: &buffer, at: start, count: min(block, file.count - start))
      hasher.update(buffer.bytes)
      try step(buffer.count)
    }
    try file.checkUnchanged()
    return hasher.finish().hex
  }
}
