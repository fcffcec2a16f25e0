extension Range<Int> {
  /// The first number of a range that a condition holds for, or the end; it must hold for all numbers after one.
  ///
  /// In as many steps as the count has bits; inlined, so that the condition costs no call.
  @inlinable package func bisect(where isBehind: (Int) -> Bool) -> Int {
    var low = lowerBound, high = upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
