import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Recordings

/// The crafted bags of images and clouds, and what is known to be in them; nil where they are absent.
enum SensorBag {
  static let folder: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data =
      ProcessInfo.processInfo.environment["AV_SHARED_DATA"]
      ?? root.deletingLastPathComponent().appending(path: "shared/data").path
    let path = data + "/rosbag-crafted"
    return FileManager.default.fileExists(atPath: path + "/sensor_expected.json") ? path : nil
  }()

  static var isHere: Bool { folder != nil }

  /// The truth of `images`, `compressed` or `clouds`, by topic.
  static func truth(_ kind: String) throws -> [(topic: String, truth: JSON)] {
    let path = try #require(folder) + "/sensor_expected.json"
    let json = try JSON.parse([UInt8](Data(contentsOf: URL(filePath: path))))
    return try #require(json[kind]?.object).members.map { ($0.key, $0.value) }
  }

  /// The one message of each topic.
  static func messages(_ name: String) throws -> [String: Batch] {
    let reader = try Format.open(FileReader(try #require(folder) + "/" + name))
    var batches: [String: Batch] = [:]
    _ = try reader.read(Selection(), jobs: 1) { batch in
      batches[reader.recording.channels[batch.channel].name] = batch.batch
    }
    return batches
  }
}

extension JSON {
  /// A member that has to be there.
  func integer(_ key: String) throws -> Int {
    let value = try #require(self[key]?.integer)
    return Int(value)
  }
}

extension [UInt8] {
  init(hexadecimal text: String) {
    let digits = Array(text.utf8).map { UInt8(Character(Unicode.Scalar($0)).hexDigitValue ?? 0) }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
