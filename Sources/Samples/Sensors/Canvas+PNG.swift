import Artifacts
import Core

extension Canvas {
  /// The picture as a PNG of 8-bit red, green and blue.
  func png() throws -> [UInt8] {
    try PNG.encode(Picture(width: width, height: height, channels: 3, bitsPerSample: 8, bytes: bytes))
  }
}
