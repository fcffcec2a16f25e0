/// A message type of ROS 1, as the definition text that travels in a bag declares it.
///
/// ```
///   std_msgs/Header header            a field; the root type comes first
///   int32 MODE_A=1                    a constant
///   Leaf[2] leaves
///   ================================================================================
///   MSG: std_msgs/Header              each type it needs, once
///   uint32 seq
///   …
/// ```
/// The text is bytes, not UTF-8. A value of this type is resolved: all types it reaches are in the text, none contains
/// itself, and its columns are not more than `mostColumns`.
package struct Ros1Definition: Sendable {
  /// The root first, then the others in the order of the text; the first of two with the same name counts.
  package private(set) var messages: [Message]

  /// Fields of all nested types together.
  package static let mostColumns = 4096
  /// Types inside types.
  package static let deepest = 64
  /// Bytes of a definition's text; ten times those of the longest in use.
  package static let longest = 1 << 20

  package struct Message: Sendable, Hashable {
    /// `package/Type`.
    package var name: String
    package var constants: [Constant] = []
    package var fields: [Field] = []
  }

  package struct Constant: Sendable, Hashable {
    package var type: String
    package var name: String
    /// As written, blanks at both ends removed.
    package var value: [UInt8]
  }

  package struct Field: Sendable, Hashable {
    package var name: String
    /// As written, with brackets.
    package var type: String
    package var element: Element
    package var arity: Arity
  }

  package enum Element: Sendable, Hashable {
    case builtin(Builtin)
    /// Index into `messages`.
    case message(Int)
    /// A type of this name that is not in the text, and that the root does not need.
    case unresolved(String)
  }

  package enum Arity: Sendable, Hashable {
    case one
    case many
    case fixed(Int)
  }

  package enum Builtin: String, Sendable, Hashable {
    case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64, string, time, duration
    /// int8.
    case byte
    /// uint8, other than in ROS 2.
    case char
  }

  /// Why a definition cannot be used; its channel is delivered undecoded.
  package enum Failure: Error, Hashable {
    case noText
    /// A line, counted from 1, that is not of the language.
    case line(Int, String)
    case missing(type: String, of: String)
    case recursive(type: String)
    case tooLarge(String)
  }

  /// Parses and resolves a definition.
  ///
  /// - Parameters:
  ///   - text: As in the connection's `message_definition`.
  ///   - type: The root's name, `package/Type`; `package/msg/Type` is the same.
  ///   - md5sum: As in the connection; it tells a type without fields from a definition that was left out.
  /// - Throws: why the text does not say what the messages are.
  package init(_ text: [UInt8], type: String, md5sum: String? = nil) throws(Failure) {
    let type = Self.name(type)
    if text.allSatisfy(\.isBlank), type != "std_msgs/Empty", md5sum != Self.emptySum { throw .noText }
    guard text.count <= Self.longest else { throw .tooLarge("it has \(text.count) bytes") }
    messages = try Ros1Text.parse(text, type: type)
    var resolver = Ros1Resolver(messages)
    messages = try resolver.resolve()
  }

  /// The md5sum of a type without fields and constants.
  private static let emptySum = "d41d8cd98f00b204e9800998ecf8427e"

  /// `package/Type` of either spelling.
  static func name(_ type: String) -> String {
    let parts = type.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 3 && parts[1] == "msg" ? "\(parts[0])/\(parts[2])" : type
  }

  /// Whether messages begin with a `std_msgs/Header`, whose stamp stands at byte 4.
  package var hasHeader: Bool {
    guard let first = messages[0].fields.first, first.arity == .one, case .message(let index) = first.element else {
      return false
    }
    return ["std_msgs/Header", "roslib/Header"].contains(messages[index].name)
  }
}

extension Ros1Definition.Failure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noText: "the message definition is empty"
    case .line(let number, let problem): "line \(number) of the message definition: \(problem)"
    case .missing(let type, let parent): "the message definition lacks \(type), which \(parent) needs"
    case .recursive(let type): "the message definition lets \(type) contain itself"
    case .tooLarge(let problem): "the message definition is too large: \(problem)"
    }
  }
}

extension UInt8 {
  /// Space, tab, carriage return, and the other blanks of ASCII.
  var isBlank: Bool { self == 0x20 || 0x09...0x0d ~= self }
}
