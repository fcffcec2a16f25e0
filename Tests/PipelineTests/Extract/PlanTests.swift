import Testing

@testable import Core
@testable import Pipeline
@testable import Recordings

private func recording(_ channels: [(name: String, type: String, kind: SensorKind)]) -> Recording {
  Recording(
    format: "rosbag", bytes: 0,
    channels: channels.map { Channel(name: $0.name, type: $0.type, kind: $0.kind, schema: Schema([])) })
}

private func settings(_ text: String) throws -> ExtractSettings {
  try ExtractSettings(Configuration(Array(text.utf8), file: "extract.json5"))
}

@Test func everyChannelGoesToOneTaskByItsKind() {
  var planner = StreamPlanner(ExtractSettings())
  let (plans, left) = planner.plan(
    recording([
      ("/cam", "sensor_msgs/Image", .camera), ("/points", "sensor_msgs/PointCloud2", .lidar),
      ("/fix", "sensor_msgs/NavSatFix", .gps), ("/odom", "nav_msgs/Odometry", .structured),
    ]))
  #expect(plans.map(\.kind) == [.camera, .lidar, .gps, .structured])
  #expect(plans.map(\.form) == [.images, .clouds, .track, .table])
  #expect(left.isEmpty)
}

@Test(arguments: [
  ("/camera/front/image_raw", "camera_front_image_raw"), ("//a//b/", "a__b_"), ("/caf\\xe9", "caf%5Cxe9"), ("/", "_"),
  ("/..", "_.."), ("/ä b", "%C3%A4%20b"),
])
func aTopicBecomesAFileName(_ topic: String, _ name: String) {
  var planner = StreamPlanner(ExtractSettings())
  #expect(planner.plan(recording([(topic, "x/Y", .structured)])).plans.map(\.name) == [name])
}

@Test func namesAreUniqueWhateverTheCase() {
  var planner = StreamPlanner(ExtractSettings())
  let all = recording([
    ("/a/b", "x/Y", .structured), ("/a_b", "x/Y", .structured), ("/A_B", "x/Y", .structured),
    ("/a/b", "x/Z", .structured),
  ])
  let names = planner.plan(all).plans.map(\.name)
  #expect(Set(names.map { $0.lowercased() }).count == 4)
  #expect(names.first == "a_b")
  #expect(planner.plan(all).plans.map(\.name) == names, "the next recording's channels keep their names")
}

@Test func aConfigurationThatNamesTasksRunsNoOthers() throws {
  let settings = try settings("{camera: {topics: ['/cam/**'], rate: '2Hz'}, channels: {'/cam/front': 'front'}}")
  var planner = StreamPlanner(settings)
  let (plans, left) = planner.plan(
    recording([
      ("/cam/front", "sensor_msgs/Image", .camera), ("/cam/info", "sensor_msgs/CameraInfo", .camera),
      ("/odom", "nav_msgs/Odometry", .structured),
    ]))
  #expect(plans.map(\.name) == ["front", "cam_info"])
  #expect(plans.map(\.form) == [.images, .table])
  #expect(plans.first?.settings.thinning.period == 500_000_000)
  #expect(left == [2])
}

@Test(arguments: [
  ("{camera: {topcis: []}}", "did you mean 'topics'"), ("{lidar: {voxel: '0m'}}", "more than 0"),
  ("{lidar: {range: [5, 1]}}", "nearest, farthest"), ("{structured: {format: 'xlsx'}}", "format"),
  ("{gps: {voxel: '1m'}}", "unknown key"), ("{camera: {topics: ['[']}}", "not a pattern"),
])
func aMistakeInAConfigurationIsNamed(_ text: String, _ part: String) {
  #expect { try settings(text) } throws: { "\($0)".contains(part) && "\($0)".hasPrefix("extract.json5:1:") }
}

@Test func theDigestOfSettingsKnowsWhatChangesTheOutput() throws {
  func digest(_ text: String, jobs: Int) throws -> String {
    ExtractStage.digest(of: Extraction(try settings(text), jobs: jobs))
  }
  #expect(try digest("{}", jobs: 1) == digest("{}", jobs: 8))
  #expect(try digest("{}", jobs: 1) != digest("{topics: ['/a']}", jobs: 1))
}
