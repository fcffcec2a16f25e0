import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline
@testable import Recordings
@testable import Samples

/// A simulated drive of a few seconds, made once for all tests of this file.
private enum SampleBag {
  static let folder = FileManager.default.temporaryDirectory.appending(path: "av-drive-\(UUID())").path
  static let path: String = {
    let drive = Drive(seconds: 3, seed: 3)
    try? drive.write(to: Drive.Place(folder), jobs: 2)
    return folder + "/drive.bag"
  }()
}

private struct Scratch: ~Copyable {
  let path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func extract(
  _ change: (inout ExtractSettings) -> Void = { _ in }, jobs: Int = 2, bags: [String] = [SampleBag.path],
  to path: String
) throws -> ExtractReport {
  var settings = ExtractSettings()
  change(&settings)
  let files = ExtractFiles(Extraction(settings, jobs: jobs), to: path, format: nil, isForced: false)
  return try files.run(bags).report
}

private func sums(_ path: String) throws -> String { try String(contentsOfFile: path + "/SHA256SUMS", encoding: .utf8) }

@Test func everyMessageOfTheBagBecomesARow() throws {
  let scratch = try Scratch()
  let report = try extract(to: scratch.path + "/out")
  let recording = try Format.open(FileReader(SampleBag.path)).recording
  #expect(report.rows == recording.messages)
  #expect(!report.isLossy)
  #expect(report.left.isEmpty)
  #expect(Set(report.streams.map(\.kind)) == Set(SensorKind.allCases))
}

@Test func theBytesDoNotDependOnJobs() throws {
  let scratch = try Scratch()
  _ = try extract(jobs: 1, to: scratch.path + "/one")
  _ = try extract(jobs: 4, to: scratch.path + "/four")
  #expect(try sums(scratch.path + "/one") == sums(scratch.path + "/four"))
}

@Test func everyFileIsInTheListOfDigestsAndIsAsItSays() throws {
  let scratch = try Scratch()
  let out = scratch.path + "/out"
  _ = try extract(to: out)
  let listed = try sums(out).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
  let there = try #require(FileManager.default.enumerator(atPath: out)).compactMap { path -> String? in
    guard let path = path as? String, path != "SHA256SUMS" else { return nil }
    let attributes = try FileManager.default.attributesOfItem(atPath: out + "/" + path)
    return attributes[.type] as? FileAttributeType == .typeRegular ? path : nil
  }
  #expect(Set(listed.map { $0[1].trimmingCharacters(in: .whitespaces) }) == Set(there))
  for line in listed.prefix(20) {
    let bytes = try Data(contentsOf: URL(filePath: out + "/" + line[1].trimmingCharacters(in: .whitespaces)))
    #expect(Digest.sha256(Array(bytes)).hex == line[0])
  }
}

@Test func twoRecordingsOfADriveBecomeOneStreamAChannel() throws {
  let scratch = try Scratch()
  let one = try extract(to: scratch.path + "/one")
  let two = try extract(bags: [SampleBag.path, SampleBag.path], to: scratch.path + "/two")
  #expect(two.streams.map(\.channel) == one.streams.map(\.channel))
  #expect(two.rows == 2 * one.rows)
}

@Test func aFolderThatIsThereIsRefused() throws {
  let scratch = try Scratch()
  #expect { try extract(to: scratch.path) } throws: { ($0 as? SystemError)?.code == .exists }
}

@Test func onlyWhatAnExtractionMadeIsReplaced() throws {
  let scratch = try Scratch()
  let bag = scratch.path + "/drive.bag"
  try FileManager.default.copyItem(atPath: SampleBag.path, toPath: bag)
  func replace(_ path: String) throws {
    var settings = ExtractSettings()
    settings.filter.topics = try GlobSet(["/imu/data"])
    _ = try ExtractFiles(Extraction(settings, jobs: 1), to: path, format: nil, isForced: true).run([bag])
  }
  #expect(throws: UsageError.self) { try replace(scratch.path) }
  #expect(throws: UsageError.self) { try replace(bag) }
  #expect(FileManager.default.contents(atPath: bag) == FileManager.default.contents(atPath: SampleBag.path))
  try replace(scratch.path + "/out")
  try replace(scratch.path + "/out")
  try Data("mine".utf8).write(to: URL(filePath: scratch.path + "/out/notes.txt"))
  #expect(throws: UsageError.self) { try replace(scratch.path + "/out") }
}

