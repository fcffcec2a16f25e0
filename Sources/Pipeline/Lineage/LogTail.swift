import Core

/// The end of a log file: what the next line chains on, and what a crash may have left.
struct LogTail {
  /// How long the file is.
  var size = 0
  /// Whether it has a whole line.
  var hasLines = false
  /// Of the last whole line; -1 before the first.
  var sequence = -1
  /// Of the last whole line; empty before the first.
  var digest = ""
  var time: Timestamp?
  var event: String?
  /// Bytes after the last newline.
  var torn: Torn?
  /// Why nothing may be appended; nil when all is well.
  var problem: String?
  /// Where the last whole line lies, also one that is damaged.
  var lastLine: Torn?

  struct Torn {
    var offset: Int
    var length: Int
    var digest: String
  }

  /// A file that is not there yet.
  init() {}

  /// Reads backwards until the last whole line is there.
  init(of log: AppendLog, size: Int) throws {
    self.size = size
    var bytes: [UInt8] = []
    var start = size
    var newlines: [Int] = []
    while start > 0, newlines.count < 2 {
      guard bytes.count <= 2 * LogLines.longest else {
        problem = "the last line is longer than \(LogLines.longest) bytes"
        return
      }
      let count = min(start, max(64 << 10, bytes.count))
      start -= count
      let chunk = try log.bytes(at: start, count: count)
      // Positions count from the end, which stays where it is.
      var rest = chunk[...]
      while newlines.count < 2, let newline = rest.lastIndex(of: UInt8(ascii: "\n")) {
        newlines.append(bytes.count + chunk.count - newline)
        rest = rest[..<newline]
      }
      bytes = chunk + bytes
    }
    newlines = newlines.map { bytes.count - $0 }
    let end = newlines.first.map { $0 + 1 } ?? 0
    if end < bytes.count {
      torn = Torn(offset: start + end, length: bytes.count - end, digest: Digest.sha256(Array(bytes[end...])).hex)
    }
    guard end > 0 else { return }
    hasLines = true
    let first = newlines.dropFirst().first.map { $0 + 1 } ?? 0
    let line = bytes[first..<end - 1]
    digest = Digest.sha256(Array(line)).hex
    lastLine = Torn(offset: start + first, length: line.count, digest: digest)
    do {
      let envelope = try LineageEnvelope(JSON.parse(line, limits: JSON.Limits(bytes: LogLines.longest)))
      (sequence, time, event) = (envelope.sequence, envelope.time, envelope.event.name)
    } catch let failure as LineageEnvelope.Failure {
      problem = "the last line \(failure.problem)"
    } catch {
      problem = "the last line is not JSON"
    }
  }
}
