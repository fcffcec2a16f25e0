import Core

/// The streams of a measurement: every table of its folders that has times.
struct StreamReading: Sendable {
  let settings: SyncSettings
  let jobs: Int
  /// How late header stamps are by design, by topic, in nanoseconds.
  var knownOffsets: [String: Int64] = [:]

  /// What was found.
  struct Streams: Sendable {
    /// By name.
    var streams: [SyncStream] = []
    /// Tables that take no part, and why.
    var left: [String] = []
    /// Patterns that no stream's name matches: most likely misspelt.
    var unmatched: [String] = []
  }

  func streams(of tables: [SyncTable]) throws -> Streams {
    var found = Streams()
    let names = tables.map(\.name)
    try checkNames(names)
    let patterns = (settings.streams + settings.overrides).map(\.pattern)
    found.unmatched = patterns.filter { !names.contains(where: $0.matches) }.map(\.description)
    try parallelMap(tables, jobs: jobs, stream) { found.streams.append($0) }
    return found
  }

  /// Streams that the settings name, and that are not there.
  private func checkNames(_ names: [String]) throws(SyncError) {
    let named = (settings.streams + settings.overrides).filter { $0.rules.isRequired == true }.map(\.pattern)
    for pattern in named + (settings.streams + settings.overrides).map(\.pattern) {
      let text = pattern.description
      guard !names.contains(where: pattern.matches), !text.utf8.contains(where: { "*?[{".utf8.contains($0) }) else {
        continue
      }
      throw .missingStream(text, near: names.nearest(to: text), in: names)
    }
  }

  @Sendable private func stream(_ table: SyncTable) throws -> SyncStream {
    var rules = try settings.rules(for: table.name)
    rules.timestampOffset = rules.timestampOffset ?? table.metadata["avtools.channel"].flatMap { knownOffsets[$0] }
    let recorded = try table.times()
    var chosen = try ChosenTimes(recorded, rules, stream: table.name)
    // One array where they are the same.
    if chosen.times == recorded.used { chosen.times = recorded.used }
    let ambiguous = StreamOrder.ambiguous(chosen.times)
    let contents = try ambiguous.isEmpty ? [:] : table.contents(of: ambiguous)
    let isScan = ["lidar", "radar"].contains { table.name.hasPrefix("\($0)/") }
    var stream = SyncStream(
      name: table.name, nature: rules.nature ?? (table.isIndex || isScan ? .frame : .state), rules: rules,
      recorded: recorded, chosen: chosen, order: StreamOrder(chosen.times, contents: contents), table: table)
    if rules.clock != nil { stream.correction = .fixed }
    return stream
  }
}
