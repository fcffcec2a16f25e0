import Testing

@testable import Core
@testable import Recordings

private let samples = [(try? MDF4Builder.usual()) ?? [], MDF4Builder.unsorted()]

private func column(_ bytes: [UInt8], _ name: String, _ values: SignalValues = .physical) throws -> [Column] {
  let scratch = try ScratchFile(bytes, name: "test.mf4")
  var columns: [Column] = []
  _ = try Format.open(FileReader(scratch.path)).giving(values).read(Selection(), jobs: 1) { batch in
    if let column = batch.batch[name] { columns.append(column) }
  }
  return columns
}

private func numbers(_ column: Column?) -> [Double]? { column?.doubles }

@Test func aSortedAndAPackedGroupGiveTheirRecords() throws {
  let columns = try column(MDF4Builder.usual(), "x")
  #expect(columns.map { $0.doubles } == [[0, 10, 20], [0, 10, 20]])
}

@Test func recordsOfAnUnsortedGroupGoToTheirTablesWithTheirTexts() throws {
  #expect(try column(MDF4Builder.unsorted(), "x").map { $0.doubles } == [[0, 1, 2]])
  guard case .text(let texts)? = try column(MDF4Builder.unsorted(), "s").first?.values else {
    Issue.record("no texts")
    return
  }
  #expect((0..<texts.count).map { String(decoding: texts[$0], as: UTF8.self) } == ["", "a", "aa"])
}

@Test(arguments: samples) func everyCutGivesAPrefixAndAMention(_ bytes: [UInt8]) throws {
  let whole = try Reading(bytes)
  let known = Set(whole.rows)
  for length in bytes.indices {
    guard let cut = try? Reading(Array(bytes.prefix(length))) else { continue }
    #expect(Set(cut.rows).isSubset(of: known), "cut at \(length)")
    #expect(cut.rows.count == whole.rows.count || !cut.codes.isEmpty, "cut at \(length) is not mentioned")
    #expect(cut.rows.count == whole.rows.count || cut.outcome != .whole, "cut at \(length) is called whole")
  }
}

@Test(arguments: samples) func noFlippedBitTraps(_ bytes: [UInt8]) throws {
  var generator = SeededGenerator(seed: 20_261_125)
  for index in bytes.indices {
    var bytes = bytes
    bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    guard let reading = try? Reading(bytes) else { continue }
    #expect(reading.rows.count <= bytes.count)
    let scratch = try ScratchFile(bytes)
    _ = try Format.open(FileReader(scratch.path)).check(jobs: 1)
  }
}

@Test func oneRecordMayLieInManyFragments() throws {
  var builder = MDF4Builder()
  let dataGroup = builder.dataGroup(builder.group(MDF4Builder.pair, cycles: 3, bytes: 12))
  let records = (0..<3).flatMap { builder.record(Double($0), UInt64($0 + 1)) }
  var links: [Int] = [], offsets: [UInt8] = []
  for start in stride(from: 0, to: records.count, by: 5) {
    let piece = Array(records[start..<min(records.count, start + 5)])
    links.append(start % 2 == 0 ? builder.block("DT", [], piece) : try builder.packed(piece))
    offsets += builder.little(UInt64(start), 8)
  }
  let list = builder.block("DL", [0] + links, [0, 0, 0, 0] + builder.little(UInt64(links.count), 4) + offsets)
  builder.setLink(2, of: dataGroup, to: list)
  let reading = try Reading(builder.bytes)
  #expect(reading.codes.isEmpty)
  #expect(try column(builder.bytes, "x").map { $0.doubles } == [[1, 2, 3]])
}

@Test func aDamagedFragmentCostsTheRecordsInItOnly() throws {
  var builder = MDF4Builder()
  let dataGroup = builder.dataGroup(builder.group(MDF4Builder.pair, cycles: 9, bytes: 12))
  var links: [Int] = []
  for part in 0..<3 {
    links.append(try builder.packed((0..<3).flatMap { builder.record(0, UInt64(3 * part + $0)) }))
  }
  let list = builder.block("DL", [0] + links, [1, 0, 0, 0] + builder.little(3, 4) + builder.little(36, 8))
  builder.setLink(2, of: dataGroup, to: list)
  builder.set(0xFFFF_FFFF, 4, at: links[1] + 52)
  let reading = try Reading(builder.bytes)
  #expect(try column(builder.bytes, "x").map { $0.doubles } == [[0, 1, 2], [6, 7, 8]])
  #expect(reading.lost == 3)
  #expect(reading.outcome == .lossy)
  #expect(reading.codes.contains("data-corrupt"))
}

@Test(arguments: [
  ("X", 3.0), ("2*X+1", 7), ("-X^2", -9), ("2^3^2", 512), ("X1/2", 1.5), ("(X-1)*(X+1)", 8), ("pow(X, 2)", 9),
  ("1.5e1 - X", 12), ("abs(-X)", 3), ("sqrt(X*X)", 3), ("2**X", 8), ("- - X", 3), ("x", 3),
])
func aFormulaIsComputed(_ text: String, _ value: Double) throws {
  #expect(try MDF4Formula(text).apply([3]) == [value])
}

@Test(arguments: ["", "X+", "X X", "FOO", "sin X", "pow(X)", "(X", "X)", "1..2", "X+FOO(1)", "\u{0}"])
func whatIsNoFormulaIsRefused(_ text: String) {
  #expect(throws: MDF4Formula.Failure.self) { try MDF4Formula(text) }
}

