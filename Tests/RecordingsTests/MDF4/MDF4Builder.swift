import Core

/// Writes the blocks of an MDF 4 file, for tests: links are patched as blocks become known.
struct MDF4Builder {
  private(set) var bytes: [UInt8]
  private let header: Int
  private var lastDataGroup: Int?

  /// A channel: its name, type, data type, place, and what else is not 0.
  struct Channel {
    var name: String
    var type: UInt8 = 0
    var sync: UInt8 = 0
    var dataType: UInt8 = 0
    var byte = 0
    var bit: UInt8 = 0
    var bits = 32
    var flags: UInt32 = 0
    var conversion = 0
    var data = 0
    var composition = 0

    static let time = Channel(name: "t", type: 2, sync: 1, dataType: 4, bits: 64)
  }

  init(start: UInt64 = 1_700_000_000_000_000_000, unfinished: UInt16? = nil, version: UInt16 = 410) {
    bytes = Array((unfinished == nil ? "MDF     4.10    test    " : "UnFinMF 4.10    test    ").utf8)
    bytes += Array(repeating: 0, count: 64 - bytes.count)
    bytes[28] = UInt8(version & 0xFF)
    bytes[29] = UInt8(version >> 8)
    if let unfinished { bytes[60] = UInt8(unfinished & 0xFF) }
    header = 64
    header(start)
  }

  private mutating func header(_ start: UInt64) {
    var body = little(start, 8)
    body += Array(repeating: 0, count: 24)
    block("HD", Array(repeating: 0, count: 6), body)
  }

  /// A number in so many bytes.
  func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// Appends a block and gives its address.
  @discardableResult mutating func block(_ id: String, _ links: [Int], _ body: [UInt8]) -> Int {
    bytes += Array(repeating: 0, count: (8 - bytes.count % 8) % 8)
    let address = bytes.count
    bytes += Array("##\(id)".utf8) + [0, 0, 0, 0]
    bytes += little(UInt64(24 + 8 * links.count + body.count), 8) + little(UInt64(links.count), 8)
    for link in links { bytes += little(UInt64(link), 8) }
    bytes += body
    return address
  }

  mutating func setLink(_ number: Int, of block: Int, to address: Int) {
    bytes.replaceSubrange(block + 24 + 8 * number..<block + 32 + 8 * number, with: little(UInt64(address), 8))
  }

  mutating func set(_ value: UInt64, _ count: Int, at offset: Int) {
    bytes.replaceSubrange(offset..<offset + count, with: little(value, count))
  }

  mutating func text(_ text: String) -> Int { block("TX", [], Array(text.utf8) + [0]) }

  mutating func conversion(_ type: UInt8, _ values: [Double], _ references: [Int] = []) -> Int {
    var body: [UInt8] = [type, 0, 0, 0] + little(UInt64(references.count), 2) + little(UInt64(values.count), 2)
    body += Array(repeating: 0, count: 16)
    for value in values { body += little(value.bitPattern, 8) }
    return block("CC", [0, 0, 0, 0] + references, body)
  }

  /// An array of elements one after another.
  mutating func array(sizes: [UInt64], base: UInt64 = 1, storage: UInt8 = 0, flags: UInt64 = 0) -> Int {
    var body: [UInt8] = [0, storage]
    body += little(UInt64(sizes.count), 2) + little(flags, 4) + little(base, 8)
    for size in sizes { body += little(size, 8) }
    return block("CA", [0, 0, 0, 0], body)
  }

  /// The channels, linked; the address of the first.
  mutating func channels(_ channels: [Channel]) -> Int {
    var next = 0
    for channel in channels.reversed() {
      let name = text(channel.name)
      var body: [UInt8] = [channel.type, channel.sync, channel.dataType, channel.bit]
      body += little(UInt64(channel.byte), 4) + little(UInt64(channel.bits), 4) + little(UInt64(channel.flags), 4)
      body += Array(repeating: 0, count: 56)
      next = block("CN", [next, channel.composition, name, 0, channel.conversion, channel.data, 0, 0], body)
    }
    return next
  }

  mutating func group(
    _ channels: [Channel], id: UInt64 = 0, cycles: Int, bytes size: Int, invalidation: Int = 0, flags: UInt64 = 0,
    next: Int = 0
  ) -> Int {
    let first = self.channels(channels)
    let body =
      little(id, 8) + little(UInt64(cycles), 8) + little(flags, 2) + [0, 0, 0, 0, 0, 0] + little(UInt64(size), 4)
      + little(UInt64(invalidation), 4)
    return block("CG", [next, first, 0, 0, 0, 0], body)
  }

  /// A data group at the end of the list; its data is linked later.
  mutating func dataGroup(_ group: Int, idBytes: UInt8 = 0, data: Int = 0) -> Int {
    let address = block("DG", [0, group, data, 0], [idBytes, 0, 0, 0, 0, 0, 0, 0])
    setLink(0, of: lastDataGroup ?? header, to: address)
    lastDataGroup = address
    return address
  }

  mutating func packed(_ data: [UInt8], original: String = "DT") throws -> Int {
    let packed = try Codec.zlib.compress(data.bytes)
    var body = Array(original.utf8) + [0, 0, 0, 0, 0, 0]
    body += little(UInt64(data.count), 8) + little(UInt64(packed.count), 8) + packed
    return block("DZ", [], body)
  }

  /// A record of a time and a number of four bytes.
  func record(_ time: Double, _ value: UInt64) -> [UInt8] { little(time.bitPattern, 8) + little(value, 4) }

  static let pair = [Channel.time, Channel(name: "x", byte: 8)]

  /// Two groups of three records each, the second packed, the data behind everything else.
  static func usual() throws -> [UInt8] {
    var builder = MDF4Builder()
    var groups: [Int] = []
    for _ in 0..<2 {
      let group = builder.group(pair, cycles: 3, bytes: 12)
      groups.append(builder.dataGroup(group))
    }
    let records = (0..<3).flatMap { builder.record(Double($0), UInt64(10 * $0)) }
    builder.setLink(2, of: groups[0], to: builder.block("DT", [], records))
    builder.setLink(2, of: groups[1], to: try builder.packed(records))
    return builder.bytes
  }

  /// Two groups in one stream, with text of any length in a third; nothing counted, as a killed recorder leaves it.
  ///
  /// A recorder may not have written the offsets of texts, or have written a text behind its record.
  static func unsorted(offsets: Bool = true, valuesFirst: Bool = true) -> [UInt8] {
    var builder = MDF4Builder(unfinished: 0x25)
    let values = builder.group([], id: 3, cycles: 0, bytes: 0, flags: 1)
    let texts = builder.group(
      [Channel.time, Channel(name: "s", type: 1, dataType: 7, byte: 8, data: values)], id: 2, cycles: 0, bytes: 12,
      next: values)
    let first = builder.group(pair, id: 1, cycles: 0, bytes: 12, next: texts)
    let dataGroup = builder.dataGroup(first, idBytes: 1)
    var data: [UInt8] = []
    var offset: UInt64 = 0
    for number in 0..<3 {
      data += [1] + builder.record(Double(number), UInt64(number))
      let text = Array(repeating: UInt8(ascii: "a"), count: number)
      let value = [3] + builder.little(UInt64(text.count), 4) + text
      let record = [2] + builder.record(Double(number), offsets ? offset : 0)
      data += valuesFirst ? value + record : record + value
      offset += UInt64(4 + text.count)
    }
    builder.setLink(2, of: dataGroup, to: builder.block("DT", [], data))
    return builder.bytes
  }
}
