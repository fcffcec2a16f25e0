import Core

/// Follows the link of a group or channel to all its data blocks, and recovers what the recorder left open.
struct MDF4StreamBuilder {
  private var blocks: MDF4Blocks
  private let unfinished: MDF4Unfinished.Flags
  private var named: Set<Int>
  private let addresses: [Int]

  init(_ file: FileReader, _ index: MDF4Index) throws {
    blocks = MDF4Blocks(file, keepingNames: true)
    unfinished = index.identification.unfinished.flags
    named = Set(index.named)
    if unfinished.contains(.lastList) || unfinished.contains(.dataLength) {
      named.formUnion(try Self.listed(index, file))
    }
    addresses = named.sorted()
  }

  /// What is named by lists of data, attachments, events and history, which the index does not follow.
  private static func listed(_ index: MDF4Index, _ file: FileReader) throws -> Set<Int> {
    var blocks = MDF4Blocks(file, keepingNames: true)
    var visited: Set<Int> = []
    let lists = index.dataGroups.map(\.data) + index.groups.flatMap(\.channels).map(\.data)
    for first in lists + [index.header.attachments, index.header.events, index.header.history] {
      var link = first
      while link != 0, visited.insert(link).inserted {
        do {
          link = try blocks.block(at: link, .packedList, .list, .columnList, .attachment, .event, .history).link(0)
        } catch is MDF4Fault { break }
      }
    }
    return blocks.named
  }

  private var file: FileReader { blocks.file }

  /// The stream at a link; `kind` is what its data blocks are.
  mutating func stream(at link: Int, of kind: MDF4Kind) throws -> MDF4Stream {
    var stream = MDF4Stream(address: link)
    guard link != 0 else { return stream }
    do { try follow(link, kind, &stream) } catch let fault as MDF4Fault {
      stream.isDamaged = true
      stream.findings.append(fault.finding(.error, of: "data"))
    }
    try complete(&stream, kind)
    return stream
  }

  private mutating func follow(_ first: Int, _ kind: MDF4Kind, _ stream: inout MDF4Stream) throws {
    let header = try blocks.dataHeader(at: first)
    var link = first
    if header.kind == .packedList { link = try blocks.block(at: first, .packedList).link(0) }
    guard header.kind == .packedList || header.kind == .list || header.kind == .columnList else {
      return try add(first, kind, &stream)
    }
    var visited: Set<Int> = []
    while link != 0 {
      guard visited.insert(link).inserted else {
        stream.findings.append(Finding(.warning, "link-circle", at: link, "a data list comes back to this block"))
        return
      }
      let list = try blocks.block(at: link, .list, .columnList)
      try list.kind == .list ? addList(list, kind, &stream) : addColumns(list, &stream)
      link = list.link(0)
    }
  }

  private mutating func addList(_ list: MDF4Block, _ kind: MDF4Kind, _ stream: inout MDF4Stream) throws {
    let body = list.body
    guard body.count >= 8 else { throw MDF4Fault("block-length", at: list.address, "a data list without a count") }
    let count = min(Int(clamping: body.bytes.u32(at: 4)), list.links.count - 1)
    let hasEqual = body[0] & 1 != 0
    var disagrees = 0
    for index in 0..<max(0, count) {
      let place = hasEqual ? 8 : 8 + 8 * index
      let number = place <= body.count - 8 ? body.bytes.u64(at: place) : 0
      if !hasEqual, place <= body.count - 8, number != UInt64(stream.count) { disagrees += 1 }
      let before = stream.count
      try add(listed: list.links[1 + index], kind, &stream, list.address)
      if hasEqual, index < count - 1, number != UInt64(stream.count - before) { disagrees += 1 }
    }
    if disagrees > 0 {
      stream.findings.append(
        Finding(
          .warning, "list-offsets", at: list.address, "\(disagrees) lengths or offsets are not those of the blocks"))
    }
  }

