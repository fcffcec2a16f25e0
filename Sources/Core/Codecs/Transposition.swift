/// Bytes of records column by column, as packers like them: all first bytes of records, then all second, ...
package enum Transposition {
  /// Rows of this many bytes are moved together, so that what is read and written stays in the first cache.
  private static let block = 256

  /// The records of transposed bytes; what is left after the last whole record was never moved.
  package static func undo(_ bytes: [UInt8], columns: Int) -> [UInt8] {
    guard columns > 1, columns <= bytes.count else { return bytes }
    let rows = bytes.count / columns
    return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { target, filled in
      unsafe bytes.withUnsafeBufferPointer { source in
        // Every index is below rows * columns, which is at most the count of both.
        var start = 0
        while start < rows {
          let end = min(start + block, rows)
          for column in 0..<columns {
            let plane = column * rows
            var place = start * columns + column
            for row in start..<end {
              unsafe target[place] = source[plane + row]
              place += columns
            }
          }
          start = end
        }
        for index in rows * columns..<bytes.count { unsafe target[index] = source[index] }
      }
      filled = bytes.count
    }
  }
}
