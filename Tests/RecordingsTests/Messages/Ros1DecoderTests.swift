import Testing

@testable import Core
@testable import Recordings

private let line = "\n" + String(repeating: "=", count: 80) + "\nMSG: "

private func decoder(_ text: String, columns: Set<String>? = nil) throws -> Ros1Decoder {
  try Ros1Decoder(definition: Array(text.utf8), type: "p0/M0", columns: columns)
}

struct Ros1DecoderTests {
  @Test(arguments: 0..<300) func columnsHoldWhatWasWritten(_ seed: Int) throws {
    var type = RandomType(seed: UInt64(seed))
    let text = type.text()
    let columns = try decoder(text).makeColumns()
    var expected: [[Value]] = []
    // The second batch out of the same columns is as good as the first.
    for rows in [Int.random(in: 0...40, using: &type.numbers), 3] {
      expected = []
      for _ in 0..<rows {
        let (bytes, values) = type.message()
        try columns.append(bytes.bytes)
        expected.append(values)
      }
      check(columns.finish(), expected, "seed \(seed):\n\(text)")
    }
    #expect(columns.bytesLeftOver == 0)
  }

  @Test(arguments: 300..<360) func aMessageCutAnywhereLeavesNoTrace(_ seed: Int) throws {
    var type = RandomType(seed: UInt64(seed))
    let text = type.text()
    let columns = try decoder(text).makeColumns()
    var expected: [[Value]] = []
    for row in 0..<4 {
      let (bytes, values) = type.message()
      for count in bytes.indices {
        #expect(throws: ByteCursor.Failure.self) { try columns.append(bytes.bytes.extracting(first: count)) }
      }
      #expect(columns.count == row)
      try columns.append(bytes.bytes)
      expected.append(values)
    }
    check(columns.finish(), expected, "seed \(seed):\n\(text)")
  }

  @Test(arguments: 400..<460) func bytesLeftOverAreCountedAndValuesStand(_ seed: Int) throws {
    var type = RandomType(seed: UInt64(seed))
    let columns = try decoder(type.text()).makeColumns()
    let (bytes, values) = type.message()
    try columns.append((bytes + [1, 2, 3]).bytes)
    try columns.append(bytes.bytes)
    #expect(columns.bytesLeftOver == 1)
    check(columns.finish(), [values, values], "seed \(seed)")
  }

  @Test(arguments: 500..<600) func anyBytesGiveWholeColumnsOrAFailure(_ seed: Int) throws {
    var type = RandomType(seed: UInt64(seed))
    let columns = try decoder(type.text()).makeColumns()
    var rows = 0
    for _ in 0..<60 {
      var bytes = type.message().bytes
      for _ in 0..<Int.random(in: 1...4, using: &type.numbers) where !bytes.isEmpty {
        let place = Int.random(in: bytes.indices, using: &type.numbers)
        bytes[place] = [0xff, 0, 1, .random(in: 0...255, using: &type.numbers)][Int(type.numbers.next() % 4)]
      }
      do throws(ByteCursor.Failure) {
        try columns.append(bytes.bytes)
        rows += 1
      } catch {
        #expect(0...bytes.count ~= error.offset)
      }
      #expect(columns.count == rows)
    }
    let batch = columns.finish()
    #expect(zip(batch.columns, batch.schema.fields).allSatisfy { $0.isWhole($1.type, rows: rows) }, "seed \(seed)")
  }

  @Test(arguments: 600..<700) func someColumnsAreAsAmongAll(_ seed: Int) throws {
    var type = RandomType(seed: UInt64(seed))
    let text = type.text()
    let all = try decoder(text)
    let isWanted = all.schema.fields.map { _ in Bool.random(using: &type.numbers) }
    let names = zip(all.schema.fields, isWanted).filter(\.1).map(\.0.name)
    let some = try decoder(text, columns: Set(names)).makeColumns()
    var expected: [[Value]] = []
    for row in 0..<5 {
      let (bytes, values) = type.message()
      for count in bytes.indices {
        #expect(throws: ByteCursor.Failure.self) { try some.append(bytes.bytes.extracting(first: count)) }
      }
      #expect(some.count == row)
      try some.append(bytes.bytes)
      expected.append(zip(values, isWanted).filter(\.1).map(\.0))
    }
    #expect(some.bytesLeftOver == 0)
    let batch = some.finish()
    #expect(batch.schema.fields.map(\.name) == names)
    check(batch, expected, "seed \(seed):\n\(text)")
  }

