import Artifacts
import Core
import Glibc

/// How fast images, clouds and text tables are written, on one core: million bytes a second of processor time.
///
/// `AV_BENCH=1 swift build -c release --product artifacts-bench && .build/release/artifacts-bench`
@main struct ArtifactsBench {
  static func main() throws {
    try pictures()
    try conversions()
    try clouds()
    try tables()
  }

  private static func pictures() throws {
    print("PNG\tMB/s of pixels\tfile, % of pixels")
    let kinds = [
      ("camera, rgb8", camera(noise: 3)), ("simulation, rgb8", camera(noise: 0)), ("depth, 16 bits", depth()),
    ]
    for (name, picture) in kinds {
      for effort in [PNG.Effort.fast, .level(1), .level(6)] {
        var size = 0
        let seconds = try best { size = try PNG.encode(picture, effort).count }
        let share = 100 * Double(size) / Double(picture.bytes.count)
        print("\(name), \(effort)\t\(rate(picture.bytes.count, seconds))\t\((share * 10).rounded() / 10)")
      }
    }
    let file = try PNG.encode(camera(noise: 3))
    print("read\t\(rate(camera(noise: 3).bytes.count, try best { _ = try PNG.decode(file[...]) }))")
  }

  private static func conversions() throws {
    print("encoding\tMB/s of recorded bytes")
    let (width, height) = (1_920, 1_200)
    for (encoding, bits) in [
      ("mono8", 8), ("rgb8", 24), ("bgr8", 24), ("bgra8", 32), ("mono16", 16), ("bgr16", 48), ("yuyv", 16),
      ("nv12", 12), ("32FC1", 32), ("bayer_rggb8", 8),
    ] {
      let rows = encoding == "nv12" ? height * 3 / 2 : height
      let step = encoding == "nv12" ? width : width * bits / 8
      let data = (0..<rows * step).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
      let image = RecordedImage(
        width: width, height: height, encoding: encoding, isBigEndian: false, step: step, data: data[...])
      print("\(encoding)\t\(rate(data.count, try best { _ = try image.converted() }))")
      guard encoding.hasPrefix("bayer") else { continue }
      print("\(encoding), bilinear\t\(rate(data.count, try best { _ = try image.converted(.bilinear) }))")
    }
  }

  private static func clouds() throws {
    print("cloud\tMB/s of recorded bytes")
    let count = 131_072
    var random = Random()
    var points = ByteWriter(capacity: count * 48)
    for index in 0..<count {
      let distance = Float(1 + random.below(80))
      points.f32(distance * Float(index % 1_024 - 512) / 512)
      points.f32(distance * Float(index % 777 - 388) / 388)
      points.f32(Float(index % 64) / 8)
      points.append(zeros: 4)
      points.f32(Float(random.below(256)))
      points.u32(UInt32(index))
      points.u16(7)
      points.u16(UInt16(index % 64))
      points.append(zeros: 16)
    }
    let fields = [
      ("x", 0, 7), ("y", 4, 7), ("z", 8, 7), ("intensity", 16, 7), ("t", 20, 6), ("reflectivity", 24, 4),
      ("ring", 26, 4),
    ].map { CloudField(name: $0.0, offset: $0.1, datatype: $0.2, count: 1) }
    let cloud = Cloud(
      width: 1_024, height: 128, fields: fields, isBigEndian: false, pointStep: 44, rowStep: 44 * 1_024,
      data: points.bytes[...])
    let view = try CloudView(cloud)
    print("all points\t\(rate(points.count, best { _ = PCD.encode(view) }))")
    let filters = [
      ("every 4th", CloudFilter(stride: 4)), ("distance", CloudFilter(distance: 2...50)),
      ("voxel", CloudFilter(voxel: 0.2)),
    ]
    for (name, filter) in filters {
      print("\(name)\t\(rate(points.count, best { _ = PCD.encode(view, filter) }))")
    }
  }

