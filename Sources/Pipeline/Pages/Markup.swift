import Core

/// Writes HTML and SVG in which nothing of the data is ever markup.
///
/// Names of elements and attributes are literals of the source; everything that comes in at run time is escaped, and what
/// steers a terminal or turns the writing is spelled out, so that the text is also well-formed XML.
struct Markup {
  private(set) var text = ""

  typealias Attributes = KeyValuePairs<StaticString, String>

  /// An element and what is in it.
  mutating func element(_ name: StaticString, _ attributes: Attributes = [:], _ content: (inout Markup) -> Void) {
    open(name, attributes)
    text += ">"
    content(&self)
    text += "</\(name)>"
  }

  /// An element that holds a text.
  mutating func element(_ name: StaticString, _ attributes: Attributes, _ content: String) {
    element(name, attributes) { $0.write(content) }
  }

  mutating func element(_ name: StaticString, _ content: String) { element(name, [:], content) }

  /// An element without contents.
  mutating func element(_ name: StaticString, _ attributes: Attributes = [:]) {
    open(name, attributes)
    text += "/>"
  }

  mutating func write(_ content: String) { text += content.markupEscaped }

  /// Markup that stands in the source as it is.
  mutating func literal(_ markup: StaticString) { text += "\(markup)" }

  mutating func append(_ other: Markup) { text += other.text }

  private mutating func open(_ name: StaticString, _ attributes: Attributes) {
    text += "<\(name)"
    for (key, value) in attributes { text += " \(key)=\"\(value.markupEscaped)\"" }
  }
}

extension Markup {
  /// A table: titles, then rows of cells; the first `texts` columns are text, the others numbers.
  mutating func table(_ titles: [String], texts: Int, _ rows: [[Cell]]) {
    element("div", ["class": "wide"]) { wide in
      wide.element("table") { table in
        table.element("thead") { head in
          head.element("tr") { row in
            for (index, title) in titles.enumerated() {
              row.element("th", index < texts ? [:] : ["class": "n"], title)
            }
          }
        }
        table.element("tbody") { body in
          for cells in rows {
            body.element("tr") { row in
              for (index, cell) in cells.enumerated() { row.cell(cell, isText: index < texts) }
            }
            body.text += "\n"
          }
        }
      }
    }
    text += "\n"
  }

  private mutating func cell(_ cell: Cell, isText: Bool) {
    element("td", isText ? [:] : ["class": "n"]) { place in
      if let link = cell.link {
        place.element("a", ["href": link], cell.text)
      } else if let tone = cell.tone {
        place.element("span", ["class": "tag \(tone)"], cell.text)
      } else {
        place.write(cell.text)
      }
    }
  }

  /// A cell of a table.
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    /// A relative address that we made.
    var link: String?
    /// The class of a label.
    var tone: String?

    init(_ text: String, link: String? = nil, tone: String? = nil) {
      (self.text, self.link, self.tone) = (text, link, tone)
    }
    init(stringLiteral value: String) { self.init(value) }
  }

  /// Names and what they are, below each other.
  mutating func list(_ facts: [(name: String, value: String)]) {
    element("dl") { list in
      for fact in facts where !fact.value.isEmpty {
        list.element("dt", fact.name)
        list.element("dd", fact.value)
      }
    }
    text += "\n"
  }
}

extension String {
  /// For texts and quoted attributes of HTML and XML.
  var markupEscaped: String {
    var text = ""
    for scalar in shown.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      // No characters of XML.
      case "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Double {
  /// With two decimals at most, for coordinates and numbers of pages.
  var brief: String {
    guard isFinite, magnitude < 1e15 else { return "–" }
    let hundredths = Int64((self * 100).rounded())
    let (whole, rest) = (hundredths.magnitude / 100, hundredths.magnitude % 100)
    let decimals = rest == 0 ? "" : rest % 10 == 0 ? ".\(rest / 10)" : rest < 10 ? ".0\(rest)" : ".\(rest)"
    return (hundredths < 0 ? "-" : "") + "\(whole)\(decimals)"
  }
}
