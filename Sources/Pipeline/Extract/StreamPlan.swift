import Core
import Recordings

/// What becomes of one channel: which task takes it, what it is called, what it is turned into.
struct StreamPlan: Sendable {
  enum Form: Sendable {
    case table
    /// `sensor_msgs/Image` and `CompressedImage`: a file each, and an index table.
    case images
    /// `sensor_msgs/PointCloud2`: a PCD each, and an index table.
    case clouds
    /// A table, and for fixes the track as GeoJSON.
    case track
    /// CAN frames and databases for them: a table a message.
    case frames
  }

  /// Index into `Recording.channels`.
  var channel: Int
  var kind: SensorKind
  /// File name without suffix, unique within the kind's folder whatever the case of letters.
  var name: String
  var form: Form
  var settings: TaskSettings
}

/// Gives every channel to exactly one task: the first that takes it, in the order of `order`.
struct StreamPlanner {
  private static let order: [SensorKind] = [.camera, .lidar, .radar, .gps, .imu, .can, .structured]

  let settings: ExtractSettings
  /// Which channel has a name, by kind and lower-case name: the same channel of the next recording gets it again.
  private var owners: [String: String] = [:]
  private var names: [String: String] = [:]

  init(_ settings: ExtractSettings) { self.settings = settings }

  /// - Returns: a plan a channel that a task takes, in the channels' order, and the channels that none takes.
  mutating func plan(_ recording: Recording) -> (plans: [StreamPlan], left: [Int]) {
    var plans: [StreamPlan] = [], left: [Int] = []
    for (index, channel) in recording.channels.enumerated() {
      let task = Self.order.first { settings.tasks[$0]?.takes(channel, $0) ?? false }
      guard settings.filter.contains(channel), let task, let own = settings.tasks[task] else {
        left.append(index)
        continue
      }
      plans.append(
        StreamPlan(
          channel: index, kind: task, name: name(of: channel, in: task), form: form(of: channel, in: task, own),
          settings: own))
    }
    return (plans, left)
  }

  private func form(of channel: Channel, in task: SensorKind, _ own: TaskSettings) -> StreamPlan.Form {
    guard channel.undecoded == nil else { return .table }
    if task == .can, !own.can.isEmpty, CANFrames.areFrames(channel.schema) { return .frames }
    return switch (task, channel.plainType) {
    case (.camera, "sensor_msgs/Image"), (.camera, "sensor_msgs/CompressedImage"): .images
    case (.lidar, "sensor_msgs/PointCloud2"), (.radar, "sensor_msgs/PointCloud2"): .clouds
    case (.gps, "sensor_msgs/NavSatFix"): .track
    default: .table
    }
  }

  /// `/` becomes `_`, what is no safe letter `%XX`; a name that is taken gets `~` and a digest.
  private mutating func name(of channel: Channel, in task: SensorKind) -> String {
    let key = "\(task)\n\(channel.name)\n\(channel.type)\n\(channel.schema.hashText)"
    if let known = names[key] { return known }
    let plain = settings.names[channel.name] ?? channel.name
    var safe = plain.safeFileName
    if safe.utf8.count > 150 { safe = String(safe.prefix(150)) + "~" + Digest.sha256(Array(key.utf8)).hex.prefix(8) }
    let owner = "\(task)/\(safe.lowercased())"
    if owners[owner] != nil { safe += "~" + Digest.sha256(Array(key.utf8)).hex.prefix(4) }
    owners["\(task)/\(safe.lowercased())"] = key
    names[key] = safe
    return safe
  }
}

extension TaskSettings {
  /// Whether a channel belongs to this task.
  fileprivate func takes(_ channel: Channel, _ kind: SensorKind) -> Bool {
    guard filter.contains(channel) else { return false }
    // What the user names goes where the user says; `structured` takes whatever is left.
    let isNamed = !filter.topics.included.isEmpty || !filter.types.included.isEmpty
    return isNamed || channel.kind == kind || kind == .structured
  }
}

extension Channel {
  /// The type as `package/Type`, also where it is spelled `package/msg/Type`.
  var plainType: String {
    let parts = type.split(separator: "/")
    return parts.count == 3 && parts[1] == "msg" ? "\(parts[0])/\(parts[2])" : type
  }
}

extension Schema {
  /// Tells schemas apart where topic and type are the same.
  fileprivate var hashText: String { fields.map { "\($0.name):\($0.type)" }.joined(separator: ",") }
}

extension String {
  /// A name for a file: `/` becomes `_`, what is no safe letter `%XX`.
  var safeFileName: String {
    var safe = ""
    for byte in utf8.drop(while: { $0 == UInt8(ascii: "/") }) {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        safe.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "/"): safe += "_"
      default: safe += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return safe.isEmpty || safe.hasPrefix(".") ? "_" + safe : safe
  }
}
