extension Sequence<String> {
  /// The word that was meant, most likely: at most two letters, and a third of them, are wrong; or it only goes on.
  package func nearest(to word: String) -> String? {
    let near = map { (word: $0, distance: editDistance(word, $0)) }.min { $0.distance < $1.distance }
    if let near, near.distance <= Swift.min(2, Swift.max(1, word.count / 3)) { return near.word }
    return word.count < 2 ? nil : first { $0.hasPrefix(word) }
  }
}

/// How many letters must be put in, taken out, replaced or swapped with the next to make one word from another.
private func editDistance(_ one: String, _ other: String) -> Int {
  let (one, other) = (Array(one.unicodeScalars.prefix(100)), Array(other.unicodeScalars.prefix(100)))
  var rows = [Array(0...other.count)]
  for (i, letter) in one.enumerated() {
    var row = [i + 1]
    for (j, wanted) in other.enumerated() {
      var best = Swift.min(rows[i][j] + (letter == wanted ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, letter == other[j - 1], one[i - 1] == wanted { best = Swift.min(best, rows[i - 1][j - 1] + 1) }
      row.append(best)
    }
    rows.append(row)
  }
  return rows[one.count][other.count]
}