  private func check(_ batch: Batch, _ expected: [[Value]], _ comment: Comment) {
    #expect(batch.count == expected.count, comment)
    #expect(batch.columns.count == batch.schema.fields.count, comment)
    for (column, field) in zip(batch.columns, batch.schema.fields) {
      #expect(column.isWhole(field.type, rows: batch.count), comment)
    }
    for (row, values) in expected.enumerated() {
      #expect(batch.columns.map { $0.value(row) } == values.map(Optional.some), comment)
    }
  }

  @Test(arguments: [
    ("float64[] a", "a count of at most 0, not 4294967295"), ("string a", "a length of at most 4, not 4294967295"),
    ("uint8[] a", "a length of at most 4, not 4294967295"), ("string[] a", "a count of at most 1, not 4294967295"),
    ("M1[] a\(line)p0/M1\nuint8 x\nstring y", "a count of at most 0, not 4294967295"),
  ]) func aCountIsComparedWithWhatIsLeft(_ text: String, _ wanted: String) throws {
    let columns = try decoder(text).makeColumns()
    #expect(throws: ByteCursor.Failure(offset: 0, wanted: wanted)) {
      try columns.append(([255, 255, 255, 255, 0, 0, 0, 0] as [UInt8]).bytes)
    }
    #expect(columns.finish().count == 0)
  }

  @Test func thePlaceOfAFailureIsThatInTheMessage() throws {
    let columns = try decoder("int32 a\nM1[] b\nint64 c\(line)p0/M1\nint16 x\nstring y").makeColumns()
    let message: [UInt8] = [0, 0, 0, 0, 1, 0, 0, 0, 7, 7, 3, 0, 0, 0, 65, 66, 67, 1, 2]
    #expect(throws: ByteCursor.Failure(offset: 17, wanted: "8 bytes, 2 left")) { try columns.append(message.bytes) }
    #expect(throws: ByteCursor.Failure(offset: 10, wanted: "a length of at most 2, not 3")) {
      try columns.append(message.bytes.extracting(first: 16))
    }
  }

  @Test func messagesWithoutBytesAreCountedHoweverMany() throws {
    let columns = try decoder("M1[] a\(line)p0/M1\n# nothing").makeColumns()
    try columns.append(([255, 255, 255, 255] as [UInt8]).bytes)
    #expect(columns.finish().columns[0].value(0) == .bits(4_294_967_295))
  }

  @Test func aTypeWithoutFieldsHasRows() throws {
    let columns = try decoder("# nothing").makeColumns()
    try columns.append([UInt8]().bytes)
    try columns.append(([1] as [UInt8]).bytes)
    let batch = columns.finish()
    #expect(batch.count == 2 && batch.columns.isEmpty && columns.bytesLeftOver == 1)
  }

  @Test func nanosecondsBeyondASecondAreCarried() throws {
    let columns = try decoder("time t\nduration d").makeColumns()
    try columns.append(([1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 254, 255, 255, 255] as [UInt8]).bytes)
    let batch = columns.finish()
    #expect(batch.columns[0].value(0) == .bits(1_000_000_000 + 4_294_967_295))
    #expect(batch.columns[1].value(0) == .bits(UInt64(bitPattern: -1_000_000_002)))
  }

  @Test func aStampIsReadWithoutDecoding() {
    let message: [UInt8] = [9, 9, 9, 9, 0, 0xf1, 0x53, 0x65, 5, 0, 0, 0, 0, 0, 0, 0]
    #expect(Ros1Decoder.stamp(of: message.bytes) == 1_700_000_000_000_000_005)
    #expect(Ros1Decoder.stamp(of: message.bytes.extracting(first: 11)) == 0)
  }
}
