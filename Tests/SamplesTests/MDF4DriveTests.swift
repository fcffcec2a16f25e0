import Foundation
import Testing

@testable import Core
@testable import Recordings
@testable import Samples

/// A folder that goes away with the value.
private final class TemporaryFolder {
  let path = FileManager.default.temporaryDirectory.appending(path: "drive-\(UUID())").path
  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Test func aDriveAsMDF4HasItsSignalsAndTheFramesOfItsBag() throws {
  let folder = try TemporaryFolder()
  var drive = Drive(seconds: 1)
  drive.writesMDF4 = true
  try drive.write(to: Drive.Place(folder.path), jobs: 2)
  let frames = Recorder(World(seconds: 1, seed: 1), origin: drive.origin, defects: []).frames()
  let reader = try Format.open(FileReader(folder.path + "/drive.mf4"))
  let channels = reader.recording.channels
  #expect(channels.map(\.name) == ["vehicle", "CAN1"])
  #expect(channels.map(\.messages) == [50, frames.count])
  #expect(channels.map(\.kind) == [.structured, .can])
  #expect(reader.recording.findings.isEmpty)
  let wanted = frames.map(\.id)
  #expect(try ids(reader, 1, "CAN_DataFrame.ID") == wanted)
  let bag = try Format.open(FileReader(folder.path + "/drive.bag"))
  let channel = try #require(bag.recording.channels.firstIndex { $0.name == "/can/rx" })
  #expect(try ids(bag, channel, "id") == wanted)
  withExtendedLifetime(folder) {}
}

private func ids(_ reader: any RecordingReader, _ channel: Int, _ name: String) throws -> [UInt32] {
  var ids: [UInt32] = []
  _ = try reader.read(Selection(channels: [channel]), jobs: 1) { batch in
    if case .uint32(let values)? = batch.batch[name]?.values { ids += values }
  }
  return ids
}
