import Core

/// Reads a stream at any place; holds the fragments it used last.
struct MDF4StreamReader {
  let file: FileReader
  let stream: MDF4Stream
  private var recent: [(fragment: Int, bytes: [UInt8])] = []
  private var window: [UInt8] = []
  private var windowStart = 0
  private(set) var fault: MDF4Fault?

  private static let windowSize = 256 << 10
  private static let mostHeld = 32 << 20

  init(_ file: FileReader, _ stream: MDF4Stream) {
    self.file = file
    self.stream = stream
  }

  /// The bytes of a range; nil where they are not there, or cannot be unpacked.
  mutating func bytes(_ range: Range<Int>) throws -> [UInt8]? {
    guard range.lowerBound >= 0, range.upperBound <= stream.count else { return nil }
    var bytes: [UInt8] = []
    guard try append(range, to: &bytes) else { return nil }
    return bytes
  }

  /// Appends the bytes of a range that lies in the stream; false, and nothing appended, where they cannot be had.
  mutating func append(_ range: Range<Int>, to bytes: inout [UInt8]) throws -> Bool {
    let before = bytes.count
    var place = range.lowerBound
    var index = stream.fragment(at: place)
    while place < range.upperBound {
      let fragment = stream.fragments[index]
      let end = min(range.upperBound, fragment.offset + fragment.count)
      if fragment.packing == nil {
        try appendPlain(fragment, place..<end, to: &bytes)
      } else {
        guard try hold(index) else {
          bytes.removeLast(bytes.count - before)
          return false
        }
        let unpacked = recent[recent.count - 1].bytes
        bytes.append(contentsOf: unpacked[place - fragment.offset..<end - fragment.offset])
      }
      place = end
      index += 1
    }
    return true
  }

  private mutating func appendPlain(_ fragment: MDF4Fragment, _ range: Range<Int>, to bytes: inout [UInt8]) throws {
    let start = fragment.start + range.lowerBound - fragment.offset
    if start < windowStart || start + range.count > windowStart + window.count {
      guard range.count < Self.windowSize / 2 else {
        bytes += try file.bytes(at: start, count: range.count)
        return
      }
      windowStart = start
      try file.read(into: &window, at: start, count: min(Self.windowSize, file.count - start))
    }
    bytes.append(contentsOf: window[start - windowStart..<start - windowStart + range.count])
  }

  /// Makes the fragment the last of those that are held.
  private mutating func hold(_ index: Int) throws -> Bool {
    if recent.last?.fragment == index { return true }
    if let known = recent.firstIndex(where: { $0.fragment == index }) {
      recent.append(recent.remove(at: known))
      return true
    }
    do {
      let bytes = try stream.fragments[index].bytes(of: file)
      recent.append((index, bytes))
      while recent.count > 1, recent.reduce(0, { $0 + $1.bytes.count }) > Self.mostHeld { recent.removeFirst() }
      return true
    } catch let problem as MDF4Fault {
      if fault == nil { fault = problem }
      return false
    }
  }
}
