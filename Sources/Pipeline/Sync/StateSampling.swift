import Core

/// What a state stream has for each sample: its rows around the sample's time, never across a segment of its clock.
struct StateSampling: Sendable {
  /// One segment of samples.
  struct Part: Sendable {
    /// Which samples, in ascending order.
    var samples: [Int]
    var resampling: Resampling
    /// The messages that the resampling's rows are.
    var messages: StreamPart
  }

  let parts: [Part]
  /// In nanoseconds; nil of a stream with fewer than two messages.
  let maxGap: Int64?
  let maxAge: Int64?
  /// Some column is put between rows, so that a row alone does not tell.
  let interpolates: Bool

  init(_ stream: SyncStream, _ set: SampleSet, _ segments: Segments, interpolates: Bool) {
    let usual = stream.order.period.map { Int64(clamping: UInt64($0.magnitude) * 5 / 2) }
    let gap = stream.rules.maxGap ?? usual, age = stream.rules.maxAge ?? usual
    (maxGap, maxAge, self.interpolates) = (gap, age, interpolates)
    parts = (0..<segments.count).map { segment in
      let part = segments.part(segment, of: stream)
      let samples =
        segments.count == 1 ? Array(0..<set.count) : set.segments.indices.filter { set.segments[$0] == segment }
      let resampling = Resampling(
        times: part.times, instants: samples.map { set.times[$0] }, maxGap: gap ?? 0, maxAge: age ?? 0)
      return Part(samples: samples, resampling: resampling, messages: part)
    }
  }

  /// What is said of one sample.
  struct State: Sendable, Equatable {
    var status: SampleStatus
    var reason: Absence?
    /// In the stream's order: the message at or before the sample.
    var message: Int?
  }

  /// By sample.
  func states(count: Int, isLeftOut: Bool) -> [State] {
    var states = Array(repeating: State(status: .missing, reason: isLeftOut ? .segment : .noMessage), count: count)
    for part in parts {
      for (place, sample) in part.samples.enumerated() {
        if let state = state(part, place) { states[sample] = state }
      }
    }
    return states
  }

  private func state(_ part: Part, _ place: Int) -> State? {
    func held(_ row: Int, or reason: Absence) -> State {
      let isHeld = part.resampling.row(place, .previous) != nil
      return isHeld
        ? State(status: .held, message: part.messages.index(row)) : State(status: .missing, reason: reason)
    }
    switch part.resampling.situation(place) {
    case .exact(let row): return State(status: .ok, message: part.messages.index(row))
    case .between(let bracket):
      guard !interpolates else { return State(status: .interpolated, message: part.messages.index(bracket.first)) }
      return held(bracket.first, or: .gap)
    case .gap(let row, _):
      return interpolates ? State(status: .missing, reason: .gap) : held(row, or: .gap)
    case .afterLast(let row):
      return interpolates ? State(status: .missing, reason: .afterLast) : held(row, or: .afterLast)
    case .beforeFirst: return State(status: .missing, reason: .beforeFirst)
    case .empty: return nil
    }
  }
}

/// What a row of the table of sample data says of its message.
enum SampleStatus: String, Sendable, CaseIterable {
  case ok, interpolated, held, missing
  case outOfTolerance = "out_of_tolerance"
  case duplicate, unused

  /// The sample has what the stream says.
  var isPresent: Bool { self == .ok || self == .interpolated || self == .held }
}
