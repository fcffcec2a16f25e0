import Core

/// Finds the next sound record behind a damaged place.
///
/// A place counts only when lengths lead from field to field to the end of a header, one field is `op=`, the lengths fit
/// the file, and the whole header parses. Each byte is looked at once, whatever stands there. Bytes of messages could
/// hold a bag: this is never used inside a sound chunk.
struct RosBagResync {
  /// A header of a real record has a handful of fields.
  private static let mostFields = 32
  /// What is kept of the file at a time.
  private static let step = 1 << 20
  /// What a header needs behind the byte where it begins.
  private static let margin = 4 + RosBagWalk.longestHeader + 4

  private let file: FileReader
  /// Kept from one search to the next, since damaged places may lie close together.
  private var buffer: [UInt8] = []
  private var base = 0

  init(_ file: FileReader) { self.file = file }

  /// The position of the next record at or behind `start`, or nil when there is none.
  mutating func record(from start: Int) throws(SystemError) -> Int? {
    var position = start
    while position < file.count {
      try load(position)
      let bytes = buffer.bytes
      let isLast = base + buffer.count == file.count
      let end = isLast ? buffer.count : buffer.count - Self.margin
      for index in position - base..<end where isLikely(bytes, index) {
        if try RosBagWalk.record(at: base + index, in: file) != nil { return base + index }
      }
      position = base + end
    }
    return nil
  }

  /// Holds the bytes from `position` on, with all that a header which begins there could need.
  private mutating func load(_ position: Int) throws(SystemError) {
    let needed = min(file.count, position + 2 * Self.margin)
    if position >= base, needed <= base + buffer.count { return }
    base = position
    buffer = try file.bytes(at: position, count: min(Self.step, file.count - position))
  }

  /// Whether numbers alone let a header begin at `start`.
  @inline(__always) private func isLikely(_ bytes: RawSpan, _ start: Int) -> Bool {
    guard bytes.byteCount - start >= 16 else { return false }
    let length = Int(bytes.u32(at: start))
    return length >= 8 && length <= RosBagWalk.longestHeader && hasFields(bytes, start + 4, length)
  }

  private func hasFields(_ bytes: RawSpan, _ start: Int, _ length: Int) -> Bool {
    let end = start + length
    guard end + 4 <= bytes.byteCount, Int(bytes.u32(at: end)) <= file.count - base - end - 4 else { return false }
    var field = start
    var hasOperation = false
    for _ in 0..<Self.mostFields where field < end {
      guard end - field >= 5 else { return false }
      let length = Int(bytes.u32(at: field))
      // `op=` and one byte
      if length == 4, end - field >= 8, bytes.u32(at: field + 4) & 0xff_ffff == 0x3d_706f { hasOperation = true }
      field += 4 + length
    }
    return field == end && hasOperation
  }
}
