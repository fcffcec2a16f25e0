/// Rows of one table, column by column: the one currency between any format and any artifact.
///
/// ```
///   schema   t_ns: int64     position.x: float64     ranges: list<float32>
///   columns  [ 10, 20, 30 ]  [ 0.5, 0.6, 0.7 ]       offsets [0, 2, 2, 3]  element [ 1.0, 2.0, 9.0 ]
/// ```
/// Every column has `count` rows and the kind of values its field's type says (`Column.Values`).
package struct Batch: Sendable {
  package var schema: Schema
  package var columns: [Column]
  package var count: Int

  package init(schema: Schema, columns: [Column], count: Int) {
    self.schema = schema
    self.columns = columns
    self.count = count
  }

  /// The column of a name, where there is one.
  package subscript(name: String) -> Column? {
    schema.fields.firstIndex { $0.name == name }.map { columns[$0] }
  }
}
