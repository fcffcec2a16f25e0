import Artifacts
import Core

/// How fast columns become Parquet, on one core: million bytes of values a second, and what is left of 100 bytes.
///
/// `AV_BENCH=1 swift build -c release --product parquet-bench && .build/release/parquet-bench`
@main struct ParquetBench {
  /// A million values, or the elements of lists, in batches of 2^16 rows.
  struct Case {
    var name: String
    var type: FieldType
    var isNullable = false
    var columns: [Column]
    var bytes: Int
  }

  static let ways: [(TableOptions.Compression, level: Int?)] = [(.none, nil), (.lz4, nil), (.zstd, 1), (.zstd, 3)]

  static func main() throws {
    print("column\t" + ways.map { "\($0)\($1.map(String.init) ?? "")" }.joined(separator: "\t"))
    for test in cases() {
      let results = try ways.map { compression, level in
        var options = TableOptions()
        options.compression = compression
        options.compressionLevel = level
        let (seconds, bytes) = try best(test, options)
        return "\(Int(Double(test.bytes) / seconds / 1e6)) MB/s \(100 * bytes / test.bytes)"
      }
      print(([test.name] + results).joined(separator: "\t"))
    }
  }

  /// The shortest of three times, and the bytes written.
  private static func best(_ test: Case, _ options: TableOptions) throws -> (Double, Int) {
    let schema = Schema([Field("x", test.type, isNullable: test.isNullable)])
    var shortest = Double.infinity
    var bytes = 0
    for _ in 0..<3 {
      let output = Discarded()
      let time = try ContinuousClock().measure {
        var sink = try TableKind.parquet.open(schema, output, options)
        for column in test.columns { try sink.write(Batch(schema: schema, columns: [column], count: column.count)) }
        try sink.finish()
      }
      shortest = min(shortest, time / .seconds(1))
      bytes = output.count
    }
    return (shortest, bytes)
  }

  private static func cases() -> [Case] {
    var random = Random()
    let count = 1 << 20
    let times = (0..<count).map { Int64(1_663_574_400_000_000_000 + $0 * 10_000_000) + random.below(100_000) }
    let doubles = (0..<count).map { 10 + Double($0 % 1_000) / 100 + Double(random.below(1_000_000)) / 1e9 }
    let present = (0..<count).map { _ in random.below(7) > 0 }
    let states = Texts((0..<count).map { "state-\($0 / 50 % 40)" })
    let frames = Texts((0..<count).map { "frame-\($0)-\(random.below(1_000))" })
    let ranges = Column(.float32((0..<count).map { _ in Float(random.below(3_000)) / 100 }))
    let points = Column(.float64((0..<count).map { _ in Double(random.below(3_000)) / 100 }))
    return [
      Case(name: "time", type: .time, columns: parts(times) { .int64($0) }, bytes: 8 * count),
      Case(name: "double", type: .float64, columns: parts(doubles) { .float64($0) }, bytes: 8 * count),
      Case(
        name: "double, 14 % missing", type: .float64, isNullable: true,
        columns: zip(parts(doubles) { .float64($0) }, pieces(present)).map { Column($0.values, validity: $1) },
        bytes: 8 * count),
      Case(
        name: "float", type: .float32, columns: parts(doubles.map { Float($0) }) { .float32($0) }, bytes: 4 * count),
      Case(
        name: "int64 random", type: .int64,
        columns: parts((0..<count).map { _ in random.below(.max) }) { .int64($0) }, bytes: 8 * count),
      Case(
        name: "int32 of 200", type: .int32,
        columns: parts((0..<count).map { _ in Int32(random.below(200)) }) { .int32($0) }, bytes: 4 * count),
      Case(
        name: "uint8", type: .uint8,
        columns: parts((0..<count).map { _ in UInt8(random.below(256)) }) { .uint8($0) }, bytes: count),
      Case(
        name: "bool", type: .bool, columns: parts((0..<count).map { _ in UInt8(random.below(2)) }) { .bool($0) },
        bytes: count),
      Case(name: "string of 40", type: .string, columns: [Column(.text(states))], bytes: states.bytes.count),
      Case(name: "string unique", type: .string, columns: [Column(.text(frames))], bytes: frames.bytes.count),
      Case(name: "list<float> of 64", type: .list(.float32), columns: [list(ranges, 64)], bytes: 4 * count),
      Case(name: "list<double> of 4", type: .list(.float64), columns: [list(points, 4)], bytes: 8 * count),
    ]
  }

  private static func pieces<Value>(_ values: [Value]) -> [[Value]] {
    stride(from: 0, to: values.count, by: 1 << 16).map { Array(values[$0..<min($0 + 1 << 16, values.count)]) }
  }

  private static func parts<Value>(_ values: [Value], _ kind: ([Value]) -> Column.Values) -> [Column] {
    pieces(values).map { Column(kind($0)) }
  }

  private static func list(_ element: Column, _ size: Int) -> Column {
    Column(.list(offsets: Array(stride(from: 0, through: element.count, by: size)), element: element))
  }
}

/// Counts bytes and forgets them.
private final class Discarded: ByteOutput {
  var count = 0
  func write(_ bytes: [UInt8]) { count += bytes.count }
}

/// Values that are the same in every run.
private struct Random {
  private var state: UInt64 = 1

  mutating func below(_ limit: Int64) -> Int64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int64(state >> 11) % limit
  }
}