@Test func oneTableNeedsOneChannel() throws {
  let scratch = try Scratch()
  #expect(throws: ExtractError.self) { try extract(to: scratch.path + "/all.parquet") }
  #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [], "nothing half is left")
  let report = try extract({ $0.filter.topics = (try? GlobSet(["/imu/data"])) ?? .all }, to: scratch.path + "/imu.csv")
  let lines = try String(contentsOfFile: scratch.path + "/imu.csv", encoding: .utf8).split(whereSeparator: \.isNewline)
  #expect(lines.count == report.rows + 1)
  #expect(lines.first?.hasPrefix("t,time_source,log,pub,stamp,source_file") == true)
}

@Test func aDamagedBagGivesWhatIsWholeAndStrictRefusesIt() throws {
  let scratch = try Scratch()
  let bytes = try Data(contentsOf: URL(filePath: SampleBag.path))
  let cut = scratch.path + "/cut.bag"
  try bytes.prefix(bytes.count / 2).write(to: URL(filePath: cut))
  let report = try extract(bags: [cut], to: scratch.path + "/out")
  #expect(report.isLossy)
  #expect(report.rows > 0)
  #expect(report.complaints.contains { $0.contains("truncated") })
  #expect(throws: ExtractError.self) { try extract({ $0.isStrict = true }, bags: [cut], to: scratch.path + "/strict") }
  #expect(!FileManager.default.fileExists(atPath: scratch.path + "/strict"))
}

@Test func aDistanceWithoutFixesIsRefused() throws {
  let scratch = try Scratch()
  let stream = scratch.path + "/imu"
  #expect(throws: Never.self) {
    _ = try extract({ $0.tasks[.imu]?.thinning.distance = 5 }, to: stream)
  }
  let one = try RosBagFixture.strings().write(in: scratch.path)
  #expect(throws: ExtractError.self) {
    try extract({ $0.tasks[.structured]?.thinning.distance = 5 }, bags: [one], to: scratch.path + "/none")
  }
}

/// A bag of one topic of text.
private struct RosBagFixture {
  var bytes: [UInt8]

  static func strings() throws -> RosBagFixture {
    func u32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    func field(_ name: String, _ value: [UInt8]) -> [UInt8] {
      u32(name.utf8.count + 1 + value.count) + name.utf8 + [0x3d] + value
    }
    func record(_ header: [UInt8], _ data: [UInt8]) -> [UInt8] { u32(header.count) + header + u32(data.count) + data }
    let bag = record(
      field("chunk_count", u32(0)) + field("conn_count", u32(0)) + field("index_pos", u32(0) + u32(0))
        + field("op", [3]),
      [])
    let connection = record(
      field("conn", u32(0)) + field("op", [7]) + field("topic", Array("/a".utf8)),
      field("type", Array("std_msgs/String".utf8)) + field("md5sum", Array("*".utf8))
        + field("message_definition", Array("string data\n".utf8)))
    let message = record(
      field("conn", u32(0)) + field("op", [2]) + field("time", u32(1_700_000_000) + u32(5)), u32(1) + [0x61])
    let content = connection + message
    let chunk = record(
      field("compression", Array("none".utf8)) + field("op", [5]) + field("size", u32(content.count)), content)
    return RosBagFixture(bytes: Array("#ROSBAG V2.0\n".utf8) + bag + chunk)
  }

  func write(in folder: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: folder + "/text.bag"))
    return folder + "/text.bag"
  }
}
