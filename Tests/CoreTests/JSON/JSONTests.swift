import Testing

@testable import Core

@Test(arguments: accepted) func aTextOfJSONMeans(_ text: String, _ written: String) throws {
  #expect(try JSON.parse(text).text == written)
  // What we write reads back as the same; -0, NaN and large integers are told apart by their texts.
  #expect(try JSON.parse(written).text == written)
  #expect(try JSON.parse(text, dialect: .json5).text == written)
}

@Test(arguments: rejected) func aTextThatIsNotJSONIsRefused(_ text: [UInt8], _ failure: String) {
  #expect(problem(text, .json) == failure)
}

@Test(arguments: acceptedAsJSON5) func aTextOfJSON5Means(_ text: String, _ written: String) throws {
  #expect(try JSON.parse(text, dialect: .json5).text == written)
}

@Test(arguments: rejectedAsJSON5) func aTextThatIsNotJSON5IsRefused(_ text: String, _ failure: String) {
  #expect(problem(Array(text.utf8), .json5) == failure)
}

private func problem(_ text: [UInt8], _ dialect: JSON.Dialect) -> String {
  do throws(JSON.Failure) {
    return try "accepted: " + JSON.parse(text, dialect: dialect).text
  } catch {
    return error.description
  }
}

@Test func integersAreExactAndOthersAreNot() throws {
  #expect(try JSON.parse("9223372036854775807") == .integer(.max))
  #expect(try JSON.parse("-9223372036854775808") == .integer(.min))
  #expect(try JSON.parse("9223372036854775808") == .unsigned(1 << 63))
  #expect(try JSON.parse("18446744073709551615") == .unsigned(.max))
  #expect(try JSON.parse("18446744073709551616") == .number(0x1p64))
  #expect(try JSON.parse("1.0") == .number(1))
  guard case .number(let zero) = try JSON.parse("-0") else { Issue.record("-0 is not a number"); return }
  #expect(zero.sign == .minus)
}

@Test func aFailureSaysWhere() {
  let text = "{\n  \"é\": [1,\n    x]\n}"
  #expect(throws: JSON.Failure(line: 3, column: 5, offset: 18, wanted: "a value", found: "'x'")) {
    try JSON.parse(text)
  }
}

@Test func depthAndSizeAreBounded() throws {
  func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
  #expect(try JSON.parse(nested(64)).text == nested(64))
  #expect(throws: JSON.Failure.self) { try JSON.parse(nested(65)) }
  #expect(
    problem([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20), .json).hasSuffix(
      "wanted at most 64 levels, found one more"))
  let objects = String(repeating: #"{"a":"#, count: 65) + "1" + String(repeating: "}", count: 65)
  #expect(throws: JSON.Failure.self) { try JSON.parse(objects) }
  #expect(try JSON.parse(nested(65), limits: .init(depth: 65)).text == nested(65))
  // Siblings do not add up.
  #expect(try JSON.parse("[" + String(repeating: nested(63) + ",", count: 100) + "1]").array?.count == 101)
  #expect(try JSON.parse("[1,2]", limits: .init(bytes: 5)).array?.count == 2)
  #expect(throws: JSON.Failure.self) { try JSON.parse("[1,2]", limits: .init(bytes: 4)) }
}

@Test func manyKeysAreToldApartInLinearTime() throws {
  let keys = (0..<100_000).map { "\"k\($0)\":\($0)" }
  let text = "{" + keys.joined(separator: ",") + "}"
  #expect(try JSON.parse(text).object?.members.count == 100_000)
  for key in ["k0", "k31", "k32", "k99999"] {
    #expect(throws: JSON.Failure.self, "\(key)") { try JSON.parse(text.dropLast() + ",\"\(key)\":1}") }
  }
}

