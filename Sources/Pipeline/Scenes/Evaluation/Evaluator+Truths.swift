extension Evaluator {
  func negation(_ truths: Truths) -> Truths {
    Truths(truths.values.map { Truth.yes - $0 }, margins: truths.margins.map { $0.map { -$0 } })
  }

  /// The margin is the least that is known where that decides.
  func conjunction(_ one: Truths, _ other: Truths) -> Truths {
    var values = one.values
    for row in values.indices { values[row] = min(values[row], other.values[row]) }
    guard let ours = one.margins, let theirs = other.margins else { return Truths(values) }
    let margins = values.indices.map { row -> Double in
      guard values[row] != Truth.unknown else { return .nan }
      guard !ours[row].isNaN, !theirs[row].isNaN else { return ours[row].isNaN ? theirs[row] : ours[row] }
      return min(ours[row], theirs[row])
    }
    return Truths(values, margins: margins)
  }

  func isUnknown(_ vector: SceneVector) -> Truths {
    let values: [UInt8] =
      switch vector {
      case .numbers(let values): values.map { $0.isNaN ? Truth.yes : Truth.no }
      case .truths(let truths): truths.values.map { $0 == Truth.unknown ? Truth.yes : Truth.no }
      case .words(let words): words.codes.map { $0 < 0 ? Truth.yes : Truth.no }
      }
    return .certain(values, withMargins: withMargins)
  }

  // MARK: Comparisons

  func comparison(_ kind: Expression.Comparison, _ one: Expression, _ other: Expression) -> Truths {
    let isNumber: Bool
    if case .number = other.node {
      isNumber = true
    } else {
      isNumber = value(one).type == .number && value(other).type == .number
    }
    guard !isNumber else { return order(kind, one, other) }
    let equal = equality(value(one), value(other))
    let truths = Truths.certain(equal, withMargins: withMargins)
    return kind == .unequal ? negation(truths) : truths
  }

  private func equality(_ one: SceneVector, _ other: SceneVector) -> [UInt8] {
    switch (one, other) {
    case (.words(let first), .words(let second)):
      let codes = first.translating(second)
      return codes.indices.map { row in
        first.codes[row] < 0 || codes[row] < 0 ? Truth.unknown : Truth.of(first.codes[row] == codes[row])
      }
    case (.truths(let first), .truths(let second)):
      return first.values.indices.map { row in
        first.values[row] == Truth.unknown || second.values[row] == Truth.unknown
          ? Truth.unknown : Truth.of(first.values[row] == second.values[row])
      }
    default: return Array(repeating: Truth.unknown, count: count)
    }
  }

  private func order(_ kind: Expression.Comparison, _ one: Expression, _ other: Expression) -> Truths {
    let left = numbers(one)
    if case .number(let constant) = other.node {
      switch kind {
      case .less: return compare(left, margin: { constant - $0 }) { $0 < constant }
      case .atMost: return compare(left, margin: { constant - $0 }) { $0 <= constant }
      case .more: return compare(left, margin: { $0 - constant }) { $0 > constant }
      case .atLeast: return compare(left, margin: { $0 - constant }) { $0 >= constant }
      case .equal: return compare(left, margin: { -($0 - constant).magnitude }) { $0 == constant }
      case .unequal: return compare(left, margin: { ($0 - constant).magnitude }) { $0 != constant }
      }
    }
    var difference = left
    let right = numbers(other)
    for row in difference.indices { difference[row] = left[row] == right[row] ? 0 : left[row] - right[row] }
    // An unknown one makes the difference unknown.
    for row in difference.indices where left[row].isNaN || right[row].isNaN { difference[row] = .nan }
    switch kind {
    case .less: return compare(difference, margin: { -$0 }) { $0 < 0 }
    case .atMost: return compare(difference, margin: { -$0 }) { $0 <= 0 }
    case .more: return compare(difference, margin: { $0 }) { $0 > 0 }
    case .atLeast: return compare(difference, margin: { $0 }) { $0 >= 0 }
    case .equal: return compare(difference, margin: { -$0.magnitude }) { $0 == 0 }
    case .unequal: return compare(difference, margin: { $0.magnitude }) { $0 != 0 }
    }
  }

  @inline(__always) private func compare(
    _ values: [Double], margin: (Double) -> Double, _ isTrue: (Double) -> Bool
  ) -> Truths {
    let truths = values.map { value -> UInt8 in
      value.isNaN ? Truth.unknown : isTrue(value) ? Truth.yes : Truth.no
    }
    return Truths(truths, margins: withMargins ? values.map(margin) : nil)
  }

  func membership(_ one: Expression, _ others: [Expression]) -> Truths {
    switch value(one) {
    case .words(let words):
      let texts = Set(others.compactMap { if case .text(let text) = $0.node { text } else { nil } })
      let isIn = words.list.map { texts.contains($0) ? Truth.yes : Truth.no }
      return .certain(words.codes.map { $0 < 0 ? Truth.unknown : isIn[Int($0)] }, withMargins: withMargins)
    default:
      let truths = others.map { comparison(.equal, one, $0) }
      return negation(
        truths.map(negation).reduce(truths.first.map { negation($0) } ?? Truths([])) { conjunction($0, $1) })
    }
  }

  func prefix(_ arguments: [Expression]) -> Truths {
    let texts = words(arguments[0]), beginnings = words(arguments[1])
    let values = texts.codes.indices.map { row -> UInt8 in
      guard let text = texts[row], let beginning = beginnings[row] else { return Truth.unknown }
      return Truth.of(text.utf8.starts(with: beginning.utf8))
    }
    return .certain(values, withMargins: withMargins)
  }

  // MARK: Objects

  /// Over each sample's objects; unknown where no detector looked.
  func quantified(
    _ kind: Expression.Quantifier, _ truths: Truths, _ table: SceneObjects, _ hasRun: [Bool],
    distances: () -> [Double]
  ) -> SceneVector {
    switch kind {
    case .any, .all:
      // Whether one is, is whether not all are not.
      let own = kind == .all ? truths : negation(truths)
      var values = hasRun.map { $0 ? Truth.yes : Truth.unknown }
      var margins = withMargins ? hasRun.map { $0 ? Double.infinity : .nan } : []
      for (object, sample) in table.samples.enumerated() {
        values[sample] = min(values[sample], own.values[object])
        if let margin = own.margins?[object], !margin.isNaN { margins[sample] = min(margins[sample], margin) }
      }
      if withMargins {
        for row in values.indices where values[row] == Truth.unknown { margins[row] = .nan }
      }
      let all = Truths(values, margins: withMargins ? margins : nil)
      return .truths(kind == .all ? all : negation(all))
    case .count:
      var counts = hasRun.map { $0 ? 0 : Double.nan }
      for (object, sample) in table.samples.enumerated() where truths.values[object] == Truth.yes {
        counts[sample] += 1
      }
      return .numbers(counts)
    case .nearest:
      let distances = distances()
      var nearest = Array(repeating: Double.nan, count: count)
      for (object, sample) in table.samples.enumerated() where truths.values[object] == Truth.yes {
        // NaN is not nearer than anything.
        if !(distances[object] >= nearest[sample]), !distances[object].isNaN { nearest[sample] = distances[object] }
      }
      return .numbers(nearest)
    }
  }
}
