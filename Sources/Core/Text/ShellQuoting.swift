extension String {
  /// The text as one word of a POSIX shell's command line; plain words stay as they are.
  ///
  /// What could steer a terminal is written by `$'…'` (POSIX.1-2024, bash, zsh, ksh), so that a command that is shown
  /// can be pasted and means the same.
  package var shellQuoted: String {
    guard !isEmpty else { return "''" }
    let isPlain = utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_-./=:,@%+".utf8.contains(byte)
    }
    if isPlain { return self }
    guard shown != self else { return "'" + replacing("'", with: #"'\''"#) + "'" }
    var text = "$'"
    for scalar in unicodeScalars {
      switch scalar {
      case "'", "\\": text += "\\\(scalar)"
      case "\n": text += #"\n"#
      case "\t": text += #"\t"#
      default:
        let harmless = String(scalar)
        if harmless.shown == harmless {
          text += harmless
        } else {
          // Octal, since it ends after three digits whatever follows.
          for byte in harmless.utf8 {
            let digits = String(byte, radix: 8)
            text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
          }
        }
      }
    }
    return text + "'"
  }
}
