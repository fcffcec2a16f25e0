import Core

/// Records of one group, one after another at equal steps.
struct MDF4Records: Sendable {
  var bytes: [UInt8]
  /// Where the first begins in `bytes`.
  var start = 0
  let stride: Int
  let count: Int
  /// The number of the first in its group.
  let first: Int

  /// Bytes of the data, and of the invalidation bits after them.
  let dataBytes: Int
}

extension MDF4Channel {
  /// Why its values cannot be in records of so many bytes of data; nil where they can.
  func misfit(in dataBytes: Int) -> String? {
    guard place != .number else { return nil }
    var form = form
    if place == .stream { form = .unsigned }
    let isFit: Bool
    switch form {
    case .unsigned, .signed: isFit = 1...64 ~= bitCount && bitOffset <= 7
    case .float: isFit = [16, 32, 64].contains(bitCount) && bitOffset == 0
    case .complex: isFit = [32, 64, 128].contains(bitCount) && bitOffset == 0
    case .date: isFit = bitCount == 56 && bitOffset == 0
    case .time: isFit = bitCount == 48 && bitOffset == 0
    default: isFit = bitCount % 8 == 0 && bitOffset == 0
    }
    guard isFit else { return "\(bitCount) bits from bit \(bitOffset) are no value of its type" }
    var (first, last) = (byteOffset, byteOffset)
    for (size, step) in dimensions where size > 0 {
      let reach = (size - 1).multipliedReportingOverflow(by: step)
      guard !reach.overflow else { return "an array beyond the record" }
      if reach.partialValue < 0 { first += reach.partialValue } else { last += reach.partialValue }
    }
    guard first >= 0, last <= dataBytes - byteCount else {
      return "bytes \(first) to \(last + byteCount) of a record of \(dataBytes)"
    }
    return nil
  }

  var elementCount: Int { dimensions.reduce(1) { $0 * $1.size } }

  /// The column that the recorded values of one element fill.
  var recordedType: FieldType {
    if place == .number { return .int64 }
    // What is of variable length is text or bytes, whatever else the block says.
    if place == .stream { return form.isText ? .string : .bytes }
    return switch form {
    case .unsigned: bitCount <= 8 ? .uint8 : bitCount <= 16 ? .uint16 : bitCount <= 32 ? .uint32 : .uint64
    case .signed: bitCount <= 8 ? .int8 : bitCount <= 16 ? .int16 : bitCount <= 32 ? .int32 : .int64
    case .float: bitCount <= 32 ? .float32 : .float64
    case .complex:
      bitCount <= 64
        ? .structure([Field("re", .float32), Field("im", .float32)])
        : .structure([Field("re", .float64), Field("im", .float64)])
    case .latin1, .utf8, .utf16, .utf16BigEndian, .markedText: .string
    case .bytes, .unknown: .bytes
    case .date, .time: .time
    }
  }

  /// The type as recorded, for people: `uint12`, `float16`, `string`.
  var typeName: String {
    let name: String
    switch form {
    case .unsigned: name = place == .number ? "number" : "uint\(bitCount)"
    case .signed: name = place == .number ? "number" : "int\(bitCount)"
    case .float: name = place == .number ? "number" : "float\(bitCount)"
    case .complex: name = "complex\(bitCount)"
    case .latin1, .utf8, .utf16, .utf16BigEndian, .markedText: name = "string"
    case .bytes: name = "bytes"
    case .date: name = "date"
    case .time: name = "time"
    case .unknown(let type): name = "type \(type)"
    }
    return isStructure ? "structure" : name + dimensions.map { "[\($0.size)]" }.joined()
  }
}

extension MDF4Records {
  /// The recorded values of a channel that fits, an element each; those in streams are offsets into them.
  func recorded(_ channel: MDF4Channel) -> Column {
    if channel.place == .number { return Column(.int64((0..<count).map { Int64(first + $0) })) }
    guard !channel.dimensions.isEmpty else {
      return Self.values(channel, bytes.bytes, at: start + channel.byteOffset, stride: stride, count: count)
    }
    // Elements move together; then they are values like any others.
    let width = channel.byteCount
    let offsets = channel.elementOffsets
    var elements: [UInt8] = []
    elements.reserveCapacity(count * offsets.count * width)
    for record in 0..<count {
      let base = start + record * stride + channel.byteOffset
      for offset in offsets { elements.append(contentsOf: bytes[base + offset..<base + offset + width]) }
    }
    return Self.values(channel, elements.bytes, at: 0, stride: width, count: count * offsets.count)
  }

  /// Whether each record's value is valid; nil where all are.
  func validity(_ channel: MDF4Channel) -> [Bool]? {
    if channel.isAllInvalid { return Array(repeating: false, count: count) }
    let place = channel.invalidationBit / 8
    guard channel.hasInvalidationBit, dataBytes + place < stride else { return nil }
    let flags = [UInt8](
      strided: bytes.bytes.extracting(droppingFirst: min(bytes.count, start + dataBytes + place)), stride: stride,
      count: count)
    let mask: UInt8 = 1 << UInt8(channel.invalidationBit % 8)
    guard flags.contains(where: { $0 & mask != 0 }) else { return nil }
    return flags.map { $0 & mask == 0 }
  }

