import Core

/// Finds the next sound record behind a damaged place.
///
/// Every header has a field `op=`, so that is what is looked for; a place counts only when the whole header parses
/// and its lengths fit the file. Bytes of messages could hold a bag: this is never used inside a sound chunk.
struct RosBagResync {
  /// A header of a real record is a few dozen bytes; the field `op` lies within the first of them.
  private static let reach = 512
  private static let step = 1 << 20

  let file: FileReader

  /// The position of the next record at or behind `start`, or nil when there is none.
  func record(from start: Int) throws(SystemError) -> Int? {
    var position = start
    while position < file.count {
      // Overlap, so that a header which crosses the border is seen whole once.
      let count = min(Self.step + Self.reach, file.count - position)
      let bytes = try file.bytes(at: position, count: count)
      if let found = try record(in: bytes, at: position) { return found }
      guard count == Self.step + Self.reach else { return nil }
      position += Self.step
    }
    return nil
  }

  private func record(in bytes: [UInt8], at base: Int) throws(SystemError) -> Int? {
    let pattern: [UInt8] = [0x04, 0, 0, 0, 0x6f, 0x70, 0x3d]  // a field of four bytes, `op=` and the operation
    var from = 0
    while let hit = bytes.firstRange(of: pattern, from: from) {
      from = hit + 1
      for start in stride(from: hit - 4, through: max(0, hit - Self.reach), by: -1) {
        // The header must reach past its `op`, and not be longer than any real one.
        guard start >= 0 else { break }
        let length = Int(bytes.bytes.u32(at: start))
        guard length >= hit + 8 - (start + 4), length <= RosBagWalk.longestHeader else { continue }
        if try RosBagWalk.record(at: base + start, in: file) != nil { return base + start }
      }
    }
    return nil
  }
}

extension [UInt8] {
  /// Where `pattern` first occurs at or behind `from`.
  fileprivate func firstRange(of pattern: [UInt8], from: Int) -> Int? {
    guard count >= pattern.count, let first = pattern.first else { return nil }
    var index = from
    while index <= count - pattern.count {
      if self[index] == first, self[index..<index + pattern.count].elementsEqual(pattern) { return index }
      index += 1
    }
    return nil
  }
}
