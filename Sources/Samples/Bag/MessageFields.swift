package import Core

/// The values of ROS 1 messages: packed, little-endian, lengths of 32 bits.
extension ByteWriter {
  /// `u32` seconds and `u32` nanoseconds.
  package mutating func time(_ time: Timestamp) {
    u32(UInt32(time.nanoseconds / 1_000_000_000))
    u32(UInt32(time.nanoseconds % 1_000_000_000))
  }

  /// `std_msgs/Header`; the sequence number is counted where the messages are in order.
  mutating func header(_ stamp: Timestamp, _ frame: String) {
    u32(0)
    time(stamp)
    string32(frame)
  }

  mutating func doubles(_ values: Double...) { for value in values { f64(value) } }

  /// A matrix of so many rows with these values on its diagonal.
  mutating func diagonal(_ values: [Double]) {
    for row in values.indices { for column in values.indices { f64(row == column ? values[row] : 0) } }
  }

  /// `geometry_msgs/Quaternion` of a turn about the vertical axis.
  mutating func quaternion(yaw: Double) {
    doubles(0, 0, Mathematics.sin(yaw / 2), Mathematics.cos(yaw / 2))
  }
}
