import Core

/// Portable Network Graphics.
///
/// https://www.w3.org/TR/png-3/
///
/// ```
///   89 "PNG" 0D 0A 1A 0A
///   chunk   UInt32 length of data   type, 4 letters   data   UInt32 CRC-32 of type and data
///   IHDR    UInt32 width   UInt32 height   bits a sample   colour type   0 deflate   0 filters   0 not interlaced
///   IDAT    zlib stream of all rows: filter, 0 to 4, then the row as differences
///   IEND    -
/// ```
/// All numbers are big-endian.
package enum PNG {
  package static let suffix = "png"
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// How much time a picture's size is worth.
  package enum Effort: Sendable, Hashable {
    /// For recordings as they come: a few per cent larger than the smallest file, several times as fast.
    case fast
    /// zlib's levels, 1 to 9.
    case level(Int)
  }

  /// The file of a picture; the same picture gives the same bytes.
  package static func encode(_ picture: Picture, _ effort: Effort = .fast) throws(ImageError) -> [UInt8] {
    guard (1...Int(Int32.max)).contains(picture.width), (1...Int(Int32.max)).contains(picture.height) else {
      throw .noPixels(width: picture.width, height: picture.height)
    }
    let rows = PNGRows(bytesPerPixel: picture.bytesPerPixel, bytesPerRow: picture.bytesPerRow)
    let filtered = rows.filtered(picture.bytes.bytes)
    let packed: [UInt8]
    do {
      switch effort {
      case .fast: packed = try Codec.zlibOfPixels(filtered.bytes)
      case .level(let level): packed = try Codec.zlib.compress(filtered.bytes, level: level)
      }
    } catch {
      throw .unsupported("png", reason: error.description)
    }
    var header = ByteWriter(capacity: 13)
    header.u32BigEndian(UInt32(truncatingIfNeeded: picture.width))
    header.u32BigEndian(UInt32(truncatingIfNeeded: picture.height))
    header.append([UInt8(truncatingIfNeeded: picture.bitsPerSample), colourType(picture.channels), 0, 0, 0])
    var file = ByteWriter(capacity: packed.count + 128)
    file.append(signature)
    append("IHDR", header.bytes[...], to: &file)
    // A chunk's length has 31 bits.
    var start = 0
    repeat {
      let end = min(packed.count, start + Int(Int32.max))
      append("IDAT", packed[start..<end], to: &file)
      start = end
    } while start < packed.count
    append("IEND", [], to: &file)
    return file.bytes
  }

  static func append(_ type: String, _ data: ArraySlice<UInt8>, to file: inout ByteWriter) {
    file.u32BigEndian(UInt32(truncatingIfNeeded: data.count))
    var sum = CRC32()
    sum.update(Array(type.utf8).bytes)
    sum.update(data.bytes)
    file.append(type)
    file.append(data)
    file.u32BigEndian(sum.value)
  }

  private static func colourType(_ channels: Int) -> UInt8 {
    switch channels {
    case 1: 0
    case 2: 4
    case 3: 2
    default: 6
    }
  }
}
