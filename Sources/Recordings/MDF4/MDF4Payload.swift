import Core

/// Where a group of bus frames keeps the bytes of a frame in a field of fixed size, and how many of them count.
///
/// ```
///   LIN_Frame.ReceivedDataByteCount 2   LIN_Frame.DataBytes 00 01 a5 a5 a5 a5 a5 a5   becomes 00 01: the rest is noise
/// ```
struct MDF4Payload: Sendable {
  private let data, length: Int
  /// The length is a code by the table of CAN FD.
  private let isCode: Bool

  private static let coded = [12, 16, 20, 24, 32, 48, 64]

  /// Nil where the data are as long as they say, or nothing says how long they are.
  init?(_ group: MDF4Group, _ schema: Schema) {
    guard let event = group.eventName else { return nil }
    func column(_ name: String) -> Int? { schema.fields.firstIndex { $0.name == "\(event).\(name)" } }
    let isFixed = group.channels.contains { channel in
      channel.name == "\(event).DataBytes" && channel.place == .record && channel.form == .bytes
        && channel.dimensions.isEmpty
    }
    guard isFixed, let data = column("DataBytes"), schema.fields[data].type == .bytes else { return nil }
    let exact = column("DataLength") ?? column("ReceivedDataByteCount")
    guard let length = exact ?? column("DLC"), schema.fields[length].type.isNumber else { return nil }
    (self.data, self.length, isCode) = (data, length, exact == nil)
  }

  func cut(_ batch: inout Batch) {
    guard case .text(let texts) = batch.columns[data].values else { return }
    let column = batch.columns[length]
    let said = column.doubles
    let lengths = said.indices.map { row -> Int in
      let there = texts.offsets[row + 1] - texts.offsets[row]
      guard column.validity?[row] ?? true, let length = Int(exactly: said[row]), length >= 0 else { return there }
      guard isCode, length > 8 else { return min(there, length) }
      return length < 16 ? min(there, Self.coded[length - 9]) : there
    }
    guard lengths.reduce(0, +) < texts.bytes.count else { return }
    var result = Texts()
    result.bytes.reserveCapacity(lengths.reduce(0, +))
    for (row, length) in lengths.enumerated() { result.append(texts[row].prefix(length)) }
    batch.columns[data].values = .text(result)
  }
}

extension FieldType {
  fileprivate var isNumber: Bool {
    switch self {
    case .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .float32, .float64: true
    default: false
    }
  }
}
