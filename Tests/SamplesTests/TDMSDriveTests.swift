import Foundation
import Testing

@testable import Core
@testable import Recordings
@testable import Samples

@Test func aDriveAsTDMSHasTheSignalsOfItsWorldAndTheFramesOfItsBag() throws {
  let drive = Drive(seconds: 2.5), world = World(seconds: 2.5, seed: 1)
  let frames = Recorder(world, origin: drive.origin, defects: []).frames()
  let files = TDMSDrive.files(world, origin: drive.origin, seconds: drive.seconds, frames: frames)
  let folder = FileManager.default.temporaryDirectory.appending(path: "drive-\(UUID())").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try Data(files.data).write(to: URL(filePath: folder + "/drive.tdms"))
  try Data(files.index).write(to: URL(filePath: folder + "/drive.tdms_index"))
  let reader = try Format.open(FileReader(folder + "/drive.tdms"))
  let channels = reader.recording.channels
  #expect(channels.map(\.name) == ["vehicle", "CAN1"])
  #expect(channels.map(\.messages) == [125, frames.count])
  #expect(channels.map(\.kind) == [.structured, .can])
  #expect(reader.recording.findings.isEmpty)
  #expect(reader.recording.facts["start"] == nil)
  #expect(try reader.check(jobs: 1).findings.isEmpty)
  var ids: [UInt32] = [], times: [Int64] = [], rows: [Int64] = [], angles: [Double] = []
  _ = try reader.read(Selection(), jobs: 1) { batch in
    if batch.channel == 1, case .uint32(let values)? = batch.batch["id"]?.values {
      ids += values
      times += batch.log
    }
    if batch.channel == 0, case .float64(let values)? = batch.batch["SteeringWheelAngle"]?.values {
      angles += values
      rows += batch.log
    }
  }
  #expect(ids == frames.map(\.id))
  #expect(times == frames.map { (drive.origin.nanoseconds + $0.time) / 100 * 100 })
  #expect(rows == (0..<125).map { drive.origin.nanoseconds + $0 * 20_000_000 })
  for row in [0, 60, 124] {
    let wanted = VehicleValues(world, at: Double(row) / 50).steeringWheelDegrees
    #expect(abs(angles[row] - wanted) <= 0.051)
  }
}
