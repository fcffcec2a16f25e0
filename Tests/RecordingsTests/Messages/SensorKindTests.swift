import Core
import Testing

@testable import Recordings

@Test(arguments: [
  ("/cam", "sensor_msgs/Image", SensorKind.camera), ("/cam", "sensor_msgs/msg/CompressedImage", .camera),
  ("/cam/camera_info", "sensor_msgs/CameraInfo", .camera), ("/cam/theora", "theora_image_transport/Packet", .camera),
  ("/points", "sensor_msgs/PointCloud2", .lidar), ("/front_Radar/points", "sensor_msgs/PointCloud2", .radar),
  ("/scan", "sensor_msgs/msg/LaserScan", .lidar), ("/v", "velodyne_msgs/VelodyneScan", .lidar),
  ("/l", "livox_ros_driver2/CustomMsg", .lidar), ("/o", "ouster_ros/PacketMsg", .lidar),
  ("/r", "rslidar_msgs/rslidarScan", .lidar), ("/h", "hesai_lidar/PandarScan", .lidar),
  ("/r", "radar_msgs/RadarScan", .radar), ("/r", "conti_radar/Measurement", .radar),
  ("/r", "ars_40X/ObjectList", .radar),
  ("/r", "delphi_esr_msgs/EsrTrack", .radar), ("/fix", "sensor_msgs/NavSatFix", .gps),
  ("/fix", "gps_common/GPSFix", .gps), ("/n", "novatel_gps_msgs/NovatelPosition", .gps),
  ("/u", "ublox_msgs/NavPVT", .gps), ("/u", "ublox_msgs/CfgRATE", .structured), ("/nmea", "nmea_msgs/Sentence", .gps),
  ("/imu/data", "sensor_msgs/Imu", .imu), ("/imu/mag", "sensor_msgs/MagneticField", .imu),
  ("/mag", "sensor_msgs/MagneticField", .structured), ("/can0", "can_msgs/Frame", .can),
  ("/c", "dataspeed_can_msgs/Frame", .can),
  ("/c", "ros2_socketcan_msgs/msg/FdFrame", .can), ("/c", "marti_can_msgs/CanFrame", .can),
  ("/tf", "tf2_msgs/TFMessage", .structured), ("/a", "std_msgs/String", .structured), ("/a", "", .structured),
  ("/a", "NoPackage", .structured),
]) func theKindComesFromTopicAndType(_ topic: String, _ type: String, _ kind: SensorKind) {
  #expect(SensorKind(topic: topic, type: type) == kind)
}

@Test func framesAreKnownByTheirFields() {
  let fields = [Field("id", .uint32), Field("dlc", .uint8), Field("data", .bytes)]
  #expect(SensorKind(topic: "/f", type: "own_msgs/Frame", schema: Schema(fields)) == .can)
  #expect(SensorKind(topic: "/f", type: "own_msgs/Frame", schema: Schema(Array(fields[..<2]))) == .structured)
}
