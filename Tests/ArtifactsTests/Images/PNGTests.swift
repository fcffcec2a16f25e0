import Testing

@testable import Artifacts
@testable import Core

/// A picture with smooth places, edges and noise, the same in every run.
func samplePicture(_ width: Int, _ height: Int, channels: Int, bits: Int) -> Picture {
  var random = Seeded(UInt64(width * 131 + height * 17 + channels * 3 + bits))
  let rowBytes = width * channels * bits / 8
  let bytes = (0..<height * rowBytes).map { index in
    let (row, column) = (index / rowBytes, index % rowBytes)
    let noise = UInt8(truncatingIfNeeded: random.next()) & (row % 3 == 0 ? 0x07 : 0)
    return UInt8(truncatingIfNeeded: row + column / 3 + (column > rowBytes / 2 ? 90 : 0)) &+ noise
  }
  return Picture(width: width, height: height, channels: channels, bitsPerSample: bits, bytes: bytes)
}

/// Chunks put together by hand, with right sums.
func pngFile(_ chunks: [(type: String, data: [UInt8])]) -> [UInt8] {
  var file = ByteWriter()
  file.append(PNG.signature)
  for chunk in chunks {
    let content = Array(chunk.type.utf8) + chunk.data
    file.u32BigEndian(UInt32(chunk.data.count))
    file.append(content)
    file.u32BigEndian(CRC32.of(content.bytes))
  }
  return file.bytes
}

func zlibStream(_ bytes: [UInt8]) throws -> [UInt8] { try Codec.zlib.compress(bytes.bytes) }

func pngHeader(
  _ width: UInt32, _ height: UInt32, bits: UInt8 = 8, colourType: UInt8 = 0, interlacing: UInt8 = 0
) -> [UInt8] {
  var header = ByteWriter()
  header.u32BigEndian(width)
  header.u32BigEndian(height)
  header.append([bits, colourType, 0, 0, interlacing])
  return header.bytes
}

@Suite struct PNGTests {
  @Test(arguments: [(1, 1), (1, 7), (7, 1), (3, 2), (33, 17), (300, 120)], [1, 2, 3, 4])
  func aPictureReadsBackAsItWas(_ size: (Int, Int), _ channels: Int) throws {
    for bits in [8, 16] {
      let picture = samplePicture(size.0, size.1, channels: channels, bits: bits)
      for effort in [PNG.Effort.fast, .level(1), .level(9)] {
        let file = try PNG.encode(picture, effort)
        #expect(try PNG.decode(file[...]) == picture)
        #expect(try PNG.encode(picture, effort) == file)
      }
    }
  }

  @Test func theFileBeginsWithTheSizeAndTheKindOfPixels() throws {
    let file = try PNG.encode(samplePicture(260, 3, channels: 3, bits: 16))
    let header: [UInt8] = [0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 1, 4, 0, 0, 0, 3, 16, 2, 0, 0, 0]
    #expect(Array(file.prefix(29)) == PNG.signature + header)
    // The CRC of an empty IEND is in every PNG there is.
    #expect(file.suffix(12) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
  }

  @Test func everyFilterIsUndone() throws {
    // Two bytes a pixel; the rows are 10 20 30 40, differences by hand as in PNG 9.2.
    let rows: [[UInt8]] = [
      [0, 10, 20, 30, 40], [1, 10, 20, 20, 20], [2, 0, 0, 0, 1], [3, 5, 10, 10, 10], [4, 0, 0, 0, 1],
    ]
    let packed = try zlibStream(rows.flatMap { $0 })
    let header = pngHeader(2, 5, colourType: 4)
    let file = pngFile([("IHDR", header), ("IDAT", Array(packed[..<3])), ("IDAT", Array(packed[3...])), ("IEND", [])])
    let picture = try PNG.decode(file[...])
    #expect(picture.channels == 2)
    // Row 4: average of left and above: 10 = 5 + 10/2, 20 = 10 + 20/2, 30 = 10 + (10 + 30)/2, 40 = 10 + (20 + 41)/2.
    #expect(
      picture.bytes == [10, 20, 30, 40, 10, 20, 30, 40, 10, 20, 30, 41, 10, 20, 30, 40, 10, 20, 30, 41])
  }

  @Test func whatIsNotReadIsNamed() throws {
    let rows = try zlibStream([0, 1])
    for (header, reason) in [
      (pngHeader(1, 1, colourType: 3), "colour type 3"), (pngHeader(1, 1, bits: 4), "4 bits"),
      (pngHeader(1, 1, interlacing: 1), "interlacing 1"),
    ] {
      let file = pngFile([("IHDR", header), ("IDAT", rows), ("IEND", [])])
      let error = #expect(throws: ImageError.self) { try PNG.decode(file[...]) }
      #expect(error?.description.contains(reason) == true)
    }
  }

  @Test func aSizeThatTheDataCannotFillIsRefusedWithoutTheMemory() throws {
    let rows = try zlibStream([0, 1])
    for (width, height): (UInt32, UInt32) in [
      (0, 1), (1, 0), (1 << 31, 1), (0x7FFF_FFFF, 0x7FFF_FFFF), (30_000, 30_000), (0x7FFF_FFFF, 1), (1, 2),
    ] {
      let header = pngHeader(width, height, bits: 16, colourType: 6)
      let file = pngFile([("IHDR", header), ("IDAT", rows), ("IEND", [])])
      #expect(throws: ImageError.self) { try PNG.decode(file[...]) }
    }
  }

  @Test func aFilterAboveFourIsDamage() throws {
    let rows = try zlibStream([5, 1])
    let file = pngFile([("IHDR", pngHeader(1, 1)), ("IDAT", rows), ("IEND", [])])
    #expect(throws: ImageError.damaged("png", offset: 0, reason: "a row has a filter above 4")) {
      try PNG.decode(file[...])
    }
  }

  @Test func everyCutAndEveryFlipIsAnError() throws {
    let file = try PNG.encode(samplePicture(9, 5, channels: 3, bits: 8))
    for end in 0..<file.count { #expect(throws: ImageError.self) { try PNG.decode(file[..<end]) } }
    for place in file.indices {
      for bit in 0..<8 {
        var flipped = file
        flipped[place] ^= 1 << bit
        #expect(throws: ImageError.self, "byte \(place) bit \(bit)") { try PNG.decode(flipped[...]) }
      }
    }
  }
}

@Test func anArrayFileHasTheShapeAndBeginsItsDataAtAMultipleOf64() {
  let array = SampleArray(width: 2, height: 1, channels: 1, kind: .f4, bytes: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
  let file = NPY.encode(array)
  #expect(file.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0]))
  let length = Int(file[8]) | Int(file[9]) << 8
  #expect((10 + length) % 64 == 0)
  let text = String(decoding: file[10..<10 + length], as: UTF8.self)
  #expect(text.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1), }"))
  #expect(text.hasSuffix("\n"))
  #expect(Array(file[(10 + length)...]) == array.bytes)
}
