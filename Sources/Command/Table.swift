import Core

/// Aligned columns for people, as wide as the terminal allows, without colour.
///
/// Every cell is escaped. Where it does not fit, the columns that may shrink lose the middle of their widest cells.
package struct Table {
  package struct Column: Sendable {
    package enum Alignment: Sendable { case left, right }

    var title: String
    var alignment: Alignment
    var mayShrink: Bool

    /// A column of text.
    package static func text(_ title: String) -> Column { Column(title: title, alignment: .left, mayShrink: false) }
    /// A column of names, which may be shortened.
    package static func name(_ title: String) -> Column { Column(title: title, alignment: .left, mayShrink: true) }
    /// A column of numbers.
    package static func number(_ title: String) -> Column { Column(title: title, alignment: .right, mayShrink: false) }
  }

  /// A column that shrinks keeps as much.
  private static let least = 8
  private static let gap = 2

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) { self.columns = columns }

  /// A row with a cell for each column; missing ones are empty.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "more cells than columns")
    rows.append(cells.map(\.shown) + Array(repeating: "", count: columns.count - cells.count))
  }

  package var isEmpty: Bool { rows.isEmpty }

  /// Lines without blanks at their ends; the titles come first.
  package func render(width limit: Int, isUnicode: Bool = false) -> String {
    let titles = columns.map(\.title)
    let widths = self.widths(of: [titles] + rows, limit)
    let mark = isUnicode ? "…" : "..."
    return ([titles] + rows).map { row in
      let cells = zip(columns, zip(row, widths)).map { column, cell in
        pad(shortened(cell.0, to: cell.1, mark), to: cell.1, column.alignment)
      }
      var line = cells.joined(separator: String(repeating: " ", count: Self.gap))
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// How wide each column is: as its widest cell, unless the columns that may shrink must.
  private func widths(of rows: [[String]], _ limit: Int) -> [Int] {
    var widths = columns.indices.map { index in rows.map { Command.width(of: $0[index]) }.max() ?? 0 }
    var excess = widths.reduce(0, +) + Self.gap * max(0, columns.count - 1) - limit
    while excess > 0 {
      let widest = columns.indices.filter { columns[$0].mayShrink }.max { widths[$0] < widths[$1] }
      guard let widest, widths[widest] > Self.least else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func pad(_ text: String, to width: Int, _ alignment: Column.Alignment) -> String {
    let blanks = String(repeating: " ", count: max(0, width - Command.width(of: text)))
    return alignment == .left ? text + blanks : blanks + text
  }
}
