import Testing

@testable import Core

@Test func theCRCOfTheCheckStringIsTheCatalogues() {
  #expect(CRC32.of(Array("123456789".utf8).bytes) == 0xcbf4_3926)
  #expect(CRC32.of([UInt8]().bytes) == 0)
}

@Test func aCRCInPiecesIsTheCRCOfAll() {
  let bytes = sampleBytes(10_000)
  var sum = CRC32()
  sum.update([UInt8]().bytes)
  sum.update(Array(bytes[..<3]).bytes)
  sum.update([UInt8]().bytes)
  sum.update(Array(bytes[3...]).bytes)
  #expect(sum.value == CRC32.of(bytes.bytes))
}

// FIPS 180-4 and RFC 1321 give these for "abc".
@Test(arguments: [
  (Digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"), (.md5, "900150983cd24fb0d6963f7d28e17f72"),
]) func aDigestIsTheStandards(_ digest: Digest, _ expected: String) {
  #expect(digest.of(Array("abc".utf8).bytes).hex == expected)
  var pieces = Digest.Hasher(digest)
  for byte in "abc".utf8 { pieces.update([byte].bytes) }
  #expect(pieces.finish().hex == expected)
}

@Test func hexGoesThereAndBack() {
  let bytes: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
  #expect(bytes.hex == "00017f80ff")
  #expect([UInt8](hex: "00017F80fF") == bytes)
  for text in ["0", "0g", "é", "0x00", " 00"] { #expect([UInt8](hex: text) == nil) }
}
