import Testing

@testable import Core

@Test func theFormsOfAValue() {
  let value: JSON = ["b": [1, 2.0, nil], "a": ["z": true, "y": []], "": [:]]
  #expect(value.text == #"{"b":[1,2.0,null],"a":{"z":true,"y":[]},"":{}}"#)
  #expect(value.canonical == #"{"":{},"a":{"y":[],"z":true},"b":[1,2,null]}"#)
  #expect(
    value.pretty == """
      {
        "b": [
          1,
          2.0,
          null
        ],
        "a": {
          "z": true,
          "y": []
        },
        "": {}
      }
      """)
}

@Test func canonicalTextsAreTheSameForTheSameMeaning() throws {
  #expect(try JSON.parse(#"{"a":1.0,"b":[1e2]}"#).canonical == JSON.parse(#"{ "b":[100], "a":1 }"#).canonical)
  #expect(JSON.number(-0.0).canonical == "-0.0")
  #expect(JSON.number(1e300).canonical == "1e+300")
  #expect(JSON.number(0x1p63).canonical == JSON.number(0x1p63).text)
  // By UTF-8, not by UTF-16: U+FFFF is before U+1F600.
  #expect((["😀": 1, "\u{ffff}": 2, "é": 3, "z": 4] as JSON).canonical == "{\"z\":4,\"é\":3,\"\u{ffff}\":2,\"😀\":1}")
}

@Test(arguments: [
  (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1, "-1.0"), (0.1, "0.1"), (100, "100.0"),
  (9_007_199_254_740_991, "9007199254740991.0"),
  (1e16, "1e+16"), (1e-5, "1e-05"), (.leastNonzeroMagnitude, "5e-324"),
  (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
  (.nan, "\"NaN\""),
  (.infinity, "\"Infinity\""), (-.infinity, "\"-Infinity\""), (.pi, "3.141592653589793"),
  (1.0 / 3, "0.3333333333333333"),
])
func aDoubleIsWrittenShortestAndAsANumber(_ value: Double, _ text: String) throws {
  #expect(JSON.number(value).text == text)
  guard value.isFinite else { return }
  #expect(try JSON.parse(text) == .number(value))
}

@Test func numbersAppend() {
  var bytes: [UInt8] = []
  bytes.appendJSON(Int64.min)
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(UInt64.max)
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(Float(0.1))
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(Float.nan)
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(count: 9_007_199_254_740_991 as Int64)
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(count: Int64(-9_007_199_254_740_992))
  bytes.append(UInt8(ascii: " "))
  bytes.appendJSON(count: UInt64.max)
  #expect(
    String(decoding: bytes, as: UTF8.self)
      == #"-9223372036854775808 18446744073709551615 0.1 "NaN" 9007199254740991 "-9007199254740992" "18446744073709551615""#
  )
}

/// RFC 4648 §10.
@Test(arguments: [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
  ("foobar", "Zm9vYmFy"),
])
func bytesAreWrittenInBase64(_ text: String, _ base64: String) {
  var bytes: [UInt8] = []
  bytes.appendJSON(base64: Array(text.utf8).bytes)
  #expect(String(decoding: bytes, as: UTF8.self) == "\"\(base64)\"")
}

@Test func base64HasAllItsLetters() {
  var bytes: [UInt8] = []
  let data: [UInt8] = [0x00, 0x10, 0x83, 0xFB, 0xEF, 0xBE, 0xFF, 0xFF, 0xFF]
  bytes.appendBase64(data.bytes)
  #expect(String(decoding: bytes, as: UTF8.self) == "ABCD++++////")
}

@Test(arguments: 1...5 as ClosedRange<UInt64>) func numbersAreWrittenAsTheStandardLibraryDoes(_ seed: UInt64) {
  var random = Seeded(seed)
  for _ in 0..<5000 {
    let digits = Double(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
    let scale = ([1, 10, 1e3, 1e5, 1e6, 1e7, 1e9, 1e15] as [Double]).randomElement(using: &random) ?? 1
    // Decimals of all lengths, and their neighbours, which are long.
    for value in [digits / scale, (digits / scale).nextUp, digits * scale] {
      #expect(JSON.number(value).text == value.description, "seed \(seed)")
    }
    let integer = Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random)
    #expect(JSON.integer(integer).text == integer.description, "seed \(seed)")
  }
}
