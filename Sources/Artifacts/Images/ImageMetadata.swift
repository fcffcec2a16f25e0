import Core

/// Pictures without what a camera or an editor wrote beside them: places, serial numbers, times, names, comments,
/// thumbnails, and whatever stands behind the picture's end.
///
/// Pixels are not decoded: their bytes are the same. What a picture looks like stays: colour profiles, Adobe's transform,
/// and the orientation of Exif, alone, where it is not the usual one.
extension ImageFileKind {
  /// - Throws: `ImageError` for a file whose parts cannot be told apart, and for kinds that are not taken apart here.
  package func withoutMetadata(_ data: ArraySlice<UInt8>) throws(ImageError) -> [UInt8] {
    switch self {
    case .jpeg: try JPEGSegments.withoutMetadata(data)
    case .png: try PNG.withoutMetadata(data)
    case .webp, .tiff, .bmp, .h264, .h265, .unknown:
      throw .unsupported(rawValue, reason: "where its metadata is, is not known")
    }
  }
}

/// The segments of a JPEG file (ITU-T T.81, B.1.1).
///
/// ```
///   FF D8   segments: FF marker UInt16 length, which counts itself, data   FF D9
///   FF DA   a scan: after its segment bytes up to a marker, in which FF 00 is a byte FF and FF D0…D7 restart
///   FF E0   "JFIF" 0, version, density, size of a thumbnail, thumbnail (T.871, 10.1); "JFXX" 0: a thumbnail
///   FF E1   "Exif" 0 0, then a TIFF file; XMP
///   FF E2   "ICC_PROFILE" 0: a part of the profile
///   FF EE   "Adobe": how colours were transformed
///   FF E3…EF, FE   of makers and editors; comments
/// ```
private enum JPEGSegments {
  private static let exif = Array("Exif".utf8) + [0, 0]

  static func withoutMetadata(_ data: ArraySlice<UInt8>) throws(ImageError) -> [UInt8] {
    var file: [UInt8] = [0xFF, 0xD8]
    file.reserveCapacity(data.count)
    var place = data.startIndex + 2, hasScan = false
    func damaged(_ reason: String) -> ImageError {
      .damaged("jpeg", offset: place - data.startIndex, reason: reason)
    }
    guard data.starts(with: file) else { throw .damaged("jpeg", offset: 0, reason: "wanted FF D8") }
    while place + 1 < data.endIndex {
      guard data[place] == 0xFF else { throw damaged("wanted a marker") }
      let marker = data[place + 1]
      switch marker {
      case 0xFF: place += 1
      case 0x01, 0xD0...0xD7:
        file += [0xFF, marker]
        place += 2
      case 0xD9:
        file += [0xFF, marker]
        return file
      case 0x00, 0xD8: throw damaged("wanted a segment, not FF \(String(marker, radix: 16))")
      default:
        guard place + 4 <= data.endIndex else { throw damaged("wanted a segment's length") }
        let length = Int(data[place + 2]) << 8 | Int(data[place + 3]), end = place + 2 + length
        guard length >= 2, end <= data.endIndex else {
          throw damaged("wanted a segment of 2 to \(data.endIndex - place - 2) bytes, not \(length)")
        }
        append(marker, data[place + 4..<end], to: &file)
        place = end
        if marker == 0xDA {
          hasScan = true
          let start = place
          while place < data.endIndex, !isMarker(data, place) { place += 1 }
          file += data[start..<place]
        }
      }
    }
    // A file that was cut is as much of a picture as it was.
    guard hasScan else { throw damaged("wanted a scan") }
    return file
  }

  /// Whether a marker stands in a scan's bytes, which is none of the scan's own.
  private static func isMarker(_ data: ArraySlice<UInt8>, _ place: Int) -> Bool {
    guard data[place] == 0xFF, place + 1 < data.endIndex else { return false }
    let next = data[place + 1]
    return next != 0 && !(0xD0...0xD7).contains(next)
  }