  /// LD: values, and with the flag as many blocks of invalidation bytes.
  private mutating func addColumns(_ list: MDF4Block, _ stream: inout MDF4Stream) throws {
    let body = list.body
    stream.isColumn = true
    guard body.count >= 8 else { throw MDF4Fault("block-length", at: list.address, "a column list without a count") }
    let hasInvalidation = body.bytes.u32(at: 0) & 1 << 31 != 0
    let room = (list.links.count - 1) / (hasInvalidation ? 2 : 1)
    let count = min(Int(clamping: body.bytes.u32(at: 4)), room)
    for index in 0..<max(0, count) { try add(listed: list.links[1 + index], .columnValues, &stream, list.address) }
    guard hasInvalidation else { return }
    var flags = MDF4Stream(address: list.address)
    flags.fragments = stream.invalidation ?? []
    for index in 0..<max(0, count) {
      try add(listed: list.links[1 + count + index], .columnInvalidation, &flags, list.address)
    }
    stream.invalidation = flags.fragments
    stream.findings.append(flags.findings)
    stream.missing = stream.missing.addingSaturated(flags.missing)
  }

  private mutating func add(
    listed link: Int, _ kind: MDF4Kind, _ stream: inout MDF4Stream, _ list: Int
  ) throws {
    guard link != 0 else {
      stream.findings.append(Finding(.warning, "link-nil", at: list, "a data list has an entry without a block"))
      return
    }
    do { try add(link, kind, &stream) } catch let fault as MDF4Fault {
      stream.isDamaged = true
      stream.findings.append(fault.finding(.error, of: "data list at byte \(list)"))
    }
  }

  private mutating func add(_ link: Int, _ kind: MDF4Kind, _ stream: inout MDF4Stream) throws {
    let header = try blocks.dataHeader(at: link)
    let alike: [MDF4Kind] = [.data, .columnValues].contains(kind) ? [.data, .columnValues] : [kind]
    if header.kind == .packed { return try addPacked(header, alike, &stream) }
    if header.kind == .columnValues { stream.isColumn = true }
    guard alike.contains(header.kind) else {
      throw MDF4Fault("link-kind", at: link, "wanted a \(kind.rawValue) block, found \(header.kind.rawValue)")
    }
    let start = link + MDF4Blocks.headerSize
    let room = file.count - start
    let wanted = Int(clamping: header.length) - MDF4Blocks.headerSize
    if wanted > room {
      stream.missing = stream.missing.addingSaturated(wanted - room)
      stream.findings.append(
        Finding(
          .warning, "truncated", at: link, length: room, "the block has \(wanted) bytes of data, \(room) are there"))
    }
    stream.add(
      MDF4Fragment(block: link, start: start, stored: max(0, min(wanted, room)), count: max(0, min(wanted, room))))
  }

