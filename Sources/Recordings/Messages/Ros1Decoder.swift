package import Core

/// Decodes messages of one ROS 1 type into columns; compiled once, used by many threads.
package struct Ros1Decoder: Sendable {
  /// The columns, in the order of the message; none of them nullable.
  package let schema: Schema
  /// Whether messages begin with a header, so that `stamp(of:)` means something.
  package let hasHeaderStamp: Bool
  private let plan: PackedPlan

  /// - Parameters:
  ///   - definition: The connection's `message_definition`.
  ///   - type: The connection's `type`.
  ///   - md5sum: The connection's, where it has one.
  ///   - columns: The columns that are wanted; the others are stepped over. Nil means all.
  /// - Throws: why messages of the type cannot be decoded.
  package init(
    definition: [UInt8], type: String, md5sum: String? = nil, columns: Set<String>? = nil
  ) throws(Ros1Definition.Failure) {
    self = try Ros1Decoder(Ros1Definition(definition, type: type, md5sum: md5sum), columns: columns)
  }

  package init(_ definition: Ros1Definition, columns: Set<String>? = nil) throws(Ros1Definition.Failure) {
    let all = Ros1Schema(definition)
    let isWanted = all.fields.map { columns?.contains($0.name) ?? true }
    schema = Schema(zip(all.fields, isWanted).filter(\.1).map(\.0))
    hasHeaderStamp = definition.hasHeader
    do throws(PackedPlan.Refusal) {
      plan = try PackedPlan(zip(all.types, isWanted).map { $1 ? $0 : .skipped($0) })
    } catch {
      throw .tooLarge(Self.reason(error))
    }
  }

  package func makeColumns() -> Ros1Columns { Ros1Columns(schema, PackedColumns(plan)) }

  private static func reason(_ refusal: PackedPlan.Refusal) -> String {
    switch refusal {
    case .rowTooLarge: "a message takes more than 4 GiB"
    case .tooDeep: "arrays nest deeper than \(PackedPlan.deepest)"
    case .emptyElements: "an array of elements without bytes"
    }
  }

  /// The stamp of a message whose type `hasHeaderStamp`, in nanoseconds; 0 where it has none.
  package static func stamp(of message: RawSpan) -> Int64 {
    guard message.byteCount >= 12 else { return 0 }
    return Int64(message.u32(at: 4)) * 1_000_000_000 + Int64(message.u32(at: 8))
  }
}

/// The messages of one type that a task has decoded so far.
package final class Ros1Columns {
  package let schema: Schema
  /// Messages with more bytes than their fields: a sign that the definition is another one's, though their values stand.
  package private(set) var bytesLeftOver = 0
  private let columns: PackedColumns

  fileprivate init(_ schema: Schema, _ columns: PackedColumns) {
    self.schema = schema
    self.columns = columns
  }

  package var count: Int { columns.count }

  /// Adds a message as a row; one that ends early adds nothing.
  package func append(_ message: RawSpan) throws(ByteCursor.Failure) {
    if try columns.append(message) > 0 { bytesLeftOver += 1 }
  }

  /// Takes out the rows; more may be appended afterwards, to the next batch.
  package func finish() -> Batch {
    let (columns, count) = columns.finish()
    return Batch(schema: schema, columns: columns, count: count)
  }
}
