/// An uncompressed image as `sensor_msgs/Image` carries it; its numbers are as recorded, and may be wrong.
package struct RecordedImage: Sendable {
  package var width: Int
  package var height: Int
  /// Free text; `PixelFormat` says what is understood.
  package var encoding: String
  /// Of samples of more than 8 bits.
  package var isBigEndian: Bool
  /// Bytes from the beginning of one row to that of the next.
  package var step: Int
  package var data: ArraySlice<UInt8>

  package init(
    width: Int, height: Int, encoding: String, isBigEndian: Bool, step: Int, data: ArraySlice<UInt8>
  ) {
    (self.width, self.height, self.encoding) = (width, height, encoding)
    (self.isBigEndian, self.step, self.data) = (isBigEndian, step, data)
  }
}

/// What becomes of a colour filter's mosaic.
package enum Demosaicing: Sendable { case keep, bilinear }

/// An image in the form that it is written in.
package struct ConvertedImage: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case picture(Picture)
    case array(SampleArray)
    /// The data as recorded, because nobody knows what it is.
    case raw(ArraySlice<UInt8>)
  }

  package var content: Content
  /// The colours of a mosaic's first two rows, for the index; nil if it is no mosaic, or none any more.
  package var bayer: BayerPattern?
  /// Whether the order of the colours is OpenCV's habit, not stated.
  package var isColourOrderAssumed = false

  package init(_ content: Content) { self.content = content }

  /// What the file's name ends with.
  package var suffix: String {
    switch content {
    case .picture: PNG.suffix
    case .array: NPY.suffix
    case .raw: "bin"
    }
  }
}

extension RecordedImage {
  /// The image without padding, in a form that a file can hold without loss.
  ///
  /// Nothing is guessed: numbers that contradict each other are an error that has them in it.
  package func converted(_ demosaicing: Demosaicing = .keep) throws(ImageError) -> ConvertedImage {
    let format = PixelFormat(encoding)
    guard format != .unknown else { return ConvertedImage(.raw(data)) }
    let limit = Int(UInt32.max)
    guard (1...limit).contains(width), (1...limit).contains(height) else {
      throw .noPixels(width: width, height: height)
    }
    guard (0...limit).contains(step) else { throw .shortStep(step, width: width, needed: UInt64(width)) }
    switch format {
    case .samples(let channels, let bits, let order):
      let bytes = try interleaved(channels, bits, order)
      let picture = Picture(width: width, height: height, channels: channels, bitsPerSample: bits, bytes: bytes)
      var image = ConvertedImage(.picture(picture))
      image.isColourOrderAssumed = order == .assumedBGR
      return image
    case .mosaic(let pattern, let bits):
      let bytes = try interleaved(1, bits, .rgb)
      let mosaic = Picture(width: width, height: height, channels: 1, bitsPerSample: bits, bytes: bytes)
      switch demosaicing {
      case .keep:
        var image = ConvertedImage(.picture(mosaic))
        image.bayer = pattern
        return image
      case .bilinear: return ConvertedImage(.picture(mosaic.demosaiced(pattern)))
      }
    case .yuv422(let order): return ConvertedImage(.picture(try rgb(of: order)))
    case .planar(let planes): return ConvertedImage(.picture(try rgb(of: planes)))
    case .array(let kind, let channels):
      let bytes = try rows(bytesPerPixel: channels * kind.size, reversing: isBigEndian ? kind.size : 1)
      return ConvertedImage(
        .array(SampleArray(width: width, height: height, channels: channels, kind: kind, bytes: bytes)))
    case .unknown: return ConvertedImage(.raw(data))
    }
  }

  /// Refuses rows of so many bytes that do not lie within the data; the last one may lack its padding.
  func requireRows(of bytes: Int) throws(ImageError) {
    guard step >= bytes else { throw .shortStep(step, width: width, needed: UInt64(bytes)) }
    guard data.count >= bytes, (data.count - bytes) / step >= height - 1 else {
      throw .shortData(found: data.count, needed: UInt64(step) * UInt64(height))
    }
  }

  /// Interleaved samples in PNG's order of colours and bytes.
  private func interleaved(_ channels: Int, _ bits: Int, _ order: PixelFormat.ColourOrder) throws(ImageError) -> [UInt8]
  {
    // A picture of 16 bits is big-endian.
    let size = bits / 8
    var bytes = try rows(bytesPerPixel: channels * size, reversing: isBigEndian ? 1 : size)
    if order != .rgb, channels > 1 { bytes.exchangeRedAndBlue(channels: channels, size: size) }
    return bytes
  }

  /// The rows without padding, with the bytes of each group of `size` reversed.
  private func rows(bytesPerPixel: Int, reversing size: Int) throws(ImageError) -> [UInt8] {
    let rowBytes = width * bytesPerPixel
    try requireRows(of: rowBytes)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rowBytes * height)
    var start = data.startIndex
    for _ in 0..<height {
      bytes.append(contentsOf: data[start..<start + rowBytes])
      start += step
    }
    if size > 1 { bytes.reverse(groupsOf: size) }
    return bytes
  }
}

extension [UInt8] {
  /// Swaps the first and the third sample of each pixel.
  fileprivate mutating func exchangeRedAndBlue(channels: Int, size: Int) {
    switch (channels, size) {
    case (3, 1): exchange(0, 2, every: 3)
    case (4, 1): exchange(0, 2, every: 4)
    default:
      for byte in 0..<size { exchange(byte, 2 * size + byte, every: channels * size) }
    }
  }

  private mutating func exchange(_ one: Int, _ other: Int, every stride: Int) {
    var bytes = mutableSpan
    var start = 0
    while start < bytes.count {
      bytes.swapAt(start + one, start + other)
      start += stride
    }
  }

  /// Turns the byte order of numbers of `size` bytes.
  mutating func reverse(groupsOf size: Int) {
    var bytes = mutableSpan
    var start = 0
    while start < bytes.count {
      for byte in 0..<size / 2 { bytes.swapAt(start + byte, start + size - 1 - byte) }
      start += size
    }
  }
}
