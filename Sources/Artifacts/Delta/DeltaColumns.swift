import Core

/// Our columns as a Delta table has them: names without dots, and signed integers where there are no unsigned ones.
enum DeltaColumns {
  static func schema(_ schema: Schema, leavingOut partition: Int?) -> Schema {
    Schema(schema.fields.indices.filter { $0 != partition }.map { field(schema.fields[$0]) })
  }

  static func batch(_ batch: Batch, leavingOut partition: Int?, as schema: Schema) -> Batch {
    let columns = batch.columns.indices.filter { $0 != partition }.map { signed(batch.columns[$0]) }
    return Batch(schema: schema, columns: columns, count: batch.count)
  }

  private static func field(_ field: Field) -> Field {
    var field = field
    field.name = DeltaField.name(field.name)
    field.type = type(field.type)
    return field
  }

  private static func type(_ type: FieldType) -> FieldType {
    switch type {
    case .uint8: .int16
    case .uint16: .int32
    case .list(let element): .list(self.type(element))
    case .structure(let members): .structure(members.map(field))
    default: type
    }
  }

  private static func signed(_ column: Column) -> Column {
    var column = column
    switch column.values {
    case .uint8(let values): column.values = .int16(values.map { Int16($0) })
    case .uint16(let values): column.values = .int32(values.map { Int32($0) })
    case .list(let offsets, let element): column.values = .list(offsets: offsets, element: signed(element))
    case .structure(let members): column.values = .structure(members.map(signed))
    default: break
    }
    return column
  }
}
