package import Core

/// Which events of the log are wanted; everything that is set has to agree.
package struct EventFilter: Sendable {
  /// Events of the measurement, and of its datastreams.
  package var measurement: String?
  package var datastream: String?
  package var run: String?
  /// Half-open: from `since` on, before `until`.
  package var since: Timestamp?
  package var until: Timestamp?
  /// Names of events, by glob, such as `datastream.*`; none is all.
  package var events: GlobSet?

  package init() {}
}

/// The filter on its way through the log: it learns which datastreams belong to the measurement.
struct EventSieve {
  let filter: EventFilter
  private var members: Set<String> = []

  init(_ filter: EventFilter) { self.filter = filter }

  /// Whether the entry is wanted; entries come in the log's order.
  mutating func lets(_ entry: LineageEntry) -> Bool {
    let stream = entry.string("datastream") ?? entry["target"]?["datastream"]?.string
    if let measurement = filter.measurement {
      let named = entry.string("measurement") ?? entry["target"]?["measurement"]?.string
      if named == measurement, entry.event.name == "datastream.created", let stream { members.insert(stream) }
      guard named == measurement || stream.map(members.contains) == true else { return false }
    }
    if let wanted = filter.datastream, stream != wanted { return false }
    if let run = filter.run, entry.run != run { return false }
    if let since = filter.since, entry.time < since { return false }
    if let until = filter.until, entry.time >= until { return false }
    return filter.events?.contains(entry.event.name) ?? true
  }
}

extension LineageEntry {
  /// The event as a record: its schema and type, who wrote it, and the line as it is.
  package var record: Record {
    var members = object
    members["writer"] = .string(writer)
    return Record(.event, members)
  }
}
