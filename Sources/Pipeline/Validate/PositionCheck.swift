import Core
import Recordings

/// Whether the fixes of a recording can be true: code G1.
struct PositionCheck {
  private(set) var findings: [ValidationFinding] = []

  /// Metres a second that no car drives.
  private static let fastest = 150.0
  private static let metresPerDegree = 111_195.0

  /// A kind of implausible fix, how often it was seen and when first.
  private struct Doubt {
    var count = 0
    var first: Int64 = 0

    mutating func add(at time: Int64) {
      if count == 0 { first = time }
      count += 1
    }
  }

  private struct Fix {
    var time: Int64
    var latitude: Double
    var longitude: Double
    var hasFix: Bool
  }

  init(_ reader: any RecordingReader, _ recording: Recording, _ path: String, jobs: Int) throws {
    for (index, channel) in recording.channels.enumerated() where Self.isFix(channel) {
      var doubts = [Doubt](repeating: Doubt(), count: 3)
      var last: Fix?
      let selection = Selection(channels: [index])
      _ = try reader.read(selection, jobs: jobs, transform: Self.fixes) { fixes in
        for fix in fixes { Self.judge(fix, &last, &doubts) }
      }
      for (doubt, text) in zip(doubts, ["are no place on Earth", "are at 0° 0°", "jump faster than 150 m/s"])
      where doubt.count > 0 {
        findings.append(
          ValidationFinding(
            .warning, .position, path, "\(channel.name): \(doubt.count) fixes \(text)",
            found: .time(Timestamp(nanoseconds: doubt.first))))
      }
    }
  }

  private static func isFix(_ channel: Channel) -> Bool {
    channel.undecoded == nil && channel.messages > 0
      && ["sensor_msgs/NavSatFix", "sensor_msgs/msg/NavSatFix"].contains(channel.type)
  }

  @Sendable private static func fixes(_ batch: ChannelBatch) -> [Fix] {
    guard let columns = FixColumns(batch.batch) else { return [] }
    return batch.log.indices.map { row in
      Fix(
        time: batch.log[row], latitude: columns.latitude(row), longitude: columns.longitude(row),
        hasFix: columns.status(row).map { $0 >= 0 } ?? true)
    }
  }

  private static func judge(_ fix: Fix, _ last: inout Fix?, _ doubts: inout [Doubt]) {
    guard fix.hasFix else { return }
    guard abs(fix.latitude) <= 90, abs(fix.longitude) <= 180 else { return doubts[0].add(at: fix.time) }
    if abs(fix.latitude) < 1e-6, abs(fix.longitude) < 1e-6 { return doubts[1].add(at: fix.time) }
    defer { last = fix }
    guard let before = last, fix.time > before.time else { return }
    let north = (fix.latitude - before.latitude) * metresPerDegree
    var turn = abs(fix.longitude - before.longitude)
    turn = min(turn, 360 - turn)
    let east = turn * metresPerDegree * cosine(degrees: fix.latitude)
    let seconds = Double(fix.time - before.time) / 1e9
    // Close fixes are not told apart by speed: noise of a metre in a millisecond is no jump.
    let distance = (north * north + east * east).squareRoot()
    if distance > 50, distance / seconds > fastest { doubts[2].add(at: fix.time) }
  }

  /// To 1e-4 between −90 and 90 degrees.
  private static func cosine(degrees: Double) -> Double {
    let x = degrees * .pi / 180
    let square = x * x
    return max(0, 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56))))
  }
}
