import Artifacts
import Core
import Recordings

/// `sensor_msgs/NavSatFix` as a table, and as a GeoJSON track beside it.
final class FixWriter: StreamWriter {
  private let table: TableWriter
  private let path: String
  private let output: OutputFile?
  private var track: TrackWriter?

  /// Fixes further apart than this are not joined by a line, in nanoseconds.
  private static let gap: Int64 = 5_000_000_000

  init(_ place: ArtifactPlace, _ kind: TableKind, _ settings: TaskSettings, _ channel: Channel, _ options: TableOptions)
    throws
  {
    table = try place.table(kind, channel.schema, options)
    path = "\(place.path).\(GeoJSON.suffix)"
    output = settings.writesTrack ? try place.file(path) : nil
    track = try output.map { try TrackWriter(to: $0, gap: Self.gap, properties: ["channel": .string(channel.name)]) }
  }

  var buffered: Int { table.buffered }
  func flush() throws { try table.flush() }

  func write(_ rows: StreamRows) throws {
    try table.write(rows)
    guard track != nil, let fixes = FixColumns(rows.messages.batch) else { return }
    for row in 0..<rows.count {
      let point = TrackPoint(
        time: Timestamp(nanoseconds: rows.times[row]), latitude: fixes.latitude(row), longitude: fixes.longitude(row),
        altitude: fixes.altitude(row), hasFix: (fixes.status(row) ?? 0) >= 0)
      try track?.write(point)
    }
  }

  func finish() throws -> StreamOutcome {
    var outcome = try table.finish()
    guard let output else { return outcome }
    try track?.finish()
    let file = try output.commit()
    outcome.files.append(path)
    outcome.fileCount += 1
    outcome.bytes += file.count
    outcome.sums.append(DatastreamContents.File(path, file))
    return outcome
  }
}
