import Testing

@testable import Core
@testable import Recordings

/// A file with a block of every kind that is followed, and the addresses of all of them.
private enum Everything {
  static let (bytes, blocks): ([UInt8], [Int]) = {
    var builder = MDF4Builder()
    let text = builder.text("text")
    let metadata = builder.block("MD", [], Array("<HDcomment><TX>all</TX></HDcomment>".utf8))
    let source = builder.block("SI", [text, text, metadata], [2, 2, 0, 0, 0, 0, 0, 0])
    let linear = builder.conversion(1, [1, 2])
    let texts = builder.conversion(7, [0, 1], [text, linear, text])
    let array = builder.array(sizes: [2], base: 2)
    let members = builder.channels([.init(name: "m", byte: 8, bits: 16), .init(name: "n", byte: 10, bits: 16)])
    let values = builder.block("SD", [], builder.little(2, 4) + Array("ab".utf8))
    let group = builder.group(
      [
        .time, .init(name: "x", byte: 8, bits: 8, conversion: texts),
        .init(name: "v", type: 1, dataType: 7, byte: 8, data: values),
        .init(name: "s", dataType: 10, byte: 8, composition: members),
        .init(name: "a", byte: 8, bits: 16, composition: array),
      ], cycles: 3, bytes: 12)
    builder.setLink(3, of: group, to: source)
    let reduction = builder.block("SR", [0, 0], Array(repeating: 0, count: 24))
    builder.setLink(4, of: group, to: reduction)
    let records = (0..<3).flatMap { builder.record(Double($0), 0) }
    let halves = [records.prefix(20), records.dropFirst(20)].map { builder.block("DT", [], Array($0)) }
    let offsets = builder.little(0, 8) + builder.little(20, 8)
    let list = builder.block("DL", [0] + halves, builder.little(0, 4) + builder.little(2, 4) + offsets)
    let packed = builder.block("HL", [list], [0, 0, 0, 0, 0, 0, 0, 0])
    _ = builder.dataGroup(group, data: packed)
    let time = builder.little(1_700_000_000_000_000_000, 8)
    let history = builder.block("FH", [0, metadata], time + builder.little(0, 8))
    let hierarchy = builder.block("CH", [0, 0, text, metadata], [0, 0, 0, 0, 0, 0, 0, 0])
    var body = builder.little(1, 8)
    body += [UInt8](repeating: 0, count: 16)
    body += builder.little(2, 8) + builder.little(2, 8)
    let attachment = builder.block("AT", [0, text, text, metadata], body + [1, 2])
    body = [6, 1, 0, 0]
    body += [UInt8](repeating: 0, count: 12)
    body += builder.little(15, 8) + builder.little((0.1).bitPattern, 8)
    let event = builder.block("EV", [0, 0, 0, text, metadata], body)
    for (number, address) in [(1, history), (2, hierarchy), (3, attachment), (4, event), (5, metadata)] {
      builder.setLink(number, of: 64, to: address)
    }
    let bytes = builder.bytes
    let blocks = stride(from: 64, to: bytes.count - 24, by: 8).filter { address in
      bytes[address] == UInt8(ascii: "#") && bytes[address + 1] == UInt8(ascii: "#") && bytes[address + 4] == 0
    }
    return (bytes, blocks)
  }()

  static func number(_ bytes: [UInt8], at offset: Int) -> UInt64 { bytes.bytes.u64(at: offset) }

  static func changed(_ offset: Int, to value: UInt64) -> [UInt8] {
    var bytes = bytes
    for byte in 0..<8 { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    return bytes
  }

  /// All that tools do with a file; what matters is that it ends, and gives no more than is there.
  static func use(_ bytes: [UInt8]) throws {
    let scratch = try ScratchFile(bytes, name: "test.mf4")
    guard let reader = try? Format.open(FileReader(scratch.path)) else { return }
    var rows = 0
    _ = try reader.giving(.both).read(Selection(), jobs: 1) { rows += $0.log.count }
    #expect(rows <= bytes.count)
    let checked = try reader.check(jobs: 1)
    #expect(checked.findings.count <= 1000)
  }
}

@Test func aFileWithEveryBlockIsWhole() throws {
  #expect(Everything.blocks.count >= 30)
  let scratch = try ScratchFile(Everything.bytes, name: "test.mf4")
  let recording = try Format.open(FileReader(scratch.path)).check(jobs: 1)
  #expect(recording.outcome == .whole)
  #expect(recording.findings.isEmpty, "\(recording.findings)")
  #expect(recording.facts["history"]?.array?.first?["time"]?.string == "2023-11-14T22:13:20.000000000Z")
  #expect(recording.facts["events"]?.array?.first?["value"]?.number == 1.5)
  #expect(recording.facts["attachments"]?.array?.count == 1)
  #expect(recording.facts["hierarchy"]?.integer == 1 && recording.facts["reductions"]?.integer == 1)
}

/// Circles of all lengths and links to blocks of a wrong kind are among these.
@Test(.timeLimit(.minutes(30))) func aLinkToAnyBlockEnds() throws {
  for block in Everything.blocks {
    let links = Int(Everything.number(Everything.bytes, at: block + 16))
    for link in 0..<links {
      for target in Everything.blocks {
        try Everything.use(Everything.changed(block + 24 + 8 * link, to: UInt64(target)))
      }
    }
  }
}

/// No length, count or link count is believed beyond the bytes that are there.
@Test(.timeLimit(.minutes(30))) func noNumberMakesTheReaderTakeMoreThanIsThere() throws {
  for block in Everything.blocks {
    let size = Int(Everything.number(Everything.bytes, at: block + 8))
    for field in stride(from: 8, to: size - 7, by: 8) {
      for value: UInt64 in [0, 1, 0xFFFF_FFFF, 1 << 40, 1 << 60, 1 << 63, .max] {
        try Everything.use(Everything.changed(block + field, to: value))
      }
    }
  }
}
