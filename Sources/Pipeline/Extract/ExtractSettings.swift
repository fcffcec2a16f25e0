package import Core
package import Recordings

/// What to extract and how: the whole of it decides the output, so the digest of its JSON names the datastream.
package struct ExtractSettings: Sendable {
  /// By kind of sensor; kinds that are absent are not extracted.
  package var tasks: [SensorKind: TaskSettings]
  /// What is in the recordings is written beside the artifacts.
  package var writesMetadata = true
  /// Names for channels, by topic.
  package var names: [String: String] = [:]
  /// Channels that any task may take; each task has its own globs besides.
  package var filter = ChannelFilter()
  package var clock = ClockRule.automatic
  /// Of formats that keep values as recorded and convert them.
  package var values = SignalValues.physical
  /// Output is refused where anything of the input cannot be read.
  package var isStrict = false

  /// Which of a message's times is used.
  package enum ClockRule: String, Sendable, CaseIterable {
    case automatic = "auto"
    case header, log
  }

  package init() { tasks = Dictionary(uniqueKeysWithValues: SensorKind.allCases.map { ($0, TaskSettings()) }) }

  /// With every default filled in; keys in alphabetical order.
  package var json: JSON {
    var object: JSONObject = [
      "clock": .string(clock.rawValue), "filter": filter.json, "metadata": .bool(writesMetadata),
      "strict": .bool(isStrict),
    ]
    // What is as ever has the digest it always had.
    if values != .physical { object["values"] = .string(values.rawValue) }
    let known = names.sorted { $0.key < $1.key }
    object["names"] = .object(JSONObject(known.map { .init(key: $0.key, value: .string($0.value)) }))
    let tasks = tasks.sorted { $0.key.rawValue < $1.key.rawValue }
    object["tasks"] = .object(JSONObject(tasks.map { .init(key: $0.key.rawValue, value: $0.value.json) }))
    return .object(object)
  }
}

/// What one task takes and makes of it.
package struct TaskSettings: Sendable {
  /// Where it names topics or types these decide; else the task takes the channels of its kind.
  package var filter = ChannelFilter()
  /// `parquet`, `jsonl` or `csv`, of what becomes a table.
  package var table = "parquet"
  package var thinning = Thinning()
  /// Edge of the cube in metres of which one point is kept; clouds only.
  package var voxel: Double?
  /// Nearest and farthest distance in metres that is kept; clouds only.
  package var range: ClosedRange<Double>?
  /// Every how manyth point is kept; clouds only.
  package var stride = 1
  /// Mosaics of a Bayer pattern become RGB.
  package var debayers = false
  /// Tracks are also written as GeoJSON; gps only.
  package var writesTrack = true
  /// Databases that decode frames; can only.
  package var can = CANSettings()

  package init() {}

  var json: JSON {
    var object: JSONObject = [
      "debayer": .bool(debayers), "filter": filter.json, "geojson": .bool(writesTrack),
      "range": range.map { .array([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null,
      "stride": .count(stride), "table": .string(table), "thinning": thinning.json,
      "voxel": voxel.map { .number($0) } ?? .null,
    ]
    if !can.isEmpty { object["can"] = can.json }
    return .object(object)
  }
}

/// Globs that choose channels by name and type.
package struct ChannelFilter: Sendable {
  package var topics = GlobSet.all
  package var types = GlobSet.all

  package init() {}

  /// Whether it says anything.
  var isEmpty: Bool { topics.isEmpty && types.isEmpty }

  func contains(_ channel: Channel) -> Bool {
    topics.contains(channel.name) && (types.contains(channel.type) || types.contains(channel.plainType))
  }

  var json: JSON {
    func list(_ globs: GlobSet) -> JSON {
      .array(globs.included.map { .string("\($0)") } + globs.excluded.map { .string("!\($0)") })
    }
    return ["topics": list(topics), "types": list(types)]
  }
}
