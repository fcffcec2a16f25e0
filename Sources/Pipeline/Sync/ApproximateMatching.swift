/// Sets of messages, one of each stream, as ApproximateTime of ROS message_filters makes them (sync.md 3.2).
///
/// ```
///   queues   what has not been looked at, sorted by time          past   looked at since the candidate search began
///   pivot    the stream whose message every candidate contains     candidate   the best set so far: its heads
/// ```
/// A candidate is emitted once nothing that follows can be better: its interval, times 1.1, is less than that of any
/// set that would have a later start. All input is there, so a candidate that is left at the end is emitted too.
struct ApproximateMatching {
  /// A longer interval is worth a shorter wait by this part, in thousandths.
  var agePenalty: Int64 = 100
  /// Sets that spread over more, in nanoseconds, are not made.
  var maxInterval: Int64 = .max
  /// What an on-line run would keep of each stream; nil for everything.
  var queueSize: Int?
  /// The least time between messages of each stream, in nanoseconds; missing ones are 0.
  var lowerBounds: [Int64] = []

  /// Rows of each set, a row a stream; the times of each stream are sorted.
  ///
  /// `arrivals` say when each message came to a bounded queue; without them they come in the order of their times.
  func sets(of streams: [[Int64]], arrivals: [[Int64]]? = nil) -> [[Int]] {
    run(streams, arrivals: arrivals ?? streams).sets
  }

  /// The same, with the rows of each stream that were left out because their sets would be too wide.
  func run(_ streams: [[Int64]], arrivals: [[Int64]]) -> (sets: [[Int]], tooWide: [Set<Int>]) {
    guard !streams.isEmpty, !streams.contains(where: \.isEmpty) else { return ([], streams.map { _ in [] }) }
    var run = ApproximateRun(self, streams)
    return (run.sets(arrivals), run.tooWide)
  }

  /// Whether an interval is longer even when the older candidate gets its bonus.
  func isBest(_ one: Int64, _ other: Int64) -> Bool {
    // Full width: intervals may be of any length.
    let left = one.multipliedFullWidth(by: 1000 + agePenalty), right = other.multipliedFullWidth(by: 1000)
    return (left.high, left.low) >= (right.high, right.low)
  }
}

/// One pass over the streams.
private struct ApproximateRun {
  private let rules: ApproximateMatching
  private let times: [[Int64]]
  /// What follows the head of each queue has not arrived, with a bounded queue; else all has.
  private var arrived: [Int]
  /// The head of each queue, and how many before it are past.
  private var head: [Int]
  private var past: [Int]
  private var candidate: Candidate?
  private var wasDropped: [Bool]
  private var found: [[Int]] = []
  private(set) var tooWide: [Set<Int>]

  private struct Candidate {
    var rows: [Int]
    var start, end: Int64
    var pivot: Int
    var pivotTime: Int64
  }

  init(_ rules: ApproximateMatching, _ times: [[Int64]]) {
    self.rules = rules
    self.times = times
    arrived = rules.queueSize == nil ? times.map(\.count) : times.map { _ in 0 }
    head = times.map { _ in 0 }
    past = head
    wasDropped = times.map { _ in false }
    tooWide = times.map { _ in [] }
  }

  mutating func sets(_ arrivals: [[Int64]]) -> [[Int]] {
    if let size = rules.queueSize { deliver(arrivals, atMost: max(1, size)) }
    process()
    // Nothing better can come.
    while candidate != nil {
      publish()
      process()
    }
    return found
  }

  /// Lets messages come in the order of their arrival, of equals by stream, as on-line queues would take them.
  private mutating func deliver(_ arrivals: [[Int64]], atMost size: Int) {
    var order: [(time: Int64, stream: Int)] = []
    for (stream, own) in arrivals.enumerated() { order += own.map { ($0, stream) } }
    order.sort { ($0.time, $0.stream) < ($1.time, $1.stream) }
    for (_, stream) in order {
      arrived[stream] += 1
      if arrived[stream] - head[stream] == 1 { process() }
      guard arrived[stream] - head[stream] + past[stream] > size else { continue }
      for other in times.indices { putBack(other, past[other]) }
      head[stream] += 1
      wasDropped[stream] = true
      if candidate != nil {
        candidate = nil
        process()
      }
    }
  }

