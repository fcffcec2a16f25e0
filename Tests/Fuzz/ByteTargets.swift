import Artifacts
import Core

extension FuzzTarget {
  /// The input is `codec:u8 size:u24 packed`: unpacked, salvaged; and packed and unpacked as it stands.
  static let codec = FuzzTarget(name: "codec", run: unpack) {
    let text = Array("the quick brown fox, the quick brown fox, the quick brown fox".utf8)
    return try Codec.allCases.enumerated().map { index, codec in
      let head = [UInt8(index)] + LittleEndian.u32(text.count).prefix(3)
      return (codec.rawValue, head + (try codec.compress(text.bytes)))
    }
  }

  /// The input is `kind:u8 …`: a PNG, what a PNG is made of, a compressed image, or the columns and data of an image.
  static let image = FuzzTarget(name: "image", run: convertImage) {
    let grey = Picture(width: 3, height: 2, channels: 1, bitsPerSample: 16, bytes: Array(0..<12))
    let colour = Picture(width: 2, height: 2, channels: 3, bitsPerSample: 8, bytes: Array(0..<12))
    let depth = try [1, 0] + Array(repeating: 0, count: 12) + PNG.encode(grey)
    let rvl: [UInt8] = [1, 1] + Array(repeating: 0, count: 12) + [3, 0, 0, 0, 2, 0, 0, 0, 0x23, 0xa1, 0x23, 0x10]
    var seeds: [(String, [UInt8])] = [
      ("png-16", [0] + (try PNG.encode(grey, .level(9)))), ("png-rgb", [0] + (try PNG.encode(colour))),
      ("depth", depth), ("rvl", rvl),
    ]
    seeds.append(("png-parts", [3, 2, 2, 8, 2, 0, 1, 9, 9, 9, 1, 1, 1, 4, 7, 7, 7, 1, 1, 1]))
    for encoding in ["mono8", "rgb8", "bgra16", "bayer_rggb8", "nv12", "yuv422", "32FC1", "8UC3", "made_up"] {
      let sizes = LittleEndian.u16(2) + LittleEndian.u16(2) + LittleEndian.u16(8)
      seeds.append(("image-" + encoding, [2, 0] + sizes + Array(encoding.utf8) + [0] + Array(repeating: 7, count: 16)))
    }
    return seeds
  }

  /// The input is a JPEG or PNG: without metadata it is still one, and there is no more to take away.
  static let metadata = FuzzTarget(name: "metadata", run: takeMetadata) {
    func segment(_ marker: UInt8, _ data: [UInt8]) -> [UInt8] { [0xFF, marker, 0, UInt8(data.count + 2)] + data }
    let tiff: [UInt8] = [0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
    let jpeg =
      [0xFF, 0xD8] + segment(0xE0, Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
      + segment(0xE1, Array("Exif".utf8) + [0, 0] + tiff) + segment(0xE2, Array("ICC_PROFILE".utf8) + [0, 1, 1, 9])
      + segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 1]) + segment(0xFE, Array("secret".utf8))
      + segment(0xC0, [8, 0, 1, 0, 1, 1, 1, 17, 0]) + segment(0xDA, [1, 1, 0, 0, 63, 0])
      + [7, 0xFF, 0, 7, 0xFF, 0xD0, 7, 0xFF, 0xD9, 1]
    let grey = Picture(width: 3, height: 2, channels: 1, bitsPerSample: 16, bytes: Array(0..<12))
    let png = try PNG.encode(grey)
    let chunks = chunk("tEXt", Array("a\0secret".utf8)) + chunk("eXIf", tiff) + chunk("pHYs", Array(0..<9))
    return [("jpeg", jpeg), ("png", Array(png.dropLast(12)) + chunks + png.suffix(12))]
  }

  /// The input is the numbers, fields and data of a point cloud.
  static let cloud = FuzzTarget(name: "cloud", run: encodeCloud) {
    let field = { (name: UInt8, offset: Int, type: Int) in
      [name] + LittleEndian.u16(offset) + [UInt8(type)] + LittleEndian.u16(1)
    }
    let head = LittleEndian.u16(2) + LittleEndian.u16(1) + LittleEndian.u16(12) + LittleEndian.u16(24)
    let fields = field(0x78, 0, 7) + field(0x79, 4, 7) + field(0x7a, 8, 7)
    return [("xyz", [0] + head + [3] + fields + Array(0..<24)), ("big", [1] + head + [3] + fields + Array(0..<24))]
  }
}

private func unpack(_ bytes: [UInt8]) throws {
  guard bytes.count >= 4 else { return }
  let codec = Codec.allCases[Int(bytes[0] & 0x7f) % Codec.allCases.count]
  let size = min(Int(bytes[1]) | Int(bytes[2]) << 8 | Int(bytes[3]) << 16, 1 << 20)
  let packed = Array(bytes.dropFirst(4))
  if bytes[0] & 0x80 != 0 {
    let again = try codec.compress(packed.bytes, level: Int(bytes[1] & 3))
    must((try? codec.decompress(again.bytes, size: packed.count)) == packed, "\(codec) changes what it packs")
    return
  }
  let salvaged = codec.salvage(packed.bytes, limit: 1 << 20)
  must(salvaged.bytes.count <= 1 << 20, "\(codec) salvages more than allowed")
  must((0...packed.count).contains(salvaged.consumed), "\(codec) consumed \(salvaged.consumed) of \(packed.count)")
  if salvaged.problem == nil, salvaged.consumed == packed.count, codec != .lz4Block {
    let whole = try? codec.decompress(packed.bytes, size: salvaged.bytes.count)
    must(whole == salvaged.bytes, "\(codec) salvages without a problem what it does not unpack")
  }
  let unpacked = try codec.decompress(packed.bytes, size: size)
  must(unpacked.count == size, "\(codec) unpacks \(unpacked.count) bytes, not \(size)")
  must(codec.salvage(packed.bytes, limit: 1 << 20).bytes == unpacked, "\(codec) salvages other than it unpacks")
}

