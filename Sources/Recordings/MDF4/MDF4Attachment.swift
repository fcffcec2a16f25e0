import Core

/// A file in the recording or beside it.
///
/// ```
///   AT   flags creator:u16 zip type:u32 md5[16] original stored:u64 bytes
/// ```
struct MDF4Attachment {
  let address: Int
  let name, type: String
  let flags: UInt16
  let zipType: UInt32
  let md5: [UInt8]
  let original, stored: Int
  /// Where its bytes begin in the file.
  let start: Int

  var isEmbedded: Bool { flags & 1 != 0 }
  private var isPacked: Bool { flags & 2 != 0 || flags & 8 != 0 }
  private static let largest = 1 << 30

  private init(at link: Int, _ block: MDF4Block, _ blocks: inout MDF4Blocks) throws {
    address = link
    let body = block.body
    start = link + MDF4Blocks.headerSize + 8 * block.links.count + 40
    var input = ByteCursor(body.bytes, at: start - 40)
    flags = try input.u16()
    try input.skip(2)
    zipType = try input.u32()
    md5 = try input.bytes(16)
    original = Int(clamping: try input.u64())
    stored = Int(clamping: try input.u64())
    name = try blocks.text(at: block.link(1))
    type = try blocks.text(at: block.link(2))
  }

  /// Those that can be read, and findings on the others.
  static func all(of index: MDF4Index, _ file: FileReader) throws -> (attachments: [MDF4Attachment], findings: Findings)
  {
    var blocks = MDF4Blocks(file)
    var attachments: [MDF4Attachment] = [], findings = Findings(), visited: Set<Int> = []
    var link = index.header.attachments
    while link != 0, visited.insert(link).inserted {
      do {
        let block = try blocks.block(at: link, .attachment)
        link = block.link(0)
        attachments.append(try MDF4Attachment(at: block.address, block, &blocks))
      } catch {
        let fault = try MDF4Fault(error, "block-length")
        findings.append(fault.finding(.warning, of: "attachment \(attachments.count)"))
      }
    }
    findings.append(blocks.warnings)
    return (attachments, findings)
  }

  /// Its bytes, unpacked.
  ///
  /// - Throws: `MDF4Fault`, `SystemError`.
  func bytes(_ file: FileReader) throws -> [UInt8] {
    guard stored <= file.count - start else {
      throw MDF4Fault("truncated", at: address, "\(stored) bytes, \(max(0, file.count - start)) are there")
    }
    let bytes = try file.bytes(at: start, count: stored)
    guard isPacked else { return bytes }
    let codec: Codec = flags & 8 == 0 ? .zlib : zipType < 4 ? .zstd : .lz4Frame
    do throws(CodecError) { return try codec.decompress(bytes.bytes, size: original, limit: Self.largest) } catch {
      throw MDF4Fault("attachment-corrupt", at: address, "cannot be unpacked: \(error)")
    }
  }

  /// What a look at the bytes finds wrong.
  func problem(_ file: FileReader) throws -> Finding? {
    guard isEmbedded else {
      return Finding(.info, "attachment-external", at: address, "attachment \(name) is a file of its own")
    }
    do {
      let bytes = try bytes(file)
      guard flags & 4 != 0 else { return nil }
      let found = Digest.md5.of(bytes.bytes)
      guard found != md5 else { return nil }
      return Finding(
        .error, "attachment-checksum", at: address, "attachment \(name): MD5 \(found.hex), recorded as \(md5.hex)")
    } catch let fault as MDF4Fault {
      return fault.finding(.error, of: "attachment \(name)")
    }
  }

  var json: JSON {
    var object: JSONObject = ["name": .string(name)]
    if !type.isEmpty { object["media_type"] = .string(type) }
    object["bytes"] = .count(original)
    object["embedded"] = .bool(isEmbedded)
    if flags & 4 != 0 { object["md5"] = .string(md5.hex) }
    return .object(object)
  }
}
