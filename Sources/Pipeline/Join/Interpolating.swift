package import Core

/// Values of columns at instants; NaN or missing neighbours give a missing value, and so does what is not known.
extension Resampling {
  /// The values of a column by a policy that concerns one column.
  ///
  /// Policies that take a row keep the column's type; the others give `float64`.
  /// - Returns: nil when the policy needs numbers and the column has none, or needs more than one column.
  package func values(of column: Column, _ policy: Interpolation, unit: String? = nil) -> Column? {
    switch policy {
    case .previous, .nearest, .next, .none: return column.picking(rows(policy))
    case .linear: return column.numbers.map { numbers in .optional(linear(numbers)) }
    case .circular, .circularDegrees, .circularRadians:
      guard let numbers = column.numbers, let period = Self.period(policy, unit: unit) else { return nil }
      return .optional(circular(numbers, period: period))
    case .geodetic, .slerp: return nil
    }
  }

  /// What a full turn is: by the policy, else by the unit.
  package static func period(_ policy: Interpolation, unit: String?) -> Double? {
    switch (policy, unit) {
    case (.circularDegrees, _), (.circular, "deg"), (.circular, "°"), (.circular, "degrees"): 360
    case (.circularRadians, _), (.circular, "rad"), (.circular, "radians"): 2 * .pi
    default: nil
    }
  }

  package func linear(_ values: [Double]) -> [Double?] {
    each { bracket in
      let (one, other) = (values[bracket.first], values[bracket.second])
      return one + (other - one) * bracket.weight
    }
  }

  /// The shortest way round; the result stays in the range that the neighbours use: from 0, or around 0.
  package func circular(_ values: [Double], period: Double) -> [Double?] {
    each { bracket in
      let (one, other) = (values[bracket.first], values[bracket.second])
      let turn = (other - one).remainder(dividingBy: period)
      let value = one + turn * bracket.weight
      guard bracket.weight > 0 else { return one }
      func isIn(_ range: ClosedRange<Double>) -> Bool { range.contains(one) && range.contains(other) }
      if isIn(0...period) {
        let wrapped = value - period * (value / period).rounded(.down)
        return wrapped < period ? wrapped : 0
      }
      return isIn(-period / 2...period / 2) ? value.remainder(dividingBy: period) : value
    }
  }

  /// Points in degrees on the straight line through the earth between the neighbours, seen from above (WGS 84).
  package func geodetic(latitudes: [Double], longitudes: [Double]) -> (latitudes: [Double?], longitudes: [Double?]) {
    let points: [Geocentric?] = instants.indices.map { index in
      guard let bracket = bracket(index) else { return nil }
      let one = Geocentric(latitude: latitudes[bracket.first], longitude: longitudes[bracket.first])
      let other = Geocentric(latitude: latitudes[bracket.second], longitude: longitudes[bracket.second])
      return one.moved(to: other, by: bracket.weight)
    }
    // At a row, the row's own digits.
    let own = instants.indices.map { index in bracket(index).flatMap { $0.weight == 0 ? $0.first : nil } }
    func chosen(_ exact: [Double], _ between: (Geocentric) -> Double) -> [Double?] {
      instants.indices.map { index in
        let value = own[index].map { exact[$0] } ?? points[index].map(between)
        return value.flatMap { $0.isFinite ? $0 : nil }
      }
    }
    return (chosen(latitudes, \.latitude), chosen(longitudes, \.longitude))
  }

  /// Unit quaternions; of the two that mean the same turn, the nearer one is gone to.
  package func slerp(_ x: [Double], _ y: [Double], _ z: [Double], _ w: [Double]) -> [[Double?]] {
    var result = [[Double?]](repeating: [], count: 4)
    for index in instants.indices {
      let turn = bracket(index).map { bracket in
        func at(_ row: Int) -> SIMD4<Double> { SIMD4(x[row], y[row], z[row], w[row]) }
        return bracket.weight == 0 ? at(bracket.first) : between(at(bracket.first), at(bracket.second), bracket.weight)
      }
      let isKnown = turn.map { $0.sum().isFinite } ?? false
      for part in 0..<4 { result[part].append(isKnown ? turn?[part] : nil) }
    }
    return result
  }

  private func between(_ one: SIMD4<Double>, _ other: SIMD4<Double>, _ weight: Double) -> SIMD4<Double> {
    var other = other
    var cosine = (one * other).sum()
    if cosine < 0 { (other, cosine) = (-other, -cosine) }
    if cosine > 0.9995 {
      let mixed = one + (other - one) * weight
      return mixed / (mixed * mixed).sum().squareRoot()
    }
    let angle = Mathematics.acos(min(1, cosine)), sine = Mathematics.sin(angle)
    return one * (Mathematics.sin((1 - weight) * angle) / sine) + other * (Mathematics.sin(weight * angle) / sine)
  }

  private func each(_ value: (Bracket) -> Double) -> [Double?] {
    instants.indices.map { index in
      guard let bracket = bracket(index) else { return nil }
      let result = value(bracket)
      return result.isNaN ? nil : result
    }
  }
}

extension Column {
  /// The values as `Double`, NaN for what is missing; nil when they are no numbers.
  package var numbers: [Double]? {
    var numbers: [Double]
    switch values {
    case .int8(let values): numbers = values.map(Double.init)
    case .int16(let values): numbers = values.map(Double.init)
    case .int32(let values): numbers = values.map(Double.init)
    case .int64(let values): numbers = values.map(Double.init)
    case .uint8(let values): numbers = values.map(Double.init)
    case .uint16(let values): numbers = values.map(Double.init)
    case .uint32(let values): numbers = values.map(Double.init)
    case .uint64(let values): numbers = values.map(Double.init)
    case .float32(let values): numbers = values.map(Double.init)
    case .float64(let values): numbers = values
    case .bool, .text, .list, .structure: return nil
    }
    if let validity { for index in numbers.indices where !validity[index] { numbers[index] = .nan } }
    return numbers
  }

  /// Numbers with nil where there is none.
  package static func optional(_ values: [Double?]) -> Column {
    Column(.float64(values.map { $0 ?? 0 }), validity: values.contains { $0 == nil } ? values.map { $0 != nil } : nil)
  }
}
