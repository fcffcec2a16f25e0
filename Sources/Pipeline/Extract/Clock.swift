import Core
import Recordings

/// Which time of a stream's messages is used: decided once a stream, never message by message.
///
/// The header stamp, when nearly all messages have one and it is near the record time; else the record time.
struct StreamClock: Sendable {
  enum Source: UInt8, Sendable, CaseIterable { case log, header, repaired }

  private(set) var usesHeader: Bool
  /// Median of stamp − record time in nanoseconds.
  private(set) var offset: Int64
  /// Why the stamps are not used, where there are any.
  private(set) var warning: String?

  /// A stamp farther than this from the record time is on another clock.
  private static let farthest: Int64 = 10_000_000_000

  /// Decides by a sample of the stream: record times, and stamps with 0 for none.
  init(_ rule: ExtractSettings.ClockRule, log: [Int64], stamps: [Int64]) {
    let differences = zip(stamps, log).filter { $0.0 != 0 }.map { $0.0 - $0.1 }.sorted()
    offset = differences.isEmpty ? 0 : differences[differences.count / 2]
    switch rule {
    case .header: usesHeader = !differences.isEmpty
    case .log: usesHeader = false
    case .automatic:
      usesHeader =
        !differences.isEmpty && differences.count * 100 >= log.count * 95 && offset.magnitude <= Self.farthest
      if !usesHeader, !differences.isEmpty {
        let share = differences.count * 100 / max(1, log.count)
        warning = "record time is used: \(share) % of the stamps are set, their median is \(offset) ns off\(cause)"
      }
    }
  }

  /// A likely reason of a large difference, named and never applied unasked.
  private var cause: String {
    let seconds = Double(offset) / 1e9
    switch seconds {
    case -315_964_800...(-315_964_700): return " (gps-epoch)"
    case 17.5...18.5: return " (gps-utc)"
    case 36.5...37.5: return " (tai)"
    case ..<(-1e8): return " (since-boot)"
    default: return ""
    }
  }

  /// The time used of one message, and where it is from.
  func time(log: Int64, stamp: Int64?) -> (time: Int64, source: Source) {
    guard usesHeader, let stamp else { return (log, .log) }
    let (difference, overflow) = stamp.subtractingReportingOverflow(log)
    if stamp != 0, !overflow, (difference - offset).magnitude <= Self.farthest { return (stamp, .header) }
    return (log + offset, .repaired)
  }
}

/// A look at a few parts of a recording that decides the clock of every stream.
struct ClockSurvey {
  private(set) var clocks: [Int: StreamClock] = [:]

  /// Parts of the file that are looked at.
  private static let parts = 16

  init(_ reader: any RecordingReader, channels: Set<Int>, rule: ExtractSettings.ClockRule, jobs: Int) throws {
    var log: [Int: [Int64]] = [:], stamps: [Int: [Int64]] = [:]
    _ = try reader.read(Selection(channels: channels, form: .times, parts: Self.parts), jobs: jobs) { batch in
      guard let own = batch.stamps else { return }
      log[batch.channel, default: []] += batch.log
      stamps[batch.channel, default: []] += own
    }
    for channel in channels {
      clocks[channel] = StreamClock(rule, log: log[channel] ?? [], stamps: stamps[channel] ?? [])
    }
  }
}
