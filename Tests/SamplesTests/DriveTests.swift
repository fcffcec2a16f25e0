import Core
import Foundation
import Recordings
import Testing

@testable import Samples

/// A folder that goes away.
private struct Scratch: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "drive-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

private struct Written {
  var files: [String: [UInt8]]
  var truth: JSON
  var recording: Recording

  var manifest: JSON {
    get throws {
      let bytes = try #require(files["manifest.json"])
      return try JSON.parse(bytes.bytes)
    }
  }

  func messages(_ stream: String, _ key: String = "messages") throws -> Int64 {
    let streams = try #require(truth["streams"]?.array)
    return try #require(streams.first { $0["name"]?.string == stream }?[key]?.integer)
  }
}

private func written(_ drive: Drive, jobs: Int = 2) throws -> Written {
  let scratch = try Scratch()
  let folder = "\(scratch.path)/landing/m1"
  let place = Drive.Place(folder, truth: "\(scratch.path)/truth", detections: "\(scratch.path)/detections")
  try drive.write(to: place, jobs: jobs)
  var files: [String: [UInt8]] = [:]
  for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
    files[name] = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
  }
  let truth = try Data(contentsOf: URL(filePath: "\(scratch.path)/truth"))
  let reader = try Format.rosbag.open(FileReader("\(folder)/drive.bag"))
  return Written(files: files, truth: try JSON.parse([UInt8](truth).bytes), recording: try reader.check(jobs: 2))
}

@Test func theSameArgumentsGiveTheSameBytes() throws {
  let drive = Drive(seconds: 0.7, seed: 4)
  let one = try written(drive, jobs: 1).files, other = try written(drive, jobs: 3).files
  #expect(one == other)
  #expect(Set(one.keys) == ["drive.bag", "vehicle.dbc", "manifest.json"])
  #expect(try written(Drive(seconds: 0.7, seed: 5)).files["drive.bag"] != one["drive.bag"])
}

@Test(arguments: BagCompression.allCases) func everyMessageIsFound(compression: BagCompression) throws {
  let drive = try written(Drive(seconds: 1.2, compression: compression))
  #expect(drive.recording.isComplete)
  #expect(drive.recording.findings.isEmpty)
  for channel in drive.recording.channels {
    let stream = try #require(Stream.all.first { $0.topic == channel.name })
    #expect(try drive.messages(stream.name) == Int64(channel.messages), "\(channel.name)")
  }
  #expect(drive.recording.channels.count == Stream.all.count)
}

@Test func theManifestTellsTheFilesAsTheyAre() throws {
  let drive = try written(Drive(seconds: 0.5))
  let manifest = try drive.manifest
  let files = try #require(manifest["files"]?.array)
  #expect(files.count == 2)
  for file in files {
    let bytes = try #require(drive.files[file["path"]?.string ?? ""])
    #expect(file["bytes"]?.integer == Int64(bytes.count))
    #expect(file["sha256"]?.string == Digest.sha256(bytes).hex)
  }
  #expect(manifest["measurement"] == drive.truth["measurement"])
}

@Test func aDropoutLeavesOutMessagesAndAnOffsetMovesStamps() throws {
  let defects = try ["dropout:imu:0.2-0.5", "offset:/gps/fix:-250", "drift:odom:1000"].map { text in
    try #require(Defect(text))
  }
  let drive = try written(Drive(seconds: 1, defects: defects))
  #expect(try drive.messages("imu") == 70)
  #expect(try drive.messages("imu", "dropped") == 30)
  let start = try #require(drive.truth["start_ns"]?.integer)
  #expect(try drive.messages("gps", "first_stamp_ns") == start - 250_000_000)
  // 980 ms after its first message a clock that runs too fast by a thousandth is 0.98 ms ahead.
  #expect(try drive.messages("odom", "last_stamp_ns") == start + 3_000_000 + 980_000_000 + 980_000)
}

@Test(arguments: BagCompression.allCases) func ofAKilledRecorderTheWholeMessagesAreThere(_ compression: BagCompression)
  throws
{
  let drive = try written(Drive(seconds: 0.6, compression: compression, defects: [.unclosed]))
  #expect(!drive.recording.isComplete)
  for channel in drive.recording.channels {
    let stream = try #require(Stream.all.first { $0.topic == channel.name })
    let expected = Int(try drive.messages(stream.name, "readable_at_least"))
    #expect(compression == .bz2 ? channel.messages >= expected : channel.messages == expected, "\(channel.name)")
  }
}

@Test(arguments: [100, 40_000, 900_000]) func aCutBagHasTheMessagesBeforeTheCut(bytes: Int) throws {
  let drive = try written(Drive(seconds: 0.6, compression: .none, defects: [.truncate(bytes: bytes)]))
  let manifest = try drive.manifest
  #expect(manifest["files"]?.array?.first?["bytes"]?.integer == Int64((drive.files["drive.bag"]?.count ?? 0) + bytes))
  #expect(!drive.recording.isComplete)
  let expected = try #require(drive.truth["bag"]?["readable_at_least"]?.integer)
  #expect(drive.recording.channels.reduce(0) { $0 + Int64($1.messages) } == expected)
}

@Test(arguments: [
  "", "dropout", "dropout:imu", "dropout:imu:5-4", "dropout:nothing:1-2", "offset:imu:x", "truncate:-1", "unclosed:1",
])
func whatIsNoDefectIsRefused(text: String) { #expect(Defect(text) == nil) }

@Test func aDefectReadsItsOwnText() {
  for text in ["dropout:imu:1.5-2.25", "offset:gps:-12.5", "drift:can:40.0", "truncate:12", "unclosed"] {
    #expect(Defect(text)?.text == text)
  }
}