  /// A segment, or what stays of it.
  private static func append(_ marker: UInt8, _ content: ArraySlice<UInt8>, to file: inout [UInt8]) {
    var kept = content
    switch marker {
    case 0xE0:
      guard content.starts(with: Array("JFIF".utf8) + [0]), content.count >= 14 else { return }
      kept = content.prefix(12) + [0, 0]
    case 0xE1:
      guard content.starts(with: exif), let turned = Orientation(content.dropFirst(exif.count)) else { return }
      kept = exif + turned.tiff[...]
    case 0xE2: guard content.starts(with: Array("ICC_PROFILE".utf8) + [0]) else { return }
    case 0xEE:
      guard content.starts(with: "Adobe".utf8), content.count >= 12 else { return }
      kept = content.prefix(12)
    case 0xE3...0xEF, 0xFE: return
    default: break
    }
    let length = kept.count + 2
    file += [0xFF, marker, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
    file += kept
  }
}

extension PNG {
  /// Chunks that change how a picture looks or moves (PNG 3rd edition, 11.3; APNG); critical ones always stay.
  private static let looks: Set = [
    "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI", "bKGD", "hIST", "pHYs", "sPLT", "acTL",
    "fcTL", "fdAT",
  ]

  fileprivate static func withoutMetadata(_ data: ArraySlice<UInt8>) throws(ImageError) -> [UInt8] {
    var file = signature
    file.reserveCapacity(data.count)
    var cursor = ByteCursor(data.bytes)
    do throws(ByteCursor.Failure) {
      guard try cursor.bytes(signature.count) == signature else { throw cursor.fail("the signature of a PNG") }
      while true {
        let chunk = try PNGChunk(from: &cursor)
        let isCritical = chunk.type.utf8.first.map { $0 & 0x20 == 0 } ?? false
        if isCritical || looks.contains(chunk.type) {
          file += data[data.startIndex + chunk.data.lowerBound - 8..<data.startIndex + chunk.data.upperBound + 4]
        } else if chunk.type == "eXIf" {
          let content = data[data.startIndex + chunk.data.lowerBound..<data.startIndex + chunk.data.upperBound]
          if let turned = Orientation(content) {
            var writer = ByteWriter()
            append(chunk.type, turned.tiff[...], to: &writer)
            file += writer.bytes
          }
        }
        if chunk.type == "IEND" { return file }
      }
    } catch {
      throw .damaged(suffix, offset: error.offset, reason: "wanted \(error.wanted)")
    }
  }
}

/// How a picture is to be turned or mirrored, where it is (Exif 2.32, 4.6.4: tag 0x0112 of the first directory).
///
/// ```
///   "II" 2A 00 or "MM" 00 2A   UInt32 place of the directory
///   UInt16 entries   entry: UInt16 tag   UInt16 type   UInt32 count   value, or its place
/// ```
private struct Orientation {
  var value: UInt8

  /// Nil where the picture stands as it is, or where nothing can be read.
  init?(_ file: ArraySlice<UInt8>) {
    let isBig = file.starts(with: [0x4D, 0x4D, 0, 0x2A])
    guard isBig || file.starts(with: [0x49, 0x49, 0x2A, 0]) else { return nil }
    func number(_ place: Int, _ size: Int) -> Int? {
      guard place >= 0, place <= file.count - size else { return nil }
      let bytes = file[file.startIndex + place..<file.startIndex + place + size]
      return (isBig ? Array(bytes) : bytes.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let place = number(4, 4), let count = number(place, 2) else { return nil }
    for entry in 0..<count {
      let start = place + 2 + 12 * entry
      guard let tag = number(start, 2), let type = number(start + 2, 2), let value = number(start + 8, 2) else {
        return nil
      }
      guard tag == 0x0112 else { continue }
      guard type == 3, (2...8).contains(value) else { return nil }
      self.value = UInt8(value)
      return
    }
    return nil
  }

  /// A file with nothing else.
  var tiff: [UInt8] {
    [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0, 0, 0, 0, 0]
  }
}
