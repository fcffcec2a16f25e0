/// Luma and chroma to red, green and blue: BT.601, limited range, rounded and clamped.
extension RecordedImage {
  func rgb(of order: PixelFormat.YUV422) throws(ImageError) -> Picture {
    // An odd width would leave a pixel without its V.
    try requireRows(of: (width + 1) / 2 * 4)
    let (u, v, luma) = order == .uyvy ? (0, 2, 1) : (1, 3, 0)
    var bytes = [UInt8](repeating: 0, count: 3 * width * height)
    var target = bytes.mutableSpan
    let source = data.span
    var place = 0
    for row in 0..<height {
      var pair = row * step
      var left = width
      while left > 0 {
        let chroma = Chroma(u: source[pair + u], v: source[pair + v])
        chroma.store(source[pair + luma], to: &target, at: place)
        if left > 1 { chroma.store(source[pair + luma + 2], to: &target, at: place + 3) }
        place += 3 * min(2, left)
        pair += 4
        left -= 2
      }
    }
    return Picture(width: width, height: height, channels: 3, bitsPerSample: 8, bytes: bytes)
  }

  func rgb(of planes: PixelFormat.YUVPlanes) throws(ImageError) -> Picture {
    let height = try lumaRows(planes)
    let isHalf = planes != .nv24
    let (u, v) = planes == .nv21 ? (1, 0) : (0, 1)
    let chromaStep = isHalf ? step : 2 * step
    var bytes = [UInt8](repeating: 0, count: 3 * width * height)
    var target = bytes.mutableSpan
    let source = data.span
    var place = 0
    for row in 0..<height {
      let luma = row * step
      let pairs = step * height + (isHalf ? row / 2 : row) * chromaStep
      for column in 0..<width {
        let pair = pairs + 2 * (isHalf ? column / 2 : column)
        Chroma(u: source[pair + u], v: source[pair + v]).store(source[luma + column], to: &target, at: place)
        place += 3
      }
    }
    return Picture(width: width, height: height, channels: 3, bitsPerSample: 8, bytes: bytes)
  }

  /// How many rows of luma there are, once all rows of both planes are known to be there.
  ///
  /// Some drivers count the rows of chroma in the height; what the data's length allows decides.
  private func lumaRows(_ planes: PixelFormat.YUVPlanes) throws(ImageError) -> Int {
    let isHalf = planes != .nv24
    let chromaBytes = isHalf ? (width + 1) / 2 * 2 : 2 * width
    // A row of full-size chroma has two steps.
    let needed = isHalf ? max(width, chromaBytes) : width
    guard step >= needed else { throw .shortStep(step, width: width, needed: UInt64(needed)) }
    let chromaStep = isHalf ? step : 2 * step
    // Products stay small: rows that the data could not hold are not looked for.
    func holds(_ rows: Int) -> Bool {
      guard rows <= data.count / step + 1 else { return false }
      let chromaRows = isHalf ? (rows + 1) / 2 : rows
      return step * rows + chromaStep * (chromaRows - 1) + chromaBytes <= data.count
    }
    if holds(height) { return height }
    if isHalf, height % 3 == 0, holds(height / 3 * 2) { return height / 3 * 2 }
    let luma = UInt64(step).multipliedReportingOverflow(by: UInt64(height)).partialValue
    let chroma = isHalf ? luma / 2 : luma.multipliedReportingOverflow(by: 2).partialValue
    throw .shortData(found: data.count, needed: luma.addingReportingOverflow(chroma).partialValue)
  }
}

/// What a pair of U and V adds to the luma, in units of 2^-20.
private struct Chroma {
  private let red, green, blue: Int32

  // 1.164, 1.596, 0.813, 0.391 and 2.018 times 2^20.
  private static let luma: Int32 = 1_220_542

  init(u: UInt8, v: UInt8) {
    let (u, v) = (Int32(u) - 128, Int32(v) - 128)
    let half: Int32 = 1 << 19
    red = 1_673_527 &* v &+ half
    green = -852_492 &* v &- 409_993 &* u &+ half
    blue = 2_116_026 &* u &+ half
  }

  func store(_ luma: UInt8, to target: inout MutableSpan<UInt8>, at place: Int) {
    let level = (Int32(luma) - 16) &* Self.luma
    target[place] = clamped(level &+ red)
    target[place + 1] = clamped(level &+ green)
    target[place + 2] = clamped(level &+ blue)
  }

  private func clamped(_ value: Int32) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, value >> 20))) }
}
