/// Pixels as PNG holds them: rows from the top without padding, samples interleaved, 16-bit samples big-endian.
package struct Picture: Sendable, Equatable {
  package var width: Int
  package var height: Int
  /// 1 grey, 2 grey and alpha, 3 red green blue, 4 red green blue alpha.
  package var channels: Int
  /// 8 or 16.
  package var bitsPerSample: Int
  /// `height` rows of `bytesPerRow`.
  package var bytes: [UInt8]

  package init(width: Int, height: Int, channels: Int, bitsPerSample: Int, bytes: [UInt8]) {
    precondition((1...4).contains(channels) && (bitsPerSample == 8 || bitsPerSample == 16), "PNG has such pixels")
    precondition(bytes.count == width * height * channels * bitsPerSample / 8, "pixels fill the picture")
    self.width = width
    self.height = height
    self.channels = channels
    self.bitsPerSample = bitsPerSample
    self.bytes = bytes
  }

  package var bytesPerPixel: Int { channels * bitsPerSample / 8 }
  package var bytesPerRow: Int { width * bytesPerPixel }

  /// All samples as numbers, row by row.
  package var samples: [UInt16] {
    guard bitsPerSample == 16 else { return bytes.map { UInt16($0) } }
    return (0..<bytes.count / 2).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
  }
}

/// Samples that no picture format holds without loss: rows from the top, channels interleaved, little-endian.
package struct SampleArray: Sendable, Equatable {
  /// What a sample is, as NumPy spells it.
  package enum Kind: String, Sendable, CaseIterable {
    case u1, i1, u2, i2, f2, u4, i4, f4, u8, i8, f8

    /// Bytes of a sample.
    package var size: Int {
      switch self {
      case .u1, .i1: 1
      case .u2, .i2, .f2: 2
      case .u4, .i4, .f4: 4
      case .u8, .i8, .f8: 8
      }
    }
  }

  package var width: Int
  package var height: Int
  package var channels: Int
  package var kind: Kind
  package var bytes: [UInt8]

  package init(width: Int, height: Int, channels: Int, kind: Kind, bytes: [UInt8]) {
    precondition(bytes.count == width * height * channels * kind.size, "samples fill the array")
    self.width = width
    self.height = height
    self.channels = channels
    self.kind = kind
    self.bytes = bytes
  }
}
