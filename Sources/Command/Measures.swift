package import Core

/// A length of time as an option has it, such as `90s`.
package struct Nanoseconds: ArgumentValue, Sendable, Hashable {
  package var value: Int64

  package init(_ value: Int64) { self.value = value }

  package init?(argument: String) {
    guard let value = Measure.duration(argument), value >= 0 else { return nil }
    self.value = value
  }

  package var argument: String { Measure.text(duration: value) }
  package static var expectation: String? { "a duration such as 90s, 30m or 26h" }
}

/// An amount of data as an option has it, such as `1.5G`; K, M, G are powers of 1024.
package struct ByteCount: ArgumentValue, Sendable, Hashable {
  package var value: Int64

  package init(_ value: Int64) { self.value = value }

  package init?(argument: String) {
    guard let value = Measure.size(argument) else { return nil }
    self.value = value
  }

  package var argument: String { Measure.text(size: value) }
  package static var expectation: String? { "a size such as 512K, 10M or 1.5G" }
}

/// A rate as an option has it, such as `2Hz`.
package struct Hertz: ArgumentValue, Sendable, Hashable {
  package var value: Double

  package init(_ value: Double) { self.value = value }

  package init?(argument: String) {
    guard let value = Measure.rate(argument) else { return nil }
    self.value = value
  }

  package var argument: String { Measure.text(rate: value) }
  package static var expectation: String? { "a rate such as 2Hz" }
}

/// A distance as an option has it, such as `5m`.
package struct Metres: ArgumentValue, Sendable, Hashable {
  package var value: Double

  package init(_ value: Double) { self.value = value }

  package init?(argument: String) {
    guard let value = Measure.distance(argument) else { return nil }
    self.value = value
  }

  package var argument: String { Measure.text(distance: value) }
  package static var expectation: String? { "a distance such as 5m or 20cm" }
}

extension Timestamp: ArgumentValue {
  package init?(argument: String) { self.init(argument) }
  package static var expectation: String? { "a time such as 2026-01-31T12:00:00Z or @1769860800" }
}

extension Identifier: ArgumentValue {
  package init?(argument: String) { self.init(argument) }
  package static var expectation: String? { "a UUID" }
}
