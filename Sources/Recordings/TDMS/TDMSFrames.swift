import Core

/// The frames of a bus in a channel of bytes, as NI-XNET logs them.
///
/// ```
/// time:u64  id:u32  type:u8  flags:u8  info:u8  length:u8  data[max(8, length rounded up to 8)]
/// ```
/// Times count 100 ns from 1601-01-01T00:00:00Z; bit 29 of an id says that it has 29 bits. Numbers are in the byte order
/// that a property of the channel says, whatever the segments' is.
struct TDMSFrames: Sendable {
  /// Bytes of the channel with whole frames, to be decoded at once.
  private(set) var parts: [Range<Int>] = []
  private(set) var count = 0
  private(set) var range: TimeRange?
  /// Bytes at the end that are no whole frame.
  private(set) var rest = 0
  private let isBigEndian: Bool

  private static let header = 16
  private static let pieceSize = 256 << 10
  /// From 1601 to 1970, in 100 ns.
  private static let ticksTo1970: Int64 = 116_444_736_000_000_000

  static let schema = Schema([
    Field("id", .uint32), Field("is_extended", .bool), Field("is_remote", .bool), Field("is_error", .bool),
    Field("type", .uint8), Field("flags", .uint8), Field("info", .uint8), Field("len", .uint8), Field("data", .bytes),
  ])

  /// Walks over the frames: where one ends only its length tells.
  init(_ gathering: TDMSGathering, bytes: Int, isBigEndian: Bool) throws {
    self.isBigEndian = isBigEndian
    var start = 0
    while start < bytes {
      let end = min(bytes, start + Self.pieceSize)
      let piece = try gathering.values(of: start..<end).bytes, frames = frames(in: piece)
      guard let last = frames.last else { break }
      look(at: frames, of: piece)
      parts.append(start..<start + last.upperBound)
      start += last.upperBound
    }
    rest = bytes - start
  }

  /// What an index file alone tells of them: how many there are at most.
  init(bytes: Int, isBigEndian: Bool) {
    self.isBigEndian = isBigEndian
    count = bytes / (Self.header + 8)
  }

  private mutating func look(at frames: [Range<Int>], of bytes: [UInt8]) {
    count += frames.count
    for frame in frames {
      guard let time = time(bytes.bytes, frame.lowerBound) else { continue }
      let instant = Timestamp(nanoseconds: time)
      range = range?.extended(to: instant) ?? TimeRange(start: instant, end: instant)
    }
  }

  /// Whole frames from the beginning of some bytes on.
  private func frames(in bytes: [UInt8]) -> [Range<Int>] {
    var frames: [Range<Int>] = [], start = 0
    while start + Self.header <= bytes.count {
      let end = start + Self.header + max(8, (Int(bytes[start + 15]) + 7) & ~7)
      guard end <= bytes.count else { break }
      frames.append(start..<end)
      start = end
    }
    return frames
  }

  /// Since 1970; nil outside of what 64 bits of nanoseconds hold.
  private func time(_ bytes: RawSpan, _ start: Int) -> Int64? {
    let stored = bytes.u64(at: start)
    guard let ticks = Int64(exactly: isBigEndian ? stored.byteSwapped : stored) else { return nil }
    let (time, isFar) = (ticks - Self.ticksTo1970).multipliedReportingOverflow(by: 100)
    return isFar ? nil : time
  }

  /// The frames in bytes of a part, with `unset` for times that cannot be told.
  func decode(_ bytes: [UInt8], unset: Int64) -> (times: [Int64], starts: [Int], batch: Batch, outOfRange: Int) {
    let frames = frames(in: bytes)
    var times: [Int64] = [], ids: [UInt32] = [], types: [UInt8] = [], flags: [UInt8] = [], infos: [UInt8] = []
    var lengths: [UInt8] = [], extended: [UInt8] = [], data = Texts(), outOfRange = 0
    for frame in frames {
      let start = frame.lowerBound, time = time(bytes.bytes, start)
      if time == nil { outOfRange += 1 }
      times.append(time ?? unset)
      let stored = bytes.bytes.u32(at: start + 8), id = isBigEndian ? stored.byteSwapped : stored
      ids.append(id & 0x1fff_ffff)
      extended.append(UInt8(id >> 29 & 1))
      types.append(bytes[start + 12])
      flags.append(bytes[start + 13])
      infos.append(bytes[start + 14])
      lengths.append(bytes[start + 15])
      data.append(bytes[start + Self.header..<start + Self.header + Int(bytes[start + 15])])
    }
    let batch = Batch(
      schema: Self.schema,
      columns: [
        Column(.uint32(ids)), Column(.bool(extended)), Column(.bool(types.map { $0 == 1 ? 1 : 0 })),
        Column(.bool(types.map { $0 == 2 ? 1 : 0 })), Column(.uint8(types)), Column(.uint8(flags)),
        Column(.uint8(infos)), Column(.uint8(lengths)), Column(.text(data)),
      ], count: frames.count)
    return (times, frames.map(\.lowerBound), batch, outOfRange)
  }
}

extension TDMSIndex {
  /// Whether a channel's bytes are frames of a CAN bus.
  func hasFrames(_ object: Int) -> Bool {
    objects[object].type == .uint8 && objects[object]["NI_network_protocol"]?.double == 0
  }
}

extension TDMSPlan {
  /// Counts the frames of channels that have any: their bytes are read.
  mutating func countFrames() throws {
    for number in tables.indices {
      guard case .frames(let object) = tables[number].axis, tables[number].frames == nil else { continue }
      let bytes = tables[number].count
      let isBigEndian = index.objects[object]["NI_network_frame_byte_order"]?.double == 1
      let frames =
        index.isIndexFile
        ? TDMSFrames(bytes: bytes, isBigEndian: isBigEndian)
        : try TDMSFrames(
          TDMSGathering(self, TDMSSource(self, tables: [number]), tables[number]), bytes: bytes,
          isBigEndian: isBigEndian)
      set(frames, of: number)
    }
  }
}

extension [TDMSValues?] {
  /// Those of the only strand that was read.
  var bytes: [UInt8] { lazy.compactMap { $0 }.first?.bytes ?? [] }
}
