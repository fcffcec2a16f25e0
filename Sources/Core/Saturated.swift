extension Int {
  /// The sum, or the largest number where it would be larger: for sizes that a file system only claims.
  package func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
