import Core
import Testing

@testable import Samples

/// Messages of 100 bytes on two connections, in chunks of 1000.
private func bag(_ compression: BagCompression, messages: Int = 20, isClosed: Bool = true) throws -> [UInt8] {
  let output = MemoryOutput()
  var bag = try BagWriter(output, compression: compression, chunkBytes: 1000)
  let connections = [
    bag.connect("/a", MessageDefinition("can_msgs/Frame")),
    bag.connect("/b", MessageDefinition("sensor_msgs/Imu"), latching: true),
  ]
  for index in 0..<messages {
    let time = Timestamp(nanoseconds: 1_000_000_000_000_000_005 + Int64(index))
    try bag.write([UInt8](repeating: UInt8(index), count: 100), on: connections[index % 2], at: time)
  }
  if isClosed { try bag.close() } else { _ = try bag.abandon() }
  return output.bytes
}

@Test func aBagBeginsWithItsHeaderAndEndsWithItsIndex() throws {
  let bytes = try bag(.none)
  #expect(bytes.starts(with: "#ROSBAG V2.0\n".utf8))
  let length = Int(bytes.bytes.u32(at: 13)), padding = Int(bytes.bytes.u32(at: 17 + length))
  #expect(length + padding == 4096)
  var header = ByteCursor(Array(bytes[17..<17 + length]).bytes)
  var fields: [String] = []
  var numbers: [String: UInt64] = [:]
  while header.remaining > 0 {
    var field = try header.slice(header.length32())
    var name = ""
    while !name.hasSuffix("=") { name.append(Character(UnicodeScalar(try field.u8()))) }
    fields.append(name)
    numbers[name] = field.remaining == 8 ? try field.u64() : field.remaining == 4 ? UInt64(try field.u32()) : 0
  }
  #expect(fields == ["chunk_count=", "conn_count=", "index_pos=", "op="])
  #expect(numbers["conn_count="] == 2)
  let index = try #require(numbers["index_pos="].map(Int.init))
  // The first record there is a connection: conn, op 7, topic.
  #expect(Array(bytes[index + 17..<index + 25]) == [4, 0, 0, 0] + Array("op=".utf8) + [7])
}

@Test(arguments: BagCompression.allCases) func theSameMessagesGiveTheSameBag(compression: BagCompression) throws {
  #expect(try bag(compression) == bag(compression))
}

@Test func anAbandonedBagHasNoIndexAndAnOpenChunk() throws {
  let bytes = try bag(.none, isClosed: false)
  // All zeros but op, in the order chunk_count, conn_count, index_pos.
  #expect(Array(bytes[33..<37]) == [0, 0, 0, 0])
  let whole = try bag(.none)
  #expect(bytes.count < whole.count)
  #expect(bytes.last == 19, "the last message has lost its last byte only")
}

@Test(arguments: [
  ("sensor_msgs/Imu", "6a62c6daae103f4ff57a132d6f95cec2"),
  ("sensor_msgs/NavSatFix", "2d3a8cd499b9b4a0249fb98fd05cfa48"),
  ("sensor_msgs/Image", "060021388200f6f0f447d0fcd9c64743"),
  ("sensor_msgs/PointCloud2", "1158d486dd51d683ce2f1be655c3c181"),
  ("tf2_msgs/TFMessage", "94810edda583a504dfda3829e70d7eec"), ("can_msgs/Frame", "64ae5cebf967dc6aae4e78f5683a5b25"),
  ("nav_msgs/Odometry", "cd5e73d190d741a2f92e81eda573aca7"),
])
func theSumOfADefinitionIsThatOfROS(type: String, sum: String) { #expect(MessageDefinition(type).md5sum == sum) }

@Test func aDefinitionBringsEveryTypeItNeedsOnce() {
  let text = MessageDefinition("nav_msgs/Odometry").text
  let names = text.split(separator: "\n").filter { $0.hasPrefix("MSG: ") }.map { String($0.dropFirst(5)) }
  #expect(
    names == [
      "std_msgs/Header", "geometry_msgs/PoseWithCovariance", "geometry_msgs/Pose", "geometry_msgs/Point",
      "geometry_msgs/Quaternion", "geometry_msgs/TwistWithCovariance", "geometry_msgs/Twist", "geometry_msgs/Vector3",
    ])
}
