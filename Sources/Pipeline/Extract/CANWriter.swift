import Artifacts
import Core
import Recordings

/// Decodes the frames of a channel, and writes a table a message, or one long table.
final class CANWriter: StreamWriter {
  private let plan: StreamPlan
  private let channel: Channel
  private let place: CANPlace
  /// How each table is thinned.
  private let thinner: Thinner
  private let buses: CANBuses
  /// What this channel was the first to need, and finishes.
  private var own: [CANBus] = []
  /// Frames as they are: all of them, or those of buses without databases.
  private var frames: TableWriter?
  private var isIdle = true

  init(_ plan: StreamPlan, _ channel: Channel, _ place: CANPlace, _ thinner: Thinner, _ buses: CANBuses) {
    self.plan = plan
    self.channel = channel
    self.place = place
    self.thinner = thinner
    self.buses = buses
    buses.add([plan.name, channel.name])
  }

  var buffered: Int { own.reduce(frames?.buffered ?? 0) { $0 + $1.buffered } }

  var tableCount: Int { own.reduce(frames == nil ? 0 : 1) { $0 + $1.tableCount } }

  func flush() throws {
    let bus = own.max { $0.buffered < $1.buffered }
    if let frames, frames.buffered > bus?.buffered ?? 0 { return try frames.flush() }
    try bus?.flush()
  }

  func write(_ rows: StreamRows) throws {
    isIdle = false
    guard let all = CANFrames(rows.messages.batch) else { return try writeFrames(rows) }
    if plan.settings.can.writesFrames, place.isFolder { try writeFrames(rows) }
    guard let channels = all.channels, let first = channels.first, !channels.allSatisfy({ $0 == first }) else {
      return try write(rows, all, to: bus(all.channels?.first), all.channels?.first)
    }
    for number in Set(channels).sorted() {
      let some = rows.rows(channels.indices.filter { channels[$0] == number })
      guard let frames = CANFrames(some.messages.batch) else { continue }
      try write(some, frames, to: bus(number), number)
    }
  }

  private func write(_ rows: StreamRows, _ frames: CANFrames, to bus: CANBus, _ number: UInt8?) throws {
    guard bus.isDecoded else {
      if !plan.settings.can.writesFrames || !place.isFolder { try writeFrames(rows) }
      return
    }
    // Records on standard output have the order of the file.
    guard let number, case .folder(let folder) = place.target else { return try bus.write(rows, frames, place) }
    let shared = buses.survey.shared(frames, number, isLong: place.isLong(plan.settings.can.form))
    guard !shared.isEmpty else { return try bus.write(rows, frames, place) }
    try bus.hold(rows, frames, shared, order: plan.channel, place, in: folder)
    guard shared.count < rows.count else { return }
    let held = Set(shared)
    let others = rows.rows((0..<rows.count).filter { !held.contains($0) })
    if let frames = CANFrames(others.messages.batch) { try bus.write(others, frames, place) }
  }

  private func writeFrames(_ rows: StreamRows) throws {
    let table = try frames ?? place.frames(plan, channel)
    frames = table
    try table.write(rows)
  }

  /// The bus of a channel, or of a number where a logger has several in one group.
  private func bus(_ number: UInt8?) throws -> CANBus {
    let names = (number.map { ["can\($0)"] + buses.survey.names(of: $0) } ?? []) + [plan.name, channel.name]
    let bus = buses.bus(names[0]) {
      let bus = CANBus(names, plan, channel, thinner, isLong: place.isLong(plan.settings.can.form))
      own.append(bus)
      return bus
    }
    guard !place.isOneTable || own.count < 2 else { throw ExtractError.notOneStream(own.map(\.name)) }
    return bus
  }

  func finish() throws -> StreamOutcome {
    // Nothing came: the report still says which databases were there to decode it. Loggers have a group for each bus
    // and kind of frame, so one that is empty is told of only where no other has its databases.
    if isIdle, !buses.have(plan.settings.can.databases(for: [plan.name, channel.name])) { _ = try bus(nil) }
    var outcome = StreamOutcome()
    for bus in own {
      try bus.finish(&outcome)
      guard bus.isDecoded else { continue }
      outcome.buses.append(buses.report(of: bus))
    }
    if let frames { outcome.add(try frames.finish()) }
    // A table that was asked for by name is there, also when it has no rows.
    if place.isOneTable, outcome.files.isEmpty { outcome.add(try place.long(plan.name, plan.settings.table).finish()) }
    return outcome
  }
}

/// The buses of an extraction, by name: several channels may carry the frames of one.
final class CANBuses {
  /// What is known of channels that number their buses.
  let survey: CANSurvey
  private var known: [String: CANBus] = [:]
  /// Names of all channels of frames.
  private var channels: [String] = []

  init(_ survey: CANSurvey = CANSurvey()) { self.survey = survey }

  func add(_ names: [String]) { channels += names }

  /// Databases that were meant for buses which are not there: nothing, where there are no frames at all.
  func strays(_ settings: CANSettings) -> [ExtractReport.Stray] {
    guard !channels.isEmpty else { return [] }
    let buses = known.keys.sorted()
    let there = buses.prefix(8).joined(separator: ", ") + (buses.count > 8 ? " and \(buses.count - 8) more" : "")
    return settings.strays(channels + buses).map { bus, database in
      let problem = "no bus is called \(bus.jsonQuoted)" + (buses.isEmpty ? "" : "; there are: \(there)")
      return ExtractReport.Stray(database: database, problem: problem)
    }
  }

  func bus(_ name: String, _ make: () -> CANBus) -> CANBus {
    if let bus = known[name] { return bus }
    let bus = make()
    known[name] = bus
    return bus
  }

  /// Whether some bus is decoded by each of the databases.
  func have(_ databases: [CANSettings.Database]) -> Bool {
    databases.allSatisfy { database in known.values.contains { $0.hasDatabase(database.sha256) } }
  }

  /// With a hint where the databases of another bus know most of what this one's do not.
  func report(of bus: CANBus) -> CANReport {
    var report = bus.decoder.report(bus: bus.name)
    let others = known.values.filter { $0 !== bus && $0.isDecoded }.sorted { $0.name < $1.name }
    for other in others {
      let fitting = bus.decoder.unknownFrames(knownTo: other.decoder)
      if fitting > report.decoded { report.hints.append("the databases of \(other.name) know \(fitting) more frames") }
    }
    return report
  }
}

extension StreamOutcome {
  /// Takes over what another table wrote.
  mutating func add(_ other: StreamOutcome) {
    files += other.files
    fileCount += other.fileCount
    bytes += other.bytes
    rows += other.rows
    sums += other.sums
    replaced += other.replaced
  }
}
