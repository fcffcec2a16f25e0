import Core

/// What became of every message of a frame stream, and what every sample has of it: the rows of its sample data.
struct FrameUse: Sendable {
  private(set) var rows: [SampleDataTable.Row] = []
  private(set) var used = 0
  private(set) var unused = 0
  private(set) var missing = 0
  private(set) var outOfTolerance = 0
  /// Time of each sample's message minus the sample's.
  private(set) var deviations: [Int64] = []

  /// `kept` has the new number of each sample, nil where the sample was dropped; `index` is the stream's.
  init(_ stream: SyncStream, at index: Int, in set: SampleSet, kept: [Int?], leftOut: Set<Int>) {
    let order = stream.order, matches = set.matches[index] ?? []
    var uses = Array<Use>(repeating: .none, count: order.count)
    var keyed: [(key: Int64, row: SampleDataTable.Row)] = []
    keyed.reserveCapacity(matches.count)
    for (sample, match) in matches.enumerated() {
      guard let number = kept[sample] else {
        if let index = match.message, uses[index] == .none { uses[index] = .dropped }
        continue
      }
      var row = SampleDataTable.Row(sample: number, source: nil, time: nil, status: .missing, reason: nil)
      switch match {
      case .message(let index):
        uses[index] = .used
        (row.source, row.time, row.status) = (order.row(index), order.times[index], .ok)
        deviations.append(order.times[index].subtractingSaturated(set.times[sample]))
      case .tooFar(let index, let reason):
        (row.time, row.status, row.reason) = (order.times[index], .outOfTolerance, reason)
        outOfTolerance += 1
      case .missing(let reason):
        row.reason = reason
        missing += 1
      }
      keyed.append((row.status == .ok ? row.time ?? 0 : set.times[sample], row))
    }
    let free = uses.indices.filter { uses[$0] != .used }
    for (place, reason) in zip(free, Self.reasons(free, order, at: index, in: set, leftOut)) {
      keyed.append(
        (
          order.times[place],
          SampleDataTable.Row(
            sample: nil, source: order.row(place), time: order.times[place], status: .unused,
            reason: uses[place] == .dropped ? .incomplete : reason)
        ))
    }
    for (row, time) in zip(order.duplicates, order.duplicateTimes) {
      keyed.append(
        (time, SampleDataTable.Row(sample: nil, source: row, time: time, status: .duplicate, reason: nil)))
    }
    unused = free.count
    used = order.count - unused
    guard !zip(keyed, keyed.dropFirst()).allSatisfy({ $0.key <= $1.key }) else {
      rows = keyed.map(\.row)
      return
    }
    rows = keyed.enumerated().sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element.row)
  }

  private enum Use: Sendable { case none, used, dropped }

  /// Why no sample has these messages; they are in the order of time.
  private static func reasons(
    _ free: [Int], _ order: StreamOrder, at index: Int, in set: SampleSet, _ leftOut: Set<Int>
  ) -> [Absence] {
    let phase = set.phases[index]?.value ?? 0
    let effective = free.map { order.times[$0].subtractingSaturated(phase) }
    let nearest = NearestMatching.nearest(of: effective, in: set.times)
    return free.indices.map { place in
      if leftOut.contains(free[place]) { return .segment }
      if set.tooWide[index].contains(free[place]) { return .maxInterval }
      guard let sample = nearest[place] else { return .gap }
      let away = distance(set.times[sample], effective[place])
      // Of the reference itself there is no tolerance.
      guard away > UInt64(max(0, set.tolerances[index] ?? 0)) else { return .taken }
      if effective[place] < set.times[0] { return .beforeFirst }
      if effective[place] > set.times[set.count - 1] { return .afterLast }
      return set.tolerances[index] == nil ? .taken : .gap
    }
  }
}
