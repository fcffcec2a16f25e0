import Testing

@testable import Artifacts
@testable import Core

/// A table of some kind as text.
private func text(
  _ kind: TableKind, _ fields: [Field], _ columns: [[Cell]], _ options: TableOptions = TableOptions()
) throws -> String {
  let output = MemoryOutput()
  var sink = try kind.open(Schema(fields), output, options)
  try sink.write(Batch(fields, columns))
  try sink.finish()
  return String(decoding: output.bytes, as: UTF8.self)
}

/// One value as JSON lines write it.
private func json(_ type: FieldType, _ cell: Cell) throws -> String {
  let line = try text(.jsonl, [Field("v", type, isNullable: true)], [[cell]])
  #expect(line.hasPrefix("{\"v\":") && line.hasSuffix("}\n"))
  return String(line.dropFirst(5).dropLast(2))
}

/// One value as CSV writes it.
private func csv(_ type: FieldType, _ cell: Cell, _ options: TableOptions = TableOptions()) throws -> String {
  let lines = try text(.csv, [Field("v", type, isNullable: true)], [[cell]], options)
  #expect(lines.hasPrefix("v\r\n") && lines.hasSuffix("\r\n"))
  return String(lines.unicodeScalars.dropFirst(3).dropLast(2).reduce(into: "") { $0.unicodeScalars.append($1) })
}

@Suite struct TextTableTests {
  /// Type, value, as JSON, as CSV.
  @Test(
    arguments: [
      (.bool, .bool(true), "true", "true"), (.int8, .integer(-128), "-128", "-128"),
      (.uint32, .integer(4_294_967_295), "4294967295", "4294967295"),
      (.int64, .integer(9_007_199_254_740_991), "9007199254740991", "9007199254740991"),
      (.int64, .integer(9_007_199_254_740_992), "\"9007199254740992\"", "9007199254740992"),
      (.int64, .integer(.min), "\"-9223372036854775808\"", "-9223372036854775808"),
      (.uint64, .unsigned(.max), "\"18446744073709551615\"", "18446744073709551615"),
      (.float32, .number(Double(Float(0.1))), "0.1", "0.1"), (.float64, .number(0.1), "0.1", "0.1"),
      (.float64, .number(-0.0), "-0.0", "-0.0"), (.float64, .number(.nan), "\"NaN\"", "NaN"),
      (.float32, .number(.infinity), "\"Infinity\"", "Infinity"),
      (.float64, .number(-.infinity), "\"-Infinity\"", "-Infinity"),
      (
        .time, .integer(1_664_527_000_000_000_123), "\"2022-09-30T08:36:40.000000123Z\"",
        "2022-09-30T08:36:40.000000123Z"
      ),
      (
        .timestamp, .integer(1_664_527_000_000_001), "\"2022-09-30T08:36:40.000001000Z\"",
        "2022-09-30T08:36:40.000001000Z"
      ),
      (.timestamp, .integer(.max), "\"9223372036854775807\"", "9223372036854775807"),
      (.duration, .integer(-1_500_000_000), "-1500000000", "-1500000000"),
      (.duration, .integer(1 << 53), "\"9007199254740992\"", "9007199254740992"),
      (.string, .text("plain"), "\"plain\"", "plain"), (.string, .text(""), "\"\"", "\"\""),
      (.string, .text("a,b"), "\"a,b\"", "\"a,b\""), (.string, .text("say \"x\""), #""say \"x\"""#, #""say ""x""""#),
      (.string, .text("a\nb"), #""a\nb""#, "\"a\nb\""), (.string, .text("ä€😀"), "\"ä€😀\"", "ä€😀"),
      (.bytes, .text([0xFF, 0, 0x10]), "\"/wAQ\"", "/wAQ"), (.bytes, .text([]), "\"\"", ""),
      (
        .list(.float64), .list([.number(1), .number(.nan), .missing]), "[1.0,\"NaN\",null]",
        "\"[1.0,\"\"NaN\"\",null]\""
      ),
      (.list(.string), .list([]), "[]", "\"[]\""),
      (
        .structure([Field("a", .int8), Field("b", .list(.bool))]), .structure([.integer(1), .list([.bool(false)])]),
        "{\"a\":1,\"b\":[false]}", "\"{\"\"a\"\":1,\"\"b\"\":[false]}\""
      ),
      (.int16, .missing, "null", ""), (.string, .missing, "null", ""), (.list(.int8), .missing, "null", ""),
    ] as [(FieldType, Cell, String, String)])
  func aValueIsWrittenExactly(_ type: FieldType, _ cell: Cell, _ inJSON: String, _ inCSV: String) throws {
    #expect(try json(type, cell) == inJSON)
    #expect(try csv(type, cell) == inCSV)
  }

  @Test func keysAreTheColumnsNamesInTheirOrder() throws {
    let fields = [Field("b.x", .int8), Field("a\"", .int8), Field("ts", .time)]
    let table = try text(
      .jsonl, fields, [[.integer(1), .integer(2)], [.integer(3), .integer(4)], [.integer(0), .integer(1)]])
    #expect(
      table == """
        {"b.x":1,"a\\"":3,"ts":"1970-01-01T00:00:00.000000000Z"}
        {"b.x":2,"a\\"":4,"ts":"1970-01-01T00:00:00.000000001Z"}

        """)
  }

  @Test func aHeaderIsQuotedLikeACell() throws {
    let fields = [Field("a,b", .int8), Field("", .int8), Field("c", .int8)]
    #expect(try text(.csv, fields, [[], [], []]) == "\"a,b\",\"\",c\r\n")
  }

  @Test func linesEndAsAsked() throws {
    var options = TableOptions()
    options.lineEnd = .lf
    #expect(try text(.csv, [Field("a", .int8)], [[.integer(1)]], options) == "a\n1\n")
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@x", "\tx"]) func aFormulaIsDisarmedOnRequest(_ formula: String) throws {
    var options = TableOptions()
    #expect(try csv(.string, .text(formula), options) == formula)
    options.formulas = .guarded
    #expect(try csv(.string, .text(formula), options) == "\"'\(formula)\"")
    #expect(try csv(.int8, .integer(-1), options) == "-1")
  }

  @Test(arguments: [TableKind.jsonl, .csv]) func textThatIsNotUTF8IsReplacedAndCounted(_ kind: TableKind) throws {
    let output = MemoryOutput()
    let fields = [Field("s", .string), Field("l", .list(.string))]
    var sink = try kind.open(Schema(fields), output, TableOptions())
    try sink.write(Batch(fields, [[.text([0x61, 0xFF])], [.list([.text([0xC3]), .text("ok")])]]))
    try sink.finish()
    #expect(sink.losses.replacedTexts == 2)
    #expect(String(validating: output.bytes, as: UTF8.self)?.contains("a\u{FFFD}") == true)
  }

  @Test(arguments: [TableKind.jsonl, .csv]) func aBatchThatIsNotTheSchemasIsRefused(_ kind: TableKind) throws {
    var sink = try kind.open(Schema([Field("a", .int8)]), MemoryOutput(), TableOptions())
    #expect(throws: TableError.typeMismatch(column: "a")) {
      try sink.write(Batch([Field("a", .int16)], [[.integer(1)]]))
    }
    #expect(throws: TableError.countMismatch(column: "a", rows: 1, batch: 2)) {
      var batch = Batch([Field("a", .int8)], [[.integer(1)]])
      batch.count = 2
      try sink.write(batch)
    }
  }
}
