import Core

/// Depth in runs and variable-length differences, as `compressed_depth_image_transport` writes it.
///
/// Wilson: Fast Lossless Depth Image Compression, 2017, https://doi.org/10.1145/3132272.3134144
///
/// ```
///   Int32 columns   Int32 rows   UInt32 words, each eight groups of four bits from the top
///   number   groups of three bits, the low ones first; the top bit says that another follows
///   numbers  zeros, values, then so many differences to the value before, zigzag; and again until all pixels are there
/// ```
/// 0 0 5 6 4 0 is `10 23 A1 23`: 2 zeros, 3 values: +5 +1 -2, 1 zero, 0 values.
enum RVL {
  /// Row by row; 0 is no depth.
  struct Image {
    var width: Int
    var height: Int
    var values: [UInt16]
  }

  /// The image in what stands behind the header of 12 bytes.
  ///
  /// There may be `limit` pixels, because a few bytes can be any number of zeros.
  static func decode(_ data: ArraySlice<UInt8>, limit: Int) throws(ImageError) -> Image {
    var groups = Groups(data)
    let width: Int, height: Int
    do throws(ByteCursor.Failure) {
      var cursor = ByteCursor(data.bytes)
      (width, height) = (Int(try cursor.i32()), Int(try cursor.i32()))
    } catch {
      throw groups.damaged("wanted columns and rows, \(data.count) bytes left")
    }
    guard width > 0, height > 0 else { throw .noPixels(width: width, height: height) }
    guard width <= limit / height else { throw .tooLarge(width: width, height: height) }
    let count = width * height
    var values: [UInt16] = []
    var previous = 0
    while values.count < count {
      let zeros = try groups.number(), run = try groups.number()
      guard zeros + run > 0 else { throw groups.damaged("a run of nothing, \(values.count) of \(count) pixels read") }
      guard zeros + run <= count - values.count else {
        throw groups.damaged("a run of \(zeros + run) pixels, \(count - values.count) are left")
      }
      values.append(contentsOf: repeatElement(0, count: zeros))
      for _ in 0..<run {
        let zigzag = try groups.number()
        previous += zigzag & 1 == 0 ? zigzag >> 1 : -(zigzag >> 1) - 1
        // Some writers take the depth for signed.
        guard (Int(Int16.min)...Int(UInt16.max)).contains(previous) else {
          throw groups.damaged("a depth of \(previous)")
        }
        values.append(UInt16(truncatingIfNeeded: previous))
      }
    }
    return Image(width: width, height: height, values: values)
  }
}

/// Takes groups of four bits from words.
private struct Groups {
  private let data: ArraySlice<UInt8>
  /// Of the next word.
  private var position: Int
  private var word: UInt32 = 0
  private var left = 0

  init(_ data: ArraySlice<UInt8>) {
    self.data = data
    position = data.startIndex + 8
  }

  /// Below 2^33.
  mutating func number() throws(ImageError) -> Int {
    var value = 0
    var shift = 0
    while true {
      let group = try next()
      value |= Int(group & 7) << shift
      guard group & 8 != 0 else { return value }
      shift += 3
      guard shift <= 30 else { throw damaged("a number of more than 33 bits") }
    }
  }

  private mutating func next() throws(ImageError) -> UInt32 {
    if left == 0 {
      guard data.endIndex - position >= 4 else { throw damaged("the stream ends early") }
      word =
        UInt32(data[position]) | UInt32(data[position + 1]) << 8 | UInt32(data[position + 2]) << 16
        | UInt32(data[position + 3]) << 24
      position += 4
      left = 8
    }
    left -= 1
    defer { word <<= 4 }
    return word >> 28
  }

  func damaged(_ reason: String) -> ImageError {
    .damaged("rvl", offset: min(position, data.endIndex) - data.startIndex, reason: reason)
  }
}
