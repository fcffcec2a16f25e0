/// The path of an object: `/` the file, `/'group'`, `/'group'/'channel'`.
///
/// A quote inside a name is doubled; a slash is a character like any other.
struct TDMSPath: Hashable, Sendable {
  var group: String?
  var channel: String?

  /// Of the file, or a group.
  init(group: String? = nil) { self.group = group }

  /// Nil for what is no path.
  init?(_ text: String) {
    var names: [String] = []
    var rest = Substring(text).unicodeScalars
    guard rest.popFirst() == "/" else { return nil }
    while rest.popFirst() == "'" {
      var name = String.UnicodeScalarView()
      while true {
        guard let next = rest.popFirst() else { return nil }
        if next == "'" {
          guard rest.first == "'" else { break }
          rest.removeFirst()
        }
        name.append(next)
      }
      names.append(String(name))
      guard let next = rest.popFirst() else { break }
      guard next == "/", !rest.isEmpty else { return nil }
    }
    guard rest.isEmpty, names.count <= 2, !names.isEmpty || text == "/" else { return nil }
    group = names.first
    channel = names.count == 2 ? names[1] : nil
  }
}

extension TDMSPath: CustomStringConvertible {
  /// For people: names as they are.
  var description: String { [group, channel].compactMap { $0 }.joined(separator: "/") }
}
