/// What a stream has for a sample.
enum Match: Sendable, Equatable {
  /// A message, by its index in the stream's order.
  case message(Int)
  /// The nearest message, which is too far.
  case tooFar(Int, Absence)
  case missing(Absence)

  var message: Int? { if case .message(let index) = self { index } else { nil } }
}

/// Why a sample has no message, or a message no sample.
enum Absence: String, Sendable, CaseIterable {
  case noMessage = "no_message"
  case gap, taken
  case beforeFirst = "before_first"
  case afterLast = "after_last"
  case maxInterval = "max_interval"
  case segment, incomplete
}

/// Sample times in ascending order, and what each frame stream has for each of them.
struct SampleSet: Sendable {
  var times: [Int64] = []
  /// Clock segment of each sample.
  var segments: [Int32] = []
  /// By stream, in the streams' order; nil for state streams.
  var matches: [[Match]?]
  /// The phase that was used, by stream.
  var phases: [Phase?]
  /// In nanoseconds, by stream; nil where none applies.
  var tolerances: [Int64?]
  /// Messages that were left out because their sets were too wide: indices, by stream.
  var tooWide: [Set<Int>]
  /// As the samples name it.
  var policy: String

  init(streams: Int, policy: String) {
    matches = Array(repeating: nil, count: streams)
    phases = Array(repeating: nil, count: streams)
    tolerances = Array(repeating: nil, count: streams)
    tooWide = Array(repeating: [], count: streams)
    self.policy = policy
  }

  var count: Int { times.count }

  /// Puts samples in order; of samples at one time the first is kept, since they would have one id.
  mutating func sort() {
    guard !zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else { return }
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    keep(
      order.enumerated().filter { $0.offset == 0 || times[$0.element] != times[order[$0.offset - 1]] }.map(\.element))
  }

  /// Keeps some samples, in the order given.
  mutating func keep(_ samples: [Int]) {
    times = samples.map { times[$0] }
    segments = samples.map { segments[$0] }
    matches = matches.map { own in own.map { own in samples.map { own[$0] } } }
  }
}
