package import Core

/// What is in one recording: one value on one page, filled by every format.
///
/// ```
///   Recording ── channels ── Channel "/imu/data"  sensor_msgs/Imu   Schema [header.seq, …]
///            │           └── Channel "/camera"    sensor_msgs/Image
///            └── findings ── Finding "unclosed", "truncated" {offset, bytes}, …
/// ```
package struct Recording: Sendable {
  /// `Format.name` of the room that read it.
  package var format: String
  package var bytes: Int
  /// Smallest and largest record time; nil without messages.
  package var range: TimeRange?
  package var messages: Int
  /// Closed by its writer, and every record it promises is there and whole.
  package var isComplete: Bool
  package var outcome: Outcome
  package var channels: [Channel]
  package var findings: [Finding]
  /// What only this format knows (compression, chunks, version), for people and records.
  package var facts: JSONObject

  /// What a reader can deliver of the messages whose bytes are in the file.
  package enum Outcome: String, Sendable {
    /// Every one.
    case whole
    /// Some could not be read.
    case lossy
    /// None, although there are or were some.
    case nothing
  }

  package init(
    format: String, bytes: Int, range: TimeRange? = nil, messages: Int = 0, isComplete: Bool = true,
    outcome: Outcome = .whole, channels: [Channel] = [], findings: [Finding] = [], facts: JSONObject = [:]
  ) {
    self.format = format
    self.bytes = bytes
    self.range = range
    self.messages = messages
    self.isComplete = isComplete
    self.outcome = outcome
    self.channels = channels
    self.findings = findings
    self.facts = facts
  }
}

/// A stream of messages of one type: a ROS topic and type, an MDF4 channel group, a TDMS group with one time base.
package struct Channel: Sendable {
  /// The name as recorded; bytes that are not UTF-8 as `\xNN`.
  package var name: String
  /// The type's name as recorded, such as `sensor_msgs/Imu`.
  package var type: String
  package var kind: SensorKind
  package var messages: Int
  package var range: TimeRange?
  /// Intervals between its messages, where the file tells them without being read through.
  package var rhythm: Rhythm?
  /// What it measures, of formats whose channels are groups of signals with one time base; nil for messages.
  package var signals: [Signal]?
  /// The columns its messages decode to.
  package var schema: Schema
  /// Why its messages are delivered undecoded, in one `bytes` column `data`; nil when they decode.
  package var undecoded: String?
  /// What only this format knows (md5sum, latched, connections), for people and records.
  package var facts: JSONObject

  package init(
    name: String, type: String, kind: SensorKind, messages: Int = 0, range: TimeRange? = nil,
    signals: [Signal]? = nil, schema: Schema = Schema([]), undecoded: String? = nil, facts: JSONObject = [:]
  ) {
    self.name = name
    self.type = type
    self.kind = kind
    self.messages = messages
    self.range = range
    self.signals = signals
    self.schema = schema
    self.undecoded = undecoded
    self.facts = facts
  }
}

/// One measured quantity of a channel: an MDF4 or TDMS channel.
package struct Signal: Sendable {
  package var name: String
  package var unit: String?
  /// The type of its values as recorded, such as `uint16`.
  package var type: String
  /// What only this format knows (comment, source, conversion), for people and records.
  package var facts: JSONObject

  package init(name: String, unit: String? = nil, type: String, facts: JSONObject = [:]) {
    self.name = name
    self.unit = unit
    self.type = type
    self.facts = facts
  }
}

/// The kind of sensor a channel belongs to, and the folder of an extracted datastream it goes to.
package enum SensorKind: String, Sendable, CaseIterable {
  case camera, lidar, radar, gps, imu, can, structured
}
