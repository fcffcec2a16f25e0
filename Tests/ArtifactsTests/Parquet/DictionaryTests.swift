import Core
import Testing

@testable import Artifacts

@Test func valuesAreTheirEntries() throws {
  let values: [Int32] = [3, 3, -1, 3, -1, 3, 3, 3]
  let dictionary = try #require(DictionaryEncoding([StoredValues(values: .int32(values), runs: [0..<8])]))
  #expect(dictionary.indices == [0, 0, 1, 0, 1, 0, 0, 0])
  guard case .int32(let entries) = dictionary.entries else { throw WrongKind() }
  #expect(entries == [3, -1])
}

@Test func batchesShareEntriesAndRunsAreObserved() throws {
  let one = StoredValues(values: .text(Texts(["car", "no", "car", "car"])), runs: [0..<1, 2..<4])
  let two = StoredValues(values: .text(Texts(["", "car", "no"])), runs: [0..<2])
  let dictionary = try #require(DictionaryEncoding([one, two]))
  #expect(dictionary.indices == [0, 0, 0, 1, 0])
  guard case .text(let entries) = dictionary.entries else { throw WrongKind() }
  #expect(entries == Texts(["car", ""]))
}

@Test func floatsNeverHaveADictionary() {
  // parquet-java's dictionary filter does not find 0.0 where -0.0 is stored.
  #expect(
    DictionaryEncoding([StoredValues(values: .double([Double](repeating: 1, count: 100)), runs: [0..<100])]) == nil)
  #expect(DictionaryEncoding([StoredValues(values: .float([Float](repeating: 1, count: 100)), runs: [0..<100])]) == nil)
}

@Test func differentValuesHaveNoDictionary() {
  let values = (0..<30_000).map { Int64($0) }
  #expect(DictionaryEncoding([StoredValues(values: .int64(values), runs: [0..<30_000])]) == nil)
  let texts = Texts(values.map { "frame-\($0)" })
  #expect(DictionaryEncoding([StoredValues(values: .text(texts), runs: [0..<30_000])]) == nil)
}

@Test func noValuesHaveNoDictionary() {
  #expect(DictionaryEncoding([]) == nil)
  #expect(DictionaryEncoding([StoredValues(values: .int64([]), runs: [])]) == nil)
}

@Test func aDictionaryThatWouldBeLargeIsGivenUp() {
  // 3 000 strings of 500 bytes are more than 1 MiB.
  let texts = Texts((0..<12_000).map { "\($0 % 3_000)" + String(repeating: "x", count: 500) })
  #expect(DictionaryEncoding([StoredValues(values: .text(texts), runs: [0..<12_000])]) == nil)
}

@Test func aTableOfEntriesGrows() throws {
  let values = (0..<20_000).map { UInt64($0 % 4_000) << 50 }
  let dictionary = try #require(DictionaryEncoding([StoredValues(values: .uint64(values), runs: [0..<20_000])]))
  guard case .uint64(let entries) = dictionary.entries else { throw WrongKind() }
  #expect(dictionary.indices.map { entries[Int($0)] } == values)
  let texts = Texts(values.map { "\($0)" })
  let strings = try #require(DictionaryEncoding([StoredValues(values: .text(texts), runs: [0..<20_000])]))
  guard case .text(let all) = strings.entries else { throw WrongKind() }
  #expect(strings.indices.map { all[Int($0)] } == (0..<20_000).map { texts[$0] })
}

private struct WrongKind: Error {}
