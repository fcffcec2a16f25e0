package import Core
import Recordings

/// Something that a recorder or its user marked, with a time.
package struct RecordedEvent: Sendable, Hashable {
  package var name: String
  package var start: Timestamp
  /// Equal to `start` of an instant.
  package var end: Timestamp
}

extension Recording {
  /// Its events that have times; those with which a range begins and ends are one.
  var events: [RecordedEvent] {
    let all = facts["events"]?.array ?? []
    let ends = Dictionary(
      all.compactMap { end in end["begins_at"]?.integer.map { (Int($0), end) } },
      uniquingKeysWith: { first, _ in first })
    var events: [RecordedEvent] = []
    for (number, event) in all.enumerated() {
      // An end is told with its beginning.
      if let begin = event["begins_at"]?.integer, all.indices.contains(Int(begin)) { continue }
      guard let start = event["time"]?.timestamp else { continue }
      let name = event["name"]?.string ?? "", type = event["type"]?.string ?? ""
      let end = ends[number]?["time"]?.timestamp ?? start
      events.append(RecordedEvent(name: name.isEmpty ? type : name, start: start, end: max(start, end)))
    }
    return events
  }
}
