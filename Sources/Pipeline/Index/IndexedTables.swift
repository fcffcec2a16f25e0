import Artifacts
import Core

/// What the tables of a datastream say that searches ask for: read on any thread, without the index.
///
/// | file | what is kept |
/// |---|---|
/// | `scenes.parquet` | each row |
/// | `enriched.parquet`, `gps/*.parquet` | pieces of the track |
/// | `objects.parquet`, `labels.parquet` | how often each class occurs |
struct IndexedTables: Sendable {
  /// Columns `scene_id`, `type`, `start_ns`, `end_ns`, `lat`, `lon` (`scenes.md` §4).
  private(set) var scenes: [Scenes] = []
  private(set) var track: [IndexBox] = []
  /// By class and group of classes.
  private(set) var classes: [(name: String, group: String, count: Int64, frames: Int64)] = []
  /// Why there is no more.
  private(set) var problem: String?

  struct Scenes: Sendable {
    /// Sixteen bytes each; of ids that are no UUIDs their text.
    let ids: [[UInt8]]
    let types: Texts
    let starts: [Int64], ends: [Int64]
    let latitudes: [Double], longitudes: [Double]

    fileprivate init(_ batch: Batch) throws {
      guard batch.columns.count == 6, case .text(let ids) = batch.columns[0].values,
        case .text(let types) = batch.columns[1].values, case .int64(let starts) = batch.columns[2].values,
        case .int64(let ends) = batch.columns[3].values, let latitudes = batch.columns[4].numbers,
        let longitudes = batch.columns[5].numbers
      else { throw RecordError("scenes.parquet", "its columns have other types than those of scenes") }
      self.ids = (0..<ids.count).map { row in
        Identifier(String(decoding: ids[row], as: UTF8.self))?.bytes ?? Array(ids[row])
      }
      (self.types, self.starts, self.ends) = (types, starts, ends)
      (self.latitudes, self.longitudes) = (latitudes, longitudes)
    }
  }

  /// Zones whose tables are read.
  static let zones: Set = ["scenes", "enriched", "extracted", "labeled"]
  /// Rows of a piece of a track, and how far it reaches in degrees and nanoseconds.
  private static let pieceRows = 64, pieceDegrees = 0.002, pieceGap: UInt64 = 10_000_000_000

  /// Reads those of a datastream at a path as records carry it; what cannot be read is a `problem`.
  init(_ path: String, zone: String, of lake: Lake) {
    do {
      guard let folder = try lake.folder(recorded: path) else { return }
      try read(zone, folder)
    } catch { problem = "\(error)" }
  }

  private mutating func read(_ zone: String, _ folder: Folder) throws {
    switch zone {
    case "scenes":
      guard let table = try Self.table("scenes.parquet", folder) else { return }
      try table.read(columns: ["scene_id", "type", "start_ns", "end_ns", "lat", "lon"]) {
        scenes.append(try Scenes($0))
      }
    case "enriched":
      if let table = try Self.table("enriched.parquet", folder) { try takeTrack(table, ["t_ns", "lat", "lon"]) }
      if let table = try Self.table("objects.parquet", folder) { try takeClasses(table) }
    case "extracted":
      guard try folder.entry("gps")?.kind == .folder else { return }
      let tables = try Folder("gps", in: folder)
      for name in try tables.names() where name.hasSuffix(".parquet") {
        guard let table = try Self.table(name, tables) else { continue }
        try takeTrack(table, ["t_ns", "latitude", "longitude"])
      }
    default:
      for name in ["objects.parquet", "labels.parquet"] {
        if let table = try Self.table(name, folder) { try takeClasses(table) }
      }
    }
  }

  private static func table(_ name: String, _ folder: Folder) throws -> ParquetFile? {
    guard try folder.entry(name)?.kind == .file else { return nil }
    return try ParquetFile(FileReader(name, in: folder))
  }

  // MARK: Tracks

  private mutating func takeTrack(_ table: ParquetFile, _ columns: [String]) throws {
    let names = Set(table.schema.fields.map(\.name))
    guard columns.allSatisfy(names.contains) else { return }
    var box = IndexBox()
    defer { if box.count > 0 { track.append(box) } }
    try table.read(columns: columns) { batch in
      guard case .int64(let times) = batch.columns[0].values, let latitudes = batch.columns[1].numbers,
        let longitudes = batch.columns[2].numbers
      else { return }
      for row in 0..<batch.count {
        let (latitude, longitude) = (latitudes[row], longitudes[row])
        guard latitude.isFinite, longitude.isFinite else { continue }
        var next = box
        next.extend(latitude, longitude, times[row], times[row])
        if box.count > 0,
          next.count > Self.pieceRows || next.span > Self.pieceDegrees || distance(box.end, times[row]) > Self.pieceGap
        {
          track.append(box)
          next = IndexBox()
          next.extend(latitude, longitude, times[row], times[row])
        }
        box = next
      }
    }
  }

  // MARK: Classes

  private mutating func takeClasses(_ table: ParquetFile) throws {
    let names = Set(table.schema.fields.map(\.name))
    guard names.contains("class") else { return }
    let columns = ["class", "class_group", "sample_id"].filter(names.contains)
    var counts: [[String]: (count: Int64, frames: Int64, last: String?)] = [:]
    try table.read(columns: columns) { batch in
      let texts = columns.map { name in batch[name]?.texts ?? [] }
      let group = columns.firstIndex(of: "class_group"), sample = columns.firstIndex(of: "sample_id")
      for row in 0..<batch.count {
        let key = [texts[0][row] ?? "", group.flatMap { texts[$0][row] } ?? ""]
        var known = counts[key] ?? (0, 0, nil)
        let frame = sample.flatMap { texts[$0][row] }
        known.count += 1
        if frame != nil, frame != known.last { known.frames += 1 }
        known.last = frame ?? known.last
        counts[key] = known
      }
    }
    for (key, known) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      classes.append((key[0], key[1], known.count, known.frames))
    }
  }
}

/// Where and when some rows are.
struct IndexBox: Sendable {
  private(set) var south = Double.infinity, north = -Double.infinity, west = Double.infinity, east = -Double.infinity
  private(set) var start = Int64.max, end = Int64.min
  private(set) var count = 0

  var span: Double { max(north - south, east - west) }

  /// Takes in a row; one without a position is nowhere.
  mutating func extend(_ latitude: Double, _ longitude: Double, _ first: Int64, _ last: Int64) {
    guard latitude.isFinite, longitude.isFinite else { return }
    (south, north) = (min(south, latitude), max(north, latitude))
    (west, east) = (min(west, longitude), max(east, longitude))
    (start, end) = (min(start, first), max(end, last))
    count += 1
  }
}
