import Core

/// Numbers of a lake for those who watch it, from the log and a look at landing; no zone is walked.
package struct IngestFigures: Sendable {
  /// Bytes of what is whole, by zone.
  package var zoneBytes: [String: Int] = [:]
  /// Measurements in the error zone.
  package var parked = 0
  /// Age of the folder in landing that was changed longest ago, in nanoseconds; nil when landing is empty.
  package var landingOldest: Int64?
}

extension Ingestion {
  package func figures() throws -> IngestFigures {
    var figures = lineage.reading { view in
      var figures = IngestFigures()
      for zone in ["raw", "archive"] { figures.zoneBytes[zone] = 0 }
      for stream in view.datastreams.values where stream.state.isWhole {
        let bytes = Int(clamping: stream.outcome["bytes"]?.integer ?? 0)
        figures.zoneBytes[stream.zone, default: 0].addSaturated(bytes)
        if stream.outcome["archive"] != nil { figures.zoneBytes["archive", default: 0].addSaturated(bytes) }
      }
      figures.parked = view.measurements.values.count { $0.parked != nil }
      return figures
    }
    let now = Timestamp.now.nanoseconds
    for place in try landing.places() {
      // What is cleared meanwhile is no longer there.
      guard let entry = try? Folder(place.root).entry(place.name) else { continue }
      figures.landingOldest = max(figures.landingOldest ?? 0, now - entry.identity.modified)
    }
    return figures
  }
}

extension Int {
  fileprivate mutating func addSaturated(_ other: Int) { self = addingSaturated(other) }
}
