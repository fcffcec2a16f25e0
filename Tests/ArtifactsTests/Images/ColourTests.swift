import Testing

@testable import Artifacts

/// Red, green and blue by the formula, in floating point.
private func formula(_ y: UInt8, _ u: UInt8, _ v: UInt8) -> [UInt8] {
  let (y, u, v) = (1.164 * (Double(y) - 16), Double(u) - 128, Double(v) - 128)
  return [y + 1.596 * v, y - 0.813 * v - 0.391 * u, y + 2.018 * u].map { UInt8(max(0, min(255, $0.rounded()))) }
}

private func rgb(_ encoding: String, _ width: Int, _ height: Int, step: Int, _ data: [UInt8]) throws -> [[UInt8]] {
  let image = RecordedImage(
    width: width, height: height, encoding: encoding, isBigEndian: false, step: step, data: data[...])
  guard case .picture(let picture) = try image.converted().content else { return [] }
  return stride(from: 0, to: picture.bytes.count, by: 3).map { Array(picture.bytes[$0..<$0 + 3]) }
}

@Suite struct ColourTests {
  @Test func redOfTheReferenceIsRed() throws {
    #expect(try rgb("uyvy", 2, 1, step: 4, [90, 82, 240, 82]) == [[255, 1, 0], [255, 1, 0]])
  }

  @Test func lumaAndChromaGiveWhatTheFormulaSays() throws {
    var random = Seeded(3)
    for _ in 0..<2_000 {
      let bytes = (0..<4).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let pixels = try rgb("yuyv", 2, 1, step: 4, bytes)
      for (pixel, luma) in zip(pixels, [bytes[0], bytes[2]]) {
        for (one, other) in zip(pixel, formula(luma, bytes[1], bytes[3])) { #expect(abs(Int(one) - Int(other)) <= 1) }
      }
    }
  }

  @Test func theFourLayoutsDifferOnlyInWhereTheBytesAre() throws {
    // 2 x 2 pixels, rows of luma 50 60 / 70 80, chroma U 100 V 200 for all, two bytes of padding.
    let expected = [formula(50, 100, 200), formula(60, 100, 200), formula(70, 100, 200), formula(80, 100, 200)]
    let luma: [UInt8] = [50, 60, 0, 0, 70, 80, 0, 0]
    #expect(try rgb("nv12", 2, 2, step: 4, luma + [100, 200, 0, 0]) == expected)
    #expect(try rgb("nv21", 2, 2, step: 4, luma + [200, 100, 0, 0]) == expected)
    #expect(
      try rgb("nv24", 2, 2, step: 4, luma + [100, 200, 100, 200, 0, 0, 0, 0, 100, 200, 100, 200, 0, 0, 0, 0])
        == expected)
    let packed: [UInt8] = [50, 100, 60, 200, 0, 0, 70, 100, 80, 200, 0, 0]
    #expect(try rgb("yuv422_yuy2", 2, 2, step: 6, packed) == expected)
    let swapped: [UInt8] = [100, 50, 200, 60, 0, 0, 100, 70, 200, 80, 0, 0]
    #expect(try rgb("yuv422", 2, 2, step: 6, swapped) == expected)
  }

  @Test func aHeightThatCountsTheChromaRowsIsSeenByTheLengthOfTheData() throws {
    let data: [UInt8] = [50, 60, 70, 80, 100, 200]
    let right = try rgb("nv12", 2, 2, step: 2, data)
    #expect(right.count == 4)
    #expect(try rgb("nv12", 2, 3, step: 2, data) == right)
    #expect(throws: ImageError.shortData(found: 6, needed: 12)) { try rgb("nv12", 2, 4, step: 2, data) }
  }

  @Test func aMosaicOfOneColourPerFilterGivesThatColourEverywhere() throws {
    // What a red, a green and a blue pixel see of (200, 100, 50), for each pattern.
    for pattern in BayerPattern.allCases {
      let colours: [Character: UInt8] = ["r": 200, "g": 100, "b": 50]
      let names = Array(pattern.rawValue)
      let bytes = (0..<6 * 5).map { index in colours[names[index / 6 % 2 * 2 + index % 6 % 2]] ?? 0 }
      let mosaic = Picture(width: 6, height: 5, channels: 1, bitsPerSample: 8, bytes: bytes)
      let colour = mosaic.demosaiced(pattern)
      #expect(colour.bytes == Array(repeating: [200, 100, 50], count: 30).flatMap { $0 }, "\(pattern)")
    }
  }

  @Test func aPixelLacksTheMeanOfItsNeighbours() {
    // rggb; the pixel in the middle of 3 x 3 is blue, its red the mean of the corners.
    let samples: [UInt16] = [1_000, 20, 3_000, 40, 500, 60, 5_000, 80, 7_000]
    let bytes = samples.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let picture = Picture(width: 3, height: 3, channels: 1, bitsPerSample: 16, bytes: bytes).demosaiced(.rggb)
    #expect(Array(picture.samples[12..<15]) == [4_000, 50, 500])
    // The green one above it: red from left and right, blue from below, on both sides.
    #expect(Array(picture.samples[3..<6]) == [2_000, 20, 500])
  }

  @Test func theMosaicsPatternIsInTheIndexUntilItIsNoMosaicAnyMore() throws {
    let image = RecordedImage(
      width: 2, height: 2, encoding: "bayer_bggr8", isBigEndian: false, step: 2, data: [1, 2, 3, 4][...])
    #expect(try image.converted().bayer == .bggr)
    let colour = try image.converted(.bilinear)
    #expect(colour.bayer == nil)
    guard case .picture(let picture) = colour.content else {
      Issue.record("no picture")
      return
    }
    #expect(picture.bytes == [4, 3, 1, 4, 2, 1, 4, 3, 1, 4, 3, 1])
  }
}
