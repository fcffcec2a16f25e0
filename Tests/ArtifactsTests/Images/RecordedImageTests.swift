import Testing

@testable import Artifacts

/// Two pixels a row, two rows, of bytes 1, 2, 3, ...; each row followed by `padding` bytes of 0xEE.
private func image(
  _ encoding: String, bytesPerPixel: Int, padding: Int = 0, isBigEndian: Bool = false
) -> RecordedImage {
  let row = 2 * bytesPerPixel
  var data: [UInt8] = []
  for start in [1, 1 + row] { data += (start..<start + row).map { UInt8($0) } + Array(repeating: 0xEE, count: padding) }
  return RecordedImage(
    width: 2, height: 2, encoding: encoding, isBigEndian: isBigEndian, step: row + padding, data: data[...])
}

private func picture(_ image: RecordedImage) throws -> Picture? {
  guard case .picture(let picture) = try image.converted().content else { return nil }
  return picture
}

@Suite struct RecordedImageTests {
  /// Encoding, bytes a pixel as recorded, channels of the picture, its bytes where the recorded ones are 1, 2, 3, ...
  @Test(
    arguments: [
      ("mono8", 1, 1, [1, 2, 3, 4]), ("8UC1", 1, 1, [1, 2, 3, 4]), ("8UC", 1, 1, [1, 2, 3, 4]),
      ("rgb8", 3, 3, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), ("bgr8", 3, 3, [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]),
      ("8UC3", 3, 3, [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]),
      ("rgba8", 4, 4, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
      ("bgra8", 4, 4, [3, 2, 1, 4, 7, 6, 5, 8, 11, 10, 9, 12, 15, 14, 13, 16]),
      ("8UC4", 4, 4, [3, 2, 1, 4, 7, 6, 5, 8, 11, 10, 9, 12, 15, 14, 13, 16]),
      ("bayer_grbg8", 1, 1, [1, 2, 3, 4]),
    ] as [(String, Int, Int, [UInt8])])
  func picturesOf8BitsHaveTheirColoursInOrder(_ encoding: String, _ size: Int, _ channels: Int, _ bytes: [UInt8]) throws
  {
    for padding in [0, 5] {
      let picture = try #require(try picture(image(encoding, bytesPerPixel: size, padding: padding)))
      #expect(picture == Picture(width: 2, height: 2, channels: channels, bitsPerSample: 8, bytes: bytes))
    }
  }

  @Test(
    arguments: [
      ("mono16", 2, [[2, 1], [4, 3], [6, 5], [8, 7]]), ("16UC1", 2, [[2, 1], [4, 3], [6, 5], [8, 7]]),
      ("bayer_rggb16", 2, [[2, 1], [4, 3], [6, 5], [8, 7]]),
      (
        "rgb16", 6, [[2, 1, 4, 3, 6, 5], [8, 7, 10, 9, 12, 11], [14, 13, 16, 15, 18, 17], [20, 19, 22, 21, 24, 23]]
      ),
      (
        "bgr16", 6, [[6, 5, 4, 3, 2, 1], [12, 11, 10, 9, 8, 7], [18, 17, 16, 15, 14, 13], [24, 23, 22, 21, 20, 19]]
      ),
      (
        "16UC3", 6, [[6, 5, 4, 3, 2, 1], [12, 11, 10, 9, 8, 7], [18, 17, 16, 15, 14, 13], [24, 23, 22, 21, 20, 19]]
      ),
      (
        "bgra16", 8,
        [
          [6, 5, 4, 3, 2, 1, 8, 7], [14, 13, 12, 11, 10, 9, 16, 15], [22, 21, 20, 19, 18, 17, 24, 23],
          [30, 29, 28, 27, 26, 25, 32, 31],
        ]
      ),
    ] as [(String, Int, [[UInt8]])])
  func samplesOf16BitsBecomeBigEndian(_ encoding: String, _ size: Int, _ pixels: [[UInt8]]) throws {
    let little = try #require(try picture(image(encoding, bytesPerPixel: size, padding: 3)))
    #expect(little.bytes == pixels.flatMap { $0 })
    #expect(little.bitsPerSample == 16)
  }

  @Test func bigEndianSamplesStayAsTheyAre() throws {
    let grey = try #require(try picture(image("mono16", bytesPerPixel: 2, isBigEndian: true)))
    #expect(grey.samples == [0x0102, 0x0304, 0x0506, 0x0708])
    let colour = try #require(try picture(image("bgr16", bytesPerPixel: 6, isBigEndian: true)))
    #expect(colour.samples.prefix(3) == [0x0506, 0x0304, 0x0102])
  }

  @Test func onlyOpenCVsNamesLeaveTheOrderOfColoursOpen() throws {
    #expect(try image("8UC3", bytesPerPixel: 3).converted().isColourOrderAssumed)
    #expect(try !image("bgr8", bytesPerPixel: 3).converted().isColourOrderAssumed)
  }

  @Test(
    arguments: [
      ("8SC1", .i1, 1), ("16SC1", .i2, 1), ("32SC1", .i4, 1), ("32FC1", .f4, 1), ("32FC", .f4, 1), ("32FC3", .f4, 3),
      ("64FC1", .f8, 1), ("8UC2", .u1, 2), ("16UC2", .u2, 2), ("8UC5", .u1, 5), ("16FC1", .f2, 1),
    ] as [(String, SampleArray.Kind, Int)])
  func whatNoPictureHoldsIsAnArray(_ encoding: String, _ kind: SampleArray.Kind, _ channels: Int) throws {
    let source = image(encoding, bytesPerPixel: kind.size * channels, padding: 1)
    let bytes = (1...4 * kind.size * channels).map { UInt8($0) }
    #expect(
      try source.converted().content
        == .array(SampleArray(width: 2, height: 2, channels: channels, kind: kind, bytes: bytes)))
    let turned = image(encoding, bytesPerPixel: kind.size * channels, isBigEndian: true)
    guard case .array(let array) = try turned.converted().content else {
      Issue.record("no array")
      return
    }
    #expect(array.bytes.prefix(kind.size) == ArraySlice((1...UInt8(kind.size)).reversed()))
  }

