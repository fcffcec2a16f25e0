/// Where the conditions of rules hold, over a whole table: what every scene begins with.
struct SceneSignals: Sendable {
  /// A condition of a rule: when it begins to hold and ends to.
  struct Condition: Sendable {
    var enter: Expression
    var exit: Expression
    /// How long it holds while it is not known.
    var gap: Int64
    var isOfTracks: Bool

    init(enter: Expression, exit: Expression? = nil, gap: Int64 = 0, isOfTracks: Bool) {
      (self.enter, self.exit) = (enter, exit ?? Expression(.not(enter)))
      (self.gap, self.isOfTracks) = (gap, isOfTracks)
    }
  }

  let conditions: [Condition]

  /// What a block says of them; only what changes.
  struct Part: Sendable {
    /// By condition.
    var events: [[Event]]
    /// Rows of tracks, by their name.
    var tracks: [(track: String, times: [Int64], truths: [Int: (enter: [UInt8], exit: [UInt8])])]
    /// Shares of unknown rows, by condition.
    var unknown: [Int]
  }

  enum Event: Sendable {
    case row(Int64, enter: UInt8, exit: UInt8)
    case gap(Int64)
  }

  func part(_ rows: SceneRows) -> Part {
    var part = Part(events: [], tracks: [], unknown: [])
    let evaluator = Evaluator(rows)
    for condition in conditions {
      guard !condition.isOfTracks else {
        part.events.append([])
        part.unknown.append(0)
        continue
      }
      let enter = evaluator.truths(condition.enter).values, exit = evaluator.truths(condition.exit).values
      part.events.append(Self.events(rows, enter, exit))
      part.unknown.append(enter[rows.main].count { $0 == Truth.unknown })
    }
    let own = conditions.indices.filter { conditions[$0].isOfTracks }
    guard !own.isEmpty else { return part }
    for (track, rows) in rows.tracks() {
      let evaluator = Evaluator(rows)
      var truths: [Int: (enter: [UInt8], exit: [UInt8])] = [:]
      for index in own {
        let enter = evaluator.truths(conditions[index].enter).values
        let exit = evaluator.truths(conditions[index].exit).values
        truths[index] = (Array(enter[rows.main]), Array(exit[rows.main]))
        part.unknown[index] += enter[rows.main].count { $0 == Truth.unknown }
      }
      part.tracks.append((track, Array(rows.times[rows.main]), truths))
    }
    return part
  }

  /// The rows at which something is other than in the row before.
  private static func events(_ rows: SceneRows, _ enter: [UInt8], _ exit: [UInt8]) -> [Event] {
    var events: [Event] = [], last: UInt8 = .max
    for row in rows.main {
      if rows.isAfterGap(row) {
        events.append(.gap(rows.times[row - 1] + rows.hold))
        last = .max
      }
      let state = enter[row] << 2 | exit[row]
      // Else one row after another that says the same leads to another state.
      let isSteady = exit[row] == Truth.no || enter[row] == Truth.yes - exit[row]
      if state != last || !isSteady { events.append(.row(rows.times[row], enter: enter[row], exit: exit[row])) }
      last = state
    }
    return events
  }
}

/// Takes what blocks say, in order, and gives the intervals of each condition.
struct SceneTracker {
  private let conditions: [SceneSignals.Condition]
  private var machines: [SceneMachine]
  private var tracks: [String: Track] = [:]
  private(set) var unknown: [Int]
  /// Rows of tracks that were looked at.
  private(set) var trackRows = 0

  /// A track has a machine for each condition of tracks.
  private struct Track {
    var machines: [Int: SceneMachine] = [:]
    var last: Int64
  }

  init(_ conditions: [SceneSignals.Condition]) {
    self.conditions = conditions
    machines = conditions.map { SceneMachine(gap: $0.gap) }
    unknown = conditions.map { _ in 0 }
  }

  /// `hold` is how long a row of a track holds.
  mutating func take(_ part: SceneSignals.Part, hold: Int64) {
    for index in conditions.indices {
      unknown[index] += part.unknown[index]
      for event in part.events[index] {
        switch event {
        case .row(let time, let enter, let exit): machines[index].row(time, enter: enter, exit: exit)
        case .gap(let time): machines[index].pause(at: time)
        }
      }
    }
    for (track, times, truths) in part.tracks {
      guard let first = times.first, let last = times.last else { continue }
      trackRows += times.count
      var known = tracks[track] ?? Track(last: first)
      for (index, values) in truths {
        var machine = known.machines[index] ?? SceneMachine(gap: conditions[index].gap, track: track)
        var before = known.last
        for (row, time) in times.enumerated() {
          if time - before > hold { machine.pause(at: before + hold) }
          machine.row(time, enter: values.enter[row], exit: values.exit[row])
          before = time
        }
        known.machines[index] = machine
      }
      known.last = last
      tracks[track] = known
    }
  }

  /// The intervals of each condition; `period` is how long the last row holds.
  mutating func finish(at end: Int64, trackPeriod period: Int64) -> [[SceneInterval]] {
    var found: [[SceneInterval]] = []
    for index in conditions.indices { found.append(machines[index].finish(at: end)) }
    for name in tracks.keys.sorted() {
      guard var track = tracks[name] else { continue }
      for index in conditions.indices where track.machines[index] != nil {
        // It is gone, and nobody knows what it does.
        found[index] += track.machines[index]?.finish(at: min(end, track.last + period)) ?? []
      }
      track.machines = [:]
      tracks[name] = track
    }
    return found
  }
}

extension SceneRows {
  /// The rows of each track among the objects, with the columns of their samples, in the order in which tracks come.
  func tracks() -> [(track: String, rows: SceneRows)] {
    guard let objects, case .words(let names)? = objects.columns[SceneColumns.track] else { return [] }
    var order: [Int32] = [], rows: [Int32: [Int]] = [:]
    for (object, name) in names.codes.enumerated() where name >= 0 {
      if rows[name] == nil { order.append(name) }
      // Two objects of a sample with one track: the first counts.
      if let last = rows[name]?.last, objects.samples[last] == objects.samples[object] { continue }
      rows[name, default: []].append(object)
    }
    return order.compactMap { name in
      guard let own = rows[name] else { return nil }
      let samples = own.map { objects.samples[$0] }
      let begin = samples.firstIndex { $0 >= main.lowerBound } ?? own.count
      let end = samples.lastIndex { $0 < main.upperBound }.map { $0 + 1 } ?? 0
      guard begin < end else { return nil }
      var columns = self.columns.mapValues { $0.picking(samples) }
      for (name, column) in objects.columns { columns[name] = column.picking(own) }
      return (
        names.list[Int(name)],
        SceneRows(
          times: samples.map { times[$0] }, main: begin..<end, first: 0, extent: extent, hold: trackHold,
          columns: columns)
      )
    }
  }
}
