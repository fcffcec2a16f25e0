/// `; did you mean '--limit'?` when one of the names is near, else nothing.
func suggestion(for word: String, among names: [String]) -> String {
  let near = names.map { (name: $0, distance: distance(word, $0)) }
  let most = word.count < 6 ? 1 : 2
  guard let best = near.min(by: { $0.distance < $1.distance }) else { return "" }
  if best.distance <= most { return "; did you mean '\(best.name)'?" }
  let longer = names.filter { word.count > 2 && $0.hasPrefix(word) }
  return longer.count == 1 ? "; did you mean '\(longer[0])'?" : ""
}

/// How many letters have to be changed, put in, left out or swapped with their neighbour.
private func distance(_ one: String, _ other: String) -> Int {
  let one = Array(one.unicodeScalars.prefix(100)), other = Array(other.unicodeScalars)
  var rows = [Array(0...other.count)]
  for i in one.indices {
    var row = [i + 1]
    for j in other.indices {
      var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (one[i] == other[j] ? 0 : 1))
      if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
        least = min(least, rows[i - 1][j - 1] + 1)
      }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[one.count][other.count]
}