  /// DZ: `original id[2] zip type:u8 1 columns:u32 original length:u64 stored length:u64`.
  private mutating func addPacked(
    _ header: MDF4DataHeader, _ kinds: [MDF4Kind], _ stream: inout MDF4Stream
  ) throws {
    let head = header.packing
    guard head.count == 24 else {
      throw MDF4Fault("truncated", at: header.address, "the file ends in the block's header")
    }
    let original = String(decoding: head[0..<2], as: UTF8.self)
    if original == MDF4Kind.columnValues.rawValue { stream.isColumn = true }
    if !kinds.contains(where: { $0.rawValue == original }) {
      stream.findings.append(
        Finding(
          .warning, "link-kind", at: header.address,
          "a packed \(original.jsonQuoted) block in place of \(kinds[0].rawValue)"))
    }
    let codecs: [UInt8: Codec] = [0: .zlib, 1: .zlib, 2: .zstd, 3: .zstd, 4: .lz4Frame, 5: .lz4Frame]
    guard let codec = codecs[head[2]] else {
      throw MDF4Fault("unsupported", at: header.address, "zip type \(head[2]) is not known")
    }
    let start = header.address + MDF4Blocks.headerSize + 24
    let room = file.count - start
    let stored = Int(clamping: head.bytes.u64(at: 16))
    let count = Int(clamping: head.bytes.u64(at: 8))
    guard codec != .zlib || count / 1032 <= min(stored, room) + 1 else {
      throw MDF4Fault(
        "data-corrupt", at: header.address, "\(min(stored, room)) bytes cannot unpack to \(count)")
    }
    guard count <= MDF4Fragment.largest else {
      throw MDF4Fault(
        "unsupported", at: header.address,
        "a packed block of \(count) bytes; one of more than \(MDF4Fragment.largest) is not unpacked")
    }
    var columns = head[2] % 2 == 1 ? Int(clamping: head.bytes.u32(at: 4)) : 0
    if head[2] % 2 == 1, columns == 0 || columns > count {
      stream.findings.append(
        Finding(.warning, "transposition", at: header.address, "\(columns) columns of \(count) bytes: not transposed"))
      columns = 0
    }
    var fragment = MDF4Fragment(block: header.address, start: start, stored: min(stored, room), count: count)
    fragment.packing = .init(codec: codec, columns: columns)
    guard stored > room else { return stream.add(fragment) }
    stream.findings.append(
      Finding(
        .warning, "truncated", at: header.address, length: room,
        "the block has \(stored) packed bytes, \(room) are there"))
    stream.missing = stream.missing.addingSaturated(count)
    guard columns == 0 else { return }
    // Once a file: what can be unpacked of the block in which it ends.
    let packed = try file.bytes(at: start, count: room)
    fragment.isCut = true
    fragment.count = min(count, codec.salvage(packed.bytes, limit: count).bytes.count)
    stream.missing -= fragment.count
    stream.add(fragment)
  }
}

extension MDF4StreamBuilder {
  /// What the recorder had written and not yet linked or counted.
  private mutating func complete(_ stream: inout MDF4Stream, _ kind: MDF4Kind) throws {
    if unfinished.contains(.lastList) { try addUnlinked(&stream, kind) }
    guard unfinished.contains(.dataLength), let last = stream.fragments.last,
      last.packing == nil
    else { return }
    let end = try nextBlock(after: last.start)
    guard end - (last.start + last.count) >= 8 || last.count == 0 || end == file.count else { return }
    let more = end - last.start - last.count
    guard more > 0, last.count == 0 || (try? blocks.dataHeader(at: (last.start + last.count + 7) / 8 * 8)) == nil else {
      return
    }
    let longer = MDF4Fragment(block: last.block, start: last.start, stored: end - last.start, count: end - last.start)
    stream.fragments.removeLast()
    stream.add(longer)
    stream.findings.append(
      Finding(
        .info, "recovered", at: last.block, length: more, "the block was not closed; \(more) bytes more belong to it"))
  }

  /// Where data that begins at a byte must have ended: at a block that a link names, or at the end.
  private mutating func nextBlock(after start: Int) throws -> Int {
    var low = addresses.indices.bisect { addresses[$0] >= start }
    while low < addresses.count, addresses[low] < file.count {
      if (try? blocks.dataHeader(at: addresses[low])) != nil { return addresses[low] }
      low += 1
    }
    return file.count
  }

  /// Data blocks behind the last linked one that nothing refers to, in file order.
  private mutating func addUnlinked(_ stream: inout MDF4Stream, _ kind: MDF4Kind) throws {
    guard let last = stream.fragments.last else { return }
    named.formUnion(blocks.named)
    var address = (last.start + last.stored + 7) / 8 * 8
    var found = 0
    while address <= file.count - MDF4Blocks.headerSize {
      let header: MDF4DataHeader
      do { header = try blocks.dataHeader(at: address) } catch is MDF4Fault { break }
      let isOurs = header.kind == kind || header.isPacked(kind)
      if isOurs, !named.contains(address) {
        do { try add(address, kind, &stream) } catch is MDF4Fault { break }
        named.insert(address)
        found += 1
      }
      let length = Int(clamping: header.length)
      guard length >= MDF4Blocks.headerSize, length <= file.count - address else { break }
      address = (address + length + 7) / 8 * 8
    }
    if found > 0 {
      stream.findings.append(
        Finding(.info, "recovered", at: last.block, "\(found) data blocks were not linked yet, and are read"))
    }
  }
}
