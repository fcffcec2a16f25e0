package import Core

/// A file that enrichment takes values from: which it was is part of what the output is.
package struct SourceFile: Sendable, Hashable {
  /// What it is for: `weather`, `map`, `telemetry`, `objects`, `region`, or a join's prefix.
  package var role: String
  package var path: String
  package var bytes: Int
  package var sha256: String
  private let identity: FileIdentity

  /// Reads it once for its digest.
  package init(role: String, path: String) throws {
    let file = try FileReader(path)
    (self.role, self.path, bytes, identity) = (role, path, file.count, file.identity)
    sha256 = try FileDigest.of(file)
  }

  /// Throws unless the file is still the one that has the digest: to be asked after its last read.
  func checkUnchanged() throws {
    guard try FileReader(path).identity == identity else {
      throw SourceError(path, "changed while it was read", code: .changed)
    }
  }

  /// Without folders: what stays the same when files are moved.
  package var name: String { path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path }

  package var json: JSON {
    ["role": .string(role), "file": .string(name), "bytes": .count(bytes), "sha256": .string(sha256)]
  }

  /// All of a file, unpacked where it is gzip; at most 1 GiB.
  static func contents(_ path: String) throws -> [UInt8] { try contents(FileReader(path)) }

  static func contents(_ file: FileReader) throws -> [UInt8] {
    let path = file.path
    guard file.count <= largest else { throw SourceError(path, "larger than \(largest) bytes") }
    let bytes = try file.bytes(at: 0, count: file.count)
    guard bytes.starts(with: [0x1f, 0x8b]) else { return bytes }
    let unpacked = Codec.gzip.salvage(bytes.bytes, limit: largest)
    if let problem = unpacked.problem { throw SourceError(path, "\(problem)") }
    guard unpacked.consumed == bytes.count else {
      throw SourceError(path, "byte \(unpacked.consumed): what follows is no member of gzip")
    }
    return unpacked.bytes
  }

  private static let largest = 1 << 30
}

/// Why a source of enrichment cannot be used.
package struct SourceError: Problem, Equatable {
  package var description: String
  package var hint: String?
  package var code: ProblemCode
  package var exitCode: ExitCode { .items }

  /// `place` is a path, perhaps with `:line`.
  init(_ place: String, _ problem: String, hint: String? = nil, code: ProblemCode = .damaged) {
    description = "\(place): \(problem)"
    (self.hint, self.code) = (hint, code)
  }
}
