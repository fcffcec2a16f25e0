package import Core

/// What is exported for labelling, and how: all of it decides the output, and is in its digest.
package struct LabelSettings: Sendable {
  /// Types of scenes; their samples only.
  package var sceneTypes: GlobSet?
  /// Scenes by themselves, from records or files.
  package var scenes: [LabelScene]?
  /// `key` or `key=value`; samples in the tag's time only.
  package var tags: [String] = []
  /// Streams of pictures and scans; all pictures without any.
  package var streams: GlobSet?
  /// Classes of detected objects; items with one of them only.
  package var classes: GlobSet?
  package var from: Timestamp?
  package var until: Timestamp?
  package var every: Int?
  /// Nanoseconds between samples.
  package var period: Int64?
  package var most: Int?
  /// Samples that meet all of them only.
  package var conditions: [SampleCondition] = []
  /// Seed of an order by chance, in which `most` takes samples and items stand in lists; in the order of time without.
  package var shuffle: Int?
  /// Which part of a data set the drive belongs to.
  package var split: LabelSplit?
  /// A sample follows the one before it when the vehicle has moved so far, in metres, or turned so far, in radians.
  package var distance: Double?
  package var turn: Double?
  /// Mean difference of grey, of 1, that tells a picture from the one before it.
  package var difference: Double?
  package var formats: Set<LabelFormat> = [.coco, .openlabel]
  package var minScore = 0.25
  /// Whether pictures are copied; else they stay where they are.
  package var copies = false
  package var expires: Timestamp?
  package var watermark: String?
  package var partner: String?
  package var purpose: String?
  /// Whether VIN and positions go along.
  package var includesIdentifiers = false
  package var taxonomy: LabelTaxonomy?
  /// Numbers that keys had in an export before.
  package var ids: LabelIDs?

  package init() {}

  package var digest: String { Digest.sha256(json.canonical).hex }

  var json: JSON {
    var object: JSONObject = [
      "formats": .array(formats.map(\.rawValue).sorted().map { .string($0) }), "copies": .bool(copies),
      "min_score": .number(minScore), "identifiers": .bool(includesIdentifiers),
      "tags": .array(tags.sorted().map { .string($0) }),
    ]
    object["scene_types"] = sceneTypes.map(Self.json)
    object["scenes"] = scenes.map { .array($0.map(\.key)) }
    object["streams"] = streams.map(Self.json)
    object["classes"] = classes.map(Self.json)
    object["from"] = from.map { .time($0) }
    object["until"] = until.map { .time($0) }
    object["every"] = every.map { .count($0) }
    object["period"] = period.map { .count($0) }
    object["max"] = most.map { .count($0) }
    if !conditions.isEmpty { object["where"] = .array(conditions.map { .string($0.text) }) }
    object["shuffle"] = shuffle.map { .count($0) }
    object["split"] = split.map { .string($0.text) }
    object["distance"] = distance.map { .number($0) }
    object["turn"] = turn.map { .number($0) }
    object["difference"] = difference.map { .number($0) }
    object["expires"] = expires.map { .time($0) }
    object["watermark"] = watermark.map { .string($0) }
    object["partner"] = partner.map { .string($0) }
    object["purpose"] = purpose.map { .string($0) }
    object["taxonomy"] = taxonomy?.json
    object["ids"] = ids?.digest.map { .string($0) }
    return .object(object)
  }

  private static func json(_ globs: GlobSet) -> JSON {
    .array(
      globs.included.map { .string($0.description) } + globs.excluded.map { .string("!\($0.description)") })
  }
}

package enum LabelFormat: String, Sendable, CaseIterable { case coco, openlabel }

/// A stretch of a drive that a rule or a driver named.
package struct LabelScene: Sendable, Hashable {
  package var id: String
  package var type: String
  /// Half open, in nanoseconds.
  package var start: Int64
  package var end: Int64
  /// Numbers that describe it.
  package var numbers: [String: Double] = [:]
  /// Nil where it does not say.
  package var measurement: String?

  var key: JSON { [.string(id), .string(type), .string("\(start)"), .string("\(end)")] }

  /// Of a record `"type":"scene"`: its type is under `scene` or `scene_type` where `type` says what the record is.
  package init(_ record: Record, at place: String) throws(RecordError) {
    guard let start = (record["start_ns"] ?? record["start_ts"] ?? record["start"])?.timestamp,
      let end = (record["end_ns"] ?? record["end_ts"] ?? record["end"])?.timestamp, end >= start
    else { throw RecordError(place, "a scene has no start_ns and end_ns in order") }
    let names = ["scene_type", "scene", "kind", "rule_id"]
    guard let type = names.lazy.compactMap({ record[$0]?.string }).first else {
      throw RecordError(place, "a scene has no type of its own")
    }
    self.init(
      id: record["scene_id"]?.string ?? "", type: type, start: start.nanoseconds, end: end.nanoseconds,
      params: record["params"])
    measurement = record["measurement_id"]?.string ?? record["measurement"]?.string
  }

  init(id: String, type: String, start: Int64, end: Int64, params: JSON? = nil) {
    (self.id, self.type, self.start, self.end) = (id, type, start, end)
    let object = params?.object ?? params?.string.flatMap { try? JSON.parse($0).object }
    for member in object?.members ?? [] { if let number = member.value.number { numbers[member.key] = number } }
  }

  /// The rows of `scenes.parquet`.
  static func read(_ path: String) throws -> [LabelScene] {
    let table = try SourceTable(path)
    let batch = try table.columns(["scene_id", "type", "start_ns", "end_ns"])
    guard case .int64(let starts) = batch.columns[2].values, case .int64(let ends) = batch.columns[3].values else {
      throw SourceError(path, "start_ns and end_ns are not integers")
    }
    let ids = batch.columns[0].texts, types = batch.columns[1].texts
    let params = table.field("params") == nil ? nil : try table.columns(["params"]).columns[0].texts
    return (0..<batch.count).map { row in
      LabelScene(
        id: ids[row] ?? "", type: types[row] ?? "", start: starts[row], end: ends[row],
        params: params?[row].map { .string($0) })
    }
  }
}

/// Classes that a partner labels: names, what they are kinds of, keypoints, and where the instructions are.
package struct LabelTaxonomy: Sendable {
  package var uri: String
  package var categories: [(name: String, extra: JSONObject)]
  package var json: JSON

  /// Reads a taxonomy file.
  ///
  /// `{uri: "…", instructions: "…", categories: [{name: "car", supercategory: "vehicle"}, …], attributes: {…}}`
  package init(_ configuration: Configuration) throws {
    json = configuration.json
    uri = try configuration.string("uri") ?? "urn:avtools:taxonomy:1"
    _ = configuration.value("attributes")
    _ = try configuration.string("instructions")
    categories = []
    for category in try configuration.tables("categories") ?? [] {
      let name = try category.required("name", category.string)
      var extra: JSONObject = [:]
      for key in ["supercategory", "keypoints", "skeleton"] { extra[key] = category.value(key) }
      categories.append((name, extra))
      try category.finish()
    }
    try configuration.finish()
  }
}
