import Core

/// Which columns the channels of a group become, and how: planned once, then run over records.
struct MDF4Columns: Sendable {
  private enum Part: Sendable { case recorded, numbers, texts }

  private struct Column: Sendable {
    let channel: Int
    let part: Part
    /// As recorded beside what it means: also where that is invalid.
    let isRaw: Bool
  }

  let group: MDF4Group
  let schema: Schema
  private let columns: [Column]
  private let payload: MDF4Payload?
  /// Channels that have no column, and why.
  let left: [(channel: Int, problem: String)]

  init(_ group: MDF4Group, _ values: SignalValues) {
    self.group = group
    let isFrames = group.eventName?.hasPrefix("CAN_") ?? false
    var fields: [Field] = [], columns: [Column] = [], left: [(channel: Int, problem: String)] = []
    for (index, channel) in group.channels.enumerated() where !channel.isStructure {
      if let problem = channel.fault ?? channel.misfit(in: group.dataBytes) {
        left.append((index, problem))
        continue
      }
      if values != .raw || isFrames, case .unreadable(let problem) = channel.conversion {
        left.append((index, problem))
      }
      let isConverted = !channel.conversion.isNone
      let parts = isFrames ? Self.ofFrames(channel, values) : Self.parts(channel, values)
      for (part, suffix) in parts {
        var type: FieldType = part == .numbers ? .float64 : part == .texts ? .string : channel.recordedType
        for _ in channel.dimensions { type = .list(type) }
        let isNullable =
          channel.isAllInvalid || channel.hasInvalidationBit || channel.place == .stream
          || channel.conversion.givesTexts || channel.conversion.takesTexts || part == .texts
        let hasUnit = part == .numbers || !isConverted && part == .recorded
        fields.append(
          Field(channel.name + suffix, type, isNullable: isNullable, unit: hasUnit ? channel.unit : nil))
        let isRaw = part == .recorded && !isFrames && (values == .raw || suffix == ".raw")
        columns.append(Column(channel: index, part: part, isRaw: isRaw))
      }
    }
    schema = Schema(fields)
    self.columns = columns
    self.left = left
    payload = values == .raw ? nil : MDF4Payload(group, schema)
  }

  /// The columns of a channel, and what their names have behind the channel's.
  private static func parts(_ channel: MDF4Channel, _ values: SignalValues) -> [(part: Part, suffix: String)] {
    guard values != .raw, !channel.conversion.isNone else { return [(.recorded, "")] }
    var parts: [(part: Part, suffix: String)] = []
    if channel.conversion.givesNumbers { parts.append((.numbers, "")) }
    if channel.conversion.givesTexts { parts.append((.texts, parts.isEmpty ? "" : ".text")) }
    // A table of texts without a text: null, and there.
    if parts.isEmpty, channel.conversion.isReadable { parts.append((.texts, "")) }
    if values == .both { parts.append((.recorded, ".raw")) }
    return parts
  }

  /// Of frames, whatever values are asked for: an id, a length or a flag is a number, also where it is a constant by
  /// its conversion, or has a text.
  private static func ofFrames(_ channel: MDF4Channel, _ values: SignalValues) -> [(part: Part, suffix: String)] {
    let conversion = channel.conversion
    guard !conversion.isNone else { return [(.recorded, "")] }
    guard !conversion.givesTexts else { return [(.recorded, "")] + (values == .raw ? [] : [(.texts, ".text")]) }
    guard conversion.givesNumbers else { return [(.recorded, "")] }
    return [(.numbers, "")] + (values == .both ? [(.recorded, ".raw")] : [])
  }

  /// What could not be had of some records.
  struct Losses: Sendable {
    var missing = 0
    var fault: MDF4Fault?
  }