  private static func tables() throws {
    print("table\tMB/s written")
    var random = Random()
    let count = 50_000
    let doubles = (0..<count).map { _ in Double(random.below(1 << 40)) / 1e6 }
    let floats = (0..<16 * count).map { _ in Float(random.below(100_000)) / 1_000 }
    let integers = (0..<count).map { _ in random.below(1 << 31) }
    let times = (0..<count).map { 1_664_527_000_000_000_000 + Int64($0) * 10_000_123 }
    let columns: [(String, Field, Column)] = [
      ("double", Field("position.x", .float64), Column(.float64(doubles))),
      ("float", Field("speed", .float32), Column(.float32(Array(floats[..<count])))),
      ("int64", Field("count", .int64), Column(.int64(integers))),
      ("time", Field("ts", .time), Column(.int64(times))),
      ("text", Field("frame_id", .string), Column(.text(Texts((0..<count).map { "base_link_\($0 % 100)" })))),
      (
        "list<float> of 16", Field("ranges", .list(.float32)),
        Column(.list(offsets: Array(stride(from: 0, through: 16 * count, by: 16)), element: Column(.float32(floats))))
      ),
      ("bytes of 64", Field("data", .bytes), Column(.text(texts(count, of: 64)))),
    ]
    for kind in TableKind.all where kind.name != "parquet" {
      for (name, field, column) in columns + [("all", Field("", .bool), Column(.bool([])))] {
        let chosen = name == "all" ? columns : [(name, field, column)]
        let batch = Batch(schema: Schema(chosen.map(\.1)), columns: chosen.map(\.2), count: count)
        var size = 0
        let seconds = try best {
          let output = Discarded()
          var sink = try kind.open(batch.schema, output, TableOptions())
          try sink.write(batch)
          try sink.finish()
          size = output.count
        }
        print("\(kind.name), \(name)\t\(rate(size, seconds))\t\(Int(seconds * 1e9) / count) ns a row")
      }
    }
  }

  private static func texts(_ count: Int, of size: Int) -> Texts {
    Texts(offsets: (0...count).map { $0 * size }, bytes: (0..<count * size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
  }

  /// Slopes, edges and texture, with the noise of a sensor.
  private static func camera(noise: Int64) -> Picture {
    let (width, height) = (1_920, 1_080)
    var random = Random()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(3 * width * height)
    let waves = (0..<4_096).map { sin(Double($0) / 4_096 * 2 * .pi) }
    for row in 0..<height {
      for column in 0..<width {
        let slope = 60 * waves[(row * 3 + column) & 4_095] + 25 * waves[(row * 61 - column * 43) & 4_095]
        let texture = row > 600 ? 12 * waves[(row &* column) & 4_095] : 0
        let edge = (column / 240 + row / 180) % 3 == 0 ? 40.0 : 0
        let light = 110 + slope + texture + edge
        for channel in 0..<3 {
          var grain = -2 * noise
          for _ in 0..<4 { grain += random.below(noise + 1) }
          let value = light + Double(9 * channel) + Double(grain)
          bytes.append(UInt8(max(0, min(255, value))))
        }
      }
    }
    return Picture(width: width, height: height, channels: 3, bitsPerSample: 8, bytes: bytes)
  }

  private static func depth() -> Picture {
    let (width, height) = (1_280, 720)
    var random = Random()
    var bytes: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        let isHole = (row / 40 * 7 + column / 60 * 13) % 11 == 0
        let distance = 900 + 3 * row + (column / 200 % 2) * 700 + Int(random.below(4))
        let value = isHole ? 0 : UInt16(distance)
        bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
      }
    }
    return Picture(width: width, height: height, channels: 1, bitsPerSample: 16, bytes: bytes)
  }

  /// The shortest of five times, in seconds of this process's processor time.
  private static func best(_ work: () throws -> Void) rethrows -> Double {
    var shortest = Double.infinity
    for _ in 0..<5 {
      let start = processorTime
      try work()
      shortest = min(shortest, processorTime - start)
    }
    return shortest
  }

  private static var processorTime: Double {
    var time = timespec()
    guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func rate(_ bytes: Int, _ seconds: Double) -> Int { Int(Double(bytes) / seconds / 1e6) }
}

/// Counts bytes and forgets them.
private final class Discarded: ByteOutput {
  var count = 0
  func write(_ bytes: [UInt8]) { count += bytes.count }
}

/// Values that are the same in every run.
private struct Random {
  private var state: UInt64 = 1

  mutating func below(_ limit: Int64) -> Int64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int64(state >> 11) % limit
  }
}
