import Core

/// Writes an MDF 4.10 file of sorted groups: the blocks of a group before the block that links them, data last.
///
/// ```
///   ID  HD  FH  { TX, CC, SI, CN*, CG, DT, DG }*        the header's and the groups' links are put in as they become known
/// ```
struct MDF4Writer {
  /// A channel of a group.
  struct Channel {
    enum Form: UInt8 { case unsigned = 0, signed = 2, float = 4, bytes = 10 }

    var name: String
    var form: Form
    var byte: Int
    var bits: Int
    var bit = 0
    var unit = ""
    /// A factor and an offset.
    var scale: (factor: Double, offset: Double)?
    /// Texts of the values 0, 1, 2, ...
    var texts: [String] = []
    var isMaster = false
    var members: [Channel] = []
  }

  /// A channel group with all its records.
  struct Group {
    var name: String
    /// Bus event, plain bus event.
    var isBus = false
    var recordBytes: Int
    var channels: [Channel]
    var records: [UInt8]
  }

  private(set) var bytes: [UInt8]
  private let header: Int
  private var lastGroup: Int?
  private var texts: [String: Int] = [:]

  init(start: Timestamp, comment: String) {
    var identification = ByteWriter()
    identification.append(Array("MDF     4.10    avsample".utf8))
    identification.append([0, 0, 0, 0, 0x9A, 1] as [UInt8])
    identification.append(zeros: 64 - identification.bytes.count)
    bytes = identification.bytes
    header = 64
    var body = ByteWriter()
    body.u64(UInt64(start.nanoseconds))
    body.append(zeros: 24)
    block("HD", Array(repeating: 0, count: 6), body.bytes)
    let note = metadata(
      "FHcomment", "<TX>\(comment)</TX><tool_id>sample-drive</tool_id><tool_vendor>avtools</tool_vendor>")
    var history = ByteWriter()
    history.u64(UInt64(start.nanoseconds))
    history.append(zeros: 8)
    setLink(1, of: header, to: block("FH", [0, note], history.bytes))
  }

  /// Appends a group behind those there are.
  mutating func add(_ group: Group) {
    let source = group.isBus ? self.source(group.name) : 0
    let channels = list(group.channels, group.isBus)
    let name = text(group.name)
    var body = ByteWriter()
    body.u64(0)
    body.u64(UInt64(group.records.count / max(1, group.recordBytes)))
    body.u16(group.isBus ? 6 : 0)
    body.u16(UInt16(UInt8(ascii: ".")))
    body.u32(0)
    body.u32(UInt32(group.recordBytes))
    body.u32(0)
    let own = block("CG", [0, channels, name, source, 0, 0], body.bytes)
    let data = block("DT", [], group.records)
    let dataGroup = block("DG", [0, own, data, 0], Array(repeating: 0, count: 8))
    setLink(0, of: lastGroup ?? header, to: dataGroup)
    lastGroup = dataGroup
  }

  private mutating func list(_ channels: [Channel], _ isBus: Bool) -> Int {
    var next = 0
    for channel in channels.reversed() {
      let members = channel.members.isEmpty ? 0 : list(channel.members, isBus)
      let name = text(channel.name), conversion = conversion(channel)
      let unit = channel.unit.isEmpty ? 0 : text(channel.unit)
      var body = ByteWriter()
      body.append(
        [channel.isMaster ? 2 : 0, channel.isMaster ? 1 : 0, channel.form.rawValue, UInt8(channel.bit)] as [UInt8])
      body.u32(UInt32(channel.byte))
      body.u32(UInt32(channel.bits))
      body.u32(isBus && !channel.isMaster ? 1 << 10 : 0)
      body.append(zeros: 56)
      next = block("CN", [next, members, name, 0, conversion, 0, unit, 0], body.bytes)
    }
    return next
  }

  private mutating func conversion(_ channel: Channel) -> Int {
    var body = ByteWriter()
    if let scale = channel.scale {
      body.append([1, 0, 0, 0, 0, 0, 2, 0] as [UInt8])
      body.append(zeros: 16)
      body.f64(scale.offset)
      body.f64(scale.factor)
      return block("CC", [0, 0, 0, 0], body.bytes)
    }
    guard !channel.texts.isEmpty else { return 0 }
    let links = channel.texts.map { text($0) }
    body.append([7, 0, 0, 0] as [UInt8])
    body.u16(UInt16(links.count + 1))
    body.u16(UInt16(links.count))
    body.append(zeros: 16)
    for value in links.indices { body.f64(Double(value)) }
    return block("CC", [0, 0, 0, 0] + links + [0], body.bytes)
  }

  /// A CAN bus.
  private mutating func source(_ name: String) -> Int {
    let link = text(name)
    return block("SI", [link, link, 0], [2, 2, 0, 0, 0, 0, 0, 0])
  }

  private mutating func text(_ text: String) -> Int {
    if let known = texts[text] { return known }
    let link = block("TX", [], Array(text.utf8) + [0])
    texts[text] = link
    return link
  }

  private mutating func metadata(_ root: String, _ inner: String) -> Int {
    block("MD", [], Array("<\(root) xmlns=\"http://www.asam.net/mdf/v4\">\(inner)</\(root)>".utf8) + [0])
  }

  @discardableResult private mutating func block(_ id: String, _ links: [Int], _ body: [UInt8]) -> Int {
    bytes += Array(repeating: 0, count: (8 - bytes.count % 8) % 8)
    let address = bytes.count
    var block = ByteWriter()
    block.append(Array("##\(id)".utf8))
    block.u32(0)
    block.u64(UInt64(24 + 8 * links.count + body.count))
    block.u64(UInt64(links.count))
    for link in links { block.u64(UInt64(link)) }
    bytes += block.bytes
    bytes += body
    return address
  }

  private mutating func setLink(_ number: Int, of block: Int, to address: Int) {
    var link = ByteWriter()
    link.u64(UInt64(address))
    bytes.replaceSubrange(block + 24 + 8 * number..<block + 32 + 8 * number, with: link.bytes)
  }
}