  /// The columns of records.
  ///
  /// `sources` are where values of any length are, by channel.
  func batch(
    _ records: MDF4Records, _ sources: [Int: MDF4Values.Source], _ file: FileReader, _ losses: inout Losses
  ) throws -> Batch {
    var batch = Batch(schema: schema, columns: [], count: records.count)
    batch.columns.reserveCapacity(columns.count)
    var last: (channel: Int, recorded: Core.Column)?
    for column in columns {
      let channel = group.channels[column.channel]
      let recorded: Core.Column
      if let last, last.channel == column.channel {
        recorded = last.recorded
      } else {
        recorded = try self.recorded(column.channel, records, sources, file, &losses)
        last = (column.channel, recorded)
      }
      var result: Core.Column =
        switch column.part {
        case .recorded: recorded
        case .numbers: recorded.numbers(channel.conversion, isInteger: channel.form.isInteger)
        case .texts: recorded.texts(channel.conversion, isInteger: channel.form.isInteger)
        }
      result = result.nested(channel.dimensions.map(\.size), rows: records.count)
      if !column.isRaw { result.add(records.validity(channel)) }
      batch.columns.append(result)
    }
    payload?.cut(&batch)
    return batch
  }

  private func recorded(
    _ index: Int, _ records: MDF4Records, _ sources: [Int: MDF4Values.Source], _ file: FileReader,
    _ losses: inout Losses
  ) throws -> Core.Column {
    let channel = group.channels[index]
    let column = records.recorded(channel)
    switch channel.place {
    case .record, .number: return column
    case .measured:
      guard case .text(let texts) = column.values, let lengths = lengths(of: channel, records) else { return column }
      return Core.Column(.text(records.cut(texts, channel, to: lengths)))
    case .stream:
      let source = sources[index] ?? .piece([], from: 0, older: nil)
      var values = MDF4Values(file, source, channel.form)
      let result = try values.column(column.unsigned)
      losses.missing += values.missing
      losses.fault = losses.fault ?? values.fault
      return result
    }
  }

  /// The values of the channel that says how long those of another are.
  private func lengths(of channel: MDF4Channel, _ records: MDF4Records) -> [UInt64]? {
    guard let other = group.channels.first(where: { $0.address == channel.data }),
      other.form.isInteger, other.place == .record, other.dimensions.isEmpty,
      other.misfit(in: group.dataBytes) == nil
    else { return nil }
    return records.recorded(other).unsigned
  }
}

extension MDF4Records {
  /// Fixed texts or bytes again, as long as `lengths` say.
  fileprivate func cut(_ texts: Texts, _ channel: MDF4Channel, to lengths: [UInt64]) -> Texts {
    guard channel.dimensions.isEmpty, lengths.count == count else { return texts }
    var result = Texts()
    let decoder = MDF4Text(channel.form)
    for index in 0..<count {
      let place = start + index * stride + channel.byteOffset
      let length = min(Int(clamping: lengths[index]), channel.byteCount)
      decoder.append(bytes.bytes.extracting(place..<place + length), to: &result)
    }
    return result
  }
}

extension Column {
  /// Integers without their signs' meaning: offsets and lengths.
  fileprivate var unsigned: [UInt64] {
    switch values {
    case .uint8(let values): values.map { UInt64($0) }
    case .uint16(let values): values.map { UInt64($0) }
    case .uint32(let values): values.map { UInt64($0) }
    case .uint64(let values): values
    case .int8(let values): values.map { UInt64(bitPattern: Int64($0)) }
    case .int16(let values): values.map { UInt64(bitPattern: Int64($0)) }
    case .int32(let values): values.map { UInt64(bitPattern: Int64($0)) }
    case .int64(let values): values.map { UInt64(bitPattern: $0) }
    default: []
    }
  }

  private var isSigned: Bool {
    switch values {
    case .int8, .int16, .int32, .int64: true
    default: false
    }
  }

  /// The values in double precision; NaN for what is no number.
  var doubles: [Double] {
    switch values {
    case .uint8(let values): values.map { Double($0) }
    case .uint16(let values): values.map { Double($0) }
    case .uint32(let values): values.map { Double($0) }
    case .uint64(let values): values.map { Double($0) }
    case .int8(let values): values.map { Double($0) }
    case .int16(let values): values.map { Double($0) }
    case .int32(let values): values.map { Double($0) }
    case .int64(let values): values.map { Double($0) }
    case .float32(let values): values.map { Double($0) }
    case .float64(let values): values
    default: Array(repeating: .nan, count: count)
    }
  }

