/// What is inside a tag of XML, https://www.w3.org/TR/xml; never fails, and knows no entities but XML's own.
package enum XMLText {
  /// The attributes of a tag, in order; reading ends at what is none.
  package static func attributes(_ text: ArraySlice<UInt8>) -> [(name: String, value: String)] {
    var attributes: [(name: String, value: String)] = []
    var rest = text.drop(while: isBlank)
    while let equal = rest.firstIndex(of: UInt8(ascii: "=")) {
      let name = rest[..<equal].reversed().drop(while: isBlank).reversed()
      rest = rest[(equal + 1)...].drop(while: isBlank)
      guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { break }
      let value = rest.dropFirst().prefix { $0 != quote }
      attributes.append((String(decoding: name, as: UTF8.self), unescaped(value)))
      rest = rest[min(value.endIndex + 1, rest.endIndex)...].drop(while: isBlank)
    }
    return attributes
  }

  package static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  /// With the five entities of XML and characters by number in place.
  package static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
    var result: [UInt8] = []
    var rest = text
    while let byte = rest.first {
      guard byte == UInt8(ascii: "&"), let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
        let character = character(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self))
      else {
        result.append(byte)
        rest = rest.dropFirst()
        continue
      }
      result += Array(String(character).utf8)
      rest = rest[(end + 1)...]
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func character(_ entity: String) -> Unicode.Scalar? {
    switch entity {
    case "lt": "<"
    case "gt": ">"
    case "amp": "&"
    case "quot": "\""
    case "apos": "'"
    case _ where entity.hasPrefix("#x"): UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
    case _ where entity.hasPrefix("#"): UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init)
    default: nil
    }
  }
}
