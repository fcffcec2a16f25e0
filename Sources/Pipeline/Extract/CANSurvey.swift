import Core
import Recordings

/// Which channels carry which bus, and which messages of a bus come in several: known before all decoding.
///
/// Loggers number their buses, and have groups by direction and kind of frame. Where several channels do so, this costs
/// a pass over their frames. Without that, neither the databases of a bus could be told at its first frame, nor what
/// has to wait to be written by time.
struct CANSurvey: Sendable {
  fileprivate struct Bus: Sendable {
    var names: [String] = []
    /// The first channel that has frames of a kin (`CANDecoder.kin`).
    var owners: [UInt32: String] = [:]
    var shared: Set<UInt32> = []
    var feeders: Set<String> = []
    /// Too many to be remembered: each may be in several channels.
    var isCrowded = false
  }

  private var buses: [UInt8: Bus] = [:]

  fileprivate static let mostIdentifiers = 1 << 16

  /// Nothing is known: each channel is by itself.
  init() {}

  init(
    _ inputs: [ExtractInput], _ planner: StreamPlanner, _ values: SignalValues, jobs: Int, _ step: () throws -> Void
  ) throws {
    var planner = planner
    let readers = inputs.map { $0.reader.giving(values) }
    let plans = readers.map { reader in
      let channels = reader.recording.channels
      return planner.plan(reader.recording).plans.filter {
        $0.form == .frames && CANFrames.haveBusNumbers(channels[$0.channel].schema)
      }
    }
    guard Set(plans.joined().map(\.name)).count > 1 else { return }
    for (reader, plans) in zip(readers, plans) where !plans.isEmpty {
      let names = Dictionary(plans.map { ($0.channel, $0.name) }) { first, _ in first }
      let channels = reader.recording.channels
      _ = try reader.read(Selection(channels: Set(names.keys)), jobs: jobs, transform: Self.kins) { channel, kins in
        try step()
        guard let name = names[channel] else { return }
        for (bus, kins) in kins { buses[bus, default: Bus()].add(kins, of: name, channels[channel].name) }
      }
    }
  }

  @Sendable private static func kins(_ batch: ChannelBatch) -> (channel: Int, kins: [UInt8: Set<UInt32>]) {
    guard let frames = CANFrames(batch.batch), let buses = frames.channels else { return (batch.channel, [:]) }
    var kins: [UInt8: Set<UInt32>] = [:]
    for bus in Set(buses) { kins[bus] = [] }
    for row in buses.indices where frames.kinds?[row] ?? .data == .data {
      kins[buses[row], default: []].insert(CANDecoder.kin(of: frames.ids[row]))
    }
    return (batch.channel, kins)
  }

  /// Names of the channels that carry a bus.
  func names(of bus: UInt8) -> [String] { buses[bus]?.names ?? [] }

  /// The data frames of a bus whose table has rows of several channels.
  func shared(_ frames: CANFrames, _ bus: UInt8, isLong: Bool) -> [Int] {
    guard let bus = buses[bus], bus.feeders.count > 1 else { return [] }
    let isAll = isLong || bus.isCrowded
    guard isAll || !bus.shared.isEmpty else { return [] }
    return (0..<frames.count).filter { row in
      frames.kinds?[row] ?? .data == .data && (isAll || bus.shared.contains(CANDecoder.kin(of: frames.ids[row])))
    }
  }
}

extension CANSurvey.Bus {
  fileprivate mutating func add(_ kins: Set<UInt32>, of stream: String, _ channel: String) {
    for name in [stream, channel] where !names.contains(name) { names.append(name) }
    if !kins.isEmpty { feeders.insert(stream) }
    for kin in kins {
      if let owner = owners[kin] {
        if owner != stream { shared.insert(kin) }
      } else if owners.count < CANSurvey.mostIdentifiers {
        owners[kin] = stream
      } else {
        isCrowded = true
      }
    }
  }
}
