/// What a value of a column is.
///
/// Times are nanoseconds since 1970-01-01T00:00:00Z, durations nanoseconds; both are `Int64` in memory.
package indirect enum FieldType: Sendable, Hashable {
  case bool
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case float32, float64
  /// Text as recorded: meant to be UTF-8, not always so.
  case string
  case bytes
  case time, duration
  /// Microseconds since 1970-01-01T00:00:00Z, for tables that other engines read as a time.
  case timestamp
  case list(FieldType)
  case structure([Field])
}

/// A named, typed column of a table or member of a structure.
package struct Field: Sendable, Hashable {
  package var name: String
  package var type: FieldType
  package var isNullable: Bool
  /// The unit of the values, such as `m/s`; nil where none is known.
  package var unit: String?

  package init(_ name: String, _ type: FieldType, isNullable: Bool = false, unit: String? = nil) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.unit = unit
  }
}

/// The columns of a table, in order.
package struct Schema: Sendable, Hashable {
  package var fields: [Field]

  package init(_ fields: [Field]) { self.fields = fields }
}
