import Core
import Testing

@Test func textsArePickedInTheOrderOfTheirNumbers() {
  let texts = Texts(["one", "", "three"])
  #expect(texts.picking([2, 0, -1, 1, 2]) == Texts(["three", "one", "", "", "three"]))
  #expect(texts.picking([]) == Texts())
}

@Test func oneTextIsToldFromSeveral() {
  #expect(Texts(["ab", "ab", "ab"]).isOne(0..<3))
  #expect(Texts(["", ""]).isOne(0..<2))
  #expect(Texts(["ab", "ba", "ab"]).isOne(0..<1))
  #expect(!Texts(["ab", "ba"]).isOne(0..<2))
  #expect(!Texts(["ab", "ab", "ac"]).isOne(0..<3))
  // Of one length together, but not each.
  #expect(!Texts(["aa", "a", "aaa"]).isOne(0..<3))
  #expect(Texts(["x", "ab", "ab"]).isOne(1..<3))
  #expect(!Texts().isOne(0..<0))
}

@Test func aConstantColumnHasItsTextInEveryRow() {
  for count in [0, 1, 2, 7] {
    guard case .text(let texts) = Column.constant("héy", count: count).values else { return }
    #expect(texts == Texts(Array(repeating: "héy", count: count)))
  }
  guard case .text(let texts) = Column.constant("", count: 3).values else { return }
  #expect(texts == Texts(["", "", ""]))
}
