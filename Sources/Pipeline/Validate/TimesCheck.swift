import Core
import Recordings

/// Record times and stamps of a recording, read through once: codes C1 and C4.
struct TimesCheck {
  private(set) var findings: [ValidationFinding] = []

  private static let second: Int64 = 1_000_000_000

  /// What is known of a channel so far; constant memory.
  fileprivate struct State {
    var latest: Int64 = .min
    /// Messages more than a second before one that came earlier, and the first of them.
    var early: (count: Int, first: Int64, by: Int64)?
    var differences = SampledValues()
  }

  init(_ reader: any RecordingReader, _ recording: Recording, _ path: String, jobs: Int) throws {
    var states = Array(repeating: State(), count: recording.channels.count)
    _ = try reader.read(Selection(form: .times), jobs: jobs) { batch in
      guard states.indices.contains(batch.channel) else { return }
      states[batch.channel].add(batch)
    }
    for (channel, state) in zip(recording.channels, states) {
      if let early = state.early {
        let seconds = Double(early.by / 1_000_000) / 1000
        findings.append(
          ValidationFinding(
            .warning, .order, path,
            "\(channel.name): \(early.count) messages are more than a second older than one before them, "
              + "the first by \(seconds) s", found: .time(Timestamp(nanoseconds: early.first))))
      }
      if let median = state.differences.median, median.magnitude > UInt64(Self.second) {
        let seconds = Double(median / 1_000_000) / 1000
        findings.append(
          ValidationFinding(
            .warning, .stamp, path,
            "\(channel.name): stamps are \(abs(seconds)) s \(median > 0 ? "older" : "newer") than the times of recording",
            found: .number(seconds), hint: "a known offset belongs into 'timestamp_offset_ms' of the manifest"))
      }
    }
  }
}

extension TimesCheck.State {
  fileprivate mutating func add(_ batch: ChannelBatch) {
    for time in batch.log {
      if time < latest {
        let (back, overflow) = latest.subtractingReportingOverflow(time)
        if overflow || back > 1_000_000_000 {
          early = ((early?.count ?? 0) + 1, early?.first ?? time, early?.by ?? (overflow ? .max : back))
        }
      } else {
        latest = time
      }
    }
    guard let stamps = batch.stamps else { return }
    for (log, stamp) in zip(batch.log, stamps) where stamp != 0 {
      let (difference, overflow) = log.subtractingReportingOverflow(stamp)
      if !overflow { differences.add(difference) }
    }
  }
}

/// Evenly spread samples of a sequence of any length, for its median.
struct SampledValues {
  private var values: [Int64] = []
  private var stride = 1
  private var count = 0
  private static let most = 4096

  mutating func add(_ value: Int64) {
    defer { count += 1 }
    guard count % stride == 0 else { return }
    values.append(value)
    guard values.count >= Self.most else { return }
    values = values.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    stride *= 2
  }

  var median: Int64? { values.isEmpty ? nil : values.sorted()[values.count / 2] }
}
