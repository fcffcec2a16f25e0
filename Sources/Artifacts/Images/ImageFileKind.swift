/// What an image file is, from its first bytes; what it is said to be is often wrong.
package enum ImageFileKind: String, Sendable, CaseIterable {
  case jpeg, png, webp, tiff, bmp
  /// Elementary streams in Annex B form: start codes and NAL units.
  case h264, h265
  case unknown

  package init(_ data: ArraySlice<UInt8>) {
    if data.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if PNG.recognises(data) {
      self = .png
    } else if data.starts(with: "RIFF".utf8), data.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webp
    } else if data.starts(with: [0x49, 0x49, 0x2A, 0]) || data.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
      self = .tiff
    } else if data.starts(with: "BM".utf8), data.dropFirst(6).starts(with: [0, 0, 0, 0]) {
      self = .bmp
    } else {
      self = Self.stream(data) ?? .unknown
    }
  }

  /// What the file's name ends with.
  package var suffix: String {
    switch self {
    case .jpeg: "jpg"
    case .png, .webp, .tiff, .bmp, .h264, .h265: rawValue
    case .unknown: "bin"
    }
  }

  /// The kind of a stream of NAL units (ITU-T H.264 7.3.1, H.265 7.3.1.2), by its first one.
  ///
  /// ```
  ///   H.264   0 (1)   importance (2)   type (5)
  ///   H.265   0 (1)   type (6)   layer (6)   temporal id + 1 (3)
  /// ```
  private static func stream(_ data: ArraySlice<UInt8>) -> ImageFileKind? {
    let start = data.prefix(4).prefix { $0 == 0 }.count
    let unit = data.dropFirst(start + 1)
    guard start == 2 || start == 3, data.dropFirst(start).first == 1, let first = unit.first, first & 0x80 == 0 else {
      return nil
    }
    let type264 = first & 0x1F, importance = first >> 5
    // The layer is 0 and the temporal id 1 in what cameras send; slices, parameter sets, delimiters, messages.
    if unit.dropFirst().first == 1, [0, 1, 19, 20, 21, 32, 33, 34, 35, 39].contains(first >> 1), first & 1 == 0 {
      // 28 01 is a random access picture, or a parameter set whose first syntax element nobody writes like this.
      return .h265
    }
    switch type264 {
    case 1: return .h264
    case 5, 7, 8: return importance > 0 ? .h264 : nil
    case 6, 9: return importance == 0 ? .h264 : nil
    default: return nil
    }
  }
}

extension ImageFileKind {
  /// Width and height as the file's header states them, without decoding; nil where it does not say.
  package func size(_ data: ArraySlice<UInt8>) -> (width: Int, height: Int)? {
    switch self {
    case .jpeg: jpegSize(data)
    case .png: (try? PNG.header(data)).map { ($0.width, $0.height) }
    case .webp, .tiff, .bmp, .h264, .h265, .unknown: nil
    }
  }

  /// From the frame header (ITU-T T.81, B.2.2).
  ///
  /// ```
  ///   FF D8   segments: FF marker UInt16 length, which counts itself
  ///   SOF     FF C0…CF   UInt16 length   UInt8 bits   UInt16 height   UInt16 width   components
  /// ```
  private func jpegSize(_ data: ArraySlice<UInt8>) -> (width: Int, height: Int)? {
    var place = data.startIndex + 2
    func u16(_ place: Int) -> Int { Int(data[place]) << 8 | Int(data[place + 1]) }
    while place + 4 <= data.endIndex, data[place] == 0xFF {
      let marker = data[place + 1]
      switch marker {
      // Fill bytes, and markers without a segment.
      case 0xFF: place += 1
      case 0x01, 0xD0...0xD8: place += 2
      // DHT, JPG and DAC are no frame headers.
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard place + 9 <= data.endIndex else { return nil }
        let (height, width) = (u16(place + 5), u16(place + 7))
        return width > 0 && height > 0 ? (width, height) : nil
      // The scan begins, or the image ends: no frame header was there.
      case 0xD9, 0xDA: return nil
      default:
        guard u16(place + 2) >= 2 else { return nil }
        place += 2 + u16(place + 2)
      }
    }
    return nil
  }
}
