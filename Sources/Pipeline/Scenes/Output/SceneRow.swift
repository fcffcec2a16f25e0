package import Core

/// A row of the table of scenes (scenes.md 4), and the record that says the same.
package struct SceneRow: Sendable {
  package var id: String
  package var type: String
  package var start: Int64
  package var end: Int64
  package var rule: String
  var layer: String
  var version: String
  var digest: String
  var isCutAtStart = false
  var isCutAtEnd = false
  /// JSON, with its keys sorted.
  var values = "{}"
  var margin: Double?
  var confidence = 1.0
  var actors: [String] = []
  var tags: [String] = []
  var key = SceneKeys.Key()
  private let context: Context

  /// What all scenes of a table share.
  struct Context: Sendable {
    var datastream: Identifier
    var measurement: String
    var vin: String
    var terms: [String: String]
    var cut: (length: Int64, offset: Int64)?

    init(_ input: SceneFinder.Input, _ table: SceneTable, _ settings: SceneSettings) {
      measurement = input.measurement ?? table.measurement
      vin = input.vin ?? table.vin ?? ""
      // A table of no lake is known by what it is of.
      datastream =
        input.datastream
        ?? Identifier(
          namespace: .namespace, name: "table:\(measurement):\(table.times.first ?? 0):\(table.times.count)")
      (terms, cut) = (settings.terms, settings.cut)
    }
  }

  init(_ scene: Scene, _ rule: SceneRule, digest: String, _ key: SceneKeys.Key, _ context: Context) {
    (type, self.rule, layer, version) = (rule.type, rule.id, rule.layer.rawValue, rule.version)
    (start, end) = (scene.interval.start, scene.interval.end)
    (self.digest, self.key, self.context) = (digest, key, context)
    id = Self.id(rule.id, rule.version + (scene.interval.track.map { "#\($0)" } ?? ""), context, start)
    (isCutAtStart, isCutAtEnd) = (scene.interval.isCutAtStart, scene.interval.isCutAtEnd)
    values = JSON.object(JSONObject(scene.values.map { .init(key: $0.name, value: $0.value) })).text
    (margin, confidence, actors, tags) = (scene.margin, scene.confidence, scene.actors, rule.tags)
  }

  /// A tag that somebody has set on a stretch of time; nil for one without.
  init?(_ tag: LineageView.Tag, _ context: Context) {
    guard let start = tag.start?.nanoseconds else { return nil }
    (type, rule, layer, version) = ("driver_note", "tag", SceneRule.Layer.digital.rawValue, "1")
    self.start = start
    end = max(start + 1, tag.end?.nanoseconds ?? start + 1)
    let facts: JSONObject = [
      "key": .string(tag.key), "source": tag.source.map { .string($0) } ?? .null, "value": .string(tag.value),
    ]
    values = JSON.object(facts).text
    digest = Digest.sha256(Array("tag".utf8)).hex
    self.context = context
    id = Self.id("tag", "\(tag.key)=\(tag.value)", context, start)
  }

  private static func id(_ rule: String, _ version: String, _ context: Context, _ start: Int64) -> String {
    "\(Identifier.scene(rule: rule, version: version, datastream: context.datastream, start: Timestamp(nanoseconds: start)))"
  }

  private var geohash: String? {
    guard let latitude = key.latitude, let longitude = key.longitude else { return nil }
    return String(decoding: Geohash.text(latitude: latitude, longitude: longitude, length: 7), as: UTF8.self)
  }

  /// UTC.
  private var date: String { String("\(Timestamp(nanoseconds: start))".prefix(10)) }

  private var cut: (start: Int64, end: Int64)? {
    context.cut.map { (start + $0.offset, start + $0.offset + $0.length) }
  }

  /// As JSON lines.
  package static func records(_ rows: [SceneRow]) -> [Record] {
    records(of: batch(rows, hasCut: rows.first?.context.cut != nil))
  }
}

extension SceneRow {
  /// The columns of `scenes.parquet`.
  package static func schema(hasCut: Bool) -> Schema {
    func text(_ name: String, isNullable: Bool = false) -> Field { Field(name, .string, isNullable: isNullable) }
    func number(_ name: String, _ unit: String? = nil) -> Field { Field(name, .float64, isNullable: true, unit: unit) }
    var fields = [
      text("scene_id"), text("measurement_id"), text("datastream_id"), text("vin"), text("type"), text("layer"),
      Field("start_ns", .int64, unit: "ns"), Field("end_ns", .int64, unit: "ns"), Field("start_ts", .timestamp),
      Field("end_ts", .timestamp), Field("duration_s", .float64, unit: "s"), text("start_sample", isNullable: true),
      text("end_sample", isNullable: true), Field("start_seq", .int64, isNullable: true),
      Field("end_seq", .int64, isNullable: true), Field("truncated_start", .bool), Field("truncated_end", .bool),
      text("params"), number("margin"), Field("confidence", .float64), Field("actors", .list(.string)),
      number("lat", "deg"), number("lon", "deg"), text("geohash", isNullable: true), text("rule_id"),
      text("rule_version"), text("rule_sha256"), text("openlabel_type", isNullable: true),
      Field("tags", .list(.string)), text("date"),
    ]
    if hasCut { fields += [Field("cut_start_ns", .int64, unit: "ns"), Field("cut_end_ns", .int64, unit: "ns")] }
    return Schema(fields)
  }

  package static func batch(_ rows: [SceneRow], hasCut: Bool) -> Batch {
    func words(_ value: (SceneRow) -> String?) -> Column { .words(rows.map(value)) }
    func integers(_ value: (SceneRow) -> Int64) -> Column { Column(.int64(rows.map(value))) }
    func numbers(_ value: (SceneRow) -> Double?) -> Column { .known(rows.map { value($0) ?? .nan }) }
    func nullable(_ value: (SceneRow) -> Int64?) -> Column { .nullable(rows.map(value)) }
    func lists(_ value: (SceneRow) -> [String]) -> Column {
      var offsets = [0], texts = Texts()
      for row in rows {
        for text in value(row) { texts.append(text.utf8) }
        offsets.append(texts.count)
      }
      return Column(.list(offsets: offsets, element: Column(.text(texts))))
    }
    var columns: [Column] = [
      words(\.id), words(\.context.measurement), words { "\($0.context.datastream)" }, words(\.context.vin),
      words(\.type), words(\.layer), integers(\.start), integers(\.end),
      integers { Timestamp.microseconds($0.start) }, integers { Timestamp.microseconds($0.end) },
      Column(.float64(rows.map { Double($0.end - $0.start) / 1e9 })), words(\.key.startSample), words(\.key.endSample),
      nullable(\.key.startNumber), nullable(\.key.endNumber), Column(.bool(rows.map { $0.isCutAtStart ? 1 : 0 })),
      Column(.bool(rows.map { $0.isCutAtEnd ? 1 : 0 })), words(\.values), numbers(\.margin),
      Column(.float64(rows.map(\.confidence))), lists(\.actors), numbers(\.key.latitude), numbers(\.key.longitude),
      words(\.geohash), words(\.rule), words(\.version), words(\.digest), words { $0.context.terms[$0.type] },
      lists(\.tags), words(\.date),
    ]
    if hasCut { columns += [integers { $0.cut?.start ?? $0.start }, integers { $0.cut?.end ?? $0.end }] }
    return Batch(schema: schema(hasCut: hasCut), columns: columns, count: rows.count)
  }
}
