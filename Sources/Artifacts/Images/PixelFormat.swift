/// How the bytes of an uncompressed image are to be read, from the name of its encoding.
///
/// The names are those of `sensor_msgs/image_encodings.h`; besides, OpenCV's `(8|16|32|64)(U|S|F)C(n)`.
package enum PixelFormat: Sendable, Hashable {
  /// 1, 3 or 4 interleaved samples of 8 or 16 bits.
  case samples(channels: Int, bits: Int, order: ColourOrder)
  case mosaic(BayerPattern, bits: Int)
  /// Two pixels in four bytes.
  case yuv422(YUV422)
  /// A plane of luma, then one of pairs of chroma.
  case planar(YUVPlanes)
  case array(SampleArray.Kind, channels: Int)
  case unknown

  package enum ColourOrder: Sendable, Hashable {
    case rgb, bgr
    /// OpenCV's habit, which its name does not say.
    case assumedBGR
  }

  /// U Y0 V Y1, or Y0 U Y1 V.
  package enum YUV422: Sendable, Hashable { case uyvy, yuyv }

  /// Chroma of half size, U first or V first, or of full size.
  package enum YUVPlanes: Sendable, Hashable { case nv12, nv21, nv24 }

  package init(_ name: String) {
    switch name {
    case "mono8", "8UC1", "8UC": self = .samples(channels: 1, bits: 8, order: .rgb)
    case "mono16", "16UC1", "16UC": self = .samples(channels: 1, bits: 16, order: .rgb)
    case "rgb8": self = .samples(channels: 3, bits: 8, order: .rgb)
    case "bgr8": self = .samples(channels: 3, bits: 8, order: .bgr)
    case "rgba8": self = .samples(channels: 4, bits: 8, order: .rgb)
    case "bgra8": self = .samples(channels: 4, bits: 8, order: .bgr)
    case "rgb16": self = .samples(channels: 3, bits: 16, order: .rgb)
    case "bgr16": self = .samples(channels: 3, bits: 16, order: .bgr)
    case "rgba16": self = .samples(channels: 4, bits: 16, order: .rgb)
    case "bgra16": self = .samples(channels: 4, bits: 16, order: .bgr)
    case "yuv422", "uyvy": self = .yuv422(.uyvy)
    case "yuv422_yuy2", "yuyv": self = .yuv422(.yuyv)
    case "nv12": self = .planar(.nv12)
    case "nv21": self = .planar(.nv21)
    case "nv24": self = .planar(.nv24)
    default: self = Self.bayer(name) ?? Self.openCV(name) ?? .unknown
    }
  }

  /// `bayer_rggb8` and its like.
  private static func bayer(_ name: String) -> PixelFormat? {
    for pattern in BayerPattern.allCases {
      if name == "bayer_\(pattern.rawValue)8" { return .mosaic(pattern, bits: 8) }
      if name == "bayer_\(pattern.rawValue)16" { return .mosaic(pattern, bits: 16) }
    }
    return nil
  }

  /// `(8|16|32|64)(U|S|F)C(n)`, where a missing n is 1.
  private static func openCV(_ name: String) -> PixelFormat? {
    var rest = Substring(name)
    let digits = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    guard let letter = rest.first, rest.dropFirst().first == "C" else { return nil }
    rest = rest.dropFirst(2)
    guard rest.utf8.allSatisfy({ (0x30...0x39).contains($0) }), rest.first != "0" else { return nil }
    guard let channels = rest.isEmpty ? 1 : UInt16(rest), let kind = kind(digits, letter) else { return nil }
    switch (kind, channels) {
    case (.u1, 1), (.u2, 1): return .samples(channels: 1, bits: 8 * kind.size, order: .rgb)
    case (.u1, 3...4), (.u2, 3...4):
      return .samples(channels: Int(channels), bits: 8 * kind.size, order: .assumedBGR)
    default: return .array(kind, channels: Int(channels))
    }
  }

  private static func kind(_ bits: Substring, _ letter: Character) -> SampleArray.Kind? {
    switch (bits, letter) {
    case ("8", "U"): .u1
    case ("8", "S"): .i1
    case ("16", "U"): .u2
    case ("16", "S"): .i2
    case ("16", "F"): .f2
    case ("32", "U"): .u4
    case ("32", "S"): .i4
    case ("32", "F"): .f4
    case ("64", "U"): .u8
    case ("64", "S"): .i8
    case ("64", "F"): .f8
    default: nil
    }
  }
}
