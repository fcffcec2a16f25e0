import Testing

@testable import Core
@testable import Pipeline

private func parse(_ text: String, ofScene: Bool = false) throws -> Expression {
  try ExpressionParser.parse(text, ofScene: ofScene)
}

@Test(arguments: [
  ("a + b * 2 < 3 and not c or d", "(((a + (b * 2)) < 3) and (not c)) or d"),
  ("-x between 1 and 2", "(-x >= 1) and (-x <= 2)"),
  ("a.b in ('x', 'it''s')", "a.b in ('x', 'it''s')"), ("`odd name` is not null", "not (odd name is null)"),
  ("36km/h + 1min", "10 + 60"), ("2g / 500ms", "19.6133 / 0.5"), ("1.5e1", "15"), ("10m/2", "10 / 2"),
  ("always[0,3](ax > -1)", "always[0.0,3.0](ax > -1)"), ("until[0,2](a, b)", "until[0.0,2.0](a, b)"),
  ("any(objects, dist_m < 3)", "any(objects, dist_m < 3)"), ("(a - b) - c", "(a - b) - c"),
  ("a - (b - c)", "a - (b - c)"),
])
func expressionsAreReadByTheirPrecedence(_ text: String, _ read: String) throws {
  #expect("\(try parse(text))" == read)
}

@Test(arguments: [
  ("a +", 3, "wanted a value, found the end"), ("a b", 2, "wanted an operator or the end, found b"),
  ("speed > 3furlong", 9, "'furlong' is not a unit"), ("foo(1)", 0, "there is no function 'foo'"),
  ("meann(x, 2)", 0, "did you mean 'mean'?"), ("mean(x)", 0, "'mean' wants 2 arguments, found 1"),
  ("mean(x, y)", 8, "wanted seconds"), ("always[3,1](a)", 7, "the smaller first"), ("'x", 0, "the text has no end"),
  ("first(x)", 0, "is of a scene"), ("any(objects, mean(x, 2) > 1)", 13, "cannot be asked of objects"),
  ("x ? 2", 2, "wanted a value or an operator"), ("a in (b)", 6, "wanted a number, a text"),
  ("and", 0, "the word 'and'"),
  ("any(objects, any(objects, a))", 13, "objects have no objects"), ("1e999", 0, "finite"),
])
func whatIsNoExpressionIsRefusedWithItsPlace(_ text: String, _ place: Int, _ problem: String) throws {
  let failure = #expect(throws: ExpressionFailure.self) { try parse(text) }
  #expect(failure?.place == place)
  #expect(failure?.problem.contains(problem) == true, "\(failure?.problem ?? "")")
}

@Test func nestingIsBounded() {
  #expect(throws: ExpressionFailure.self) {
    try parse(String(repeating: "(", count: 70) + "1" + String(repeating: ")", count: 70))
  }
  #expect(throws: ExpressionFailure.self) { try parse(Array(repeating: "a", count: 400).joined(separator: "+")) }
  #expect(throws: Never.self) { try parse(Array(repeating: "a", count: 200).joined(separator: "+")) }
}

@Test(arguments: [
  ("t > 't'", "'>' compares numbers"), ("n = 't'", "not of one kind"), ("not n", "wanted a truth"),
  ("n and b", "wanted a truth"),
  ("t + 1", "wanted a number"), ("if(b, n, t)", "not of one kind"), ("x > 1", "there is no column 'x'"),
  ("any(objects, n)", "wanted a condition"), ("lower(n) = 'a'", "wanted a text"),
])
func kindsAreChecked(_ text: String, _ problem: String) throws {
  let types: [String: ValueType] = ["n": .number, "t": .text, "b": .truth]
  let failure = #expect(throws: ExpressionFailure.self) {
    try ExpressionCheck(columns: { types[$0] }, objectColumns: { _ in nil }).condition(parse(text))
  }
  #expect(failure?.problem.contains(problem) == true, "\(failure?.problem ?? "")")
}

@Test func anExpressionSaysHowFarItLooks() throws {
  let reach = try parse("mean(delta(x, 2), 3) > 1 and always[0,4](eventually[1,2](b)) and smooth(x, 10) > 0").reach(
    period: 0.25)
  #expect(reach.back == 5.5)
  #expect(reach.ahead == 6)
}

// MARK: Values

