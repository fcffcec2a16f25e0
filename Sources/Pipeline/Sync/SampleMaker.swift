import Core

/// Makes the samples of a measurement: their times, and the messages of frame streams that belong to each.
struct SampleMaker {
  private let streams: [SyncStream]
  private let settings: SyncSettings
  private let segments: Segments
  /// Earlier messages give no sample.
  private let start: Int64

  init(_ streams: [SyncStream], _ settings: SyncSettings) {
    self.streams = streams
    self.settings = settings
    segments = Segments(streams)
    let first = streams.compactMap(\.order.times.first).min() ?? 0
    start = settings.skipStart > 0 ? first.addingSaturated(settings.skipStart) : .min
  }

  private var frames: [Int] { streams.indices.filter { streams[$0].isFrame } }
  /// Streams that a set needs: those that are required, or all frame streams where none is.
  private var required: [Int] {
    let named = frames.filter { streams[$0].rules.isRequired == true }
    return named.isEmpty ? frames : named
  }

  /// - Throws: `SyncError` when the policy has no stream to begin with.
  func samples() throws(SyncError) -> SampleSet {
    var set: SampleSet
    switch settings.policy {
    case .nearest: set = try nearest()
    case .grid: set = try grid()
    case .latest: set = try latest()
    case .exact, .approximate: set = try sets()
    }
    set.sort()
    return set
  }

  // MARK: A reference stream

  private func nearest() throws(SyncError) -> SampleSet {
    let reference = try Self.reference(streams, settings)
    var set = SampleSet(streams: streams.count, policy: "nearest(\(streams[reference].name))")
    for segment in 0..<segments.count {
      let own = segments.part(segment, of: streams[reference])
      let samples = own.times.indices.filter { place in
        own.times[place] >= start && (place == 0 || own.times[place] != own.times[place - 1])
      }
      let times = samples.map { own.times[$0] }
      set.append(times, segment)
      for index in frames {
        guard index != reference else {
          set.append(samples.map { .message(own.index($0)) }, to: index)
          continue
        }
        let tolerance = streams[index].rules.tolerance ?? max(1, (Rates.medianGap(own.times) ?? 2) / 2)
        match(index, segment, with: own.times, at: times, tolerance: tolerance, &set)
      }
    }
    return set
  }

  /// The stream that gives the sample times.
  static func reference(_ streams: [SyncStream], _ settings: SyncSettings) throws(SyncError) -> Int {
    if let name = settings.reference {
      guard let index = streams.firstIndex(where: { $0.name == name }) else {
        throw SyncError.missingStream(name, near: streams.map(\.name).nearest(to: name), in: streams.map(\.name))
      }
      return index
    }
    let frames = streams.indices.filter { streams[$0].isFrame && streams[$0].order.count > 0 }
    for kind in ["lidar/", "camera/"] {
      if let first = frames.filter({ streams[$0].name.hasPrefix(kind) }).min(by: { streams[$0].name < streams[$1].name }
      ) {
        return first
      }
    }
    func period(_ index: Int) -> Int64 { streams[index].order.period ?? .max }
    guard let slowest = frames.max(by: { period($0) < period($1) }) else { throw SyncError.noReference }
    return slowest
  }

  /// Pairs a stream's messages with sample times one to one, or as its rules say.
  private func match(
    _ index: Int, _ segment: Int, with references: [Int64], at times: [Int64], tolerance: Int64, _ set: inout SampleSet
  ) {
    let part = segments.part(segment, of: streams[index])
    let phase: Phase
    switch streams[index].rules.phase ?? .automatic {
    case .fixed(let value): phase = Phase(value: value, source: .fixed)
    case .automatic: phase = set.phases[index] ?? Phase.estimate(of: part.times, against: references)
    }
    set.phases[index] = phase
    set.tolerances[index] = tolerance
    var matching = NearestMatching(tolerance: tolerance)
    matching.phase = phase.value
    matching.isReused = streams[index].rules.isReused ?? false
    let pairs = matching.pairs(of: part.times, with: times)
    let isLeftOut = part.times.isEmpty && streams[index].order.count > 0
    let matches: [Match] = pairs.enumerated().map { sample, pair in
      switch pair {
      case .message(let place): return .message(part.index(place))
      case .taken: return .missing(.taken)
      case .noMessage: return .missing(isLeftOut ? .segment : .noMessage)
      case .tooFar(let place):
        let isLater = part.times[place].subtractingSaturated(phase.value) > times[sample]
        let isEnd = place == (isLater ? 0 : part.times.count - 1)
        return .tooFar(part.index(place), isEnd ? (isLater ? .beforeFirst : .afterLast) : .gap)
      }
    }
    set.append(matches, to: index)
  }

  // MARK: A fixed rate, or the newest of each

  private func grid() throws(SyncError) -> SampleSet {
    guard let period = settings.period, period > 0 else { throw SyncError.noRate }
    var set = SampleSet(streams: streams.count, policy: "grid(\(Measure.text(rate: 1e9 / Double(period))))")
    for segment in 0..<segments.count {
      // A stream that is there for a fraction of the time, such as where sensors are mounted, does not say when all are.
      let all = streams.map { segments.part(segment, of: $0).times }.filter { !$0.isEmpty }
      let spans = all.map { distance($0[0], $0[$0.count - 1]) }, longest = spans.max() ?? 0
      let parts = zip(all, spans).filter { $0.1 >= longest / 2 }.map(\.0)
      guard let first = parts.compactMap(\.first).max(), let last = parts.compactMap(\.last).min() else { continue }
      let count = first < last ? distance(first, last) / UInt64(period) : 0
      guard count <= Self.most else { throw SyncError.tooManySamples(Int(clamping: count)) }
      let times = Self.grid(from: max(first, start), to: last, period: period)
      set.append(times, segment)
      for index in frames {
        match(index, segment, with: times, at: times, tolerance: streams[index].rules.tolerance ?? period / 2, &set)
      }
    }
    return set
  }

