import Core
import Testing

@testable import Artifacts

@Suite struct DeltaEncodingTests {
  /// Every width of differences, at every count around the ends of parts and blocks.
  @Test(arguments: 0...64) func whatIsWrittenIsRead(_ width: Int) throws {
    for count in [0, 1, 2, 32, 33, 34, 128, 129, 130, 161, 1000] {
      var state = UInt64(width + count), value: Int64 = .max - 5
      let values = (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        value = value &+ (width == 0 ? 7 : Int64(truncatingIfNeeded: (state ^ state >> 29) >> UInt64(64 - width)))
        return value
      }
      var bytes: [UInt8] = []
      DeltaEncoding.append(values, to: &bytes)
      let found = try DeltaReader.integers(bytes.bytes, count: count)
      #expect(found.values == values && found.end == bytes.count, "\(count) values of \(width) bits")
    }
  }

  /// The example of the specification: 1 to 5 are a block of width 0 (encodings.md, "Example 1").
  @Test func bytesAreThoseOfTheSpecification() {
    var bytes: [UInt8] = []
    DeltaEncoding.append([1, 2, 3, 4, 5], to: &bytes)
    #expect(bytes == [0x80, 0x01, 4, 5, 2, 2, 0, 0, 0, 0])
  }

  @Test func itIsTakenWhereItSuits() {
    func fit(_ values: [Int64]) -> DeltaFit {
      DeltaFit([StoredValues(values: .int64(values), runs: [0..<values.count])])
    }
    let count = 20_000
    #expect(fit((0..<count).map { 1_700_000_000_000_000_000 + Int64($0) * 1_000_000 }) == .rising)
    #expect(fit((0..<count).map { Int64($0 % 100) }) == .rising)
    #expect(fit((0..<count).map { Int64($0 * 7919 % 101) }) == .fair)
    #expect(fit((0..<count).map { Int64($0 &* $0 &* $0) &* 0x1e37_79b9_7f4a_7c15 }) == .poor)
    #expect(fit((0..<100).map(Int64.init)) == .poor)
    let doubles = StoredValues(values: .double((0..<count).map(Double.init)), runs: [0..<count])
    #expect(DeltaFit([doubles]) == .poor)
  }

  @Test func timesTakeFewBytesAndAreReadBack() throws {
    let count = 50_000, start: Int64 = 1_700_000_000_000_000_000
    let times = (0..<count).map { start + Int64($0) * 10_000_000 + Int64($0 &* $0 % 7919) }
    let schema = Schema([Field("t_ns", .int64), Field("even", .int64)]), output = MemoryOutput()
    var sink = try ParquetSink(schema, to: output, TableOptions())
    let columns = [Column(.int64(times)), Column(.int64((0..<count).map { Int64($0) * 4 }))]
    try sink.write(Batch(schema: schema, columns: columns, count: count))
    try sink.finish()
    #expect(output.bytes.count < 120_000)
    let found = try openParquet(output.bytes) { try $0.batch(group: 0).columns }
    guard case .int64(let first) = found[0].values, case .int64(let second) = found[1].values else {
      Issue.record("no integers")
      return
    }
    #expect(first == times && second.last == 199_996)
  }
}
