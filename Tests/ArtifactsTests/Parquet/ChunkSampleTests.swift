import Core
import Testing

@testable import Artifacts

private func doubles(_ count: Int, _ value: (UInt64) -> Double) -> [StoredValues] {
  var state: UInt64 = 1
  let values = (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return value(state >> 11)
  }
  return [StoredValues(values: .double(values), runs: [0..<count])]
}

@Test func noiseIsNotPackedAndWhatRepeatsIs() throws {
  let zstd = PageCompression(.zstd, level: 1)
  let noise = doubles(40_000) { Double($0) / Double(1 << 53) }
  #expect(zstd.unless(noise.sample(.plain)).codec == nil)
  #expect(zstd.unless(doubles(40_000) { Double($0 % 16) }.sample(.plain)).codec == .zstd)
}

@Test func fewValuesAreAlwaysPacked() {
  let noise = doubles(1000) { Double($0) }
  #expect(noise.sample(.plain).isEmpty)
  #expect(PageCompression(.zstd).unless(noise.sample(.plain)).codec == .zstd)
}

/// Stretches begin where they should also when values lie in many parts and runs.
@Test func aSampleIsTakenAcrossPartsAndRuns() {
  let values = (0..<20_000).map(Double.init)
  let parts = [
    StoredValues(values: .double(values), runs: [0..<10, 20..<6000]),
    StoredValues(values: .double(values), runs: [6000..<20_000]),
  ]
  let sample = [Double](littleEndian: parts.sample(.plain).bytes)
  #expect(sample.prefix(12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5007, 5008])
  #expect(sample.last == 15_512)
}

@Test func aChunkOfNoiseSaysThatItIsNotPacked() throws {
  var options = TableOptions()
  options.dictionary = .never
  let output = MemoryOutput()
  let schema = Schema([Field("noise", .float64), Field("flat", .float64)])
  var sink = try ParquetSink(schema, to: output, options)
  guard case .double(let noise) = doubles(40_000, { Double($0) / 3 })[0].values else { return }
  let columns = [Column(.float64(noise)), Column(.float64(Array(repeating: 1, count: noise.count)))]
  try sink.write(Batch(schema: schema, columns: columns, count: noise.count))
  try sink.finish()
  #expect(320_000..<340_000 ~= output.bytes.count)
}
