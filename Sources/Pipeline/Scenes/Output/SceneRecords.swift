import Artifacts
import Core

extension SceneRow {
  /// The records of a table of scenes, as they were printed when it was made.
  static func records(of table: ParquetFile) throws -> [Record] {
    var records: [Record] = []
    try table.read { records += Self.records(of: $0) }
    return records
  }

  static func records(of batch: Batch) -> [Record] { (0..<batch.count).map { record(batch, $0) } }

  /// The same names as the columns have, but `scene` for the type, which a record's own is called; what is missing is left out.
  private static func record(_ batch: Batch, _ row: Int) -> Record {
    var members: JSONObject = [:]
    for (field, column) in zip(batch.schema.fields, batch.columns) where column.validity?[row] ?? true {
      let name = field.name == "type" ? "scene" : field.name
      // Instants are told to the nanosecond.
      let exact = field.type == .timestamp ? batch["\(name.dropLast(2))ns"] : nil
      guard let value = value(field, exact ?? column, row) else { continue }
      members[name] = value
    }
    return Record(.scene, members)
  }

  private static func value(_ field: Field, _ column: Column, _ row: Int) -> JSON? {
    switch column.values {
    case .int64(let values):
      return field.type == .timestamp ? .time(Timestamp(nanoseconds: values[row])) : .count(values[row])
    case .float64(let values): return .number(values[row])
    case .bool(let values): return .bool(values[row] != 0)
    case .text(let texts):
      let text = String(decoding: texts[row], as: UTF8.self)
      return field.name == "params" ? try? JSON.parse(text) : .string(text)
    case .list(let offsets, let element):
      guard case .text(let texts) = element.values else { return nil }
      return .array((offsets[row]..<offsets[row + 1]).map { .string(String(decoding: texts[$0], as: UTF8.self)) })
    default: return nil
    }
  }
}
