import Testing

@testable import Core

/// The characters that must never reach a terminal: what Unicode calls control, format, or a separator of lines.
@Test func everyCharacterThatSteersTerminalsIsEscaped() throws {
  for value in 0...0x10FFFF as ClosedRange<UInt32> {
    guard let scalar = Unicode.Scalar(value) else { continue }
    let category = scalar.properties.generalCategory
    let steers = [.control, .format, .lineSeparator, .paragraphSeparator].contains(category)
    guard scalar.steersTerminals == steers else {
      Issue.record("U+\(String(value, radix: 16))")
      return
    }
    guard steers else { continue }
    let quoted = "a\(scalar)b".jsonQuoted
    #expect(quoted.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "U+\(String(value, radix: 16))")
    #expect(try JSON.parse(quoted).string?.unicodeScalars.elementsEqual("a\(scalar)b".unicodeScalars) == true)
    #expect("a\(scalar)b".shown == "a\\u{\(String(value, radix: 16))}b")
  }
}

@Test func aStopIsFoundAtEveryPlace() {
  for count in 0..<20 {
    let before = String(repeating: "x", count: count)
    for (stop, escape) in [
      ("\"", "\\\""), ("\\", "\\\\"), ("\u{7f}", "\\u007f"), ("\n", "\\n"), ("\u{1f}", "\\u001f"),
      ("\u{9b}", "\\u009b"),
    ] {
      #expect("\(before)\(stop)yyyyyyyyyyyy".jsonQuoted == "\"\(before)\(escape)yyyyyyyyyyyy\"")
    }
    for plain in [" ", "!", "#", "[", "]", "~", "ü", "😀"] {
      #expect("\(before)\(plain)z".jsonQuoted == "\"\(before)\(plain)z\"")
    }
  }
}

@Test func bytesThatAreNotUTF8AreReplacedInDataAndShownToPeople() {
  let bytes: [UInt8] = [0x61, 0xFF, 0xC3, 0xA9, 0xE2, 0x82, 0x1B, 0x22, 0x5C]
  var json: [UInt8] = []
  json.appendJSON(text: bytes.bytes)
  #expect(String(decoding: json, as: UTF8.self) == "\"a\u{FFFD}é\u{FFFD}\u{FFFD}\\u001b\\\"\\\\\"")
  #expect(bytes.shown == #"a\xffé\xe2\x82\u{1b}"\"#)
}

@Test(
  arguments: [
    ("camera", "camera"), ("Köln", "Köln"), (#"C:\data"#, #"C:\data"#), (#"C:\xylo"#, #"C:\xylo"#),
    (#"C:\xff"#, #"C:\\xff"#),
  ] as [(String, String)])
func aNameOfUTF8IsItself(_ name: String, _ text: String) {
  #expect(String(name: Array(name.utf8)) == text)
}

@Test func aNameThatIsNotUTF8IsSpelt() {
  #expect(String(name: [0x61, 0xFF, 0xFE]) == #"a\xff\xfe"#)
  #expect(String(name: [0x5C, 0xC3, 0xA9, 0xE9]) == #"\\é\xe9"#)
  var json: [UInt8] = []
  let bytes: [UInt8] = [0xE9, 0x22]
  json.appendJSON(name: bytes.bytes)
  #expect(String(decoding: json, as: UTF8.self) == #""\\xe9\"""#)
}

@Test(arguments: 1...5 as ClosedRange<UInt64>) func differentBytesAreDifferentNames(_ seed: UInt64) {
  var random = Seeded(seed)
  var names: [String: [UInt8]] = [:]
  let pool: [UInt8] = [0x5C, 0x5C, 0x78, 0x78, 0x66, 0x61, 0xFF, 0xFA, 0xC3, 0xA9]
  for _ in 0..<20_000 {
    let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in pool.randomElement(using: &random) ?? 0 }
    let known = names.updateValue(bytes, forKey: String(name: bytes))
    #expect(known == nil || known == bytes, "seed \(seed)")
  }
}
