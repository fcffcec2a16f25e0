import Artifacts
import Core

/// What is around the frames of a synchronized datastream, as far as a search asks: columns and places of the enriched
/// samples that were made of it, objects of these, and labels that came back.
///
/// A class is that of an object or of its group, as `objects.parquet` has it, or that of a label in `labels.parquet`; all
/// that are wanted are in the frame by one of these tables.
struct FrameSurroundings {
  private let request: FindRequest
  private let lake: Lake
  private var enriched: [Enriched] = []
  private var labels: [Counts] = []

  /// By sample and stream, how many there are of each class that is wanted.
  private typealias Counts = [String: [String: [Int]]]

  private struct Enriched {
    /// Those that meet what is asked of samples.
    var samples: Set<String> = []
    var counts: Counts = [:]
  }

  /// Whether a search asks of surroundings at all.
  static func areAsked(_ request: FindRequest) -> Bool { !request.classes.isEmpty || areSamplesAsked(request) }

  private static func areSamplesAsked(_ request: FindRequest) -> Bool {
    !request.conditions.isEmpty || !request.areas.isEmpty
  }

  /// Reads the tables of folders as records carry them; `lacking` counts columns of conditions that are not there.
  init(
    _ request: FindRequest, _ lake: Lake, _ enriched: [String], _ labeled: [String], _ lacking: inout [String: Int]
  ) throws {
    (self.request, self.lake) = (request, lake)
    for path in enriched {
      guard let folder = try lake.folder(recorded: path) else { continue }
      var own = Enriched()
      try takeSamples(folder, &own, &lacking)
      guard !own.samples.isEmpty else { continue }
      if !request.classes.isEmpty { own.counts = try counts("objects.parquet", folder) ?? [:] }
      self.enriched.append(own)
    }
    guard !request.classes.isEmpty else { return }
    for path in labeled {
      guard let folder = try lake.folder(recorded: path) else { continue }
      if let counts = try counts(LabelReturnFiles.tableFile, folder) { labels.append(counts) }
    }
  }

  /// Whether no frame can be one of those.
  var isEmpty: Bool { enriched.isEmpty && (labels.isEmpty || Self.areSamplesAsked(request)) }

  /// How many objects of each class that is wanted are in a frame; nil where it is not one of those.
  func objects(of sample: String, _ stream: String) -> JSONObject? {
    var isWanted = !Self.areSamplesAsked(request)
    for own in enriched where own.samples.contains(sample) {
      if let found = objects(own.counts[sample]?[stream]) { return found }
      isWanted = true
    }
    guard isWanted, !request.classes.isEmpty else { return nil }
    return labels.lazy.compactMap { objects($0[sample]?[stream]) }.first
  }

  private func objects(_ counts: [Int]?) -> JSONObject? {
    let counts = counts ?? Array(repeating: 0, count: request.classes.count)
    guard zip(counts, request.classes).allSatisfy({ $0 >= $1.least }) else { return nil }
    var found: JSONObject = [:]
    for (wanted, count) in zip(request.classes, counts) { found[wanted.name] = .count(count) }
    return found
  }

  /// Samples in the areas that meet the conditions; where a column is not there, none.
  private func takeSamples(_ folder: Folder, _ own: inout Enriched, _ lacking: inout [String: Int]) throws {
    let conditions = request.conditions
    let verdicts = conditions.isEmpty ? nil : try SampleCondition.rows(conditions, in: folder.path)
    for name in verdicts?.missing ?? [] { lacking[name, default: 0] += 1 }
    guard verdicts?.missing.isEmpty ?? true else { return }
    let table = try ParquetFile(FileReader("enriched.parquet", in: folder))
    let places = request.areas.isEmpty ? [] : ["lat", "lon"]
    guard places.allSatisfy({ name in table.schema.fields.contains { $0.name == name } }) else { return }
    var first = 0
    try table.read(columns: ["sample_id"] + places) { batch in
      defer { first += batch.count }
      let latitudes = batch["lat"]?.numbers ?? [], longitudes = batch["lon"]?.numbers ?? []
      for (row, sample) in batch.columns[0].texts.enumerated() {
        guard let sample, verdicts?.rows[first + row] ?? true else { continue }
        if !request.areas.isEmpty {
          let (latitude, longitude) = (latitudes[row], longitudes[row])
          guard latitude.isFinite, longitude.isFinite,
            request.areas.allSatisfy({ $0.contains { $0.contains(latitude: latitude, longitude: longitude) } })
          else { continue }
        }
        own.samples.insert(sample)
      }
    }
  }

  /// What a table of objects or labels counts; nil where there is none.
  private func counts(_ name: String, _ folder: Folder) throws -> Counts? {
    guard try folder.entry(name)?.kind == .file else { return nil }
    let table = try ParquetFile(FileReader(name, in: folder))
    // Labels have no groups.
    let columns = ["sample_id", "stream", "class", "class_group"].filter { column in
      table.schema.fields.contains { $0.name == column }
    }
    guard columns.starts(with: ["sample_id", "stream", "class"]) else { return nil }
    var counts: Counts = [:]
    let none = Array(repeating: 0, count: request.classes.count)
    try table.read(columns: columns) { batch in
      let samples = batch.columns[0].texts, streams = batch.columns[1].texts
      let classes = batch.columns[2].texts, groups = columns.count > 3 ? batch.columns[3].texts : []
      for row in 0..<batch.count {
        guard let sample = samples[row], let stream = streams[row] else { continue }
        for (place, wanted) in request.classes.enumerated()
        where classes[row] == wanted.name || !groups.isEmpty && groups[row] == wanted.name {
          counts[sample, default: [:]][stream, default: none][place] += 1
        }
      }
    }
    return counts
  }
}