private func rows(
  _ columns: [String: SceneVector], times: [Double]? = nil, hold: Double = 0.25, count: Int? = nil
) -> SceneRows {
  let count = count ?? columns.values.first?.count ?? 0
  let times = (times ?? tenths(count)).map { Int64(($0 * 1e9).rounded()) }
  return SceneRows(
    times: times, main: 0..<times.count, first: 0, extent: (times.first ?? 0)...(times.last ?? 0),
    hold: Int64(hold * 1e9), columns: columns)
}

private func truths(_ text: String, _ rows: SceneRows) throws -> [Bool?] {
  Evaluator(rows).truths(try parse(text)).values.map { $0 == Truth.unknown ? nil : $0 == Truth.yes }
}

private func numbers(_ text: String, _ rows: SceneRows) throws -> [Double?] {
  Evaluator(rows).numbers(try parse(text)).map { $0.isNaN ? nil : $0 }
}

@Test func unknownIsNeitherTrueNorFalse() throws {
  let all: [UInt8] = [Truth.no, Truth.unknown, Truth.yes]
  let table = rows([
    "a": .truths(Truths(all.flatMap { Array(repeating: $0, count: 3) })), "b": .truths(Truths(all + all + all)),
  ])
  #expect(try truths("a and b", table) == [false, false, false, false, nil, nil, false, nil, true])
  #expect(try truths("a or b", table) == [false, nil, true, nil, nil, true, true, true, true])
  #expect(try truths("not a", table) == [true, true, true, nil, nil, nil, false, false, false])
  #expect(try truths("a is null", table) == [false, false, false, true, true, true, false, false, false])
  #expect(try truths("a = b", table) == [true, nil, false, nil, nil, nil, false, nil, true])
}

@Test func numbersAndTextsThatAreNotKnownLeaveNothingKnown() throws {
  let table = rows(["x": .numbers([1, .nan, 0, 4]), "t": .words(Words(["a", nil, "B", "abc"]))])
  #expect(try numbers("1 / x", table) == [1, nil, nil, 0.25])
  #expect(try numbers("coalesce(x, 7)", table) == [1, 7, 0, 4])
  #expect(try numbers("if(x > 0, x, null)", table) == [1, nil, nil, 4])
  #expect(try numbers("max(x, 2)", table) == [2, nil, 2, 4])
  #expect(try numbers("clamp(x, 1, 3)", table) == [1, nil, 1, 3])
  #expect(try truths("x != 1", table) == [false, nil, true, true])
  #expect(try truths("lower(t) in ('b', 'a')", table) == [true, nil, true, false])
  #expect(try truths("starts_with(t, 'a')", table) == [true, nil, false, true])
  #expect(try truths("coalesce(t, 'x') = 'x'", table) == [false, true, false, false])
  #expect(try truths("x in (1, 4)", table) == [true, nil, false, true])
  #expect(try numbers("wrap_deg(x * 100)", table) == [100, nil, 0, 40])
  #expect(try truths("t = null", table) == [nil, nil, nil, nil])
}

@Test func windowsLookBackAndNotAcrossGaps() throws {
  let table = rows(["x": .numbers([0, 1, 2, 3, 10, 11])], times: [0, 0.1, 0.2, 0.3, 1.0, 1.1])
  #expect(try numbers("prev(x)", table) == [nil, 0, 1, 2, nil, 10])
  #expect(try numbers("delta(x, 200ms)", table) == [nil, nil, 2, 2, nil, nil])
  #expect(try numbers("mean(x, 200ms)", table) == [0, 0.5, 1.5, 2.5, 10, 10.5])
  #expect(try numbers("smin(x, 200ms)", table) == [0, 0, 1, 2, 10, 10])
  #expect(try numbers("smax(x, 2s)", table) == [0, 1, 2, 3, 10, 11])
  #expect(try numbers("rate(x)", table).map { $0?.rounded() } == [nil, 10, 10, 10, nil, 10])
  let integral = try numbers("integral(x, 200ms)", table)
  #expect(abs((integral[3] ?? 0) - 0.4) < 1e-12)
  #expect(integral[4] == nil)
  #expect(try truths("rise(x > 1)", table) == [false, false, true, false, nil, false])
  #expect(try numbers("since(x = 1)", table) == [nil, 0, 0.1, 0.2, nil, nil])
}

// MARK: Time

