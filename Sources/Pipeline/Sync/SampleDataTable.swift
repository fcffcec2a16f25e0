import Artifacts
import Core

/// The table of sample data: a row a sample and stream, stream by stream, and a row for every frame that no sample has.
///
/// ```
///   stream        rows in the order of time
///   camera/front  sample 0 · unused frame · sample 1 · sample 2 (missing) · …     prev_row and next_row link them
///   can/esp       sample 0 · sample 1 · …
/// ```
struct SampleDataTable {
  /// Rows written, which is the number of the next.
  private(set) var rows = 0
  private static let block = 1 << 14

  /// One row before it is spelled out.
  struct Row: Sendable {
    var sample: Int?
    /// In the table of the stream.
    var source: Int?
    /// Corrected time of the message.
    var time: Int64?
    var status: SampleStatus
    var reason: Absence?
  }

  /// Writes all rows of a stream, in the order of time.
  ///
  /// `placeholder` is the path of what stands for frames that are missing.
  mutating func write(
    _ own: [Row], of stream: SyncStream, _ samples: Samples, placeholder: String? = nil, to sink: inout any TableSink
  ) throws {
    let files = try stream.table.texts("file")
    let table = Array(stream.table.place.utf8), folder = Array("\(stream.table.folder)/".utf8)
    let filler = placeholder.map { Array($0.utf8) }
    // The file of a frame, else the table.
    func path(_ row: Row) -> [UInt8]? {
      guard let source = row.source else { return row.sample == nil ? nil : filler }
      guard let file = files?[source], !file.isEmpty else { return table }
      return folder + file
    }
    let first = rows, last = rows + own.count - 1
    for start in stride(from: 0, to: own.count, by: Self.block) {
      let block = own[start..<min(start + Self.block, own.count)]
      try sink.write(Self.batch(Array(block), at: first + start, of: first...last, stream, samples, path))
    }
    rows += own.count
  }

  private static func batch(
    _ rows: [Row], at place: Int, of all: ClosedRange<Int>, _ stream: SyncStream, _ samples: Samples,
    _ path: (Row) -> [UInt8]?
  ) -> Batch {
    var hasPath: [Bool] = []
    var ids = Texts(), paths = Texts(), statuses = Texts(), reasons = Texts()
    var status: (value: SampleStatus?, text: [UInt8]) = (nil, []), reason: (value: Absence?, text: [UInt8]) = (nil, [])
    for row in rows {
      ids.append(row.sample.map { samples.ids[$0].text } ?? [])
      let place = path(row)
      paths.append(place ?? [])
      hasPath.append(place != nil)
      // Most say what the one before said.
      if row.status != status.value { status = (row.status, Array(row.status.rawValue.utf8)) }
      if row.reason != reason.value { reason = (row.reason, Array((row.reason?.rawValue ?? "").utf8)) }
      statuses.append(status.text)
      reasons.append(reason.text)
    }
    let isInSample = rows.map { $0.sample != nil }
    let numbers = place..<place + rows.count
    let columns: [Column] = [
      Column(.text(ids), validity: isInSample), .nullable(rows.map { $0.sample.map(Int64.init) }),
      .constant(stream.name, count: rows.count), .nullable(rows.map(\.time)),
      .nullable(rows.map { $0.time.map(Timestamp.microseconds) }),
      .nullable(rows.map { row in row.source.flatMap { stream.stamp($0) } }),
      .nullable(rows.map { row in row.source.flatMap { stream.log($0) } }),
      .nullable(
        rows.map { row in
          guard let sample = row.sample, let time = row.time else { return nil }
          return time.subtractingSaturated(samples.times[sample])
        }),
      Column(.text(statuses)), Column(.text(reasons), validity: rows.map { $0.reason != nil }),
      Column(.text(paths), validity: hasPath), .nullable(rows.map { $0.source.map(Int64.init) }),
      .flags(rows.map { row in row.sample.map { samples.isKeyFrame[$0] } ?? false }),
      .nullable(numbers.map { $0 == all.lowerBound ? nil : Int64($0 - 1) }),
      .nullable(numbers.map { $0 == all.upperBound ? nil : Int64($0 + 1) }),
      .constant(stream.correction.rawValue, count: rows.count),
    ]
    return Batch(schema: schema, columns: columns, count: rows.count)
  }

  static let schema = Schema([
    Field("sample_id", .string, isNullable: true), Field("seq", .int64, isNullable: true), Field("stream", .string),
    Field("t_ns", .int64, isNullable: true, unit: "ns"), Field("ts", .timestamp, isNullable: true),
    Field("stamp_ns", .int64, isNullable: true, unit: "ns"), Field("log_ns", .int64, isNullable: true, unit: "ns"),
    Field("dt_ns", .int64, isNullable: true, unit: "ns"), Field("status", .string),
    Field("reason", .string, isNullable: true), Field("source_path", .string, isNullable: true),
    Field("source_row", .int64, isNullable: true), Field("is_key_frame", .bool),
    Field("prev_row", .int64, isNullable: true), Field("next_row", .int64, isNullable: true), Field("clock", .string),
  ])
}

extension Column {
  static func nullable(_ values: [Int64?]) -> Column {
    Column(.int64(values.map { $0 ?? 0 }), validity: values.map { $0 != nil })
  }
}
