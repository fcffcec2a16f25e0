import Core

/// Reading of pictures of 8 or 16 bits a sample, grey or colour, with or without alpha, not interlaced.
extension PNG {
  /// What a PNG's first chunk says.
  package struct Header: Sendable, Equatable {
    package var width: Int
    package var height: Int
    package var bitsPerSample: Int
    package var colourType: UInt8
    package var interlacing: UInt8

    /// Samples a pixel; nil for a palette's index and for types that do not exist.
    var channels: Int? {
      switch colourType {
      case 0: 1
      case 2: 3
      case 4: 2
      case 6: 4
      default: nil
      }
    }
  }

  package static func recognises(_ data: ArraySlice<UInt8>) -> Bool { data.starts(with: signature) }

  /// The header alone; nothing behind it is looked at.
  package static func header(_ data: ArraySlice<UInt8>) throws(ImageError) -> Header {
    var cursor = ByteCursor(data.bytes)
    do throws(ByteCursor.Failure) {
      guard try cursor.bytes(8) == signature else { throw cursor.fail("the signature of a PNG") }
      let chunk = try PNGChunk(from: &cursor)
      guard chunk.type == "IHDR" else { throw cursor.fail("IHDR, not \(chunk.type)") }
      return try header(of: chunk, in: data)
    } catch {
      throw .damaged(suffix, offset: error.offset, reason: "wanted \(error.wanted)")
    }
  }

  /// The picture in a file, of `limit` bytes of pixels at most; no more is allocated than the data can fill either.
  package static func decode(_ data: ArraySlice<UInt8>, limit: Int = 1 << 30) throws(ImageError) -> Picture {
    let header = try header(data)
    guard let channels = header.channels, header.bitsPerSample >= 8 else {
      throw .unsupported(suffix, reason: "colour type \(header.colourType) with \(header.bitsPerSample) bits")
    }
    guard header.interlacing == 0 else { throw .unsupported(suffix, reason: "interlacing \(header.interlacing)") }
    let bytesPerPixel = channels * header.bitsPerSample / 8
    // Below 2^31 * 8 each, so that only the last product can overflow.
    let (size, isTooLarge) = (header.width * bytesPerPixel + 1).multipliedReportingOverflow(by: header.height)
    guard !isTooLarge, size <= limit else { throw .tooLarge(width: header.width, height: header.height) }
    let packed = try imageData(data)
    let filtered: [UInt8]
    do {
      filtered = try Codec.zlib.decompress(packed.bytes, size: size, limit: limit)
    } catch {
      throw .damaged(suffix, offset: 0, reason: error.description)
    }
    let rows = PNGRows(bytesPerPixel: bytesPerPixel, bytesPerRow: header.width * bytesPerPixel)
    guard let bytes = rows.pixels(filtered.bytes) else {
      throw .damaged(suffix, offset: 0, reason: "a row has a filter above 4")
    }
    return Picture(
      width: header.width, height: header.height, channels: channels, bitsPerSample: header.bitsPerSample, bytes: bytes)
  }

  /// The data of all IDAT chunks, which follow each other.
  private static func imageData(_ data: ArraySlice<UInt8>) throws(ImageError) -> [UInt8] {
    var packed: [UInt8] = []
    var cursor = ByteCursor(data.bytes)
    do throws(ByteCursor.Failure) {
      try cursor.skip(signature.count)
      while true {
        let chunk = try PNGChunk(from: &cursor)
        switch chunk.type {
        case "IDAT": packed += data[data.startIndex + chunk.data.lowerBound..<data.startIndex + chunk.data.upperBound]
        case "IEND": return packed
        default: break
        }
      }
    } catch {
      throw .damaged(suffix, offset: error.offset, reason: "wanted \(error.wanted)")
    }
  }

  private static func header(of chunk: PNGChunk, in data: ArraySlice<UInt8>) throws(ByteCursor.Failure) -> Header {
    let first = data.startIndex + chunk.data.lowerBound
    var cursor = ByteCursor(data[first..<data.startIndex + chunk.data.upperBound].bytes, at: chunk.data.lowerBound)
    let (width, height) = (try cursor.u32BigEndian(), try cursor.u32BigEndian())
    guard (1...UInt32(Int32.max)).contains(width), (1...UInt32(Int32.max)).contains(height) else {
      throw cursor.fail("a size from 1 to 2147483647, not \(width) x \(height)")
    }
    let bits = try cursor.u8(), colourType = try cursor.u8()
    guard [1, 2, 4, 8, 16].contains(bits) else { throw cursor.fail("1, 2, 4, 8 or 16 bits, not \(bits)") }
    guard try cursor.u8() == 0, try cursor.u8() == 0 else { throw cursor.fail("compression 0 and filters 0") }
    let header = Header(
      width: Int(width), height: Int(height), bitsPerSample: Int(bits), colourType: colourType,
      interlacing: try cursor.u8())
    try cursor.finish()
    return header
  }
}

/// `length  type  data  CRC`, of which the CRC has been checked.
struct PNGChunk {
  var type: String
  /// Where the data is, from the beginning of the file.
  var data: Range<Int>

  init(from input: inout ByteCursor) throws(ByteCursor.Failure) {
    let length = Int(try input.u32BigEndian())
    guard length <= input.remaining - 8 else {
      throw input.fail("a chunk of at most \(max(0, input.remaining - 8)) bytes, not \(length)")
    }
    let start = input.offset
    var content = try input.slice(4 + length)
    let sum = CRC32.of(content.rest)
    type = try content.string(4)
    data = start + 4..<start + 4 + length
    let stored = try input.u32BigEndian()
    guard stored == sum else {
      throw input.fail("CRC \(String(sum, radix: 16)), not \(String(stored, radix: 16))")
    }
  }
}