@Test func everyPrefixOfATextIsRefusedOrTheWhole() {
  let text = Array(
    #" {"a\u00e9😀":[1,-2.5e3,"x\n\ud83d\ude00y",{"b":null,"c":[true,false,{}]}],"long enough to be a word":"ü"} "#.utf8)
  for dialect in [JSON.Dialect.json, .json5] {
    for count in 0..<text.count {
      let isWhole = count == text.count - 1
      #expect((problem(Array(text[..<count]), dialect).hasPrefix("accepted")) == isWhole, "\(count) bytes")
    }
  }
  let comments = Array("/* a */ {a: 'b\\\nc', /**/ d: +.5, e: [0x1F, Infinity, 5.,], // f\n}".utf8)
  for count in 0..<comments.count {
    #expect(!problem(Array(comments[..<count]), .json5).hasPrefix("accepted"), "\(count)")
  }
}

@Test(arguments: 1...20 as ClosedRange<UInt64>) func damageIsRefusedOrReadsAsItIsWritten(_ seed: UInt64) throws {
  var random = Seeded(seed)
  for _ in 0..<200 {
    var bytes = Array(random.json(depth: 4).text.utf8)
    for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.remove(at: index)
      default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      }
    }
    for dialect in [JSON.Dialect.json, .json5] {
      guard let value = try? JSON.parse(bytes, dialect: dialect) else { continue }
      let written = value.text
      #expect(try JSON.parse(written).text == written, "seed \(seed)")
    }
  }
}

@Test(arguments: 1...20 as ClosedRange<UInt64>) func whatIsWrittenReadsBackTheSame(_ seed: UInt64) throws {
  var random = Seeded(seed)
  for _ in 0..<100 {
    let value = random.json(depth: 5)
    #expect(try JSON.parse(value.text) == value, "seed \(seed)")
    #expect(try JSON.parse(value.pretty) == value, "seed \(seed)")
    #expect(try JSON.parse(value.text, dialect: .json5) == value, "seed \(seed)")
    #expect(!value.text.contains("\n"))
    let canonical = try JSON.parse(value.canonical)
    #expect(canonical.canonical == value.canonical, "seed \(seed)")
  }
}

@Test(arguments: 1...10 as ClosedRange<UInt64>) func numbersReadAsTheStandardLibraryReadsThem(_ seed: UInt64) throws {
  var random = Seeded(seed)
  for _ in 0..<2000 {
    let whole = random.digits(1...Int.random(in: 1...25, using: &random))
    var text = (Bool.random(using: &random) ? "-" : "") + (whole.first == "0" ? "0" : whole)
    if Bool.random(using: &random) { text += "." + random.digits(1...Int.random(in: 1...25, using: &random)) }
    if Bool.random(using: &random) { text += "e\(Int.random(in: -330...300, using: &random))" }
    let wanted = try #require(Double(text))
    guard wanted.isFinite else { continue }
    let value = try JSON.parse(text)
    #expect(
      value.number?.bitPattern == wanted.bitPattern || value == Int64(text).map(JSON.integer), "seed \(seed): \(text)")
  }
}

/// A generator whose numbers depend on the seed alone.
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  mutating func digits(_ count: ClosedRange<Int>) -> String {
    String((0..<Int.random(in: count, using: &self)).map { _ in Character("\(Int.random(in: 0...9, using: &self))") })
  }

  mutating func text() -> String {
    let pool = "abcXYZ019 /_-\"\\\n\t\u{0}\u{1b}\u{7f}\u{9b}é\u{202e}\u{2028}\u{feff}日本\u{ffff}😀\u{e0001}"
      .unicodeScalars
    var text = ""
    for _ in 0..<Int.random(in: 0...24, using: &self) {
      text.unicodeScalars.append(pool.randomElement(using: &self) ?? "a")
    }
    return text
  }

  mutating func json(depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .integer(Int64(truncatingIfNeeded: next() >> UInt64.random(in: 0..<64, using: &self)))
    case 3: return .unsigned(next() | 1 << 63)
    case 4:
      let value = Double(bitPattern: next())
      return .number(value.isFinite ? value : 0.5)
    case 5: return .string(text())
    case 6, 7:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0...6, using: &self) { object[text()] = json(depth: depth - 1) }
      return .object(object)
    default: return .array((0..<Int.random(in: 0...6, using: &self)).map { _ in json(depth: depth - 1) })
    }
  }
}