@Test func aDeepFormulaIsRefusedAndNotFollowed() {
  for open in ["(", "-(", "sin(", "2^", "2^-"] {
    let text = String(repeating: open, count: 10_000) + "X"
    #expect(throws: MDF4Formula.Failure.self) { try MDF4Formula(text) }
  }
}

@Test func physicalRawAndBothGiveTheirColumns() throws {
  var builder = MDF4Builder()
  let linear = builder.conversion(1, [1, 2])
  let text = builder.conversion(7, [0, 1], [builder.text("off"), builder.text("on"), linear])
  let channels = [
    MDF4Builder.Channel.time, .init(name: "a", byte: 8, bits: 8, conversion: linear),
    .init(name: "b", byte: 8, bits: 8, conversion: text),
  ]
  let records = (0..<3).flatMap { builder.little(Double($0).bitPattern, 8) + [UInt8($0)] }
  let data = builder.block("DT", [], records)
  _ = builder.dataGroup(builder.group(channels, cycles: 3, bytes: 9), data: data)
  let scratch = try ScratchFile(builder.bytes)
  let reader = try Format.open(FileReader(scratch.path))
  let names = SignalValues.allCases.map { reader.giving($0).recording.channels[0].schema.fields.map(\.name) }
  #expect(names == [["t", "a", "b", "b.text"], ["t", "a", "b"], ["t", "a", "a.raw", "b", "b.text", "b.raw"]])
  #expect(try numbers(column(builder.bytes, "a").first) == [1, 3, 5])
  #expect(try numbers(column(builder.bytes, "a", .raw).first) == [0, 1, 2])
  let partial = try #require(try column(builder.bytes, "b").first)
  #expect(partial.validity == [false, false, true])
  #expect(partial.doubles[2] == 5)
}

@Test func ticksOfAMasterBecomeExactNanoseconds() throws {
  var builder = MDF4Builder(start: 1_700_000_000_123_456_789)
  let micro = builder.conversion(1, [0, 1e-6])
  let time = MDF4Builder.Channel(name: "t", type: 2, sync: 1, dataType: 0, bits: 48, conversion: micro)
  let ticks: [UInt64] = [0, 1, 281_474_976_710_655]
  let data = builder.block("DT", [], ticks.flatMap { builder.little($0, 6) })
  _ = builder.dataGroup(builder.group([time], cycles: 3, bytes: 6), data: data)
  let scratch = try ScratchFile(builder.bytes)
  var times: [Int64] = []
  _ = try Format.open(FileReader(scratch.path)).read(Selection(), jobs: 1) { times += $0.log }
  #expect(times == ticks.map { 1_700_000_000_123_456_789 + Int64($0) * 1000 })
}

@Test func aCommentKeepsItsTextAndProperties() {
  let xml = """
    <?xml version="1.0"?><CNcomment xmlns="http://www.asam.net/mdf/v4"><TX>a &lt;b&gt; &#176;C</TX>
    <common_properties><tree name="d"><e name="k" type="string">v</e></tree><e name="n">1</e></common_properties>
    <!-- <TX>no</TX> --></CNcomment>
    """
  let comment = MDF4Comment(xml: Array(xml.utf8))
  #expect(comment.text == "a <b> °C")
  #expect(comment.properties.map { "\($0.name)=\($0.value)" } == ["d.k=v", "n=1"])
  #expect(MDF4Comment(xml: Array("no xml & at all".utf8)).text == "no xml & at all")
  #expect(MDF4Comment(xml: Array(String(repeating: "<a>", count: 1000).utf8)).text.hasPrefix("<a>"))
}

@Test func ofOverlappingRangesTheFirstCounts() {
  let ranges = MDF4Ranges(lows: [0, 1, 10], highs: [5, 20, 12])
  #expect(ranges.index(of: 3, isInteger: true) == 0)
  #expect(ranges.index(of: 11, isInteger: true) == 1)
  #expect(ranges.index(of: 5, isInteger: false) == 1)
  #expect(ranges.index(of: 21, isInteger: true) == nil)
}

@Test func bytesOfTransposedRecordsComeBack() {
  let bytes = (0..<100).map { UInt8($0) }
  for columns in [1, 2, 7, 33, 100] {
    let rows = bytes.count / columns
    var packed = bytes
    for row in 0..<rows { for column in 0..<columns { packed[column * rows + row] = bytes[row * columns + column] } }
    #expect(Transposition.undo(packed, columns: columns) == bytes)
  }
  #expect(Transposition.undo(bytes, columns: 0) == bytes)
  #expect(Transposition.undo(bytes, columns: 101) == bytes)
}

@Test(arguments: [0, 4, 10, 13, 15] as [UInt8]) func valuesOfVariableLengthThatAreNoTextAreBytes(_ type: UInt8) throws {
  var builder = MDF4Builder()
  let values = builder.block("SD", [], builder.little(2, 4) + [97, 98])
  let channel = MDF4Builder.Channel(name: "v", type: 1, dataType: type, byte: 8, data: values)
  let data = builder.block("DT", [], builder.record(0, 0))
  _ = builder.dataGroup(builder.group([.time, channel], cycles: 1, bytes: 12), data: data)
  let scratch = try ScratchFile(builder.bytes)
  let schema = try Format.open(FileReader(scratch.path)).recording.channels[0].schema
  #expect(schema.fields.map(\.type) == [.float64, .bytes])
  guard case .text(let texts)? = try column(builder.bytes, "v").first?.values else {
    Issue.record("no bytes")
    return
  }
  #expect(Array(texts[0]) == [97, 98])
}
