import Testing

@testable import Core
@testable import Recordings

// Values of unsorted groups that records far behind them refer to.

private let count = 400, size = 64 << 10

private func value(_ number: Int) -> [UInt8] {
  number == 0 ? Array("first".utf8) : Array(repeating: UInt8(ascii: "a") + UInt8(number % 26), count: size + number)
}

/// Which value each record has: all in their order, then some of long ago; nil has no value at its offset.
private let wanted: [Int?] = Array(0..<count) + [0, 200, 0, 399, 1, nil, 17, 200]

/// Values of 26 MB, each with its record, then records that refer to them once more.
private func recording(isPacked: Bool) throws -> [UInt8] {
  var builder = MDF4Builder()
  let values = builder.group([], id: 3, cycles: 0, bytes: 0, flags: 1)
  let texts = builder.group(
    [.time, .init(name: "s", type: 1, dataType: 7, byte: 8, data: values)], id: 2, cycles: wanted.count,
    bytes: 12, next: values)
  let first = builder.group(MDF4Builder.pair, id: 1, cycles: wanted.count, bytes: 12, next: texts)
  let dataGroup = builder.dataGroup(first, idBytes: 1)
  var data: [UInt8] = [], offsets: [UInt64] = [], end: UInt64 = 0
  for (row, number) in wanted.enumerated() {
    if row < count {
      let value = value(row)
      data += [3] + builder.little(UInt64(value.count), 4) + value
      offsets.append(end)
      end += UInt64(4 + value.count)
    }
    data += [1] + builder.record(Double(row), UInt64(row))
    data += [2] + builder.record(Double(row), number.map { offsets[$0] } ?? offsets[1] + 1)
  }
  let block = isPacked ? 3 << 20 : data.count
  let parts = stride(from: 0, to: data.count, by: block).map { Array(data[$0..<min($0 + block, data.count)]) }
  let blocks = try parts.map { isPacked ? try builder.packed($0) : builder.block("DT", [], $0) }
  var offset: [UInt8] = []
  for number in blocks.indices { offset += builder.little(UInt64(number * block), 8) }
  let list = builder.block("DL", [0] + blocks, [0, 0, 0, 0] + builder.little(UInt64(blocks.count), 4) + offset)
  builder.setLink(2, of: dataGroup, to: list)
  return builder.bytes
}

@Test(arguments: [false, true]) func valuesOfLongAgoAreReadAgain(_ isPacked: Bool) throws {
  let scratch = try ScratchFile(try recording(isPacked: isPacked), name: "test.mf4")
  var row = 0
  let report = try Format.open(FileReader(scratch.path)).read(Selection(), jobs: 2) { batch in
    guard let column = batch.batch["s"], case .text(let texts) = column.values else { return }
    for place in 0..<texts.count {
      let isThere = column.validity?[place] ?? true
      #expect(isThere == (wanted[row] != nil), "row \(row)")
      #expect(!isThere || wanted[row].map(value) == Array(texts[place]), "row \(row)")
      row += 1
    }
  }
  #expect(row == wanted.count)
  #expect(report.findings.map(\.code) == ["value-missing"], "one offset is that of no value")
}
