/// The colours under a sensor's filter, named by its first two rows from the top left: `rggb` is R G over G B.
///
/// OpenCV's constants name the same patterns from the second pixel of the second row: `rggb` is its `BayerBG`.
package enum BayerPattern: String, Sendable, CaseIterable {
  case rggb, bggr, gbrg, grbg

  /// Row and column, 0 or 1, of the red pixels.
  fileprivate var red: (row: Int, column: Int) {
    switch self {
    case .rggb: (0, 0)
    case .bggr: (1, 1)
    case .gbrg: (1, 0)
    case .grbg: (0, 1)
    }
  }
}

extension Picture {
  /// Red, green and blue of a mosaic, bilinear: what a pixel lacks is the mean of its neighbours that have it.
  ///
  /// Neighbours beyond the border are those on the other side of the pixel.
  package func demosaiced(_ pattern: BayerPattern) -> Picture {
    precondition(channels == 1, "a mosaic has one channel")
    let samples = samples
    let red = pattern.red
    var colours = [UInt16](repeating: 0, count: 3 * width * height)
    for row in 0..<height {
      let above = row > 0 ? row - 1 : min(1, height - 1)
      let below = row + 1 < height ? row + 1 : max(0, height - 2)
      let (middleRow, aboveRow, belowRow) = (row * width, above * width, below * width)
      let isRedRow = row & 1 == red.row
      for column in 0..<width {
        let left = column > 0 ? column - 1 : min(1, width - 1)
        let right = column + 1 < width ? column + 1 : max(0, width - 2)
        let own = samples[middleRow + column]
        let across = mean(samples[middleRow + left], samples[middleRow + right])
        let along = mean(samples[aboveRow + column], samples[belowRow + column])
        let place = 3 * (middleRow + column)
        switch (isRedRow, column & 1 == red.column) {
        case (true, true), (false, false):
          let straight = mean(
            samples[middleRow + left], samples[middleRow + right], samples[aboveRow + column],
            samples[belowRow + column])
          let diagonal = mean(
            samples[aboveRow + left], samples[aboveRow + right], samples[belowRow + left], samples[belowRow + right])
          colours[place] = isRedRow ? own : diagonal
          colours[place + 1] = straight
          colours[place + 2] = isRedRow ? diagonal : own
        case (true, false), (false, true):
          colours[place] = isRedRow ? across : along
          colours[place + 1] = own
          colours[place + 2] = isRedRow ? along : across
        }
      }
    }
    return Picture(width: width, height: height, channels: 3, bitsPerSample: bitsPerSample, bytes: bytes(of: colours))
  }

  private func bytes(of samples: [UInt16]) -> [UInt8] {
    guard bitsPerSample == 16 else { return samples.map { UInt8(truncatingIfNeeded: $0) } }
    var bytes = [UInt8](repeating: 0, count: 2 * samples.count)
    for (index, sample) in samples.enumerated() {
      bytes[2 * index] = UInt8(truncatingIfNeeded: sample >> 8)
      bytes[2 * index + 1] = UInt8(truncatingIfNeeded: sample)
    }
    return bytes
  }
}

private func mean(_ one: UInt16, _ two: UInt16) -> UInt16 {
  UInt16(truncatingIfNeeded: (UInt32(one) + UInt32(two) + 1) / 2)
}

private func mean(_ one: UInt16, _ two: UInt16, _ three: UInt16, _ four: UInt16) -> UInt16 {
  UInt16(truncatingIfNeeded: (UInt32(one) + UInt32(two) + UInt32(three) + UInt32(four) + 2) / 4)
}
