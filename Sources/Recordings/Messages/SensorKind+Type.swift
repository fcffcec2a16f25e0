package import Core

extension SensorKind {
  /// The kind of a topic by its name, the type of its messages (`package/Type` or `package/msg/Type`), and their columns.
  package init(topic: String, type: String, schema: Schema = Schema([])) {
    let parts = Ros1Definition.name(type).split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      self = schema.isFrames ? .can : .structured
      return
    }
    let (package, name, topic) = (parts[0].lowercased(), parts[1], topic.lowercased())
    self =
      switch (package, name) {
      case ("sensor_msgs", "Image"), ("sensor_msgs", "CompressedImage"), ("sensor_msgs", "CameraInfo"): .camera
      case ("theora_image_transport", "Packet"): .camera
      case ("sensor_msgs", "PointCloud2"), ("sensor_msgs", "PointCloud"): topic.contains("radar") ? .radar : .lidar
      case ("sensor_msgs", "LaserScan"), ("sensor_msgs", "MultiEchoLaserScan"): .lidar
      case ("sensor_msgs", "Imu"): .imu
      case ("sensor_msgs", "MagneticField"): topic.contains("imu") ? .imu : .structured
      case ("sensor_msgs", "NavSatFix"), (_, "GPSFix"), ("nmea_msgs", "Sentence"): .gps
      case ("can_msgs", "Frame"), ("dataspeed_can_msgs", "Frame"): .can
      case ("ros2_socketcan_msgs", "FdFrame"), ("marti_can_msgs", "CanFrame"): .can
      default: Self(package: package, name: name) ?? (schema.isFrames ? .can : .structured)
      }
  }

  /// By the package of a vendor.
  private init?(package: String, name: String) {
    if package.contains("radar") || package == "ars_40x" || package.hasPrefix("delphi_") {
      self = .radar
    } else if ["velodyne_msgs", "rslidar_msgs"].contains(package) || package.hasPrefix("hesai_") {
      self = .lidar
    } else if package.hasPrefix("livox_ros_driver"), name == "CustomMsg" {
      self = .lidar
    } else if package.hasPrefix("ouster_"), name == "PacketMsg" {
      self = .lidar
    } else if package.hasPrefix("novatel_") || package == "ublox_msgs" && name.hasPrefix("Nav") {
      self = .gps
    } else {
      return nil
    }
  }
}

extension Schema {
  /// Whether rows are CAN frames: an id, a length code and the data.
  fileprivate var isFrames: Bool {
    var wanted: Set = ["id", "dlc", "data"]
    for field in fields where field.name != "data" || field.type == .bytes { wanted.remove(field.name) }
    return wanted.isEmpty
  }
}
