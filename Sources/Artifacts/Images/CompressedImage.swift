import Core

/// A compressed image as `sensor_msgs/CompressedImage` carries it.
package struct CompressedImage: Sendable {
  /// Free text: `jpeg`, `rgb8; jpeg compressed bgr8`, `16UC1; compressedDepth png`, empty, wrong.
  package var format: String
  package var data: ArraySlice<UInt8>

  package init(format: String, data: ArraySlice<UInt8>) {
    self.format = format
    self.data = data
  }

  /// What is to be written.
  package enum Content: Sendable, Equatable {
    /// Bytes that are a file as they are.
    case file(ImageFileKind, ArraySlice<UInt8>)
    /// Depth in millimetres, 0 for none; 16 bits.
    case depth(Picture)
    /// Depth in metres, NaN for none.
    case metres(SampleArray)

    /// What the file's name ends with.
    package var suffix: String {
      switch self {
      case .file(let kind, _): kind.suffix
      case .depth: PNG.suffix
      case .metres: NPY.suffix
      }
    }

    /// Width and height; nil where the file's header does not say.
    package var size: (width: Int, height: Int)? {
      switch self {
      case .file(let kind, let data): kind.size(data)
      case .depth(let picture): (picture.width, picture.height)
      case .metres(let array): (array.width, array.height)
      }
    }
  }

  /// What the data really is: files as recorded, depth out of its wrapping and of `pixelLimit` pixels at most.
  package func content(pixelLimit: Int = 1 << 26) throws(ImageError) -> Content {
    guard !data.isEmpty else { throw .noData }
    let kind = ImageFileKind(data)
    guard kind == .unknown else { return .file(kind, data) }
    let depth = data.dropFirst(DepthHeader.size)
    let isPNG = PNG.recognises(depth)
    guard isPNG || format.contains("compressedDepth") && format.contains("rvl") else { return .file(.unknown, data) }
    let header = try DepthHeader(data)
    let isInverse = format.hasPrefix("32FC1")
    guard isInverse || !isPNG else { return .file(.png, depth) }
    let image = isPNG ? try samples(of: depth, pixelLimit) : try RVL.decode(depth, limit: pixelLimit)
    return isInverse ? .metres(header.metres(image)) : .depth(picture(of: image))
  }

  private func samples(of png: ArraySlice<UInt8>, _ pixelLimit: Int) throws(ImageError) -> RVL.Image {
    let picture = try PNG.decode(png, limit: 3 * pixelLimit)
    guard picture.channels == 1, picture.bitsPerSample == 16 else {
      throw .unsupported("depth", reason: "\(picture.channels) channels of \(picture.bitsPerSample) bits")
    }
    return RVL.Image(width: picture.width, height: picture.height, values: picture.samples)
  }

  private func picture(of image: RVL.Image) -> Picture {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * image.values.count)
    for value in image.values {
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
      bytes.append(UInt8(truncatingIfNeeded: value))
    }
    return Picture(width: image.width, height: image.height, channels: 1, bitsPerSample: 16, bytes: bytes)
  }
}

/// What `compressed_depth_image_transport` puts before the picture.
///
/// ```
///   Int32 0: inverse depth   Float A   Float B      depth = A / (value - B), where value is not 0
/// ```
private struct DepthHeader {
  static let size = 12

  var a: Float
  var b: Float

  init(_ data: ArraySlice<UInt8>) throws(ImageError) {
    var cursor = ByteCursor(data.bytes)
    do throws(ByteCursor.Failure) {
      try cursor.skip(4)
      (a, b) = (try cursor.f32(), try cursor.f32())
    } catch {
      throw .damaged("depth", offset: error.offset, reason: "wanted \(error.wanted)")
    }
  }

  func metres(_ image: RVL.Image) -> SampleArray {
    let depths = image.values.map { $0 == 0 ? Float.nan : a / (Float($0) - b) }
    var bytes: [UInt8] = []
    bytes.append(depths, 0..<depths.count)
    return SampleArray(width: image.width, height: image.height, channels: 1, kind: .f4, bytes: bytes)
  }
}
