import Core

/// A value that can be read from one command-line word.
package protocol ArgumentValue {
  init?(argument: String)
  /// How the value is written, for defaults in help.
  var argument: String { get }
  static var completion: ArgumentSpec.Completion { get }
  /// What a word must be, `a duration such as 90s`; nil where the choices say it.
  static var expectation: String? { get }
}

extension ArgumentValue {
  package var argument: String { "\(self)" }
  package static var completion: ArgumentSpec.Completion { .none }
  package static var expectation: String? { nil }
}

extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  package init?(argument: String) { self.init(rawValue: argument) }
  package var argument: String { rawValue }
  package static var completion: ArgumentSpec.Completion { .oneOf(allCases.map(\.rawValue)) }
}

extension String: ArgumentValue {
  package init?(argument: String) {
    guard !argument.isEmpty else { return nil }
    self = argument
  }
  package static var expectation: String? { "something" }
}

extension Int: ArgumentValue {
  package init?(argument: String) { self.init(argument) }
  package static var expectation: String? { "a whole number" }
}

extension Double: ArgumentValue {
  package init?(argument: String) {
    guard let value = Double(argument), value.isFinite else { return nil }
    self = value
  }
  package static var expectation: String? { "a number" }
}

/// A whole number from 1.
package struct Count: ArgumentValue, Sendable, Hashable, ExpressibleByIntegerLiteral {
  package var value: Int

  package init(integerLiteral value: Int) { self.value = value }

  package init?(argument: String) {
    guard let value = Int(argument), value > 0 else { return nil }
    self.value = value
  }

  package var argument: String { "\(value)" }
  package static var expectation: String? { "a whole number from 1" }
}
