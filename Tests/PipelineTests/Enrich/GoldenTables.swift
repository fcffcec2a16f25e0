import Foundation
import Testing

@testable import Core
@testable import Pipeline

/// Tables of reference values that are beside the repository; nil where they are absent.
enum GoldenTables {
  private static let folder: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return ProcessInfo.processInfo.environment["AV_SHARED_DATA"]
      ?? root.deletingLastPathComponent().appending(path: "shared/data").path
  }()

  static func isHere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/schemas/\(name)") }

  static func rows(_ name: String) throws -> [[String: String]] {
    var reader = Delimited(try [UInt8](Data(contentsOf: URL(filePath: "\(folder)/schemas/\(name)"))))
    let header = try #require(try reader.next())
    var rows: [[String: String]] = []
    while let record = try reader.next() { rows.append(Dictionary(uniqueKeysWithValues: zip(header, record))) }
    return rows
  }
}
