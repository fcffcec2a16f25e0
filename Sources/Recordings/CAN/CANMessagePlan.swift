package import Core

/// How the frames of one message become the columns of its table.
///
/// ```
///   sa, da (J1939)   uint8               source and, below PF 240, destination
///   <signal>         int64, uint64 or double; null where the frame is too short, or another value is selected
///   <signal>.text    string              the raw value's text, where the database has texts
/// ```
package struct CANMessagePlan: Sendable {
  package let message: DBC.Message
  /// The name of the database it is from.
  package let database: String
  package let schema: Schema
  /// Words of 8 bytes a frame.
  let stride: Int
  let signals: [CANSignalPlan]
  /// Which columns each signal has.
  package let columns: [(value: Int, text: Int?)]
  private let texts: [CANTexts?]
  let isMultiplexed: Bool
  /// A frame of fewer bytes lacks a signal.
  private let neededBytes: Int
  private let isMatched: Bool
  private let hasDestination: Bool

  /// `matchesGroup` is whether frames are matched by parameter group.
  init(_ message: DBC.Message, database: String, matchesGroup: Bool) {
    self.message = message
    self.database = database
    isMatched = matchesGroup
    hasDestination = matchesGroup && message.id >> 16 & 0xff < 240
    isMultiplexed = message.signals.contains { $0.isMultiplexor || $0.selection != nil }
    neededBytes = message.signals.map(\.neededBytes).max() ?? 0
    let longest = message.signals.map(\.neededBytes).filter { $0 <= 64 }.max() ?? 0
    let stride = max(1, (longest + 7) / 8)
    self.stride = stride
    signals = message.signals.map { CANSignalPlan($0, stride: stride) }
    texts = message.signals.map { CANTexts($0) }
    var fields: [Field] = []
    if matchesGroup { fields.append(Field("sa", .uint8)) }
    if hasDestination { fields.append(Field("da", .uint8)) }
    var columns: [(value: Int, text: Int?)] = []
    for ((signal, plan), texts) in zip(zip(message.signals, signals), texts) {
      columns.append((fields.count, texts == nil ? nil : fields.count + 1))
      let unit = signal.unit
      fields.append(Field(signal.name, plan.type, isNullable: true, unit: unit.isEmpty ? nil : unit))
      if texts != nil { fields.append(Field("\(signal.name).text", .string, isNullable: true)) }
    }
    schema = Schema(fields)
    self.columns = columns
  }

  /// What was met in frames that is worth counting.
  struct Counts {
    var short = 0, long = 0, unknownSelector = 0, outOfRange = 0, notAvailable = 0
  }

  /// Decodes the frames of the part's rows, column by column.
  func decode(
    _ frames: CANFrames, _ options: CANDecoder.Options, into part: inout CANDecoder.Part, _ counts: inout Counts
  ) {
    let rows = part.rows, count = rows.count
    let (words, shortest) = gather(frames, rows, &counts)
    let lengths = shortest < neededBytes ? rows.map { frames.lengths[$0] } : nil
    var columns: [Column] = []
    if isMatched { columns.append(Column(.uint8(rows.map { UInt8(truncatingIfNeeded: frames.ids[$0]) }))) }
    if hasDestination { columns.append(Column(.uint8(rows.map { UInt8(truncatingIfNeeded: frames.ids[$0] >> 8) }))) }
    var selectors = CANSelectors(self, words, lengths, count)
    for (index, plan) in signals.enumerated() {
      let presence = selectors.presence(of: index)
      guard plan.signal.length <= 64 else {
        columns.append(Column(.text(plan.digits(words, stride: stride, count: count)), validity: presence))
        if options.keepsRaw { part.raw.append(Column(.int64([]))) }
        continue
      }
      let raw = selectors.raw(of: index)
      let values = plan.values(raw)
      var validity = presence
      if isMatched, !options.keepsUnavailable { hideUnavailable(plan, raw, &validity, &counts) }
      counts.outOfRange += outOfRange(plan, values, &validity, hides: options.checksRange)
      columns.append(Column(values, validity: validity))
      if let texts = texts[index] { columns.append(texts.column(raw, presence)) }
      if options.keepsRaw { part.raw.append(Column(.int64(raw), validity: presence)) }
    }
    counts.unknownSelector += selectors.unknown()
    part.batch = Batch(schema: schema, columns: columns, count: count)
  }

  /// The frames' bytes in words, with zeros behind their end, and the least length.
  private func gather(_ frames: CANFrames, _ rows: [Int], _ counts: inout Counts) -> (words: [UInt64], shortest: Int) {
    var words = [UInt64](repeating: 0, count: rows.count * stride)
    var shortest = 64
    let bytes = frames.data.bytes.bytes, offsets = frames.data.offsets.span, lengths = frames.lengths.span
    let wanted = message.length
    for index in rows.indices {
      let row = rows[index]
      let start = offsets[row], length = Int(lengths[row])
      shortest = min(shortest, length)
      if length < wanted { counts.short += 1 } else if length > wanted { counts.long += 1 }
      if stride == 1, start + 8 <= bytes.byteCount {
        let load = bytes.u64(at: start)
        words[index] = length >= 8 ? load : load & (1 << UInt64(8 * length) - 1)
      } else {
        for byte in 0..<min(length, stride * 8) {
          words[index * stride + byte / 8] |= UInt64(bytes.u8(at: start + byte)) << UInt64(8 * (byte % 8))
        }
      }
    }
    return (words, shortest)
  }

  /// J1939: the top byte 0xFF says that there is no value, 0xFE that it is wrong.
  private func hideUnavailable(
    _ plan: CANSignalPlan, _ raw: [Int64], _ validity: inout [Bool]?, _ counts: inout Counts
  ) {
    let length = plan.signal.length
    guard [8, 16, 32].contains(length), !plan.signal.isSigned, plan.signal.coding == .integer else { return }
    var valid = validity
    for row in raw.indices where raw[row] >> Int64(length - 8) >= 0xfe {
      if valid?[row] ?? true { counts.notAvailable += 1 }
      if valid == nil { valid = Array(repeating: true, count: raw.count) }
      valid?[row] = false
    }
    validity = valid
  }

  /// Counts the values beyond the database's limits, and makes them null where that is asked for.
  private func outOfRange(
    _ plan: CANSignalPlan, _ values: Column.Values, _ validity: inout [Bool]?, hides: Bool
  ) -> Int {
    let (low, high) = (plan.signal.minimum, plan.signal.maximum)
    guard low < high else { return 0 }
    // A step beyond what the database can say exactly is none.
    let slack = plan.signal.factor.magnitude / 2
    func isBeyond(_ value: Double) -> Bool { value < low - slack || value > high + slack }
    // Hardly ever is there one: a loop without branches says so.
    switch values {
    case .int64(let values):
      let range = Self.whole(low - slack, .up).flatMap { low in Self.whole(high + slack, .down).map { (low, $0) } }
      if let range, values.areAll(from: range.0, to: range.1) { return 0 }
    case .float64(let values): if values.areAll(from: low - slack, to: high + slack) { return 0 }
    default: break
    }
    let rows: [Int] =
      switch values {
      case .int64(let values): values.indices.filter { isBeyond(Double(values[$0])) && validity?[$0] ?? true }
      case .uint64(let values): values.indices.filter { isBeyond(Double(values[$0])) && validity?[$0] ?? true }
      case .float64(let values): values.indices.filter { isBeyond(values[$0]) && validity?[$0] ?? true }
      default: []
      }
    guard hides, !rows.isEmpty else { return rows.count }
    var valid = validity ?? Array(repeating: true, count: Column(values).count)
    for row in rows { valid[row] = false }
    validity = valid
    return rows.count
  }

  /// The next integer; nil where doubles do not tell all of them apart.
  private static func whole(_ bound: Double, _ rule: FloatingPointRoundingRule) -> Int64? {
    bound.magnitude < 0x1p53 ? Int64(bound.rounded(rule)) : nil
  }
}

extension Array where Element: Comparable {
  /// Whether none is below or above; what cannot be compared, as NaN, is neither.
  @inline(__always) fileprivate func areAll(from low: Element, to high: Element) -> Bool {
    var others = 0
    for value in self { others &+= (value < low) != (value > high) ? 1 : 0 }
    return others == 0
  }
}
