import Core

/// What the log says that only the lifecycle asks for: what was removed, what was parked when, what was handed over.
struct LifecycleFacts: Sendable {
  /// The newest removal of each datastream, by zone.
  private(set) var removals: [String: [String: Removal]] = [:]
  /// When each measurement was parked in the error zone.
  private(set) var parkedAt: [String: Timestamp] = [:]
  /// Datastreams that a `share` or `label.returned` event names.
  private(set) var shared: Set<String> = []

  /// A removal that is durable in the log.
  struct Removal: Sendable, Hashable {
    var path: String
    var rule: String
    /// Paths below `path`, or a reference to a list of them.
    var listed: JSON
    var time: Timestamp
  }

  /// Takes one entry; entries come in the log's order.
  mutating func take(_ entry: LineageEntry) {
    switch entry.event.name {
    case "error.parked": if let id = entry.string("measurement") { parkedAt[id] = entry.time }
    case "share": if let id = entry.string("datastream") { shared.insert(id) }
    case "label.returned": for id in entry["parents"]?.array ?? [] { if let id = id.string { shared.insert(id) } }
    case "lifecycle":
      guard let id = entry.string("datastream"), let zone = entry.string("zone"), let path = entry.string("path"),
        let listed = entry["listed"]
      else { return }
      removals[id, default: [:]][zone] = Removal(
        path: path, rule: entry.string("rule") ?? "", listed: listed, time: entry.time)
    default: break
    }
  }
}

extension LineageView {
  /// Takes a `lifecycle` event: a copy that left the archive is no copy any more.
  mutating func applyLifecycle(_ entry: LineageEntry) {
    guard entry.string("action") == "deleted", entry.string("zone") == "archive",
      let id = entry.string("datastream"), var stream = datastreams[id]
    else { return }
    stream.copies = stream.copies.filter { $0.value.zone != "archive" }
    stream.outcome["archive"] = nil
    datastreams[id] = stream
  }
}
