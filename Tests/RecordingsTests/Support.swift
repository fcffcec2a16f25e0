import Foundation
import Testing

@testable import Core
@testable import Recordings

/// A file in a folder of its own that goes away with the value.
final class ScratchFile {
  let folder: String
  let path: String

  init(_ bytes: [UInt8], name: String = "test.bag") throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
    path = folder + "/" + name
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

/// Everything a reader gives of a file, as text: two readings can be compared.
struct Reading: Equatable {
  var rows: [String] = []
  var report = ""
  var outcome = Recording.Outcome.whole
  var lost = 0
  var codes: Set<String> = []

  /// The rows' values where they are text.
  var texts: [String] = []

  init(_ bytes: [UInt8], selection: Selection = Selection(), jobs: Int = 1) throws {
    let scratch = try ScratchFile(bytes)
    let reader = try Format.open(FileReader(scratch.path))
    let report = try reader.read(selection, jobs: jobs) { batch in
      for row in batch.log.indices {
        rows.append("\(batch.channel) \(batch.log[row]) \(batch.container) \(batch.positions[row])")
        if case .text(let values)? = batch.batch.columns.first?.values {
          texts.append(String(decoding: values[row], as: UTF8.self))
        }
      }
    }
    self.report = "\(report)"
    outcome = report.outcome
    lost = report.lost
    codes = Set(report.findings.map(\.code))
  }
}

/// Real and crafted recordings beside the repository; where they are absent, what needs them is skipped.
enum SharedData {
  static let folder: String? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path =
      ProcessInfo.processInfo.environment["AV_SHARED_DATA"]
      ?? root.deletingLastPathComponent().appending(path: "shared/data").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()

  static var isHere: Bool { folder != nil }
}

/// A generator whose seed is printed with a failure, so that it can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
