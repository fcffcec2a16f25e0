import Core

extension Ros1Definition {
  /// The md5sum that ROS gives the type, for comparison with the connection's.
  ///
  /// MD5 of the constants as `type NAME=value`, then the fields as `type name`, one a line; a field that is a message
  /// has the sum of its type in place of the name, without brackets.
  package var md5sum: String {
    var sums: [Int: String] = [:]
    return sum(0, &sums)
  }

  private func sum(_ index: Int, _ sums: inout [Int: String]) -> String {
    if let known = sums[index] { return known }
    var lines: [[UInt8]] = []
    for constant in messages[index].constants {
      lines.append(Array("\(constant.type) \(constant.name)=".utf8) + constant.value)
    }
    for field in messages[index].fields {
      if case .message(let inner) = field.element {
        lines.append(Array("\(sum(inner, &sums)) \(field.name)".utf8))
      } else {
        lines.append(Array("\(field.type) \(field.name)".utf8))
      }
    }
    let text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    let sum = Digest.md5.of(text.bytes).hex
    sums[index] = sum
    return sum
  }
}
