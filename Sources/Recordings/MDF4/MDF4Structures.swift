import Core

// The bodies of blocks, fields in file order; links are read by number from the block.

/// The header.
///
/// `start ns:u64 zone:i16 daylight saving:i16 time flags:u8 time class:u8 flags:u8 …`
struct MDF4Header {
  let dataGroups, history, hierarchy, attachments, events, comment: Int
  let start: MDF4Start

  init(_ block: MDF4Block) throws(ByteCursor.Failure) {
    dataGroups = block.link(0)
    history = block.link(1)
    hierarchy = block.link(2)
    attachments = block.link(3)
    events = block.link(4)
    comment = block.link(5)
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    start = try MDF4Start(from: &input)
  }
}

/// A point in time as the header and the history have it.
struct MDF4Start {
  let raw: UInt64
  let zoneMinutes, daylightMinutes: Int
  let flags: UInt8

  init(from input: inout ByteCursor) throws(ByteCursor.Failure) {
    raw = try input.u64()
    zoneMinutes = Int(try input.i16())
    daylightMinutes = Int(try input.i16())
    flags = try input.u8()
  }

  /// The time is what the clock on the wall showed, in a zone that nobody wrote down.
  var isLocal: Bool { flags & 3 == 1 }
  var hasOffsets: Bool { flags & 2 != 0 }
  var isUnknown: Bool { raw == 0 }

  /// Nanoseconds since 1970; of a local time those of the same wall clock in UTC.
  var nanoseconds: Int64 {
    let time = Int64(clamping: raw)
    guard flags & 3 == 3 else { return time }
    return time.subtractingReportingOverflow(Int64(zoneMinutes + daylightMinutes) * 60_000_000_000).partialValue
  }
}

/// A channel group.
///
/// `record id:u64 cycles:u64 flags:u16 path separator:u16 4 data bytes:u32 invalidation bytes:u32`
struct MDF4ChannelGroup {
  let next, channels, name, source, reductions, comment, master: Int
  let recordID, cycles: UInt64
  let flags: UInt16
  let dataBytes, invalidationBytes: Int

  init(_ block: MDF4Block) throws(ByteCursor.Failure) {
    next = block.link(0)
    channels = block.link(1)
    name = block.link(2)
    source = block.link(3)
    reductions = block.link(4)
    comment = block.link(5)
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    recordID = try input.u64()
    cycles = try input.u64()
    flags = try input.u16()
    try input.skip(6)
    dataBytes = Int(try input.u32())
    invalidationBytes = Int(try input.u32())
    master = flags & 8 != 0 ? block.link(6) : 0
  }

  /// Its records are values of any length of a channel of another group.
  var holdsValues: Bool { flags & 1 != 0 }
  var isBusEvent: Bool { flags & 2 != 0 }
}

/// A channel.
///
/// `type sync data type bit offset:u8 byte offset bit count flags invalidation bit:u32 precision 1 attachments:u16 …`
struct MDF4ChannelBlock {
  let next, composition, name, source, conversion, data, unit, comment: Int
  let attachments: [Int]
  let type, sync, dataType, bitOffset: UInt8
  let byteOffset, bitCount: Int
  let flags: UInt32
  let invalidationBit: Int
  let range, limits: ClosedRange<Double>?

  init(_ block: MDF4Block) throws(ByteCursor.Failure) {
    next = block.link(0)
    composition = block.link(1)
    name = block.link(2)
    source = block.link(3)
    conversion = block.link(4)
    data = block.link(5)
    unit = block.link(6)
    comment = block.link(7)
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    type = try input.u8()
    sync = try input.u8()
    dataType = try input.u8()
    bitOffset = try input.u8()
    byteOffset = Int(try input.u32())
    bitCount = Int(try input.u32())
    flags = try input.u32()
    invalidationBit = Int(try input.u32())
    try input.skip(2)
    let count = Int(try input.u16())
    attachments = (0..<min(count, max(0, block.links.count - 8))).map { block.link(8 + $0) }
    var numbers: [Double] = []
    for _ in 0..<4 { numbers.append(try input.f64()) }
    range = flags & 8 != 0 && numbers[0] <= numbers[1] ? numbers[0]...numbers[1] : nil
    limits = flags & 16 != 0 && numbers[2] <= numbers[3] ? numbers[2]...numbers[3] : nil
  }
}

/// An array.
///
/// `type storage:u8 dimensions:u16 flags:u32 byte offset base:i32 invalidation base:u32 size:u64* …`
struct MDF4Array {
  let composition: Int
  let type, storage: UInt8
  let flags: UInt32
  let base: Int
  let sizes: [UInt64]

  init(_ block: MDF4Block) throws(ByteCursor.Failure) {
    composition = block.link(0)
    let body = block.body
    var input = ByteCursor(body.bytes, at: block.address + MDF4Blocks.headerSize + 8 * block.links.count)
    type = try input.u8()
    storage = try input.u8()
    let dimensions = Int(try input.u16())
    flags = try input.u32()
    base = Int(try input.i32())
    try input.skip(4)
    guard dimensions <= input.remaining / 8 else {
      throw input.fail("\(dimensions) sizes, \(input.remaining) bytes left")
    }
    var sizes: [UInt64] = []
    for _ in 0..<dimensions { sizes.append(try input.u64()) }
    self.sizes = sizes
  }

  var isInverse: Bool { flags & 64 != 0 }
  var isDynamic: Bool { flags & 1 != 0 }
}

/// A source.
///
/// `type:u8 bus:u8 flags:u8 5`
struct MDF4Source: Sendable {
  let name, path: String
  let type, bus: UInt8

  /// - Throws: `MDF4Fault` where it cannot be read, `SystemError`.
  init(_ link: Int, _ blocks: inout MDF4Blocks) throws {
    let block = try blocks.block(at: link, .source)
    name = try blocks.text(at: block.link(0))
    path = try blocks.text(at: block.link(1))
    type = block.body.first ?? 0
    bus = block.body.count > 1 ? block.body[1] : 0
  }

  private static let types = ["other", "ecu", "bus", "io", "tool", "user"]
  private static let buses = ["none", "other", "can", "lin", "most", "flexray", "k-line", "ethernet", "usb"]

  var typeName: String { Int(type) < Self.types.count ? Self.types[Int(type)] : "\(type)" }
  var busName: String? { bus == 0 ? nil : Int(bus) < Self.buses.count ? Self.buses[Int(bus)] : "\(bus)" }

  var json: JSON {
    var object: JSONObject = [:]
    if !name.isEmpty { object["name"] = .string(name) }
    if !path.isEmpty { object["path"] = .string(path) }
    object["type"] = .string(typeName)
    object["bus"] = busName.map { .string($0) }
    return .object(object)
  }
}
