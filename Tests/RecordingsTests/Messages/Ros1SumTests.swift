import Testing

@testable import Recordings

private let line = "\n" + String(repeating: "=", count: 80) + "\nMSG: "
private let header = "\(line)std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n"
private let vector = "\(line)geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z"
private let quaternion = "\(line)geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w"

struct Ros1SumTests {
  @Test(arguments: [
    ("std_msgs/String", "string data", "992ce8a1687cec8c8bd883ec73ca41d1"),
    ("std_msgs/Empty", "", "d41d8cd98f00b204e9800998ecf8427e"),
    (
      "sensor_msgs/Imu",
      "Header header\ngeometry_msgs/Quaternion orientation\nfloat64[9] orientation_covariance # row major\n"
        + "geometry_msgs/Vector3 angular_velocity\nfloat64[9] angular_velocity_covariance\n"
        + "geometry_msgs/Vector3 linear_acceleration\nfloat64[9] linear_acceleration_covariance"
        + header + vector + quaternion, "6a62c6daae103f4ff57a132d6f95cec2"
    ),
    (
      "sensor_msgs/NavSatFix",
      "Header header\nNavSatStatus status\nfloat64 latitude\nfloat64 longitude\nfloat64 altitude\n"
        + "float64[9] position_covariance\nuint8 COVARIANCE_TYPE_UNKNOWN = 0\nuint8 COVARIANCE_TYPE_APPROXIMATED = 1\n"
        + "uint8 COVARIANCE_TYPE_DIAGONAL_KNOWN = 2\nuint8 COVARIANCE_TYPE_KNOWN = 3\nuint8 position_covariance_type"
        + header
        + "\(line)sensor_msgs/NavSatStatus\nint8 STATUS_NO_FIX =  -1\nint8 STATUS_FIX = 0\nint8 STATUS_SBAS_FIX =  1\n"
        + "int8 STATUS_GBAS_FIX =  2\nint8 status\nuint16 SERVICE_GPS = 1\nuint16 SERVICE_GLONASS = 2\n"
        + "uint16 SERVICE_COMPASS = 4\nuint16 SERVICE_GALILEO = 8\nuint16 service",
      "2d3a8cd499b9b4a0249fb98fd05cfa48"
    ),
    (
      "sensor_msgs/Image",
      "Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\nuint8[] data"
        + header,
      "060021388200f6f0f447d0fcd9c64743"
    ),
    (
      "sensor_msgs/PointCloud2",
      "Header header\nuint32 height\nuint32 width\nPointField[] fields\nbool is_bigendian\nuint32 point_step\n"
        + "uint32 row_step\nuint8[] data\nbool is_dense" + header
        + "\(line)sensor_msgs/PointField\nuint8 INT8 = 1\nuint8 UINT8 = 2\nuint8 INT16 = 3\nuint8 UINT16 = 4\n"
        + "uint8 INT32 = 5\nuint8 UINT32 = 6\nuint8 FLOAT32 = 7\nuint8 FLOAT64 = 8\nstring name\nuint32 offset\n"
        + "uint8 datatype\nuint32 count", "1158d486dd51d683ce2f1be655c3c181"
    ),
    (
      "tf2_msgs/TFMessage",
      "geometry_msgs/TransformStamped[] transforms"
        + "\(line)geometry_msgs/TransformStamped\nHeader header\nstring child_frame_id\nTransform transform" + header
        + "\(line)geometry_msgs/Transform\nVector3 translation\nQuaternion rotation" + vector + quaternion,
      "94810edda583a504dfda3829e70d7eec"
    ),
    (
      "can_msgs/Frame",
      "Header header\nuint32 id\nbool is_rtr\nbool is_extended\nbool is_error\nuint8 dlc\nuint8[8] data" + header,
      "64ae5cebf967dc6aae4e78f5683a5b25"
    ),
  ]) func theSumIsThatOfROS(_ type: String, _ text: String, _ sum: String) throws {
    #expect(try Ros1Definition(Array(text.utf8), type: type).md5sum == sum)
  }
}