  /// A day at 100 Hz is less.
  private static let most: UInt64 = 10_000_000

  /// Whole multiples of the period.
  static func grid(from first: Int64, to last: Int64, period: Int64) -> [Int64] {
    guard first <= last else { return [] }
    let quotient = first / period + (first % period > 0 ? 1 : 0)
    let (start, overflow) = quotient.multipliedReportingOverflow(by: period)
    guard !overflow, start <= last else { return [] }
    return Array(stride(from: start, through: last, by: Int(period)))
  }

  private func latest() throws(SyncError) -> SampleSet {
    let filled = frames.filter { streams[$0].order.count > 0 }
    func period(_ index: Int) -> Int64 { streams[index].order.period ?? .max }
    let named = settings.reference == nil ? nil : try Self.reference(streams, settings)
    guard let fastest = named ?? filled.min(by: { period($0) < period($1) }) else { throw SyncError.noReference }
    var set = SampleSet(streams: streams.count, policy: "latest(\(streams[fastest].name))")
    for segment in 0..<segments.count {
      let own = segments.part(segment, of: streams[fastest])
      let times = own.times.filter { $0 >= start }
      set.append(times, segment)
      for index in frames {
        let part = segments.part(segment, of: streams[index])
        set.tolerances[index] = streams[index].rules.maxAge
        let rows = AsOf(.previous).rows(of: part.times, at: times)
        set.append(
          zip(rows, times).map { row, time -> Match in
            guard let row else { return .missing(part.times.isEmpty ? .noMessage : .beforeFirst) }
            if let age = streams[index].rules.maxAge, distance(part.times[row], time) > UInt64(max(0, age)) {
              return .tooFar(part.index(row), row == part.times.count - 1 ? .afterLast : .gap)
            }
            return .message(part.index(row))
          }, to: index)
      }
    }
    return set
  }

  // MARK: Sets

  private func sets() throws(SyncError) -> SampleSet {
    guard !required.isEmpty else { throw SyncError.noReference }
    let reference = settings.reference == nil ? nil : try Self.reference(streams, settings)
    if let reference, !required.contains(reference) { throw SyncError.notInSets(streams[reference].name) }
    var set = SampleSet(streams: streams.count, policy: settings.policy.rawValue)
    for segment in 0..<segments.count {
      let parts = required.map { segments.part(segment, of: streams[$0]) }
      let rows = settings.policy == .exact ? Self.equal(parts) : approximate(parts, &set)
      let timed = rows.map { rows in (rows: rows, time: sampleTime(rows, parts, reference)) }.filter {
        $0.time >= start
      }
      let times = timed.map(\.time)
      set.append(times, segment)
      for (place, index) in required.enumerated() {
        set.append(timed.map { .message(parts[place].index($0.rows[place])) }, to: index)
      }
      for index in frames where !required.contains(index) {
        let tolerance =
          settings.policy == .exact
          ? 0 : streams[index].rules.tolerance ?? max(1, (Rates.medianGap(times) ?? 2) / 2)
        match(index, segment, with: times, at: times, tolerance: tolerance, &set)
      }
    }
    return set
  }

  private func approximate(_ parts: [StreamPart], _ set: inout SampleSet) -> [[Int]] {
    var matching = ApproximateMatching()
    matching.agePenalty = settings.approximate.agePenalty
    matching.maxInterval = settings.approximate.maxInterval ?? .max
    matching.queueSize = settings.approximate.queueSize
    let arrivals = zip(required, parts).map { index, part in
      let stream = streams[index]
      return part.times.indices.map { stream.log(stream.order.row(part.index($0))) ?? part.times[$0] }
    }
    let (rows, tooWide) = matching.run(parts.map(\.times), arrivals: arrivals)
    for (place, index) in required.enumerated() {
      set.tooWide[index].formUnion(tooWide[place].map { parts[place].index($0) })
    }
    return rows
  }

  /// Rows of the times that all have; of several at one time the first.
  static func equal(_ parts: [StreamPart]) -> [[Int]] {
    guard let first = parts.first else { return [] }
    var next = parts.map { _ in 0 }
    var found: [[Int]] = []
    for (place, time) in first.times.enumerated() where place == 0 || first.times[place - 1] != time {
      for stream in parts.indices {
        while next[stream] < parts[stream].times.count, parts[stream].times[next[stream]] < time { next[stream] += 1 }
      }
      let isInAll = parts.indices.allSatisfy { next[$0] < parts[$0].times.count && parts[$0].times[next[$0]] == time }
      if isInAll { found.append(next) }
    }
    return found
  }

  private func sampleTime(_ rows: [Int], _ parts: [StreamPart], _ reference: Int?) -> Int64 {
    let times = zip(parts, rows).map { $0.times[$1] }
    let first = times.min() ?? 0, last = times.max() ?? 0
    switch settings.sampleTime {
    case .ref:
      guard let reference, let place = required.firstIndex(of: reference) else { return last }
      return times[place]
    case .last: return last
    case .first: return first
    case .mid: return first + Int64(clamping: distance(first, last) / 2)
    }
  }
}

extension SampleSet {
  fileprivate mutating func append(_ times: [Int64], _ segment: Int) {
    self.times += times
    segments += Array(repeating: Int32(segment), count: times.count)
  }

  fileprivate mutating func append(_ matches: [Match], to stream: Int) {
    self.matches[stream] = (self.matches[stream] ?? []) + matches
  }
}
