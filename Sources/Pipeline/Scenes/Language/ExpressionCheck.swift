/// Says what an expression's value is, or what is wrong with it.
///
/// `columns` gives a name's type, nil where there is none of that name. Objects have columns of their own; their sample's are
/// known besides.
struct ExpressionCheck {
  var columns: (String) -> ValueType?
  var objectColumns: (String) -> ValueType? = { _ in .any }
  var isOfScene = false

  /// A condition.
  func condition(_ expression: Expression) throws(ExpressionFailure) {
    let type = try type(expression)
    guard type.fits(.truth) else {
      throw ExpressionFailure(place: expression.place, problem: "wanted a condition, found a \(type.rawValue)")
    }
  }

  func type(_ expression: Expression) throws(ExpressionFailure) -> ValueType {
    switch expression.node {
    case .number: return .number
    case .text: return .text
    case .truth: return .truth
    case .null: return .any
    case .name(let name):
      guard let type = columns(name) else {
        throw ExpressionFailure(place: expression.place, problem: "there is no column '\(name)'")
      }
      return type
    case .negative(let one): return try want(.number, one)
    case .not(let one): return try want(.truth, one)
    case .isNull(let one):
      _ = try type(one)
      return .truth
    case .arithmetic(_, let one, let other):
      _ = try want(.number, one)
      return try want(.number, other)
    case .both(let one, let other), .either(let one, let other), .until(_, _, let one, let other):
      _ = try want(.truth, one)
      return try want(.truth, other)
    case .temporal(_, _, _, let one): return try want(.truth, one)
    case .comparison(let kind, let one, let other):
      let left = try type(one), right = try type(other)
      guard left.fits(right) else { throw differ(left, right, at: other) }
      guard kind == .equal || kind == .unequal || left.fits(.number) && right.fits(.number) else {
        throw ExpressionFailure(
          place: one.place,
          problem: "'\(kind.rawValue)' compares numbers, found a \(left == .any ? right.rawValue : left.rawValue)")
      }
      return .truth
    case .oneOf(let one, let others):
      let left = try type(one)
      for other in others {
        let right = try type(other)
        guard left.fits(right) else { throw differ(left, right, at: other) }
      }
      return .truth
    case .objects(let kind, let one):
      var check = self
      let (own, rows) = (objectColumns, columns)
      check.columns = { own($0) ?? rows($0) }
      try check.condition(one)
      return kind == .any || kind == .all ? .truth : .number
    case .call(let function, let arguments): return try call(function, arguments)
    }
  }

  private func call(_ function: Function, _ arguments: [Expression]) throws(ExpressionFailure) -> ValueType {
    switch function {
    case .lower: return try want(.text, arguments[0])
    case .startsWith:
      for argument in arguments { _ = try want(.text, argument) }
      return .truth
    case .since:
      _ = try want(.truth, arguments[0])
      return .number
    case .share:
      _ = try want(.truth, arguments[0])
      return .number
    case .rise, .fall: return try want(.truth, arguments[0])
    case .prev, .first, .last: return try type(arguments[0])
    case .atMaximum:
      _ = try want(.number, arguments[1])
      return try type(arguments[0])
    case .if:
      _ = try want(.truth, arguments[0])
      return try same(Array(arguments.dropFirst()))
    case .coalesce: return try same(arguments)
    default:
      for argument in arguments { _ = try want(.number, argument) }
      return .number
    }
  }

  private func same(_ values: [Expression]) throws(ExpressionFailure) -> ValueType {
    var known = ValueType.any
    for value in values {
      let type = try type(value)
      guard type.fits(known) else { throw differ(known, type, at: value) }
      if known == .any { known = type }
    }
    return known
  }

  private func want(_ type: ValueType, _ expression: Expression) throws(ExpressionFailure) -> ValueType {
    let found = try self.type(expression)
    guard found.fits(type) else {
      throw ExpressionFailure(place: expression.place, problem: "wanted a \(type.rawValue), found a \(found.rawValue)")
    }
    return type
  }

  private func differ(_ one: ValueType, _ other: ValueType, at place: Expression) -> ExpressionFailure {
    ExpressionFailure(place: place.place, problem: "a \(one.rawValue) and a \(other.rawValue) are not of one kind")
  }
}

/// How far an expression looks from a row, in seconds.
struct Reach: Sendable, Equatable {
  var back = 0.0, ahead = 0.0

  mutating func join(_ other: Reach) { (back, ahead) = (Swift.max(back, other.back), Swift.max(ahead, other.ahead)) }
}

extension Expression {
  /// A row before or after is within `period` seconds, or behind a gap.
  func reach(period: Double) -> Reach {
    var inner = Reach()
    for operand in operands { inner.join(operand.reach(period: period)) }
    switch node {
    case .temporal(let kind, _, let to, _):
      if kind.isPast { inner.back += to } else { inner.ahead += to }
    case .until(_, let to, _, _): inner.ahead += to
    case .call(let function, let arguments):
      switch function {
      case .prev, .rate, .rise, .fall: inner.back += period
      case .since: inner.back += Function.farthest
      default:
        guard function.takesSeconds, arguments.count == 2, case .number(let seconds) = arguments[1].node else { break }
        if function == .smooth {
          inner.back += seconds / 2
          inner.ahead += seconds / 2
        } else {
          // The value that held then is of a row before.
          inner.back += seconds + period
        }
      }
    default: break
    }
    return inner
  }
}
