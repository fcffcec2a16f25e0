/// Text of help and manuals: paragraphs between empty lines; lines that begin with two spaces stand as they are.
struct Prose {
  enum Part { case paragraph(String), literal([String]) }

  private(set) var parts: [Part] = []

  init(_ text: String) {
    var words: [Substring] = [], literal: [String] = []
    func close() {
      if !words.isEmpty { parts.append(.paragraph(words.joined(separator: " "))) }
      if !literal.isEmpty { parts.append(.literal(literal)) }
      (words, literal) = ([], [])
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      switch (line.isEmpty, line.hasPrefix("  ")) {
      case (true, _): close()
      case (_, true):
        if !words.isEmpty { close() }
        literal.append(String(line.dropFirst(2)))
      case (_, false):
        if !literal.isEmpty { close() }
        words += line.split(separator: " ")
      }
    }
    close()
  }

  /// The text for a terminal.
  func wrapped(_ width: Int) -> String {
    parts.map { part in
      switch part {
      case .paragraph(let text): wrap(text, width).joined(separator: "\n")
      case .literal(let lines): lines.map { "  " + $0 }.joined(separator: "\n")
      }
    }.joined(separator: "\n\n")
  }
}

/// Lines of at most `width` characters; a longer word has a line of its own.
func wrap(_ text: String, _ width: Int) -> [String] {
  var lines = [""]
  for word in text.split(separator: " ") {
    if !lines[lines.count - 1].isEmpty, lines[lines.count - 1].count + word.count + 1 > width { lines.append("") }
    lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
  }
  return lines
}
