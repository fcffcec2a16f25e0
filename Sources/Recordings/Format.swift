package import Core

/// A kind of recording: how to recognise it and how to open it.
package struct Format: Sendable {
  /// The name in records and options: `rosbag`, `mdf4`, `tdms`, `mcap`, `rosbag2`.
  package var name: String
  package var extensions: [String]
  /// Whether the first bytes of a file (up to 64) are of this kind.
  package var recognises: @Sendable ([UInt8]) -> Bool
  package var open: @Sendable (FileReader) throws -> any RecordingReader
}

extension Format {
  /// Every format, in the order they are tried; a new one is a folder and a line here.
  package static let all: [Format] = []

  /// The format of a file, by its first bytes.
  package static func of(_ file: FileReader) throws -> Format? {
    let head = try file.bytes(at: 0, count: min(file.count, 64))
    return all.first { $0.recognises(head) }
  }
}
