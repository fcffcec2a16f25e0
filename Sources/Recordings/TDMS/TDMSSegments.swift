import Core

/// The first 28 bytes of a segment.
///
/// ```
/// tag[4]  contents:u32 LE  version:u32  next segment:u64  raw data:u64
/// ```
struct TDMSLeadIn {
  static let size = 28
  static let tag = Array("TDSm".utf8)
  static let indexTag = Array("TDSh".utf8)

  var contents: UInt32
  var version: UInt32
  /// From the end of the lead-in; all ones where the writer did not come to write it.
  var next: UInt64
  var raw: UInt64

  init(from input: inout ByteCursor) throws(ByteCursor.Failure) {
    try input.skip(4)
    contents = try input.u32()
    let isBigEndian = contents & 0x40 != 0
    version = try input.u32(isBigEndian)
    next = try input.u64(isBigEndian)
    raw = try input.u64(isBigEndian)
  }

  var hasMetadata: Bool { contents & 2 != 0 }
  var hasNewList: Bool { contents & 4 != 0 }
  var isInterleaved: Bool { contents & 0x20 != 0 }
  var isBigEndian: Bool { contents & 0x40 != 0 }
}

/// What a segment says of an object's raw data.
enum TDMSRawIndexEntry {
  case none
  case asBefore
  case new(TDMSRawIndex)
}

/// How the values of an object lie in a chunk.
///
/// ```
/// length:u32  type:u32  dimension:u32  values:u64  [bytes of strings:u64]
/// 0x1269 or 0x126a  type:u32  dimension:u32  values:u64  scalers:u32 {…}  widths:u32 { width:u32 }
/// ```
struct TDMSRawIndex: Hashable, Sendable {
  var type: TDMSType
  var count: Int
  /// Of strings: offsets and characters of a chunk.
  var stringBytes = 0
  /// Of DAQmx data, else empty.
  var scalers: [TDMSScaler] = []
  /// Bytes of a row of each raw buffer, of DAQmx data.
  var widths: [Int] = []

  static func read(
    from input: inout ByteCursor, bigEndian: Bool
  ) throws(ByteCursor.Failure) -> TDMSRawIndexEntry {
    let kind = try input.u32(bigEndian)
    switch kind {
    case 0xffff_ffff: return .none
    case 0: return .asBefore
    // The length is of no use: real writers leave out its own 4 bytes, or the 8 of the strings' size.
    case 16, 20, 24, 28, 0x1269, 0x126a, 0x1369: break
    default: throw input.fail("a raw data index of 20 or 28 bytes or of DAQmx before this, not \(kind)")
    }
    let number = try input.u32(bigEndian)
    guard let type = TDMSType(rawValue: number), type != .void else {
      throw input.fail("a type of values before this, not \(number)")
    }
    let dimension = try input.u32(bigEndian)
    guard dimension == 1 else { throw input.fail("dimension 1 before this, not \(dimension)") }
    let values = try input.u64(bigEndian)
    guard let count = Int(exactly: values) else { throw input.fail("a count of values before this, not \(values)") }
    var index = TDMSRawIndex(type: type, count: count)
    let isDAQmx = kind > 28
    if type == .string, !isDAQmx {
      let bytes = try input.u64(bigEndian)
      guard let size = Int(exactly: bytes) else { throw input.fail("a size of strings before this, not \(bytes)") }
      index.stringBytes = size
    }
    guard isDAQmx else { return .new(index) }
    for _ in 0..<(try input.count(of: 17, bigEndian)) {
      index.scalers.append(try TDMSScaler(from: &input, bigEndian: bigEndian, isLine: kind != 0x1269))
    }
    for _ in 0..<(try input.count(of: 4, bigEndian)) { index.widths.append(Int(try input.u32(bigEndian))) }
    return .new(index)
  }
}

/// What must stay as it is in all segments, of a scaler.
struct TDMSScalerForm: Hashable, Sendable {
  var type: UInt32
  var scale: UInt32
}

/// Where a value of DAQmx data is in a row of a raw buffer.
///
/// ```
/// type:u32  buffer:u32  offset:u32  bitmap:u32 (of a digital line: u8)  scale:u32
/// ```
struct TDMSScaler: Hashable, Sendable {
  var type: UInt32
  var buffer: Int
  /// In bytes; of a digital line in bits.
  var offset: Int
  var scale: UInt32
  var isLine: Bool

  init(from input: inout ByteCursor, bigEndian: Bool, isLine: Bool) throws(ByteCursor.Failure) {
    type = try input.u32(bigEndian)
    buffer = Int(try input.u32(bigEndian))
    offset = Int(try input.u32(bigEndian))
    if isLine { _ = try input.u8() } else { _ = try input.u32(bigEndian) }
    scale = try input.u32(bigEndian)
    self.isLine = isLine
  }
}
