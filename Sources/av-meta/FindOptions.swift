import Command
import Core
import Pipeline

/// What is searched for; of several values of one option one has to agree, of several options all.
struct FindOptions: Options {
  static let title = "Filters"

  @Option("Measurements by id or its beginning", value: "uuid") var measurement: [String]
  @Option("Vehicles; * stands for anything", value: "vin") var vin: [String]
  @Option("Regions", value: "region") var region: [String]
  @Option("What has not ended then", value: "time") var since: Timestamp?
  @Option("What began before", value: "time") var until: Timestamp?
  @Option("Zones of datastreams", value: "zone") var zone: [String]
  @Option("Kinds of datastreams", value: "kind") var kind: [String]
  @Option("States of datastreams; outcomes of runs", value: "state") var state: [String]
  @Option("Formats of recordings, such as rosbag", value: "format") var formatOf: [String]
  @Option("Topics in recordings; for frames their streams; !glob leaves out", value: "glob") var topic: [String]
  @Option("Types of scenes: what has or is one; for frames those during one", value: "type") var scene: [String]
  @Option("Tags, all of them: KEY or KEY=VALUE", value: "tag") var tag: [String]
  @Option("Classes of objects, all of them: NAME or NAME>=N; for frames in each", value: "class")
  var `class`: [String]
  @Option("Within the cell of this geohash", value: "geohash") var geohash: [String]
  @Option("Within west,south,east,north", value: "box") var bbox: [String]
  @Option("Within a radius of a place: latitude,longitude,radius", value: "circle") var near: [String]
  @Option("Within the polygons of a GeoJSON file", value: "file", completion: .file) var polygon: [String]
  @Option("Words in tags, notes, topics and comments; a last * for any ending", value: "words") var text: String?
  @Option("Of frames: a condition on enriched columns, as in rules of scenes: 'speed_mps > 10km/h'", value: "condition")
  var `where`: [String]
  @Option("Order: start, end, id, vin, bytes or changed; -start for the last first", value: "key") var sort: String?
  @Option("At most so many", value: "number") var limit: Count?

  func request(_ kind: FindKind) throws -> FindRequest {
    var request = FindRequest(kind)
    (request.measurements, request.vins, request.regions) = (measurement, vin, region)
    (request.since, request.until) = (since, until)
    if let since, let until, until <= since { throw UsageError("--until is not after --since") }
    (request.zones, request.kinds) = (zone, self.kind)
    request.states = kind == .runs ? state : state.map { DatastreamState(spelling: $0)?.rawValue ?? $0 }
    (request.formats, request.scenes, request.text) = (formatOf, scene, text)
    if !topic.isEmpty { request.topics = try GlobSet(topic) }
    request.tags = try tag.map { try FindTag($0) }
    request.classes = try self.class.map { try FindClass($0) }
    request.areas = [
      try geohash.map { try FindArea(geohash: $0) }, try bbox.map { try FindArea(box: $0) },
      try near.map { try FindArea(near: $0) }, try polygon.map { try FindArea(polygonFile: $0) },
    ].filter { !$0.isEmpty }
    request.conditions = try self.where.map { try SampleCondition($0) }
    request.sort = try sort.map { try FindOrder($0) }
    request.limit = limit?.value
    return request
  }
}
