import Testing

@testable import Artifacts
@testable import Core
@testable import Recordings

/// Every image of the crafted bag becomes the pixels that it was made of.
@Suite(.enabled(if: SensorBag.isHere, "no shared data")) struct ImageBagTests {
  @Test func everyImageBecomesWhatItIs() throws {
    let messages = try SensorBag.messages("images.bag")
    for (topic, truth) in try SensorBag.truth("images") {
      let message = try #require(messages[topic], "\(topic)")
      let columns = try #require(ImageColumns(message), "\(topic)")
      let image = RecordedImage(
        width: columns.width(0), height: columns.height(0), encoding: columns.encoding(0),
        isBigEndian: columns.isBigEndian(0), step: columns.step(0), data: columns.data(0))
      if truth["bad"]?.bool == true {
        #expect(throws: ImageError.self, "\(topic)") { try image.converted() }
        continue
      }
      let recorded = [UInt8](hexadecimal: try #require(truth["pixels_hex"]?.string))
      switch try image.converted().content {
      case .raw(let data): #expect(data == image.data, "\(topic)")
      case .array(let array):
        let size = try truth.integer("bytes_per_channel")
        let channels = try truth.integer("channels")
        #expect(array.kind.size == size && array.channels == channels, "\(topic)")
        #expect(array.bytes == (image.isBigEndian ? recorded.reversed(groupsOf: size) : recorded), "\(topic)")
      case .picture(let picture):
        let file = try PNG.encode(picture)
        #expect(try PNG.decode(file[...]) == picture, "\(topic)")
        #expect((picture.width, picture.height) == (image.width, image.height), "\(topic)")
        if let pixels = try samples(truth, recorded, image.isBigEndian) {
          #expect(picture.samples == pixels, "\(topic)")
        } else {
          #expect(picture.channels == 3, "\(topic)")
        }
      }
    }
  }

  /// The samples in PNG's order; nil for luma and chroma, which are not samples.
  private func samples(_ truth: JSON, _ recorded: [UInt8], _ isBigEndian: Bool) throws -> [UInt16]? {
    let encoding = try #require(truth["encoding"]?.string)
    let channels = try truth.integer("channels"), size = try truth.integer("bytes_per_channel")
    guard !["yuv", "nv2", "uyv", "yuy"].contains(encoding.prefix(3)) else { return nil }
    var values: [UInt16] = []
    for start in stride(from: 0, to: recorded.count, by: size) {
      let group = isBigEndian ? Array(recorded[start..<start + size]) : recorded[start..<start + size].reversed()
      values.append(group.reduce(0) { $0 << 8 | UInt16($1) })
    }
    guard encoding.hasPrefix("bgr") || encoding.hasSuffix("UC3") || encoding.hasSuffix("UC4") else { return values }
    for start in stride(from: 0, to: values.count, by: channels) { values.swapAt(start, start + 2) }
    return values
  }

  @Test func everyCompressedImageIsWhatItsBytesAre() throws {
    let messages = try SensorBag.messages("images.bag")
    for (topic, truth) in try SensorBag.truth("compressed") {
      let message = try #require(messages[topic], "\(topic)")
      let columns = try #require(CompressedImageColumns(message), "\(topic)")
      let image = CompressedImage(format: columns.format(0), data: columns.data(0))
      if truth["bad"]?.bool == true {
        #expect(throws: ImageError.self, "\(topic)") { try image.content() }
        continue
      }
      let content = try image.content()
      let size = try #require(content.size, "\(topic)")
      let (width, height) = (try truth.integer("width"), try truth.integer("height"))
      #expect(size.width == width && size.height == height, "\(topic)")
      switch content {
      case .file(let kind, let bytes):
        #expect(kind.rawValue == truth["kind"]?.string, "\(topic)")
        let start = try truth.integer("png_at")
        #expect(bytes == image.data.dropFirst(start), "\(topic)")
        let samples = truth["samples"]?.array?.compactMap { $0.integer.map { UInt16($0) } }
        #expect(try PNG.decode(bytes).samples == samples, "\(topic)")
      case .depth(let picture):
        #expect(picture.samples == truth["samples"]?.array?.compactMap { $0.integer.map { UInt16($0) } }, "\(topic)")
      case .metres(let array):
        let metres = [Float](littleEndian: array.bytes.bytes)
        let expected = try #require(truth["depth_m"]?.array).map { $0.number.map { Float($0) } }
        #expect(metres.map { $0.isNaN ? nil : $0 } == expected, "\(topic)")
      }
    }
  }
}

extension [UInt8] {
  fileprivate func reversed(groupsOf size: Int) -> [UInt8] {
    stride(from: 0, to: count, by: size).flatMap { self[$0..<$0 + size].reversed() }
  }
}
