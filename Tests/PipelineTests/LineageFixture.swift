import Core
import Foundation

@testable import Pipeline

/// A folder of its own that is gone when the test is.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "av-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func url(_ name: String) -> URL { URL(filePath: path).appending(path: name) }
  func read(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: url(name))) }
  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
  func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: url(name)) }
  func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }
  func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(at: url(name), withIntermediateDirectories: true)
  }
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// A log in a folder of its own, with what tests ask of it.
struct LineageFixture {
  let scratch: ScratchFolder
  let folder: Folder
  static let tool = Tool("av-test", version: "0.0.0")

  init() throws {
    scratch = try ScratchFolder()
    folder = try Folder(scratch.path)
  }

  func log(_ writer: String = "host", rotate: Int = 256 << 20) throws -> LineageLog {
    try LineageLog(folder, writer: writer, tool: Self.tool, limits: LineageLog.Limits(rotate: rotate))
  }

  func entries(_ mode: LineageReader.Mode = .strict) throws -> [LineageEntry] {
    var reader = LineageReader(folder, mode: mode)
    var entries: [LineageEntry] = []
    try reader.read { entries.append($0) }
    return entries
  }

  func view() throws -> LineageView {
    var reader = LineageReader(folder)
    return try reader.view()
  }

  func damage() throws -> [LogDamage] {
    var reader = LineageReader(folder, mode: .salvage)
    try reader.read { _ in }
    return reader.damage
  }

  /// A log as a small ingest and an extraction leave it.
  @discardableResult
  func fill(_ writer: String = "host", measurement: String = "m1") throws -> LineageLog {
    let log = try log(writer)
    let (run, raw, derived) = ("run-\(measurement)", "raw-\(measurement)", "extracted-\(measurement)")
    let (start, end) = (
      Timestamp(nanoseconds: 1_664_527_000_000_000_123), Timestamp(nanoseconds: 1_664_527_300_000_000_000)
    )
    try log.append(
      [
        .runStart(Self.tool, args: ["--lake", "x"]),
        .measurementCreated(measurement, vin: "KA123456", start: start, end: end, manifest: "5f70", files: 1),
        .fileFacts(measurement: measurement, path: "a.bag", bytes: 5, sha256: "aa", format: "rosbag", messages: 3),
        .datastreamCreated(
          raw, measurement: measurement, zone: "raw", kind: "raw", path: "raw/\(raw)", parents: [], stage: "ingest",
          config: "5f70", outputVersion: 1),
        .datastreamState(raw, Transition(from: .created, to: .startCopy)),
        .fileCopied(
          measurement: measurement, datastream: raw, zone: "raw", path: "raw/\(raw)/a.bag", bytes: 5, sha256: "aa"),
        .datastreamState(raw, Transition(from: .startCopy, to: .copyComplete), facts: ["files": 1, "bytes": 5]),
        .landingCleared(measurement: measurement, files: 1, bytes: 5),
        .datastreamCreated(
          derived, measurement: measurement, zone: "extracted", kind: "sensors", path: "extracted/\(derived)",
          parents: [raw], stage: "extract", config: "c1f7", outputVersion: 1),
        .datastreamState(derived, Transition(from: .created, to: .processing)),
        .datastreamState(derived, Transition(from: .processing, to: .completed), facts: ["digest": "sha256:ab"]),
        .runEnd(.done, exit: 0, items: ["done": 2]),
      ], run: run)
    return log
  }
}
