import Core

/// A cell of the earth as text: places near each other mostly begin alike (geohash.org).
package enum Geohash {
  package static let lengths: ClosedRange<Int64> = 1...12
  private static let alphabet = Array("0123456789bcdefghjkmnpqrstuvwxyz".utf8)

  /// Bits take turns, longitude first: 1 where the value is in the upper half of what is left.
  package static func text(latitude: Double, longitude: Double, length: Int) -> [UInt8] {
    var (south, north) = (-90.0, 90.0), (west, east) = (-180.0, 180.0)
    var text: [UInt8] = []
    text.reserveCapacity(length)
    var isLongitude = true
    for _ in 0..<length {
      var digit = 0
      for _ in 0..<5 {
        let middle = isLongitude ? (west + east) / 2 : (south + north) / 2
        let isUpper = (isLongitude ? longitude : latitude) >= middle
        digit = digit << 1 | (isUpper ? 1 : 0)
        switch (isLongitude, isUpper) {
        case (true, true): west = middle
        case (true, false): east = middle
        case (false, true): south = middle
        case (false, false): north = middle
        }
        isLongitude.toggle()
      }
      text.append(alphabet[digit])
    }
    return text
  }
}

/// A tile of Web Mercator as text, a digit a zoom level.
///
/// https://learn.microsoft.com/bingmaps/articles/bing-maps-tile-system
package enum Quadkey {
  package static let zooms: ClosedRange<Int64> = 1...30
  private static let edge = 85.05112878

  package static func text(latitude: Double, longitude: Double, zoom: Int) -> [UInt8] {
    let tiles = Double(1 << zoom)
    let sine = Mathematics.sin(max(-edge, min(edge, latitude)) * .pi / 180)
    let x = tile((longitude + 180) / 360 * tiles, zoom)
    let y = tile((0.5 - Mathematics.log((1 + sine) / (1 - sine)) / (4 * .pi)) * tiles, zoom)
    return (0..<zoom).reversed().map { bit in
      UInt8(ascii: "0") + UInt8(x >> bit & 1) + 2 * UInt8(y >> bit & 1)
    }
  }

  private static func tile(_ value: Double, _ zoom: Int) -> Int {
    Int(max(0, min(Double(1 << zoom) - 1, value.rounded(.down))))
  }
}
