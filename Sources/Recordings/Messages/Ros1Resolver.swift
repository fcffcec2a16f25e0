/// Finds the type that each name means, and refuses what contains itself or grows without bound.
///
/// Each message is looked at once, whatever the number of places it occurs in: `T2 a` and `T2 b` in `T1`, and so on for
/// 64 levels, would be 2⁶⁴ columns when written out.
struct Ros1Resolver {
  private var messages: [Ros1Definition.Message]
  private let byName: [String: Int]
  /// Messages by what follows the slash.
  private let byShortName: [Substring: [Int]]
  /// Columns of each message when flattened; nil while it is being counted.
  private var columns: [Int: Int?] = [:]

  init(_ messages: [Ros1Definition.Message]) {
    self.messages = messages
    byName = Dictionary(messages.enumerated().map { ($1.name, $0) }) { first, _ in first }
    byShortName = Dictionary(grouping: messages.indices) { Self.shortName(messages[$0].name) }
  }

  mutating func resolve() throws(Ros1Definition.Failure) -> [Ros1Definition.Message] {
    _ = try count(0, depth: 0)
    return messages
  }

  private mutating func count(_ index: Int, depth: Int) throws(Ros1Definition.Failure) -> Int {
    let message = messages[index]
    if let known = columns[index] {
      guard let known else { throw .recursive(type: message.name) }
      return known
    }
    guard depth <= Ros1Definition.deepest else { throw .tooLarge("types nest deeper than \(Ros1Definition.deepest)") }
    columns[index] = .some(nil)
    var sum = 0
    for (position, field) in message.fields.enumerated() {
      if case .unresolved(let name) = field.element {
        guard let inner = find(name, in: message.name) else { throw .missing(type: name, of: message.name) }
        messages[index].fields[position].element = .message(inner)
        sum += try count(inner, depth: depth + 1)
      }
      sum += 1
      guard sum <= Ros1Definition.mostColumns else {
        throw .tooLarge("\(messages[0].name) has more than \(Ros1Definition.mostColumns) columns")
      }
    }
    columns[index] = sum
    return sum
  }

  /// A name means a type of the same package as the one that uses it, then the only type called so in the text.
  private func find(_ name: String, in user: String) -> Int? {
    let isHeader = ["Header", "std_msgs/Header", "roslib/Header"].contains(name)
    if isHeader, let header = byName["std_msgs/Header"] ?? byName["roslib/Header"] { return header }
    if let index = byName[name] { return index }
    if name.contains("/") { return nil }
    if let slash = user.lastIndex(of: "/"), let index = byName["\(user[..<slash])/\(name)"] { return index }
    let candidates = byShortName[name[...]] ?? []
    return candidates.count == 1 ? candidates[0] : nil
  }

  private static func shortName(_ name: String) -> Substring {
    name.lastIndex(of: "/").map { name[name.index(after: $0)...] } ?? name[...]
  }
}
