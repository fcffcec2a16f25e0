/// The words of mdoc(7): what has to be escaped where.
enum MDoc {
  /// Text on lines of its own, one sentence a line.
  static func text(_ text: String) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      let isSentence = [".", "!", "?", ".)"].contains { last.hasSuffix($0) }
      if isSentence || last.count + word.count > 78 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.map { leading(escape($0)) }
  }

  /// Paragraphs, with `.Pp` between them, and literal blocks.
  static func paragraphs(_ prose: String) -> [String] {
    var lines: [String] = []
    for part in Prose(prose).parts {
      switch part {
      case .paragraph(let text):
        if !lines.isEmpty, lines.last != ".Ed" { lines.append(".Pp") }
        if lines.last == ".Ed" { lines.append(".Pp") }
        lines += Self.text(text)
      case .literal(let block): lines += literal(block)
      }
    }
    return lines
  }

  /// Lines that stand as they are and can be copied.
  static func literal(_ lines: [String]) -> [String] {
    [".Bd -literal -offset indent"] + lines.map { leading(copyable($0)) } + [".Ed"]
  }

  /// Words on a macro's line.
  static func arguments(_ text: String) -> String {
    text.split(separator: " ").map { word in
      let isDelimiter = word.count == 1 && word.allSatisfy { !$0.isLetter && !$0.isNumber }
      let isMacro = (2...3).contains(word.count) && word.first?.isUppercase == true
      return (isDelimiter || isMacro ? "\\&" : "") + copyable(String(word)).replacing("\"", with: "\\(dq")
    }.joined(separator: " ")
  }

  private static func escape(_ text: String) -> String { text.replacing("\\", with: "\\e") }

  /// Escaped so that a terminal shows the ASCII that has to be typed.
  private static func copyable(_ text: String) -> String {
    escape(text).replacing("-", with: "\\-").replacing("'", with: "\\(aq").replacing("`", with: "\\(ga")
      .replacing("^", with: "\\(ha").replacing("~", with: "\\(ti")
  }

  private static func leading(_ line: String) -> String {
    line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
  }
}