  private static func values(
    _ channel: MDF4Channel, _ bytes: RawSpan, at offset: Int, stride: Int, count: Int
  ) -> Column {
    let isInStream = channel.place == .stream
    if isInStream || channel.form.isInteger {
      return integers(channel, isInStream, bytes, at: offset, stride: stride, count: count)
    }
    let span = bytes.extracting(droppingFirst: min(offset, bytes.byteCount))
    switch channel.form {
    case .float: return floats(channel.bitCount, channel.isBigEndian, span, stride, count)
    case .complex:
      let half = channel.bitCount / 2
      let second = span.extracting(droppingFirst: min(half / 8, span.byteCount))
      return Column(
        .structure([
          floats(half, channel.isBigEndian, span, stride, count),
          floats(half, channel.isBigEndian, second, stride, count),
        ]))
    case .date: return dates(span, stride, count)
    case .time: return times(span, stride, count)
    default:
      var texts = Texts()
      texts.offsets.reserveCapacity(count + 1)
      let decoder = MDF4Text(channel.form)
      for index in 0..<count {
        decoder.append(span.extracting(index * stride..<index * stride + channel.byteCount), to: &texts)
      }
      return Column(.text(texts))
    }
  }

  private static func integers(
    _ channel: MDF4Channel, _ isOffset: Bool, _ bytes: RawSpan, at offset: Int, stride: Int, count: Int
  ) -> Column {
    let isSigned = channel.form == .signed && !isOffset
    let isBigEndian = channel.isBigEndian && !isOffset
    if channel.bitOffset == 0 {
      let span = bytes.extracting(droppingFirst: min(offset, bytes.byteCount))
      switch (channel.bitCount, isSigned) {
      case (8, false): return Column(.uint8([UInt8](strided: span, stride: stride, count: count)))
      case (8, true): return Column(.int8([Int8](strided: span, stride: stride, count: count)))
      case (16, false):
        var values = [UInt16](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.uint16(values))
      case (16, true):
        var values = [Int16](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.int16(values))
      case (32, false):
        var values = [UInt32](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.uint32(values))
      case (32, true):
        var values = [Int32](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.int32(values))
      case (64, false):
        var values = [UInt64](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.uint64(values))
      case (64, true):
        var values = [Int64](strided: span, stride: stride, count: count)
        if isBigEndian { values.swapBytes() }
        return Column(.int64(values))
      default: break
      }
    }
    let bits = channel.bitCount
    let values = [UInt64](
      bitsOf: bytes, at: offset, stride: stride, count: count, width: channel.byteCount, isBigEndian: isBigEndian,
      shift: channel.bitOffset, bits: bits)
    guard isSigned else {
      return switch bits {
      case ...8: Column(.uint8(values.map { UInt8(truncatingIfNeeded: $0) }))
      case ...16: Column(.uint16(values.map { UInt16(truncatingIfNeeded: $0) }))
      case ...32: Column(.uint32(values.map { UInt32(truncatingIfNeeded: $0) }))
      default: Column(.uint64(values))
      }
    }
    let shift = UInt64(64 - bits)
    let signed = values.map { Int64(bitPattern: $0 << shift) >> Int64(shift) }
    return switch bits {
    case ...8: Column(.int8(signed.map { Int8(truncatingIfNeeded: $0) }))
    case ...16: Column(.int16(signed.map { Int16(truncatingIfNeeded: $0) }))
    case ...32: Column(.int32(signed.map { Int32(truncatingIfNeeded: $0) }))
    default: Column(.int64(signed))
    }
  }

  private static func floats(_ bits: Int, _ isBigEndian: Bool, _ span: RawSpan, _ stride: Int, _ count: Int) -> Column {
    switch bits {
    case 16:
      var halves = [UInt16](strided: span, stride: stride, count: count)
      if isBigEndian { halves.swapBytes() }
      return Column(.float32(halves.map { Float(Float16(bitPattern: $0)) }))
    case 32:
      var values = [Float](strided: span, stride: stride, count: count)
      if isBigEndian { values.swapBytes() }
      return Column(.float32(values))
    default:
      var values = [Double](strided: span, stride: stride, count: count)
      if isBigEndian { values.swapBytes() }
      return Column(.float64(values))
    }
  }

  /// CANopen: `milliseconds:u16 minute:6 hour:5 day:5 weekday:3 month:6 year:7`, a field a byte.
  private static func dates(_ span: RawSpan, _ stride: Int, _ count: Int) -> Column {
    Column(
      .int64(
        (0..<count).map { index in
          let place = index * stride
          let milliseconds = Int64(span.u16(at: place))
          let minute = Int64(span.u8(at: place + 2) & 63), hour = Int64(span.u8(at: place + 3) & 31)
          let day = Int64(span.u8(at: place + 4) & 31), month = Int64(span.u8(at: place + 5) & 63)
          let year = Int64(span.u8(at: place + 6) & 127)
          let days = daysSince1970(year: year < 84 ? 2000 + year : 1900 + year, month: month, day: day)
          return (((days * 24 + hour) * 60 + minute) * 60_000 + milliseconds) * 1_000_000
        }))
  }

  /// CANopen: `milliseconds of the day:u28 days since 1984:u16`.
  private static func times(_ span: RawSpan, _ stride: Int, _ count: Int) -> Column {
    Column(
      .int64(
        (0..<count).map { index in
          let milliseconds = Int64(span.u32(at: index * stride) & 0xFFF_FFFF)
          let days = Int64(span.u16(at: index * stride + 4)) + 5113
          return (days * 86_400_000 + milliseconds) * 1_000_000
        }))
  }

  /// Of the Gregorian calendar; a month beyond 12 goes on in the next year.
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400, yearOfEra = shifted % 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension MDF4Channel {
  /// Where each element begins, from the first; the last dimension moves fastest.
  fileprivate var elementOffsets: [Int] {
    var offsets = [0]
    for (size, step) in dimensions {
      offsets = offsets.flatMap { offset in (0..<size).map { offset + $0 * step } }
    }
    return offsets
  }
}
