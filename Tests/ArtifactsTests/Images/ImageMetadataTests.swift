import Testing

@testable import Artifacts
@testable import Core

/// Pictures without what was written beside them; pixels and looks stay.
@Suite struct ImageMetadataTests {
  private static func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((data.count + 2) >> 8), UInt8((data.count + 2) & 0xFF)] + data
  }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// A directory with a maker, and how the picture is turned.
  private static func tiff(_ orientation: UInt8, isBig: Bool = false) -> [UInt8] {
    isBig
      ? [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 2, 1, 0x0F, 0, 2, 0, 0, 0, 4, 0x53, 0x45, 0x43, 0]
        + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
      : [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 2, 0, 0x0F, 1, 2, 0, 4, 0, 0, 0, 0x53, 0x45, 0x43, 0]
        + [0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
  }

  private static let exif = text("Exif") + [0, 0]
  private static let alone: [UInt8] = [
    0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
  ]
  private static let jfif = segment(0xE0, text("JFIF") + [0, 1, 2, 1, 0, 72, 0, 72, 0, 0])
  private static let profile = segment(0xE2, text("ICC_PROFILE") + [0, 1, 1, 5, 6])
  private static let adobe = segment(0xEE, text("Adobe") + [0, 100, 0, 0, 0, 0, 1])
  /// Tables, frame and a scan with an escaped byte and a restart, then another scan.
  private static let picture =
    segment(0xDB, [0, 1, 2]) + segment(0xC2, [8, 0, 1, 0, 1, 1, 1, 17, 0]) + segment(0xDA, [1, 1, 0, 0, 0, 1])
    + [9, 0xFF, 0, 8, 0xFF, 0xD3, 7] + segment(0xC4, [0, 3]) + segment(0xDA, [1, 1, 0, 1, 63, 0]) + [6, 0xFF, 0xD9]

  private func clean(_ bytes: [UInt8]) throws(ImageError) -> [UInt8] {
    try ImageFileKind(bytes[...]).withoutMetadata(bytes[...])
  }

  @Test func aJPEGKeepsItsPictureAndItsLooksOnly() throws {
    let secret = Self.segment(0xE1, Self.exif + Self.tiff(1))
    let xmp = Self.segment(0xE1, Self.text("http://ns.adobe.com/xap/1.0/\0<x/>"))
    let others = [0xED, 0xE3, 0xFE].map { Self.segment($0, Self.text("Photoshop 3.0")) }.flatMap { $0 }
    let thumbnail = Self.segment(0xE0, Self.text("JFXX") + [0, 0x10, 1, 2])
    let index = Self.segment(0xE2, Self.text("MPF") + [0, 1])
    let bytes: [UInt8] =
      [0xFF, 0xD8] + Self.jfif + thumbnail + secret + xmp + Self.profile + index + [0xFF] + Self.adobe + others
      + Self.picture + Self.text("another picture")
    #expect(try clean(bytes) == [0xFF, 0xD8] + Self.jfif + Self.profile + Self.adobe + Self.picture)
  }

  @Test(arguments: [false, true]) func theOrientationStaysWhereItIsNotTheUsualOne(_ isBig: Bool) throws {
    let bytes = [0xFF, 0xD8] + Self.segment(0xE1, Self.exif + Self.tiff(6, isBig: isBig)) + Self.picture
    #expect(try clean(bytes) == [0xFF, 0xD8] + Self.segment(0xE1, Self.exif + Self.alone) + Self.picture)
  }

  @Test func aThumbnailInTheFirstSegmentGoes() throws {
    let head = Self.text("JFIF") + [0, 1, 2, 1, 0, 72, 0, 72]
    let bytes = [0xFF, 0xD8] + Self.segment(0xE0, head + [1, 1, 9, 9, 9]) + Self.picture
    #expect(try clean(bytes) == [0xFF, 0xD8] + Self.segment(0xE0, head + [0, 0]) + Self.picture)
  }

  @Test func aJPEGThatWasCutIsAPictureOnceItsScanHasBegun() throws {
    let bytes = [0xFF, 0xD8] + Self.segment(0xFE, Self.text("secret")) + Self.picture
    let whole = try clean(bytes)
    for count in 0..<bytes.count {
      do throws(ImageError) {
        let part = try clean(Array(bytes.prefix(count)))
        #expect(whole.starts(with: part))
      } catch {
        guard case .damaged(_, let offset, _) = error else { continue }
        #expect(offset <= count)
      }
    }
  }

  @Test func aPNGKeepsItsPictureAndItsLooksOnly() throws {
    func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
      var writer = ByteWriter()
      PNG.append(type, data[...], to: &writer)
      return writer.bytes
    }
    let grey = Picture(width: 3, height: 2, channels: 1, bitsPerSample: 16, bytes: Array(0..<12))
    let png = try PNG.encode(grey)
    let (head, rest) = (Array(png.prefix(33)), Array(png.dropFirst(33)))
    let secret = ["tEXt", "zTXt", "iTXt", "tIME", "prVt"].flatMap { chunk($0, Self.text("secret")) }
    let density = chunk("pHYs", Array(0..<9))
    let bytes = head + secret + density + chunk("eXIf", Self.tiff(6)) + rest + Self.text("more")
    #expect(try clean(bytes) == head + density + chunk("eXIf", Self.alone) + rest)
    #expect(try clean(head + chunk("eXIf", Self.tiff(1)) + rest) == png)
    #expect(throws: ImageError.self) { try clean(Array(bytes.prefix(60))) }
  }

  /// Bytes of a picture changed, removed and doubled: an error or a picture of the same kind, of which no more can be taken.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func damageIsAnErrorOrAPicture(_ seed: UInt64) throws {
    var state = seed
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(1, count)
    }
    let jpeg =
      [0xFF, 0xD8] + Self.jfif + Self.segment(0xE1, Self.exif + Self.tiff(6)) + Self.profile + Self.adobe + Self.picture
    let png = try PNG.encode(
      Picture(width: 3, height: 2, channels: 1, bitsPerSample: 16, bytes: Array(0..<12)))
    for turn in 0..<200 {
      var bytes = turn.isMultiple(of: 4) ? png : jpeg
      for _ in 0...random(3) {
        let place = 3 + random(bytes.count - 3)
        switch random(4) {
        case 0: bytes[place] = UInt8(random(256))
        case 1: bytes[place] = [0xFF, 0xD8, 0xDA, 0, 0xE1][random(5)]
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random(9)))
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + random(20))], at: place)
        }
        guard bytes.count > 4 else { break }
      }
      let kind = ImageFileKind(bytes[...])
      do throws(ImageError) {
        let clean = try kind.withoutMetadata(bytes[...])
        #expect(ImageFileKind(clean[...]) == kind, "seed \(seed)")
        let again = try kind.withoutMetadata(clean[...])
        #expect(again == clean, "seed \(seed)")
      } catch {}
    }
  }

  @Test func kindsThatAreNotTakenApartAreRefused() {
    #expect(throws: ImageError.self) { try clean(Self.text("RIFF") + [1, 0, 0, 0] + Self.text("WEBP")) }
    #expect(throws: ImageError.self) { try clean([1, 2, 3]) }
  }
}
