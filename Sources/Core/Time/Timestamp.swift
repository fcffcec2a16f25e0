/// An instant: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
package struct Timestamp: Sendable, Hashable, Comparable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  package static func < (one: Timestamp, other: Timestamp) -> Bool { one.nanoseconds < other.nanoseconds }
}

/// From the first to the last instant of something; both belong to it.
package struct TimeRange: Sendable, Hashable {
  package var start: Timestamp
  package var end: Timestamp

  package init(start: Timestamp, end: Timestamp) {
    self.start = start
    self.end = end
  }

  /// The smallest range that holds this one and `instant`.
  package func extended(to instant: Timestamp) -> TimeRange {
    TimeRange(start: min(start, instant), end: max(end, instant))
  }
}