/// What the manual says an operator is, row by row.
private func brute(
  _ text: String, _ kind: Expression.Temporal, _ from: Int, _ to: Int, _ values: [Bool?], _ gapAfter: Set<Int>
) -> [Bool?] {
  // Rows are a second apart, and three where a gap follows.
  var times: [Int] = []
  for row in values.indices { times.append(row == 0 ? 0 : times[row - 1] + (gapAfter.contains(row - 1) ? 3 : 1)) }
  return values.indices.map { row in
    let window = kind.isPast ? times[row] - to...times[row] - from : times[row] + from...times[row] + to
    let inside = times.indices.filter { window.contains(times[$0]) }
    let wanted = !kind.isUniversal
    guard !inside.isEmpty else { return nil }
    if inside.contains(where: { values[$0] == wanted }) { return wanted }
    var isWhole = window.lowerBound >= 0 && window.upperBound <= times[times.count - 1]
    for before in gapAfter where before + 1 < times.count {
      // A row holds for two and a half seconds.
      let (start, end) = (Double(times[before]) + 2.5, Double(times[before + 1]))
      if start < Double(window.upperBound), end > Double(window.lowerBound) { isWhole = false }
    }
    return isWhole && inside.allSatisfy { values[$0] != nil } ? !wanted : nil
  }
}

@Test(arguments: 0..<40) func operatorsOverTimeAreWhatTheySay(_ seed: Int) throws {
  var random = Seeded(UInt64(seed))
  let count = 30
  let values = (0..<count).map { _ -> Bool? in [true, true, false, nil][Int(random.next() % 4)] }
  let gapAfter = Set((0..<count - 1).filter { _ in random.next() % 8 == 0 })
  var times = [0.0]
  for row in 1..<count { times.append(times[row - 1] + (gapAfter.contains(row - 1) ? 3 : 1)) }
  let table = rows(["p": .truths(Truths(values.map(Truth.of)))], times: times, hold: 2.5)
  for kind in [Expression.Temporal.always, .eventually, .historically, .once] {
    let from = Int(random.next() % 3), to = from + Int(random.next() % 4)
    let text = "\(kind.rawValue)[\(from),\(to)](p)"
    #expect(try truths(text, table) == brute(text, kind, from, to, values, gapAfter), "\(text)")
  }
}

@Test func marginsHaveTheSignOfTheTruth() throws {
  var random = Seeded(9)
  let x = (0..<200).map { _ in Double(random.next() % 100) / 10 - 5 }
  let y = (0..<200).map { row in row % 17 == 0 ? .nan : Double(random.next() % 100) / 10 - 5 }
  let table = rows(["x": .numbers(x), "y": .numbers(y)])
  for text in [
    "x > 1 and y < 2", "x > y or not x < 0", "always[0,0.5](x > -4)", "until[0,1](x > -4, y > 4)",
    "once[0.1,0.4](x = y)",
    "eventually[0,1](x > 4 and y > 1)", "x between -1 and 1",
  ] {
    let truths = Evaluator(table, withMargins: true).truths(try parse(text))
    let margins = try #require(truths.margins)
    for row in truths.values.indices {
      switch truths.values[row] {
      case Truth.yes: #expect(margins[row] >= 0, "\(text) \(row)")
      case Truth.no: #expect(margins[row] <= 0, "\(text) \(row)")
      default: #expect(margins[row].isNaN, "\(text) \(row)")
      }
    }
    #expect(Evaluator(table).truths(try parse(text)).values == truths.values)
  }
}

@Test func anythingThatIsReadCanBeEvaluated() throws {
  var random = Seeded(12)
  let words = [
    "x", "speed", "b", "t", "1", "0", "2.5", "'a'", "null", "true", "+", "-", "*", "/", "%", "<", "=", "and", "or",
    "not ", "(", ")",
    "mean(x, 1)", "rise(b)", "always[0,1](b)", "until[0,2](b, x > 1)", "any(objects, dist_m < 2)",
    "count(objects, t = 'a')",
    "smooth(x, 2)", "since(b)", "if(b, x, 1)", "coalesce(x, 0)", "in (1, 2)", "between 0 and 2", "is null", "prev(t)",
  ]
  var evaluated = 0
  for _ in 0..<4000 {
    let text = (0..<Int.random(in: 1...7, using: &random)).map { _ in words.randomElement(using: &random) ?? "x" }
      .joined(separator: " ")
    guard let probe = try? SceneProbe(text) else { continue }
    evaluated += 1
    #expect(probe.isConsistent, "\(text)")
  }
  #expect(evaluated > 100)
}
