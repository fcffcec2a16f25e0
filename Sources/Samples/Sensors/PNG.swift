import Core

extension Canvas {
  /// The picture as a PNG of 8-bit red, green and blue; each row is stored as differences from its left neighbour.
  func png() throws(CodecError) -> [UInt8] {
    var header = ByteWriter()
    header.u32BigEndian(UInt32(width))
    header.u32BigEndian(UInt32(height))
    header.append([8, 2, 0, 0, 0])
    var rows = ByteWriter(capacity: bytes.count + height)
    for row in 0..<height {
      rows.u8(1)
      let start = 3 * row * width
      for index in start..<start + 3 * width {
        rows.u8(index < start + 3 ? bytes[index] : bytes[index] &- bytes[index - 3])
      }
    }
    var file = ByteWriter()
    file.append([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    Self.put("IHDR", header.bytes, to: &file)
    Self.put("IDAT", try Codec.zlib.compress(rows.bytes.bytes, level: 6), to: &file)
    Self.put("IEND", [], to: &file)
    return file.bytes
  }

  private static func put(_ name: String, _ data: [UInt8], to file: inout ByteWriter) {
    file.u32BigEndian(UInt32(data.count))
    let content = Array(name.utf8) + data
    file.append(content)
    file.u32BigEndian(CRC32.of(content.bytes))
  }
}
