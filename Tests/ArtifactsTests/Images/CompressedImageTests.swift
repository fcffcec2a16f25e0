import Testing

@testable import Artifacts
@testable import Core

private func content(_ format: String, _ data: [UInt8]) throws -> CompressedImage.Content {
  try CompressedImage(format: format, data: data[...]).content()
}

/// The header before depth: inverse, A and B.
private func depthHeader(_ a: Float = 0, _ b: Float = 0) -> [UInt8] {
  var writer = ByteWriter()
  writer.i32(0)
  writer.f32(a)
  writer.f32(b)
  return writer.bytes
}

private func rvl(_ width: Int32, _ height: Int32, _ words: [UInt8]) -> [UInt8] {
  var writer = ByteWriter()
  writer.i32(width)
  writer.i32(height)
  writer.append(words)
  return writer.bytes
}

private let depth = Picture(
  width: 3, height: 2, channels: 1, bitsPerSample: 16,
  bytes: [0, 1_000, 2_000, 3_000, 4_000, 5_000].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })

@Suite struct CompressedImageTests {
  @Test(
    arguments: [
      ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg), ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
      ([0x52, 0x49, 0x46, 0x46, 1, 0, 0, 0, 0x57, 0x45, 0x42, 0x50], .webp), ([0x49, 0x49, 0x2A, 0], .tiff),
      ([0x4D, 0x4D, 0, 0x2A], .tiff), ([0, 0, 0, 1, 0x67, 0x42], .h264), ([0, 0, 0, 1, 0x09, 0xF0], .h264),
      ([0, 0, 1, 0x65, 0x88], .h264), ([0, 0, 0, 1, 0x41, 0x9A], .h264), ([0, 0, 0, 1, 0x06, 5], .h264),
      ([0, 0, 0, 1, 0x40, 1], .h265), ([0, 0, 0, 1, 0x42, 1], .h265), ([0, 0, 0, 1, 0x46, 1], .h265),
      ([0, 0, 0, 1, 0x26, 1], .h265), ([0, 0, 0, 1, 0x02, 1], .h265), ([0, 0, 0, 1], .unknown),
      ([0, 0, 0, 1, 0xE7], .unknown), ([1, 2, 3], .unknown), ([0x52, 0x49, 0x46, 0x46], .unknown),
    ] as [([UInt8], ImageFileKind)])
  func theBytesSayWhatAFileIs(_ bytes: [UInt8], _ kind: ImageFileKind) throws {
    for format in ["jpeg", "", "16UC1; compressedDepth"] {
      #expect(try content(format, bytes) == .file(kind, bytes[...]))
    }
  }

  @Test func noDataIsAnError() {
    #expect(throws: ImageError.noData) { try content("jpeg", []) }
  }

  @Test func theSizeOfAJPEGIsInItsFrameHeader() {
    let start: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xFF]
    let frame: [UInt8] = [0xC2, 0, 17, 8, 0x04, 0x38, 0x07, 0x80, 3]
    let file = start + frame
    let size = ImageFileKind.jpeg.size(file[...])
    #expect(size?.width == 1_920 && size?.height == 1_080)
    for end in 0..<file.count - 1 { #expect(ImageFileKind.jpeg.size(file[..<end]) == nil) }
    #expect(ImageFileKind.jpeg.size([0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0xFF, 0xC0, 0, 9, 8, 0, 1, 0, 1, 1][...]) == nil)
    #expect(ImageFileKind.jpeg.size([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0xFF, 0xC0, 0, 9, 8, 0, 1, 0, 1, 1][...]) == nil)
  }

  @Test func depthInMillimetresIsThePNGBehindItsHeader() throws {
    let png = try PNG.encode(depth)
    for format in ["16UC1; compressedDepth", "16UC1; compressedDepth png", "", "jpeg"] {
      let found = try content(format, depthHeader() + png)
      guard case .file(.png, let bytes) = found else {
        Issue.record("not a file")
        return
      }
      #expect(Array(bytes) == png)
      #expect(found.size?.width == 3 && found.size?.height == 2)
    }
  }

  @Test func inverseDepthBecomesMetres() throws {
    let data = depthHeader(100, 1) + (try PNG.encode(depth))
    guard case .metres(let array) = try content("32FC1; compressedDepth", data) else {
      Issue.record("no metres")
      return
    }
    let metres = [Float](littleEndian: array.bytes.bytes)
    #expect(metres[0].isNaN)
    #expect(Array(metres[1...]) == [1_000, 2_000, 3_000, 4_000, 5_000].map { 100 / ($0 - 1) })
    #expect((array.width, array.height) == (3, 2))
  }

  @Test func runsAndDifferencesGiveTheVectorsOfTheReference() throws {
    let first = depthHeader() + rvl(6, 1, [0x10, 0x23, 0xA1, 0x23])
    #expect(try content("16UC1; compressedDepth rvl", first).samples == [0, 0, 5, 6, 4, 0])
    let second = depthHeader() + rvl(3, 2, [0x8A, 0xF3, 0x8A, 0x15, 0x8A, 0xF3, 0x8A, 0xF3, 0, 0xF3, 0x8A, 0xF3])
    #expect(try content("16UC1; compressedDepth rvl", second) == .depth(depth))
  }

  @Test(
    arguments: [
      // Pairs of zero runs, forever.
      [0, 0, 0, 0, 0, 0, 0, 0],
      // More zeros than there are pixels.
      [0, 0, 0, 0x70],
      // A number that never ends.
      [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
      [],
      // Differences below what 16 bits hold: 1 value, zigzag of -50,000.
      [0xDB, 0xD8, 0x1F, 0x01],
    ] as [[UInt8]])
  func aDamagedStreamIsAnError(_ words: [UInt8]) {
    let data = depthHeader() + rvl(3, 2, words)
    #expect(throws: ImageError.self) { try content("16UC1; compressedDepth rvl", data) }
  }

  @Test func aFewBytesOfZerosMayNotBeAnySize() {
    for (width, height): (Int32, Int32) in [(.max, .max), (1 << 20, 1 << 20), (0, 5), (-3, 4)] {
      let data = depthHeader() + rvl(width, height, [0xFF, 0xFF, 0xFF, 0x7F])
      #expect(throws: ImageError.self) { try content("16UC1; compressedDepth rvl", data) }
    }
  }

  @Test func everyCutIsAnErrorAndNoFlipTraps() throws {
    let data = depthHeader() + rvl(3, 2, [0x8A, 0xF3, 0x8A, 0x15, 0x8A, 0xF3, 0x8A, 0xF3, 0, 0xF3, 0x8A, 0xF3])
    for end in 1..<data.count {
      #expect(throws: ImageError.self) { try content("16UC1; compressedDepth rvl", Array(data[..<end])) }
    }
    for bit in 0..<8 * data.count {
      var flipped = data
      flipped[bit / 8] ^= 1 << (bit % 8)
      _ = try? content("32FC1; compressedDepth rvl", flipped)
    }
  }
}

extension CompressedImage.Content {
  fileprivate var samples: [UInt16]? { if case .depth(let picture) = self { picture.samples } else { nil } }
}
