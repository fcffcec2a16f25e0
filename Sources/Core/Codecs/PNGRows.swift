/// The rows of a PNG as it packs them: each after the number of a filter, as differences to pixels before and above.
///
/// | | filter | what is taken away (PNG §9.2), a left, b above, c above left |
/// |---|---|---|
/// | 0 | none | 0 |
/// | 1 | sub | a |
/// | 2 | up | b |
/// | 3 | average | (a + b) / 2 |
/// | 4 | Paeth | the one of a, b, c nearest to a + b - c |
///
/// It is here, beside the codecs, because it is half of PNG's compression and its loops need pointers.
package struct PNGRows: Sendable {
  package var bytesPerPixel: Int
  package var bytesPerRow: Int

  package init(bytesPerPixel: Int, bytesPerRow: Int) {
    precondition(bytesPerPixel > 0 && bytesPerRow >= bytesPerPixel, "a row has a pixel")
    self.bytesPerPixel = bytesPerPixel
    self.bytesPerRow = bytesPerRow
  }

  /// All whole rows of `pixels`, filtered: one byte a row more.
  ///
  /// A row gets the one of sub, up and average whose differences are smallest; Paeth is as good on pictures of cameras,
  /// whose noise average halves, and takes three times as long.
  package func filtered(_ pixels: RawSpan) -> [UInt8] {
    let count = pixels.byteCount / bytesPerRow
    return unsafe pixels.withUnsafeBytes { pixels in
      // Row r is read at r * bytesPerRow and written at r * (bytesPerRow + 1); both arrays hold `count` of them.
      unsafe [UInt8](unsafeUninitializedCapacity: count * (bytesPerRow + 1)) { target, filled in
        filled = count * (bytesPerRow + 1)
        guard count > 0, var row = unsafe pixels.baseAddress?.assumingMemoryBound(to: UInt8.self),
          var place = target.baseAddress
        else { return }
        let blank = [UInt8](repeating: 0, count: bytesPerRow)
        unsafe blank.withUnsafeBufferPointer { blank in
          guard var above = blank.baseAddress else { return }
          for _ in 0..<count {
            let filter = unsafe smallest(row, above)
            unsafe place.pointee = filter.rawValue
            unsafe write(filter, row, above, to: place + 1)
            unsafe above = row
            unsafe row += bytesPerRow
            unsafe place += bytesPerRow + 1
          }
        }
      }
    }
  }

  private enum Filter: UInt8 { case sub = 1, up, average }

  /// The filter with the smallest sum of differences, as numbers between -128 and 127.
  private func smallest(_ row: UnsafePointer<UInt8>, _ above: UnsafePointer<UInt8>) -> Filter {
    var (sub, up, average): (UInt32, UInt32, UInt32) = (0, 0, 0)
    // Of a long row one part of four tells as much as all of it.
    let step = bytesPerRow < 1_024 ? 64 : 256
    var start = bytesPerPixel
    while start < bytesPerRow {
      for index in start..<min(start + 64, bytesPerRow) {
        let own = unsafe row[index], left = unsafe row[index - bytesPerPixel], high = unsafe above[index]
        sub &+= magnitude(own &- left)
        up &+= magnitude(own &- high)
        average &+= magnitude(own &- mean(left, high))
      }
      start += step
    }
    // Equal sums, as of pixels of one colour, are rows of zeros by any; up needs no neighbour.
    if up <= sub, up <= average { return .up }
    return average < sub ? .average : .sub
  }

  private func write(
    _ filter: Filter, _ row: UnsafePointer<UInt8>, _ above: UnsafePointer<UInt8>,
    to place: UnsafeMutablePointer<UInt8>
  ) {
    switch filter {
    case .sub:
      for index in 0..<bytesPerPixel { unsafe place[index] = row[index] }
      for index in bytesPerPixel..<bytesPerRow { unsafe place[index] = row[index] &- row[index - bytesPerPixel] }
    case .up:
      for index in 0..<bytesPerRow { unsafe place[index] = row[index] &- above[index] }
    case .average:
      for index in 0..<bytesPerPixel { unsafe place[index] = row[index] &- above[index] >> 1 }
      for index in bytesPerPixel..<bytesPerRow {
        unsafe place[index] = row[index] &- mean(row[index - bytesPerPixel], above[index])
      }
    }
  }

  private func mean(_ one: UInt8, _ other: UInt8) -> UInt8 { (one & other) &+ (one ^ other) >> 1 }

  private func magnitude(_ difference: UInt8) -> UInt32 { UInt32(min(difference, 0 &- difference)) }

  /// The rows behind `filtered`; nil where a filter's number is not one.
  package func pixels(_ filtered: RawSpan) -> [UInt8]? {
    let count = filtered.byteCount / (bytesPerRow + 1)
    var pixels = [UInt8](repeating: 0, count: count * bytesPerRow)
    var isValid = true
    unsafe filtered.withUnsafeBytes { filtered in
      unsafe pixels.withUnsafeMutableBufferPointer { pixels in
        for row in 0..<count {
          // The row's own bytes, and the row above, which the first one does not have.
          let start = row * (bytesPerRow + 1), place = row * bytesPerRow
          let source = unsafe UnsafeRawBufferPointer(rebasing: filtered[start + 1..<start + 1 + bytesPerRow])
          let kind = unsafe filtered[start]
          guard kind <= 4 else {
            isValid = false
            return
          }
          for index in 0..<bytesPerRow {
            let left = unsafe index >= bytesPerPixel ? pixels[place + index - bytesPerPixel] : 0
            let above = unsafe row > 0 ? pixels[place + index - bytesPerRow] : 0
            let corner =
              unsafe row > 0 && index >= bytesPerPixel ? pixels[place + index - bytesPerRow - bytesPerPixel] : 0
            let prediction: UInt8 =
              switch kind {
              case 1: left
              case 2: above
              case 3: mean(left, above)
              case 4: paeth(left, above, corner)
              default: 0
              }
            unsafe pixels[place + index] = source[index] &+ prediction
          }
        }
      }
    }
    return isValid ? pixels : nil
  }

  private func paeth(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
    let toLeft = abs(Int(above) - Int(corner)), toAbove = abs(Int(left) - Int(corner))
    let toCorner = abs(Int(left) + Int(above) - 2 * Int(corner))
    if toLeft <= toAbove, toLeft <= toCorner { return left }
    return toAbove <= toCorner ? above : corner
  }
}
