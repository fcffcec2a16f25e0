import Core
import Recordings

/// Values of signals, a row each: for engines that want one table of everything.
///
/// ```
///   message  signal  value (double or null)  text  raw  unit
/// ```
/// Rows have the order of the frames; signals that are not in a frame have none.
enum CANLongTable {
  static let schema = Schema([
    Field("message", .string), Field("signal", .string), Field("value", .float64, isNullable: true),
    Field("text", .string, isNullable: true), Field("raw", .int64, isNullable: true),
    Field("unit", .string, isNullable: true),
  ])

  /// - Returns: for each row the frame that it is of, and the rows.
  static func values(_ parts: [CANDecoder.Part], _ messages: [CANMessagePlan]) -> (rows: [Int], batch: Batch) {
    var order: [(row: Int, part: Int, index: Int)] = []
    for (number, part) in parts.enumerated() {
      for (index, row) in part.rows.enumerated() { order.append((row, number, index)) }
    }
    order.sort { $0.row < $1.row }
    var table = Builder()
    for (row, number, index) in order {
      let part = parts[number], plan = messages[part.message]
      for (signal, place) in plan.columns.enumerated() {
        let value = part.batch.columns[place.value]
        let text = place.text.map { part.batch.columns[$0] } ?? value
        table.add(row, plan.message, signal, value.value(index), text.bytes(index), part.raw[signal].integer(index))
      }
    }
    return (table.rows, table.batch)
  }

  private struct Builder {
    var rows: [Int] = []
    private var names = Texts(), signals = Texts(), texts = Texts(), units = Texts()
    private var values: [Double] = [], raws: [Int64] = []
    private var hasValue: [Bool] = [], hasText: [Bool] = [], hasRaw: [Bool] = [], hasUnit: [Bool] = []

    mutating func add(
      _ row: Int, _ message: DBC.Message, _ index: Int, _ value: Double?, _ text: ArraySlice<UInt8>?, _ raw: Int64?
    ) {
      guard value != nil || text != nil || raw != nil else { return }
      rows.append(row)
      names.append(message.name.utf8)
      signals.append(message.signals[index].name.utf8)
      units.append(message.signals[index].unit.utf8)
      hasUnit.append(!message.signals[index].unit.isEmpty)
      values.append(value ?? 0)
      hasValue.append(value != nil)
      texts.append(text ?? [])
      hasText.append(text != nil)
      raws.append(raw ?? 0)
      hasRaw.append(raw != nil)
    }

    var batch: Batch {
      let columns = [
        Column(.text(names)), Column(.text(signals)), Column(.float64(values), validity: hasValue),
        Column(.text(texts), validity: hasText), Column(.int64(raws), validity: hasRaw),
        Column(.text(units), validity: hasUnit),
      ]
      return Batch(schema: CANLongTable.schema, columns: columns, count: rows.count)
    }
  }
}

extension Column {
  /// A number, or nil.
  fileprivate func value(_ row: Int) -> Double? {
    guard validity?[row] ?? true else { return nil }
    return switch values {
    case .int64(let values): Double(values[row])
    case .uint64(let values): Double(values[row])
    case .float64(let values): values[row]
    default: nil
    }
  }

  /// An integer, or nil.
  fileprivate func integer(_ row: Int) -> Int64? {
    guard validity?[row] ?? true, case .int64(let values) = values, row < values.count else { return nil }
    return values[row]
  }

  /// A text, or nil.
  fileprivate func bytes(_ row: Int) -> ArraySlice<UInt8>? {
    guard validity?[row] ?? true, case .text(let texts) = values else { return nil }
    return texts[row]
  }
}