  @Test(arguments: [
    "made_up9", "", "8UC0", "8U", "7UC1", "8FC1", "8UC99999", "8UC-1", "RGB8", "16UC1; compressedDepth",
  ])
  func anUnknownEncodingIsWrittenAsRecorded(_ encoding: String) throws {
    let source = image(encoding, bytesPerPixel: 3, padding: 2)
    let converted = try source.converted()
    #expect(converted.content == .raw(source.data))
    #expect(converted.suffix == "bin")
  }

  @Test func theLastRowMayLackItsPadding() throws {
    var source = image("bgr8", bytesPerPixel: 3, padding: 5)
    let whole = try source.converted()
    source.data = source.data.dropLast(5)
    #expect(try source.converted() == whole)
    source.data = source.data.dropLast()
    #expect(throws: ImageError.shortData(found: 16, needed: 22)) { try source.converted() }
  }

  @Test func contradictionsAreErrorsWithTheNumbersInThem() {
    let data = [UInt8](repeating: 0, count: 24)[...]
    func error(_ width: Int, _ height: Int, _ step: Int, _ encoding: String = "bgr8") -> ImageError? {
      let image = RecordedImage(
        width: width, height: height, encoding: encoding, isBigEndian: false, step: step, data: data)
      return #expect(throws: ImageError.self) { try image.converted() }
    }
    #expect(error(0, 0, 0) == .noPixels(width: 0, height: 0))
    #expect(error(4, 0, 12) == .noPixels(width: 4, height: 0))
    #expect(error(4, 2, 3) == .shortStep(3, width: 4, needed: 12))
    #expect(error(4, 4, 12) == .shortData(found: 24, needed: 48))
    #expect(error(4, 4, 12)?.description == "no image: 24 bytes of data, 48 needed")
    let most = Int(UInt32.max)
    #expect(error(most, most, most) == .shortStep(most, width: most, needed: UInt64(most) * 3))
    #expect(error(1, most, most) == .shortData(found: 24, needed: UInt64(most) * UInt64(most)))
    for encoding in ["yuyv", "nv12", "nv24", "64FC4", "bayer_rggb16", "mono16"] {
      #expect(error(most, most, most, encoding) != nil)
      #expect(error(1, most, 1 << 20, encoding) != nil)
      #expect(error(-1, 5, 5, encoding) != nil)
      #expect(error(5, 5, -5, encoding) != nil)
    }
  }

  @Test func noNumberAndNoCutTraps() {
    var random = Seeded(7)
    let encodings = ["mono8", "bgr16", "yuyv", "uyvy", "nv12", "nv21", "nv24", "32FC3", "bayer_gbrg8", "8UC9", "x"]
    for _ in 0..<3_000 {
      let encoding = encodings[Int(random.next() % UInt64(encodings.count))]
      let data = [UInt8](repeating: 7, count: Int(random.next() % 200))
      let source = RecordedImage(
        width: Int(random.next() % 9), height: Int(random.next() % 9), encoding: encoding,
        isBigEndian: random.oneIn(2), step: Int(random.next() % 40), data: data[...])
      guard case .picture(let picture)? = try? source.converted(.bilinear).content else { continue }
      #expect(picture.width == source.width && picture.height <= source.height)
    }
  }
}