  private func isEmpty(_ stream: Int) -> Bool { head[stream] >= arrived[stream] }
  private func first(_ stream: Int) -> Int64 { times[stream][head[stream]] }

  private mutating func putBack(_ stream: Int, _ count: Int) {
    head[stream] -= count
    past[stream] -= count
  }

  private mutating func moveToPast(_ stream: Int) {
    head[stream] += 1
    past[stream] += 1
  }

  /// The earliest, of equals the first stream, and the latest, of equals the last stream.
  private func ends(_ time: (Int) -> Int64) -> (start: Int, s: Int64, end: Int, e: Int64) {
    var start = 0, s = time(0), end = 0, e = s
    for stream in times.indices.dropFirst() {
      let own = time(stream)
      if own < s { (start, s) = (stream, own) }
      if own >= e { (end, e) = (stream, own) }
    }
    return (start, s, end, e)
  }

  private mutating func process() {
    while !times.indices.contains(where: isEmpty) {
      let (start, s, end, e) = ends(first)
      for stream in times.indices where stream != end { wasDropped[stream] = false }
      if let old = candidate {
        if rules.isBest(e.subtractingSaturated(old.end), s.subtractingSaturated(old.start)) {
          moveToPast(start)
        } else {
          for stream in times.indices { past[stream] = 0 }
          candidate = Candidate(rows: head, start: s, end: e, pivot: old.pivot, pivotTime: old.pivotTime)
          moveToPast(start)
        }
      } else {
        let isTooWide = e.subtractingSaturated(s) > rules.maxInterval
        guard !isTooWide, !wasDropped[end] else {
          if isTooWide { tooWide[start].insert(head[start]) }
          head[start] += 1
          continue
        }
        for stream in times.indices { past[stream] = 0 }
        candidate = Candidate(rows: head, start: s, end: e, pivot: end, pivotTime: e)
        moveToPast(start)
      }
      guard let new = candidate else { continue }
      let isProven = rules.isBest(e.subtractingSaturated(new.end), new.pivotTime.subtractingSaturated(new.start))
      if start == new.pivot || isProven {
        publish()
      } else if times.indices.contains(where: isEmpty) {
        lookAhead(new)
      }
    }
  }

  /// Emits the candidate: its rows are used, and what was past them is looked at again.
  private mutating func publish() {
    guard let new = candidate else { return }
    found.append(new.rows)
    candidate = nil
    for stream in times.indices {
      putBack(stream, past[stream])
      head[stream] += 1
    }
  }

  /// Looks whether better can still come, with the earliest times that missing messages can have.
  private mutating func lookAhead(_ new: Candidate) {
    var moved = times.map { _ in 0 }
    while true {
      let (start, s, _, e) = ends(virtual)
      if rules.isBest(e.subtractingSaturated(new.end), new.pivotTime.subtractingSaturated(new.start)) {
        return publish()
      }
      // A virtual head cannot be moved: the pivot's time stops the search before.
      guard rules.isBest(e.subtractingSaturated(new.end), s.subtractingSaturated(new.start)), !isEmpty(start) else {
        for stream in times.indices { putBack(stream, moved[stream]) }
        return
      }
      moveToPast(start)
      moved[start] += 1
    }

    func virtual(_ stream: Int) -> Int64 {
      guard isEmpty(stream) else { return first(stream) }
      let last = times[stream][head[stream] - 1]
      let bound = stream < rules.lowerBounds.count ? rules.lowerBounds[stream] : 0
      return max(last.addingSaturated(bound), new.pivotTime)
    }
  }
}
