import Core

/// The images and scans of samples, as `sample_data.parquet` lists them: which sample each belongs to.
struct SampleFrames: Sendable {
  /// A message of a stream, with the sample that uses it.
  struct Message: Sendable, Equatable {
    var stream: String
    var time: Int64
    /// Nil for a message that no sample uses.
    var sample: Int?
  }

  /// The messages of one stream in the order of time.
  private struct Stream: Sendable {
    var times: [Int64] = []
    var messages: [Int] = []
    var halfPeriod: Int64 = 0
  }

  private var messages: [Message] = []
  private var streams: [String: Stream] = [:]
  private var rows: [String: [Int: Int]] = [:]
  /// By the last part of the path; the rest is compared.
  private var paths: [String: [(path: String, message: Int)]] = [:]
  private let sampleTimes: [Int64]
  /// Of the samples.
  private let halfPeriod: Int64

  static let columns = ["seq", "stream", "t_ns", "source_path", "source_row"]

  /// `batches` have the columns above; without any there are only samples' times and numbers.
  init(sampleTimes: [Int64], _ batches: [Batch] = []) {
    self.sampleTimes = sampleTimes
    halfPeriod = Series.usualGap(sampleTimes) / 5
    for batch in batches { take(batch) }
    for name in streams.keys {
      guard var stream = streams[name] else { continue }
      let order = stream.messages.sorted { (messages[$0].time, $0) < (messages[$1].time, $1) }
      stream.messages = order
      stream.times = order.map { messages[$0].time }
      stream.halfPeriod = Series.usualGap(stream.times) / 5
      streams[name] = stream
    }
  }

  private mutating func take(_ batch: Batch) {
    let names = batch.columns[1].texts, places = batch.columns[3].texts
    guard case .int64(let numbers) = batch.columns[0].values, case .int64(let times) = batch.columns[2].values,
      case .int64(let sources) = batch.columns[4].values
    else { return }
    func isKnown(_ column: Int, _ row: Int) -> Bool { batch.columns[column].validity?[row] ?? true }
    for row in 0..<batch.count {
      guard let name = names[row], isKnown(2, row), let path = places[row] else { continue }
      let number = messages.count
      messages.append(
        Message(stream: name, time: times[row], sample: isKnown(0, row) ? Int(exactly: numbers[row]) : nil))
      streams[name, default: Stream()].messages.append(number)
      if isKnown(4, row), let source = Int(exactly: sources[row]) { rows[name, default: [:]][source] = number }
      // Rows of tables are not told apart by their path.
      if !path.hasSuffix(".parquet") { paths[Self.last(path), default: []].append((path, number)) }
    }
  }

  private static func last(_ path: String) -> String {
    path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
  }

  /// The message that a frame of detections is of.
  ///
  /// - Throws: `Unknown` for images that are not there, and for paths that several images have.
  func message(_ frame: DetectionFrame) throws(Unknown) -> Message {
    switch frame.key {
    case .sample(let number):
      guard number < sampleTimes.count else { throw Unknown("there is no sample \(number)") }
      return Message(stream: frame.stream ?? "", time: sampleTimes[number], sample: number)
    case .path(let path):
      let found = (paths[Self.last(path)] ?? []).filter { known in
        known.path == path || known.path.hasSuffix("/" + path) || path.hasSuffix("/" + known.path)
      }.filter { known in frame.stream.map { messages[known.message].stream == $0 } ?? true }
      guard let first = found.first else { throw Unknown("no image '\(path.shown)' is among the samples' data") }
      guard found.count == 1 else { throw Unknown("several images are called '\(path.shown)'") }
      return messages[first.message]
    case .row(let row):
      guard let stream = frame.stream else { throw Unknown("frame \(row) names no stream") }
      guard let message = rows[stream]?[row] else { throw Unknown("stream '\(stream.shown)' has no frame \(row)") }
      return messages[message]
    case .time(let time): return try nearest(time, frame.stream)
    }
  }

  /// By time: not farther away than half the stream's period.
  private func nearest(_ time: Int64, _ name: String?) throws(Unknown) -> Message {
    if let name, !streams.isEmpty {
      guard let stream = streams[name] else { throw Unknown("there is no stream '\(name.shown)'") }
      let row = AsOf(.nearest, tolerance: stream.halfPeriod).row(of: stream.times, at: time)
      guard let row else { throw Unknown("stream '\(name.shown)' has no message near \(Timestamp(nanoseconds: time))") }
      return messages[stream.messages[row]]
    }
    guard let sample = AsOf(.nearest, tolerance: halfPeriod).row(of: sampleTimes, at: time) else {
      throw Unknown("no sample is near \(Timestamp(nanoseconds: time))")
    }
    return Message(stream: name ?? "", time: time, sample: sample)
  }

  /// Why a frame belongs to no message.
  struct Unknown: Error, Equatable {
    var problem: String
    init(_ problem: String) { self.problem = problem }
  }
}
