/// A sensor or bus as it is recorded: one topic.
package struct Stream: Sendable {
  /// What `--defect` calls it.
  package let name: String
  package let topic: String
  package let type: String
  let frame: String
  /// How many messages a second; of a bus, all of its messages together.
  package let hertz: Int
  /// From the drive's start to the first message, in nanoseconds.
  let phase: Int64
  /// How long after its stamp a message is recorded: at least, and at most so much more.
  let latency, jitter: Int64
  var isLatched = false

  private init(
    _ name: String, _ topic: String, _ type: String, frame: String, hertz: Int, phase: Int64, latency: Int64,
    jitter: Int64, isLatched: Bool = false
  ) {
    (self.name, self.topic, self.type, self.frame, self.hertz) = (name, topic, type, frame, hertz)
    (self.phase, self.latency, self.jitter, self.isLatched) = (phase, latency, jitter, isLatched)
  }

  /// In the order of the connections.
  package static let all: [Stream] = [
    cameraFront, cameraBayer, cameraSide, lidar, radar, imu, gps, odometry, can, transforms, mounting, diagnostics,
  ]

  static let cameraFront = Stream(
    "camera/front", "/camera/front/image_raw", "sensor_msgs/Image", frame: "camera_front", hertz: 10,
    phase: 11_000_000, latency: 14_000_000, jitter: 3_000_000)
  static let cameraBayer = Stream(
    "camera/bayer", "/camera/bayer/image_raw", "sensor_msgs/Image", frame: "camera_bayer", hertz: 2,
    phase: 12_000_000, latency: 9_000_000, jitter: 2_000_000)
  static let cameraSide = Stream(
    "camera/side", "/camera/side/image/compressed", "sensor_msgs/CompressedImage", frame: "camera_side", hertz: 5,
    phase: 31_000_000, latency: 22_000_000, jitter: 6_000_000)
  /// Stamped at the start of a scan, recorded after its end.
  static let lidar = Stream(
    "lidar/top", "/lidar/top/points", "sensor_msgs/PointCloud2", frame: "lidar_top", hertz: 10, phase: 0,
    latency: 104_000_000, jitter: 3_000_000)
  static let radar = Stream(
    "radar/front", "/radar/front/objects", "radar_msgs/RadarTracks", frame: "radar_front", hertz: 20,
    phase: 17_000_000, latency: 30_000_000, jitter: 4_000_000)
  static let imu = Stream(
    "imu", "/imu/data", "sensor_msgs/Imu", frame: "imu", hertz: 100, phase: 1_000_000, latency: 600_000,
    jitter: 800_000)
  static let gps = Stream(
    "gps", "/gps/fix", "sensor_msgs/NavSatFix", frame: "gps", hertz: 10, phase: 0, latency: 48_000_000,
    jitter: 5_000_000)
  static let odometry = Stream(
    "odom", "/odom", "nav_msgs/Odometry", frame: "odom", hertz: 50, phase: 3_000_000, latency: 1_500_000,
    jitter: 700_000)
  static let can = Stream(
    "can", "/can/rx", "can_msgs/Frame", frame: "can0", hertz: Emitter.canHertz, phase: 0, latency: 250_000,
    jitter: 300_000)
  static let transforms = Stream(
    "tf", "/tf", "tf2_msgs/TFMessage", frame: "map", hertz: 50, phase: 4_000_000, latency: 2_000_000,
    jitter: 1_000_000)
  static let mounting = Stream(
    "tf_static", "/tf_static", "tf2_msgs/TFMessage", frame: "base_link", hertz: 0, phase: 0, latency: 100_000,
    jitter: 0, isLatched: true)
  static let diagnostics = Stream(
    "diagnostics", "/diagnostics", "diagnostic_msgs/DiagnosticArray", frame: "", hertz: 1, phase: 200_000_000,
    latency: 2_000_000, jitter: 1_000_000)
}

/// What sends messages on a stream at one rate: a sensor, or one message of a bus.
struct Emitter: Sendable {
  enum Source: Sendable {
    case cameraFront, cameraBayer, cameraSide, lidar, radar, imu, gps, odometry, transforms, mounting, diagnostics
    case can(CANMessage)
    case stranger
  }

  /// The index in `Stream.all`.
  var stream: Int
  var source: Source
  /// 0 for one message at the start.
  var hertz: Int
  var phase: Int64

  static let all: [Emitter] = {
    let sources: [Source] = [
      .cameraFront, .cameraBayer, .cameraSide, .lidar, .radar, .imu, .gps, .odometry, .transforms, .mounting,
      .diagnostics,
    ]
    let streams: [Stream] = [
      .cameraFront, .cameraBayer, .cameraSide, .lidar, .radar, .imu, .gps, .odometry, .transforms, .mounting,
      .diagnostics,
    ]
    let single = zip(sources, streams).map { source, stream in
      Emitter(stream: index(of: stream), source: source, hertz: stream.hertz, phase: stream.phase)
    }
    let messages = CANDatabase.messages.map { message in
      Emitter(stream: bus, source: .can(message), hertz: message.hertz, phase: message.phase)
    }
    let stranger = Emitter(stream: bus, source: .stranger, hertz: CANDatabase.stranger.hertz, phase: 333_000_000)
    return single + messages + [stranger]
  }()

  /// The index of the bus in `Stream.all`.
  static let bus = index(of: .can)

  static let canHertz = CANDatabase.messages.reduce(CANDatabase.stranger.hertz) { $0 + $1.hertz }

  private static func index(of stream: Stream) -> Int { Stream.all.firstIndex { $0.name == stream.name } ?? 0 }

  /// From the drive's start to the `count`th message, in nanoseconds.
  func time(_ count: Int) -> Int64 { phase + (hertz == 0 ? 0 : Int64(count) * 1_000_000_000 / Int64(hertz)) }

  /// How many messages there are before `end` nanoseconds.
  func count(before end: Int64) -> Int {
    guard end > phase else { return 0 }
    guard hertz > 0 else { return 1 }
    return Int(((end - phase) * Int64(hertz) + 999_999_999) / 1_000_000_000)
  }
}
