import Glibc

/// Bytes that come one after another from standard input or a file that a person named.
package final class ByteInput {
  package let path: String
  private let descriptor: Int32
  private let isOwned: Bool

  package static var standard: ByteInput { ByteInput("standard input", STDIN_FILENO) }

  /// Opens a file, a pipe or a device; `-` is standard input.
  package convenience init(_ path: String) throws(SystemError) {
    let isStandard = path == "-"
    let descriptor = isStandard ? STDIN_FILENO : retry { unsafe open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError(path, cannot: "open") }
    self.init(isStandard ? "standard input" : path, descriptor)
  }

  private init(_ path: String, _ descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    isOwned = descriptor != STDIN_FILENO
  }

  deinit { if isOwned { close(descriptor) } }

  /// What there is, at most `count` bytes; nothing at the end.
  ///
  /// Interrupted by a request to stop it throws EINTR.
  package func read(_ count: Int = 64 << 10) throws(SystemError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while true {
        let got = unsafe Glibc.read(descriptor, buffer.baseAddress, count)
        if got >= 0 {
          filled = got
          return
        }
        switch errno {
        case EINTR where Signals.requested == nil: continue
        case EAGAIN:
          var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
          _ = unsafe poll(&wait, 1, -1)
        default:
          code = errno
          return
        }
      }
    }
    guard code == 0 else { throw SystemError(path, cannot: "read", code: code) }
    return bytes
  }
}

/// The lines of an input, or its parts between NULs; memory is one line of at most 64 MiB.
package struct LineInput {
  /// A line without its end; `isTerminated` is false for a last line that lacks it.
  package struct Line: Equatable {
    package var bytes: [UInt8]
    package var number: Int
    package var isTerminated: Bool
  }

  package static let longest = 64 << 20

  package let input: ByteInput
  private let separator: UInt8
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false

  package init(_ input: ByteInput, separator: UInt8 = UInt8(ascii: "\n")) {
    self.input = input
    self.separator = separator
  }

  package mutating func next() throws(SystemError) -> Line? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: separator) {
        defer { position = end + 1 }
        return line(upTo: end, isTerminated: true)
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        defer { position = buffer.count }
        return line(upTo: buffer.count, isTerminated: false)
      }
      searched = try fill()
    }
  }

  /// Reads more; the place from where to search on.
  private mutating func fill() throws(SystemError) -> Int {
    buffer.removeFirst(position)
    position = 0
    let searched = buffer.count
    guard searched <= Self.longest else {
      throw SystemError("\(input.path):\(number + 1)", cannot: "hold a line of more than 64 MiB", code: EFBIG)
    }
    let bytes = try input.read()
    isAtEnd = bytes.isEmpty
    buffer += bytes
    return searched
  }

  private mutating func line(upTo end: Int, isTerminated: Bool) -> Line {
    number += 1
    return Line(bytes: Array(buffer[position..<end]), number: number, isTerminated: isTerminated)
  }
}
