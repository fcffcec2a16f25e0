import Core
import Testing

@testable import Recordings

@Test func aFixHasItsValues() throws {
  let definition =
    "NavSatStatus status\nfloat64 latitude\nfloat64 longitude\nfloat64 altitude\nfloat64[9] position_covariance\n"
    + "uint8 position_covariance_type\n" + String(repeating: "=", count: 80)
    + "\nMSG: sensor_msgs/NavSatStatus\nint8 status\nuint16 service"
  let columns = try Ros1Decoder(definition: Array(definition.utf8), type: "sensor_msgs/NavSatFix").makeColumns()
  let numbers = [48.1, 11.6, 519.5] + (0..<9).map(Double.init)
  let message: [UInt8] =
    [255, 1, 0] + numbers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } }
    + [2]
  try columns.append(message.bytes)
  let fixes = try #require(FixColumns(columns.finish()))
  #expect(fixes.latitude(0) == 48.1 && fixes.longitude(0) == 11.6 && fixes.altitude(0) == 519.5)
  #expect(fixes.status(0) == -1)
  #expect(fixes.covariance(0) == ArraySlice((0..<9).map(Double.init)))
}

@Test func viewsNeedTheirColumns() {
  let batch = Batch(schema: Schema([Field("data", .bytes)]), columns: [Column(.text(Texts()))], count: 0)
  #expect(ImageColumns(batch) == nil && CloudColumns(batch) == nil && FixColumns(batch) == nil)
  #expect(CompressedImageColumns(batch) == nil)
}
