import Core

/// A line of a log file as it lies on disk, without its newline.
struct LogLine {
  var bytes: ArraySlice<UInt8>
  /// From 1.
  var number: Int
  var offset: Int
  /// False for what stands after the last newline: a torn tail, or a line that is just being written.
  var isEnded: Bool

  var digest: String { Digest.sha256(Array(bytes)).hex }
}

/// The physical lines of a file, one after another; memory is one chunk and one line.
///
/// Reads what was there when it began, and keeps no descriptor, so that a lake with a thousand writers can be read.
struct LogLines {
  /// What a reader takes of a line at most; writers keep to 1 MiB.
  static let longest = 16 << 20
  private static let chunk = 256 << 10

  let name: String
  private let folder: Folder
  private let longest: Int
  private let end: Int
  private var buffer: [UInt8] = []
  /// Where the rest of `buffer` begins, in the buffer and in the file.
  private var start = 0
  private var offset = 0
  private var number = 0

  struct TooLong: Error { var line: LogLine }

  /// Begins at byte `offset`, behind `number` lines.
  init(
    _ name: String, in folder: Folder, longest: Int = LogLines.longest, offset: Int = 0, number: Int = 0
  ) throws(SystemError) {
    self.name = name
    (self.offset, self.number) = (offset, number)
    self.longest = longest
    self.folder = folder
    end = try FileReader(name, in: folder).count
  }

  /// The next line; nil at the end.
  mutating func next() throws -> LogLine? {
    var searched = start
    while true {
      if let newline = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        return take(upTo: newline, isEnded: true)
      }
      let loaded = offset + buffer.count - start
      guard loaded < end else { return start < buffer.count ? take(upTo: buffer.count, isEnded: false) : nil }
      guard buffer.count - start <= longest else {
        throw TooLong(line: LogLine(bytes: [], number: number + 1, offset: offset, isEnded: false))
      }
      buffer.removeSubrange(..<start)
      start = 0
      searched = buffer.count
      // A long line doubles what is read, so that it is not searched and moved over and over.
      let wanted = min(max(Self.chunk, buffer.count), longest + 1 - buffer.count, end - loaded)
      buffer += try FileReader(name, in: folder).bytes(at: loaded, count: wanted)
    }
  }

  private mutating func take(upTo limit: Int, isEnded: Bool) -> LogLine {
    number += 1
    let line = LogLine(bytes: buffer[start..<limit], number: number, offset: offset, isEnded: isEnded)
    offset += limit - start + (isEnded ? 1 : 0)
    start = min(limit + 1, buffer.count)
    return line
  }
}
