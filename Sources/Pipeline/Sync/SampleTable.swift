import Artifacts
import Core

/// What is known of all samples together, and the table of them (sync.md 6).
struct Samples: Sendable {
  let measurement: Identifier
  let times: [Int64]
  let segments: [Int32]
  let ids: [Identifier]
  let isKeyFrame: [Bool]
  let policy: String
  let expected: Int
  /// Streams that each sample has.
  var present: [Int32]
  /// Required streams that each sample lacks.
  var lacking: [Int32]
  /// Earliest and latest corrected time of the frames of each sample.
  var earliest: [Int64]
  var latest: [Int64]

  init(
    _ times: [Int64], segments: [Int32], policy: String, of measurement: Identifier, streams: Int, keyframes: Int64?,
    jobs: Int
  ) throws {
    self.measurement = measurement
    (self.times, self.segments, self.policy, expected) = (times, segments, policy, streams)
    ids = try Self.ids(of: measurement, at: times, jobs: jobs)
    isKeyFrame = Self.keyFrames(times, period: keyframes)
    present = Array(repeating: 0, count: times.count)
    lacking = present
    earliest = times.map { _ in .max }
    latest = times.map { _ in .min }
  }

  var count: Int { times.count }
  func isComplete(_ sample: Int) -> Bool { lacking[sample] == 0 }

  private static func ids(of measurement: Identifier, at times: [Int64], jobs: Int) throws -> [Identifier] {
    var ids: [Identifier] = []
    ids.reserveCapacity(times.count)
    let blocks = stride(from: 0, to: times.count, by: 1 << 14).map { Array(times[$0..<min($0 + 1 << 14, times.count)]) }
    try parallelMap(blocks, jobs: jobs) { block in
      block.map { Identifier.sample(measurement: measurement, at: Timestamp(nanoseconds: $0)) }
    } _: {
      ids += $0
    }
    return ids
  }

  /// The first sample at or after first + k · period, never two for one k; all without a period.
  private static func keyFrames(_ times: [Int64], period: Int64?) -> [Bool] {
    guard let period, let first = times.first else { return times.map { _ in true } }
    var slot: UInt64?
    return times.map { time in
      let own = distance(first, time) / UInt64(period)
      defer { slot = own }
      return own != slot
    }
  }

  /// Writes one row a sample, sorted by time.
  func write(to sink: inout any TableSink, block: Int = 1 << 15) throws {
    for start in stride(from: 0, to: count, by: block) {
      let rows = start..<min(start + block, count)
      let spans = rows.map { latest[$0] >= earliest[$0] ? Int64(clamping: distance(earliest[$0], latest[$0])) : 0 }
      let columns: [Column] = [
        .identifiers(rows.map { ids[$0] }), .constant("\(measurement)", count: rows.count),
        Column(.int64(rows.map { Int64($0) })), Column(.int64(Array(times[rows]))),
        Column(.int64(times[rows].map(Timestamp.microseconds))), .flags(rows.map { isKeyFrame[$0] }),
        .flags(rows.map { isComplete($0) }),
        Column(.int32(rows.map { _ in Int32(truncatingIfNeeded: expected) })), Column(.int32(Array(present[rows]))),
        Column(.int64(spans)), .constant(policy, count: rows.count), Column(.int32(Array(segments[rows]))),
      ]
      try sink.write(Batch(schema: Self.schema, columns: columns, count: rows.count))
    }
  }

  static let schema = Schema([
    Field("sample_id", .string), Field("measurement_id", .string), Field("seq", .int64),
    Field("t_ns", .int64, unit: "ns"), Field("ts", .timestamp), Field("is_key_frame", .bool), Field("complete", .bool),
    Field("n_expected", .int32), Field("n_present", .int32), Field("span_ns", .int64, unit: "ns"),
    Field("policy", .string), Field("segment", .int32),
  ])
}

extension Timestamp {
  /// Rounded down, also before 1970.
  static func microseconds(_ nanoseconds: Int64) -> Int64 {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

extension Column {
  static func flags(_ values: [Bool]) -> Column { Column(.bool(values.map { $0 ? 1 : 0 })) }

  static func identifiers(_ ids: [Identifier]) -> Column {
    var texts = Texts()
    texts.bytes.reserveCapacity(36 * ids.count)
    for id in ids { texts.append(id.text) }
    return Column(.text(texts))
  }
}
