import Testing

@testable import Core
@testable import Pipeline

private func read(_ text: String, _ name: String = "det.jsonl", boxes: BoxConvention? = nil, images: String? = nil)
  throws
  -> [DetectionFrame]
{
  let scratch = try ScratchFolder()
  try scratch.write(text, name)
  var file = DetectionFile(path: "\(scratch.path)/\(name)", boxes: boxes)
  if let images {
    try scratch.write(images, "images.json")
    file.images = "\(scratch.path)/images.json"
  }
  return try file.read()
}

private let box = DetectedObject.Box(left: 10, top: 20, right: 30, bottom: 60)
private let images =
  #"{"images": [{"id": 7, "file_name": "a/1.png"}, {"id": 8, "file_name": "a/2.png"}], "categories": [{"id": 3, "name": "car"}]}"#

@Test func everyConventionAndFormatGivesTheSamePixels() throws {
  func line(_ numbers: String) -> String {
    #"{"path": "a/1.png", "objects": [{"class": "car", "bbox": [\#(numbers)], "score": 0.5}]}"#
  }
  let openLabel = """
    {"openlabel": {"objects": {"5": {"name": "x", "type": "car"}},
      "frames": {"0": {"objects": {"5": {"object_data": {"bbox": [{"name": "b", "val": [20, 40, 20, 40]}]}}}}}}}
    """
  let all = [
    try read(line("10, 20, 30, 60"), boxes: .corners), try read(line("10, 20, 20, 40"), boxes: .size),
    try read(line("20, 40, 20, 40"), boxes: .center),
    try read(#"[{"image_id": 7, "category_id": 3, "bbox": [10, 20, 20, 40], "score": 0.5}]"#, "r.json", images: images),
    try read("_c0,xmin,ymin,xmax,ymax,confidence,class,name,source_image\n0,10,20,30,60,0.5,2,car,a/1.png\n", "d.csv"),
    try read(openLabel, "l.json"),
  ]
  for frames in all {
    let object = try #require(frames.first?.objects.first)
    #expect(object.box == box)
    #expect(object.name == "car")
  }
  #expect(all[3].map(\.objects.count) == [1, 0])
}

@Test func labelFilesOfBothFormsAreDetections() throws {
  let coco = #"""
    {"images": [{"id": 1, "file_name": "a/1.png", "width": 90, "height": 90}, {"id": 2, "file_name": "a/2.png"}],
     "categories": [{"id": 3, "name": "car"}],
     "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [10, 20, 20, 40],
       "attributes": {"score": 0.5, "track_id": "t", "occluded": true}}]}
    """#
  let frames = try read(coco, "c.json")
  #expect(frames.map(\.key) == [.path("a/1.png"), .path("a/2.png")] && frames.map(\.objects.count) == [1, 0])
  let seen = try #require(frames[0].objects.first)
  #expect(seen.box == box && seen.score == 0.5 && seen.track == "t" && seen.attributes == #"{"occluded":true}"#)
  // A cuboid by Euler angles, one by a quaternion in a sensor's axes, and a frame without objects.
  let open = try read(
    #"""
    {"openlabel": {"objects": {"5": {"type": "car"}, "6": {"type": "car"}}, "frames": {
      "0": {"frame_properties": {"timestamp": "1970-01-01T00:00:07Z"}, "objects": {
        "5": {"object_data": {"cuboid": [{"name": "c", "val": [1, 2, 3, 0, 0, 0.5, 4, 2, 1.5]}]}},
        "6": {"object_data": {"cuboid": [{"name": "c", "val": [1, 2, 3, 0, 0, 0, 1, 4, 2, 1.5], "coordinate_system": "lidar"}]}}}},
      "3": {}}}}
    """#, "l.json")
  #expect(open.map(\.key) == [.time(7_000_000_000), .sample(3)] && open.map(\.objects.count) == [1, 0])
  let cuboid = try #require(open[0].objects.first?.cuboid)
  #expect((cuboid.x, cuboid.y, cuboid.z) == (1, 2, 3) && (cuboid.length, cuboid.width, cuboid.height) == (4, 2, 1.5))
  #expect(abs(cuboid.yaw - 0.5) < 1e-12)
}

@Test func boxesWithoutAConventionAreRefused() throws {
  let error = #expect(throws: SourceError.self) {
    try read(#"{"t": 5, "objects": [{"class": "car", "bbox": [1, 2, 3, 4]}]}"#)
  }
  #expect(error?.hint == "say --boxes xyxy, xywh or cxcywh")
  #expect(throws: SourceError.self) { try read("[]", "r.json", boxes: .corners, images: images) }
}

@Test func whatIsNoDetectionIsAnErrorWithItsLine() {
  for text in [
    #"{"objects": []}"#, #"{"t": "yesterday", "objects": []}"#, #"{"t": 5, "objects": [{"bbox": [1, 2, 3, 4]}]}"#,
    #"{"t": 5, "objects": [{"class": "car", "bbox": [3, 2, 1, 4]}]}"#,
    #"{"t": 5, "objects": [{"class": "a", "cuboid": {"frame": "vehicle"}}]}"#,
    "{",
  ] {
    let error = #expect(throws: SourceError.self) {
      try read("{\"t\": 1, \"objects\": []}\n" + text + "\n", boxes: .corners)
    }
    #expect(error?.description.contains("det.jsonl:2:") == true, "\(text) \(error?.description ?? "")")
  }
}

@Test func classesOfTheUsualDataSetsHaveGroups() {
  let wanted: [(String, ObjectGroup)] = [
    ("car", .vehicle), ("Traffic Light", .light), ("stop sign", .sign), ("human.pedestrian.adult", .pedestrian),
    ("vehicle.bicycle", .cyclist), ("vehicle.car", .vehicle), ("motorcycle", .vulnerable), ("deer", .animal),
    ("banana", .other), ("", .other),
  ]
  for (name, group) in wanted { #expect(ObjectGroup(name) == group, "\(name)") }
}

private let second: Int64 = 1_000_000_000

/// Two frames of a camera that samples use, and one that none does.
private func frames() -> SampleFrames {
  let schema = Schema([])
  let batch = Batch(
    schema: schema,
    columns: [
      Column(.int64([0, 1, 0]), validity: [true, true, false]), .constant("camera/front", count: 3),
      Column(.int64([10, second + 10, second / 2])),
      .words(["drive/camera/front/1.png", "drive/camera/front/2.png", "drive/camera/front/3.png"]),
      Column(.int64([0, 2, 1])),
    ], count: 3)
  return SampleFrames(sampleTimes: [0, second], [batch])
}

private func frame(_ key: DetectionFrame.Key, stream: String? = "camera/front", _ objects: [DetectedObject] = [])
  -> DetectionFrame
{
  DetectionFrame(key: key, stream: stream, objects: objects, line: 3)
}

@Test func detectionsFindTheirSampleByPathRowAndTime() throws {
  let known = frames()
  func sample(_ key: DetectionFrame.Key, stream: String? = "camera/front") throws(SampleFrames.Unknown) -> Int? {
    try known.message(frame(key, stream: stream)).sample
  }
  #expect(try sample(.path("front/2.png"), stream: nil) == 1)
  #expect(try sample(.path("/data/drive/camera/front/1.png")) == 0)
  #expect(try sample(.row(2)) == 1)
  #expect(try sample(.row(1)) == nil)
  #expect(try sample(.time(100)) == 0)
  #expect(try sample(.sample(1), stream: nil) == 1)
  #expect(throws: SampleFrames.Unknown("no image 'x.png' is among the samples' data")) { try sample(.path("x.png")) }
  #expect(throws: SampleFrames.Unknown.self) { try sample(.time(9 * second)) }
  #expect(throws: SampleFrames.Unknown.self) { try sample(.time(0), stream: "camera/rear") }
  #expect(throws: SampleFrames.Unknown.self) { try sample(.row(0), stream: nil) }
}

private func car(_ x: Double, _ y: Double, track: String? = nil, score: Double = .nan) -> DetectedObject {
  var object = DetectedObject(name: "car")
  (object.cuboid, object.track, object.score) = (.init(x: x, y: y, z: 0), track, score)
  return object
}

@Test func objectsAreCountedAndTheNearestInThePathIsFound() throws {
  let files = [
    (
      file: DetectionFile(path: "d"),
      frames: [
        frame(.row(0), [car(42, 0, track: "a"), car(5, 4), car(3, 3, score: 0.1)]),
        frame(.row(2), [car(40, 0.5, track: "a"), car(-5, 0)]), frame(.row(1)), frame(.path("none")),
      ]
    )
  ]
  let join = ObjectJoin(files, frames(), ObjectSettings())
  #expect(join.dropped == 1)
  #expect(join.unused == 1)
  #expect(join.unknown.map(\.description) == ["d:3: no image 'none' is among the samples' data"])
  let path = try #require(EgoPath(speed: 20, yawRate: 0))
  let first = ObjectSummary(join.frames(of: 0..<1), at: 0, speed: 20, path: path, join.settings)
  #expect(first.counts == [2, 2, 0, 0, 0, 0, 0])
  #expect(abs(first.nearest - 41.0.squareRoot()) < 1e-12)
  #expect(first.nearestInPath == 42)
  #expect(first.timeToCollision.isNaN)
  #expect(first.headway == 2.1)
  let second = ObjectSummary(join.frames(of: 1..<2), at: 1_000_000_000, speed: 20, path: path, join.settings)
  #expect(abs(second.timeToCollision - second.nearestInPath / (42 - second.nearestInPath)) < 1e-9)
  #expect(abs(second.age + 1e-8) < 1e-15)
}

@Test func thePathBendsWithTheYawRate() throws {
  let left = try #require(EgoPath(speed: 10, yawRate: 0.5))
  #expect(left.contains(.init(x: 20, y: 10, z: 0)))
  #expect(!left.contains(.init(x: 20, y: 0, z: 0)))
  #expect(EgoPath(speed: .nan, yawRate: 0) == nil)
  let standing = try #require(EgoPath(speed: 0, yawRate: 0.1))
  #expect(standing.contains(.init(x: 20, y: 1, z: 0)))
  var settings = ObjectSettings()
  settings.paths["camera/front"] = [SIMD2(0, 100), SIMD2(100, 100), SIMD2(50, 0)]
  var object = DetectedObject(name: "car")
  object.box = .init(left: 40, top: 0, right: 60, bottom: 90)
  #expect(PlacedObject(object, in: "camera/front", nil, settings).isInPath == true)
  #expect(PlacedObject(object, in: "camera/rear", nil, settings).isInPath == nil)
}
