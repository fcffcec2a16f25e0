import Core

/// The bytes of each stream's messages: what its sensor gives at a time of the drive, under the stamp of its clock.
struct Messages: Sendable {
  let world: World
  /// The drive's start.
  let origin: Timestamp

  /// What the sensors get wrong: standard deviations, in SI units.
  static let gyroNoise = 0.002, accelerometerNoise = 0.05, positionNoise = 0.05
  static let gravity = 9.806_65

  func bytes(_ emitter: Emitter, _ count: Int, at time: Double, stamp: Timestamp, _ noise: inout Noise) throws
    -> [UInt8]
  {
    var message = ByteWriter()
    let frame = Stream.all[emitter.stream].frame
    switch emitter.source {
    case .transforms, .mounting: break
    case .cameraFront, .cameraBayer, .cameraSide, .lidar, .radar, .imu, .gps, .odometry, .diagnostics, .can, .stranger:
      message.header(stamp, frame)
    }
    switch emitter.source {
    case .cameraFront: putImage(.front, "bgr8", time, &message)
    case .cameraBayer: putImage(.bayer, "bayer_rggb8", time, &message)
    case .cameraSide: try putPicture(time, &message)
    case .lidar: putScan(time, &noise, &message)
    case .radar: putTracks(time, &noise, &message)
    case .imu: putImu(time, &noise, &message)
    case .gps: putFix(time, &noise, &message)
    case .odometry: putOdometry(time, &message)
    case .transforms: putTransform(time, stamp, &message)
    case .mounting: putMounting(stamp, &message)
    case .diagnostics: putDiagnostics(time, count, &message)
    case .can(let bus):
      putFrame(bus.id, bus.isExtended, bus.data(VehicleValues(world, at: time), count: count), &message)
    case .stranger: putFrame(CANDatabase.stranger.id, false, CANDatabase.stranger.data, &message)
    }
    return message.bytes
  }

  // MARK: - Motion

  /// Angular velocity and specific force, which standing still is gravity upwards.
  private func putImu(_ time: Double, _ noise: inout Noise, _ message: inout ByteWriter) {
    let ego = world.ego(at: time)
    let gyro = Self.gyroNoise, accelerometer = Self.accelerometerNoise
    message.quaternion(yaw: ego.heading)
    message.diagonal([1e-4, 1e-4, 1e-3])
    message.doubles(gyro * noise.normal(), gyro * noise.normal(), ego.yawRate + gyro * noise.normal())
    message.diagonal([gyro * gyro, gyro * gyro, gyro * gyro])
    message.doubles(
      ego.acceleration + accelerometer * noise.normal(), ego.lateralAcceleration + accelerometer * noise.normal(),
      Self.gravity + accelerometer * noise.normal())
    message.diagonal(Array(repeating: accelerometer * accelerometer, count: 3))
  }

  private func putFix(_ time: Double, _ noise: inout Noise, _ message: inout ByteWriter) {
    let antenna = world.ego(at: time).frame.outside(Vector(x: Mounting.gps.x, y: Mounting.gps.y))
    let error = Vector(x: Self.positionNoise * noise.normal(), y: Self.positionNoise * noise.normal())
    let position = Geodesy.position(of: antenna + error)
    message.i8(2)
    message.u16(1)
    message.doubles(
      position.latitude, position.longitude,
      Geodesy.altitude + Mounting.gps.z + 2 * Self.positionNoise * noise.normal())
    let variance = Self.positionNoise * Self.positionNoise
    message.diagonal([variance, variance, 4 * variance])
    message.u8(2)
  }

  /// The true way, in axes that begin where the drive begins.
  private func putOdometry(_ time: Double, _ message: inout ByteWriter) {
    let ego = world.ego(at: time), start = world.ego(at: 0)
    let place = start.frame.inside(ego.position)
    message.string32("base_link")
    message.doubles(place.x, place.y, 0)
    message.quaternion(yaw: ego.heading - start.heading)
    message.diagonal([0.01, 0.01, 1e6, 1e6, 1e6, 0.001])
    message.doubles(ego.speed, 0, 0, 0, 0, ego.yawRate)
    message.diagonal([0.001, 0.001, 1e6, 1e6, 1e6, 0.0001])
  }

  private func putTransform(_ time: Double, _ stamp: Timestamp, _ message: inout ByteWriter) {
    let ego = world.ego(at: time)
    message.u32(1)
    message.header(stamp, "map")
    message.string32("base_link")
    message.doubles(ego.position.x, ego.position.y, 0)
    message.quaternion(yaw: ego.heading)
  }

  private func putMounting(_ stamp: Timestamp, _ message: inout ByteWriter) {
    message.u32(UInt32(Mounting.all.count))
    for mounting in Mounting.all {
      message.header(stamp, "base_link")
      message.string32(mounting.frame)
      message.doubles(mounting.x, mounting.y, mounting.z)
      message.quaternion(yaw: mounting.yaw)
    }
  }

  // MARK: - Bus and state

  private func putFrame(_ id: UInt32, _ isExtended: Bool, _ data: [UInt8], _ message: inout ByteWriter) {
    message.u32(id)
    message.u8(0)
    message.u8(isExtended ? 1 : 0)
    message.u8(0)
    message.u8(UInt8(data.count))
    message.append(data)
  }

  private func putDiagnostics(_ time: Double, _ count: Int, _ message: inout ByteWriter) {
    let used = 40 + count % 7
    let statuses: [(level: UInt8, name: String, text: String, values: [(String, String)])] = [
      (0, "recorder: disk", "ok", [("used_percent", "\(used)"), ("messages", "\(count * 560)")]),
      (0, "lidar_top: rotation", "ok", [("rpm", "\(599 + count % 3)")]),
      (
        count % 10 == 9 ? 1 : 0, "gps: satellites", count % 10 == 9 ? "few satellites" : "ok",
        [("used", "\(count % 10 == 9 ? 5 : 14)")]
      ),
    ]
    message.u32(UInt32(statuses.count))
    for status in statuses {
      message.u8(status.level)
      message.string32(status.name)
      message.string32(status.text)
      message.string32("sim")
      message.u32(UInt32(status.values.count))
      for (key, value) in status.values {
        message.string32(key)
        message.string32(value)
      }
    }
  }
}

/// Where a sensor sits: its frame, and its place and yaw relative to the rear axle on the ground.
struct Mounting: Sendable {
  var frame: String
  var x, y, z, yaw: Double

  static let gps = Mounting(frame: "gps", x: 0.6, y: 0, z: 1.55, yaw: 0)
  static let all: [Mounting] = [
    Mounting("camera_front", .front), Mounting("camera_bayer", .bayer), Mounting("camera_side", .side),
    Mounting(frame: "lidar_top", x: Lidar.x, y: 0, z: Lidar.z, yaw: 0),
    Mounting(frame: "radar_front", x: Radar.x, y: 0, z: Radar.z, yaw: 0),
    Mounting(frame: "imu", x: 0, y: 0, z: 0, yaw: 0), gps,
  ]

  init(frame: String, x: Double, y: Double, z: Double, yaw: Double) {
    (self.frame, self.x, self.y, self.z, self.yaw) = (frame, x, y, z, yaw)
  }

  /// Axes as a vehicle has them, x forward, not those of a picture.
  private init(_ frame: String, _ camera: Camera) {
    self.init(frame: frame, x: camera.x, y: camera.y, z: camera.z, yaw: camera.yaw)
  }
}