private func convertImage(_ bytes: [UInt8]) throws {
  guard let kind = bytes.first else { return }
  switch kind % 4 {
  case 0, 3:
    let png = kind % 4 == 0 ? Array(bytes.dropFirst()) : try file(ofParts: bytes.dropFirst())
    let picture = try PNG.decode(png[...], limit: 1 << 20)
    must(picture.bytes.count == picture.bytesPerRow * picture.height, "pixels of another size")
    must((try? PNG.decode(PNG.encode(picture)[...], limit: 1 << 20)) == picture, "a PNG is written otherwise")
  case 1:
    let formats = ["jpeg", "16UC1; compressedDepth rvl", "32FC1; compressedDepth png", "32FC1; compressedDepth rvl"]
    let format = formats[Int(bytes.dropFirst().first ?? 0) % formats.count]
    let content = try CompressedImage(format: format, data: bytes.dropFirst(2)).content(pixelLimit: 1 << 18)
    _ = content.size
    switch content {
    case .file: break
    case .depth(let picture): _ = try PNG.encode(picture)
    case .metres(let array): _ = NPY.encode(array)
    }
  default: try convertRaw(bytes.dropFirst())
  }
}

private func takeMetadata(_ bytes: [UInt8]) throws {
  let kind = ImageFileKind(bytes[...])
  let clean = try kind.withoutMetadata(bytes[...])
  must(ImageFileKind(clean[...]) == kind, "another kind of picture")
  must(clean.count <= bytes.count + 64, "\(clean.count) bytes of \(bytes.count)")
  must((try? kind.withoutMetadata(clean[...])) == clean, "there was more to take away")
  guard kind == .png, let picture = try? PNG.decode(bytes[...], limit: 1 << 20) else { return }
  must((try? PNG.decode(clean[...], limit: 1 << 20)) == picture, "other pixels")
}

private func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
  let body = Array(type.utf8) + data
  return LittleEndian.u32(data.count).reversed() + body + LittleEndian.u32(Int(CRC32.of(body.bytes))).reversed()
}

/// A PNG with true checksums around `width:u8 height:u8 bits:u8 colour:u8 interlacing:u8 filtered rows`.
private func file(ofParts parts: ArraySlice<UInt8>) throws -> [UInt8] {
  let numbers = Array(parts.prefix(5)) + Array(repeating: 0, count: max(0, 5 - parts.count))
  let header: [UInt8] = [0, 0, 0, numbers[0], 0, 0, 0, numbers[1], numbers[2], numbers[3], 0, 0, numbers[4]]
  let rows = try Codec.zlib.compress(Array(parts.dropFirst(5)).bytes, level: 1)
  let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  return signature + chunk("IHDR", header) + chunk("IDAT", rows) + chunk("IEND", [])
}

private func convertRaw(_ bytes: ArraySlice<UInt8>) throws {
  var input = ByteCursor(bytes.bytes)
  let flags = try input.u8()
  let (width, height, step) = (Int(try input.u16()), Int(try input.u16()), Int(try input.u16()))
  let rest = try input.bytes(input.remaining)
  let end = rest.firstIndex(of: 0) ?? rest.endIndex
  let image = RecordedImage(
    width: width, height: height, encoding: String(decoding: rest[..<end], as: UTF8.self),
    isBigEndian: flags & 1 != 0, step: step, data: rest[end...].dropFirst())
  let converted = try image.converted(flags & 2 != 0 ? .bilinear : .keep)
  switch converted.content {
  case .picture(let picture): _ = try PNG.encode(picture)
  case .array(let array): _ = NPY.encode(array)
  case .raw(let data): must(data == image.data, "raw data changes")
  }
}

private func encodeCloud(_ bytes: [UInt8]) throws {
  var input = ByteCursor(bytes.bytes)
  let flags = try input.u8()
  let (width, height) = (Int(try input.u16()), Int(try input.u16()))
  let (pointStep, rowStep) = (Int(try input.u16()), Int(try input.u16()))
  var fields: [CloudField] = []
  for _ in 0..<min(Int(try input.u8()), 16) {
    let name = String(decoding: [try input.u8()], as: UTF8.self)
    let (offset, datatype, count) = (Int(try input.u16()), Int(try input.u8()), Int(try input.u16()))
    fields.append(CloudField(name: name, offset: offset, datatype: datatype, count: count))
  }
  let data = try input.bytes(input.remaining)
  let cloud = Cloud(
    width: width, height: height, fields: fields, isBigEndian: flags & 1 != 0, pointStep: pointStep, rowStep: rowStep,
    data: data[...])
  let view = try CloudView(cloud)
  _ = PCD.encode(view)
  _ = PCD.encode(view, CloudFilter(stride: 2, distance: 0.5...100, voxel: 0.25))
}
