package import Core

/// A kind of recording: how to recognise it and how to open it.
package struct Format: Sendable {
  /// The name in records and options: `rosbag`, `mdf4`, `tdms`, `mcap`, `rosbag2`.
  package var name: String
  package var extensions: [String]
  /// Whether the first bytes of a file (up to 64) are of this kind.
  package var recognises: @Sendable ([UInt8]) -> Bool
  package var open: @Sendable (FileReader) throws -> any RecordingReader
  /// What stands behind a recording's name in that of a file that belongs to it and has no values of its own.
  package var companion: String?
}

extension Format {
  /// Every format, in the order they are tried; a new one is a folder and a line here.
  package static let all: [Format] = [.rosbag, .mdf4, .tdms]

  /// The format of a file, by its first bytes.
  package static func of(_ file: FileReader) throws -> Format? {
    let head = try file.bytes(at: 0, count: min(file.count, 64))
    return all.first { $0.recognises(head) }
  }

  /// The recording that a file belongs to, by their names.
  package static func owner(ofCompanion path: String) -> String? {
    for format in all {
      guard let ending = format.companion, path.hasSuffix(ending) else { continue }
      let name = String(path.dropLast(ending.count))
      if format.extensions.contains(where: { name.hasSuffix(".\($0)") }) { return name }
    }
    return nil
  }

  /// Opens a recording of whatever format it is.
  ///
  /// - Throws: `FormatError` for what is none, with what it looks like instead; `SystemError`.
  package static func open(_ file: FileReader) throws -> any RecordingReader {
    if let format = try of(file) { return try format.open(file) }
    let head = try file.bytes(at: 0, count: min(file.count, 64))
    throw FormatError(format: "recording", structure: "first bytes", offset: 0, problem: likeness(of: head))
  }

  /// What a file that is no recording seems to be.
  private static func likeness(of head: [UInt8]) -> String {
    let known: [(start: [UInt8], name: String)] = [
      (Array("version https://git-lfs".utf8), "a Git LFS pointer: the file itself was not fetched"),
      ([0x1f, 0x8b], "a gzip file: unpack it first"), ([0x28, 0xb5, 0x2f, 0xfd], "a zstd file: unpack it first"),
      (Array("PK".utf8), "a zip archive: unpack it first"), (Array("BZh".utf8), "a bzip2 file: unpack it first"),
      ([0x04, 0x22, 0x4d, 0x18], "an LZ4 file: unpack it first"),
    ]
    if head.isEmpty { return "the file is empty" }
    if let like = known.first(where: { head.starts(with: $0.start) }) { return "this is \(like.name)" }
    return "known formats are \(all.map(\.name).joined(separator: ", "))"
  }
}
