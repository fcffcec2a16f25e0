import Core

/// The longest duration of each kind of thing: what overlaps an instant began at most so long before it.
final class IndexLongest {
  private var durations: [String: Int64] = [:]

  func take(_ what: String, _ start: Int64?, _ end: Int64?) {
    guard let start, let end else { return }
    let (duration, isTooLong) = end.subtractingReportingOverflow(start)
    durations[what] = max(durations[what] ?? 0, isTooLong ? .max : duration)
  }

  func store(in database: Database) throws {
    for (what, duration) in durations {
      try database.run(
        "INSERT INTO longest VALUES(?1, ?2) ON CONFLICT(what) DO UPDATE SET duration = max(duration, ?2)",
        [.text(what), .integer(duration)])
    }
  }
}
