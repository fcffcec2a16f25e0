/// How wide a text is on a terminal, in columns: 2 for East Asian wide signs and emoji, 0 for marks that combine.
func width(of text: String) -> Int {
  if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
  return text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
}

private func width(of scalar: Unicode.Scalar) -> Int {
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control: return 0
  default: break
  }
  switch scalar.value {
  case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
    0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f9ff, 0x20000...0x3fffd:
    return 2
  default: return 1
  }
}

/// The text without its middle, so that it is at most `most` columns wide.
func shortened(_ text: String, to most: Int, _ mark: String = "...") -> String {
  guard width(of: text) > most else { return text }
  let room = max(0, most - width(of: mark))
  guard room > 0 else { return String(mark.prefix(max(0, most))) }
  var head = "", tail = ""
  var left = room - room / 2, right = room / 2
  for sign in text {
    left -= width(of: String(sign))
    guard left >= 0 else { break }
    head.append(sign)
  }
  for sign in text.reversed() {
    right -= width(of: String(sign))
    guard right >= 0 else { break }
    tail.insert(sign, at: tail.startIndex)
  }
  return head + mark + tail
}
