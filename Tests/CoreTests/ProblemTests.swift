import Testing

@testable import Core

@Test func errorCodesAreWellFormedAndEachSaysWhatItMeans() {
  for code in ProblemCode.allCases {
    #expect(code.rawValue.wholeMatch(of: /AV-(USE|CFG|IO|FMT|MAN|INT|LOG|BUSY|BUG)-[0-9]{3}/) != nil)
    #expect(code.meaning.hasSuffix("."))
  }
}

@Test func everyExitCodeHasItsPlaceInThePrecedence() {
  #expect(Set(ExitCode.precedence) == Set(ExitCode.allCases))
  #expect(ExitCode.precedence.map(\.rawValue) == [7, 6, 5, 2, 1, 3, 4, 0])
}

@Test(arguments: [
  (ExitCode.items, ExitCode.integrity, ExitCode.integrity), (.system, .items, .system), (.loss, .items, .items),
  (.nothing, .success, .nothing), (.usage, .busy, .busy),
])
func theGraverCodeWins(_ one: ExitCode, _ other: ExitCode, _ expected: ExitCode) {
  #expect(one.merged(with: other) == expected)
  #expect(other.merged(with: one) == expected)
}

@Test func aFullDiskEndsTheRunAndAMissingFileDoesNot() {
  let full = SystemError("a", cannot: "write", code: 28), missing = SystemError("a", cannot: "open", code: 2)
  #expect(full.endsRun && full.isRetryable && full.code == .noSpace)
  #expect(!missing.endsRun && !missing.isRetryable && missing.code == .missing)
  #expect(full.description == "a: cannot write: No space left on device")
  #expect(full.facts["errno"] == "ENOSPC")
}
