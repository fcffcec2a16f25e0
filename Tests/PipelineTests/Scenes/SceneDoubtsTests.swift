import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// Signals that contradict each other are told, and noise and slopes are not.
@Suite struct SceneDoubtsTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Two minutes at 10 Hz of a car that goes to and fro in speed and direction.
  private func problems(
    _ change: (_ ax: inout Double, _ ay: inout Double, _ yaw: inout Double, _ heading: inout Double) -> Void
  ) throws -> [String] {
    var columns: [[Double]] = Array(repeating: [], count: 5), heading = 0.0
    let times = (0..<1200).map { Int64($0) * 100_000_000 }
    for row in times.indices {
      let t = Double(row) / 10
      let speed = 15 + 5 * Mathematics.sin(t / 5), yaw = 0.1 * Mathematics.cos(t / 7)
      heading -= yaw * 0.1 * 180 / .pi
      var values = (ax: Mathematics.cos(t / 5), ay: speed * yaw, yaw: yaw, heading: heading)
      change(&values.ax, &values.ay, &values.yaw, &values.heading)
      for (column, value) in [speed, values.ax, values.ay, values.yaw, values.heading].enumerated() {
        columns[column].append(value)
      }
    }
    let names = ["speed_mps", "ax_mps2", "ay_mps2", "yaw_rate_radps", "heading_deg"]
    let schema = Schema([Field("t_ns", .int64)] + names.map { Field($0, .float64) })
    let name = "\(Identifier.unique()).parquet"
    let file = try OutputFile(name, inStaged: Folder(scratch.path))
    var sink = try TableKind.parquet.open(schema, file, TableOptions())
    try sink.write(
      Batch(
        schema: schema, columns: [Column(.int64(times))] + columns.map { Column(.float64($0)) }, count: times.count))
    try sink.finish()
    _ = try file.commit()
    return try SceneDoubts(SceneTable("\(scratch.path)/\(name)")).problems
  }

  @Test func whatFitsIsNotDoubted() throws {
    var state: UInt64 = 1
    let found = try problems { ax, ay, yaw, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      let noise = Double(state >> 40) / Double(1 << 24) - 0.5
      (ax, ay, yaw) = (ax + noise + 0.5, ay - noise, yaw + noise / 50)
    }
    #expect(found == [])
  }

  @Test func gravityInASignalIsTold() throws {
    let found = try problems { ax, _, _, _ in ax += 9.8 }
    #expect(found.count == 1 && found[0].hasPrefix("ax_mps2 is 9.8 m/s2 off"), "\(found)")
  }

  @Test func aSignTheOtherWayIsTold() throws {
    #expect(try problems { ax, _, _, _ in ax = -ax }.first?.hasPrefix("ax_mps2 goes against") == true)
    #expect(try problems { _, ay, _, _ in ay = -ay }.first?.hasPrefix("ay_mps2 goes against") == true)
    let found = try problems { _, ay, yaw, _ in (ay, yaw) = (-ay, -yaw) }
    #expect(found.count == 1 && found[0].hasPrefix("yaw_rate_radps goes against heading_deg"), "\(found)")
  }
}
