import Core

extension Evaluator {
  // MARK: Numbers

  /// Division by zero gives no value.
  func arithmetic(_ kind: Expression.Arithmetic, _ one: Expression, _ other: Expression) -> [Double] {
    switch kind {
    case .plus: zip(one, other) { $0 + $1 }
    case .minus: zip(one, other) { $0 - $1 }
    case .times: zip(one, other) { $0 * $1 }
    case .by: zip(one, other) { $1 == 0 ? .nan : $0 / $1 }
    case .rest: zip(one, other) { $1 == 0 ? .nan : $0.truncatingRemainder(dividingBy: $1) }
    }
  }

  /// A number that is written out is not made an array of.
  @inline(__always) private func zip(
    _ one: Expression, _ other: Expression, _ operation: (Double, Double) -> Double
  ) -> [Double] {
    if case .number(let constant) = other.node { return numbers(one).map { operation($0, constant) } }
    if case .number(let constant) = one.node { return numbers(other).map { operation(constant, $0) } }
    var values = numbers(one)
    let others = numbers(other)
    for row in values.indices { values[row] = operation(values[row], others[row]) }
    return values
  }

  func number(_ function: Function, _ arguments: [Expression]) -> [Double] {
    func each(_ operation: (Double) -> Double) -> [Double] { numbers(arguments[0]).map(operation) }
    switch function {
    case .abs: return each { $0.magnitude }
    case .sqrt: return each { $0 < 0 ? .nan : $0.squareRoot() }
    case .sin: return each(Mathematics.sin)
    case .cos: return each(Mathematics.cos)
    case .tan: return each(Mathematics.tan)
    case .atan2: return zip(arguments[0], arguments[1], Mathematics.atan2)
    case .hypot: return zip(arguments[0], arguments[1]) { $0.isNaN || $1.isNaN ? .nan : Mathematics.hypot($0, $1) }
    case .wrapDegrees:
      return each { angle in
        let wrapped = angle.remainder(dividingBy: 360)
        return wrapped <= -180 ? wrapped + 360 : wrapped
      }
    case .min, .max:
      var values = numbers(arguments[0])
      for argument in arguments.dropFirst() {
        let others = numbers(argument)
        // One that is not known leaves nothing known.
        for row in values.indices {
          let (one, other) = (values[row], others[row])
          values[row] =
            one.isNaN || other.isNaN ? .nan : function == .min ? Swift.min(one, other) : Swift.max(one, other)
        }
      }
      return values
    case .clamp:
      var values = numbers(arguments[0])
      let low = numbers(arguments[1]), high = numbers(arguments[2])
      for row in values.indices {
        let isKnown = !low[row].isNaN && !high[row].isNaN && !values[row].isNaN
        values[row] = isKnown ? Swift.min(Swift.max(values[row], low[row]), high[row]) : .nan
      }
      return values
    case .since: return since(truths(arguments[0]).values)
    case .rate: return rate(numbers(arguments[0]))
    case .delta, .mean, .smin, .smax, .integral, .smooth:
      guard arguments.count == 2, case .number(let seconds) = arguments[1].node else { break }
      return windowed(function, numbers(arguments[0]), seconds)
    default: break
    }
    return Array(repeating: .nan, count: count)
  }

  // MARK: Choices

  func choice(_ arguments: [Expression]) -> SceneVector {
    let conditions = truths(arguments[0]).values
    return blend(value(arguments[1]), value(arguments[2])) { row, _, _ in
      conditions[row] == Truth.unknown ? nil : conditions[row] == Truth.yes
    }
  }

  func firstKnown(_ arguments: [Expression]) -> SceneVector {
    arguments.dropFirst().reduce(value(arguments[0])) { left, argument in
      blend(left, value(argument)) { _, isKnown, _ in isKnown }
    }
  }

  /// Row by row the one or the other, or neither where `takesFirst` gives nil; it learns whether they are known.
  private func blend(
    _ one: SceneVector, _ other: SceneVector, _ takesFirst: (_ row: Int, Bool, Bool) -> Bool?
  ) -> SceneVector {
    switch (one, other) {
    case (.words(let first), .words(let second)):
      let behind = Int32(first.list.count)
      let codes = first.codes.indices.map { row -> Int32 in
        guard let isFirst = takesFirst(row, first.codes[row] >= 0, second.codes[row] >= 0) else { return -1 }
        guard !isFirst else { return first.codes[row] }
        return second.codes[row] < 0 ? -1 : behind + second.codes[row]
      }
      // A word that both have is one word.
      return .words(Words(codes: codes, list: first.list + second.list).map { $0 })
    case (.truths(let first), .truths(let second)):
      let picks = first.values.indices.map {
        takesFirst($0, first.values[$0] != Truth.unknown, second.values[$0] != Truth.unknown)
      }
      let values = picks.indices.map { row in
        picks[row].map { $0 ? first.values[row] : second.values[row] } ?? Truth.unknown
      }
      var margins: [Double]?
      if let ours = first.margins, let theirs = second.margins {
        margins = picks.indices.map { row in picks[row].map { $0 ? ours[row] : theirs[row] } ?? .nan }
      }
      return .truths(Truths(values, margins: margins))
    case (.numbers(let first), .numbers(let second)):
      return .numbers(
        first.indices.map { row in
          takesFirst(row, !first[row].isNaN, !second[row].isNaN).map { $0 ? first[row] : second[row] } ?? .nan
        })
    case (.numbers(let first), _) where first.allSatisfy(\.isNaN):
      // Null is of every kind.
      return blend(.unknown(other.type, count: count, withMargins: withMargins), other, takesFirst)
    case (_, .numbers(let second)) where second.allSatisfy(\.isNaN):
      return blend(one, .unknown(one.type, count: count, withMargins: withMargins), takesFirst)
    default: return .unknown(one.type, count: count, withMargins: withMargins)
    }
  }

  // MARK: Rows before

  func previous(_ expression: Expression) -> SceneVector {
    let values = value(expression)
    let rows = (0..<count).map { row in row > 0 && !self.rows.isAfterGap(row) ? row - 1 : -1 }
    switch values {
    case .numbers(let values): return .numbers(rows.map { $0 < 0 ? .nan : values[$0] })
    case .words(let words): return .words(Words(codes: rows.map { $0 < 0 ? -1 : words.codes[$0] }, list: words.list))
    case .truths(let truths):
      return .truths(
        Truths(
          rows.map { $0 < 0 ? Truth.unknown : truths.values[$0] },
          margins: truths.margins.map { margins in rows.map { $0 < 0 ? .nan : margins[$0] } }))
    }
  }

  func edge(_ expression: Expression, isRising: Bool) -> Truths {
    let now = truths(expression)
    guard case .truths(let before) = previous(expression) else { return now }
    return isRising ? conjunction(now, negation(before)) : conjunction(negation(now), before)
  }

  func rate(_ values: [Double]) -> [Double] {
    values.indices.map { row in
      guard row > 0, !rows.isAfterGap(row), rows.times[row] > rows.times[row - 1] else { return .nan }
      return (values[row] - values[row - 1]) / (Double(rows.times[row] - rows.times[row - 1]) / 1e9)
    }
  }

  func since(_ values: [UInt8]) -> [Double] {
    var last: Int64?
    return values.indices.map { row in
      if values[row] == Truth.yes {
        last = rows.times[row]
      } else if values[row] == Truth.unknown || rows.isAfterGap(row) {
        last = nil
      }
      guard let last else { return .nan }
      let seconds = Double(rows.times[row] - last) / 1e9
      return seconds <= Function.farthest ? seconds : .nan
    }
  }
}