  /// What the conversion makes of them, where that are numbers.
  fileprivate func numbers(_ conversion: MDF4Conversion, isInteger: Bool) -> Column {
    if case .textValues(let table, let fallback) = conversion {
      guard case .text(let texts) = values else { return Column(.float64(doubles), validity: falses) }
      var valid = validity ?? Array(repeating: true, count: count)
      let numbers = (0..<texts.count).map { index in
        guard let number = table[Array(texts[index])] ?? fallback else {
          valid[index] = false
          return Double.nan
        }
        return number
      }
      return Column(.float64(numbers), validity: valid.contains(false) ? valid : nil)
    }
    if case .text = values { return Column(.float64(doubles), validity: falses) }
    guard conversion.givesTexts else {
      return Column(.float64(conversion.numbers(doubles, isInteger: isInteger)), validity: validity)
    }
    let (distinct, codes) = converted(conversion, isInteger)
    let isNumber = distinct.map { if case .number = $0 { true } else { false } }
    let numbers = distinct.map { if case .number(let number) = $0 { number } else { Double.nan } }
    return Column(
      .float64(codes.map { numbers[$0] }), validity: isNumber.contains(false) ? codes.map { isNumber[$0] } : nil)
  }

  /// What the conversion makes of them, where that are texts.
  fileprivate func texts(_ conversion: MDF4Conversion, isInteger: Bool) -> Column {
    var result = Texts(), valid: [Bool] = []
    if case .textTexts(let table, let fallback) = conversion {
      guard case .text(let texts) = values else { return Column(.text(empty), validity: falses) }
      for index in 0..<texts.count {
        let text = table[Array(texts[index])] ?? fallback
        result.append(text ?? [])
        valid.append(text != nil && validity?[index] ?? true)
      }
    } else {
      let (distinct, codes) = converted(conversion, isInteger)
      let isText = distinct.map { if case .text = $0 { true } else { false } }
      var texts = Texts()
      for value in distinct { if case .text(let text) = value { texts.append(text) } else { texts.append([]) } }
      result = texts.picking(codes)
      if isText.contains(false) { valid = codes.map { isText[$0] } }
    }
    return Column(.text(result), validity: valid.contains(false) ? valid : nil)
  }

  private var falses: [Bool] { Array(repeating: false, count: count) }
  private var empty: Texts { Texts(offsets: Array(repeating: 0, count: count + 1)) }

  /// What the conversion makes of each different value, and which of these each row has.
  private func converted(
    _ conversion: MDF4Conversion, _ isInteger: Bool
  ) -> (distinct: [MDF4Conversion.Value], codes: [Int]) {
    let numbers = doubles
    let integers = unsigned
    var known: [UInt64: Int] = [:]
    var distinct: [MDF4Conversion.Value] = []
    var last: (bits: UInt64, code: Int)?
    let codes = numbers.indices.map { index in
      let bits = integers.isEmpty ? numbers[index].bitPattern : integers[index]
      if let last, last.bits == bits { return last.code }
      if let code = known[bits] {
        last = (bits, code)
        return code
      }
      let isNegative = isSigned && Int64(bitPattern: bits) < 0
      let integer = integers.isEmpty || isNegative ? nil : bits
      distinct.append(conversion.value(numbers[index], integer: integer, isInteger: isInteger))
      if known.count < 1 << 16 { known[bits] = distinct.count - 1 }
      last = (bits, distinct.count - 1)
      return distinct.count - 1
    }
    return (distinct, codes)
  }

  /// Elements as lists in lists, the sizes from the outermost on.
  fileprivate func nested(_ sizes: [Int], rows: Int) -> Column {
    var column = self
    for (depth, size) in sizes.enumerated().reversed() {
      let lists = sizes[..<depth].reduce(rows, *)
      column = Column(.list(offsets: (0...lists).map { $0 * size }, element: column))
    }
    return column
  }

  /// Values that are missing as well.
  fileprivate mutating func add(_ more: [Bool]?) {
    guard let more else { return }
    validity = validity.map { zip($0, more).map { $0 && $1 } } ?? more
  }
}
