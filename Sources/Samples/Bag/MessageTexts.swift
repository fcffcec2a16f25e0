/// The fields of the message types a drive has: names, types, and the constants that belong to their sums.
enum MessageTexts {
  static let all: [String: String] = [
    "std_msgs/Header": "uint32 seq\ntime stamp\nstring frame_id",
    "geometry_msgs/Point": "float64 x\nfloat64 y\nfloat64 z",
    "geometry_msgs/Vector3": "float64 x\nfloat64 y\nfloat64 z",
    "geometry_msgs/Quaternion": "float64 x\nfloat64 y\nfloat64 z\nfloat64 w",
    "geometry_msgs/Pose": "Point position\nQuaternion orientation",
    "geometry_msgs/PoseWithCovariance": "Pose pose\nfloat64[36] covariance",
    "geometry_msgs/Twist": "Vector3 linear\nVector3 angular",
    "geometry_msgs/TwistWithCovariance": "Twist twist\nfloat64[36] covariance",
    "geometry_msgs/Transform": "Vector3 translation\nQuaternion rotation",
    "geometry_msgs/TransformStamped": "Header header\nstring child_frame_id\nTransform transform",
    "tf2_msgs/TFMessage": "geometry_msgs/TransformStamped[] transforms",
    "nav_msgs/Odometry": """
    Header header
    string child_frame_id
    geometry_msgs/PoseWithCovariance pose
    geometry_msgs/TwistWithCovariance twist
    """,
    "sensor_msgs/Image": """
    Header header
    uint32 height
    uint32 width
    string encoding
    uint8 is_bigendian
    uint32 step
    uint8[] data
    """,
    "sensor_msgs/CompressedImage": "Header header\nstring format\nuint8[] data",
    "sensor_msgs/PointField": """
    uint8 INT8=1
    uint8 UINT8=2
    uint8 INT16=3
    uint8 UINT16=4
    uint8 INT32=5
    uint8 UINT32=6
    uint8 FLOAT32=7
    uint8 FLOAT64=8
    string name
    uint32 offset
    uint8 datatype
    uint32 count
    """,
    "sensor_msgs/PointCloud2": """
    Header header
    uint32 height
    uint32 width
    PointField[] fields
    bool is_bigendian
    uint32 point_step
    uint32 row_step
    uint8[] data
    bool is_dense
    """,
    "sensor_msgs/Imu": """
    Header header
    geometry_msgs/Quaternion orientation
    float64[9] orientation_covariance
    geometry_msgs/Vector3 angular_velocity
    float64[9] angular_velocity_covariance
    geometry_msgs/Vector3 linear_acceleration
    float64[9] linear_acceleration_covariance
    """,
    "sensor_msgs/NavSatStatus": """
    int8 STATUS_NO_FIX=-1
    int8 STATUS_FIX=0
    int8 STATUS_SBAS_FIX=1
    int8 STATUS_GBAS_FIX=2
    int8 status
    uint16 SERVICE_GPS=1
    uint16 SERVICE_GLONASS=2
    uint16 SERVICE_COMPASS=4
    uint16 SERVICE_GALILEO=8
    uint16 service
    """,
    "sensor_msgs/NavSatFix": """
    Header header
    NavSatStatus status
    float64 latitude
    float64 longitude
    float64 altitude
    float64[9] position_covariance
    uint8 COVARIANCE_TYPE_UNKNOWN=0
    uint8 COVARIANCE_TYPE_APPROXIMATED=1
    uint8 COVARIANCE_TYPE_DIAGONAL_KNOWN=2
    uint8 COVARIANCE_TYPE_KNOWN=3
    uint8 position_covariance_type
    """,
    "uuid_msgs/UniqueID": "uint8[16] uuid",
    "radar_msgs/RadarTrack": """
    uint16 NO_CLASSIFICATION=0
    uint16 STATIC=1
    uint16 DYNAMIC=2
    uuid_msgs/UniqueID uuid
    geometry_msgs/Point position
    geometry_msgs/Vector3 velocity
    geometry_msgs/Vector3 acceleration
    geometry_msgs/Vector3 size
    uint16 classification
    float32[6] position_covariance
    float32[6] velocity_covariance
    float32[6] acceleration_covariance
    float32[6] size_covariance
    """,
    "radar_msgs/RadarTracks": "Header header\nRadarTrack[] tracks",
    "can_msgs/Frame": """
    Header header
    uint32 id
    bool is_rtr
    bool is_extended
    bool is_error
    uint8 dlc
    uint8[8] data
    """,
    "diagnostic_msgs/KeyValue": "string key\nstring value",
    "diagnostic_msgs/DiagnosticStatus": """
    byte OK=0
    byte WARN=1
    byte ERROR=2
    byte STALE=3
    byte level
    string name
    string message
    string hardware_id
    KeyValue[] values
    """,
    "diagnostic_msgs/DiagnosticArray": "Header header\nDiagnosticStatus[] status",
  ]
}
