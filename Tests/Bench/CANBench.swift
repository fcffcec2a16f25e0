import Core
import Glibc
import Recordings

/// How fast frames become columns, on one core, in memory: `can-bench FILE.dbc [FRAMES]`.
///
/// Random frames of full length of every message, mixed, in batches as recordings give them. `bench_can.py` makes the
/// database and measures cantools with it.
///
/// `AV_BENCH=1 swift build -c release --product can-bench && .build/release/can-bench bus.dbc`
@main struct CANBench {
  private static let batch = 16_384

  static func main() throws {
    guard CommandLine.arguments.count > 1 else { return print("can-bench FILE.dbc [FRAMES]") }
    let path = CommandLine.arguments[1]
    let frames = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 4_000_000 : 4_000_000
    let bytes = try FileReader(path).bytes(at: 0, count: FileReader(path).count)
    var database = DBC(bytes)
    let parse = best { database = DBC(bytes) }
    let signals = database.messages.reduce(0) { $0 + $1.signals.count }
    print("parse\t\(bytes.count) bytes, \(database.messages.count) messages, \(signals) signals\t\(parse * 1000) ms")
    measure("decode", database, frames)
    for message in database.messages.indices {
      for signal in database.messages[message].signals.indices { database.messages[message].signals[signal].texts = [] }
    }
    measure("decode without texts", database, frames)
  }

  private static func measure(_ name: String, _ database: DBC, _ count: Int) {
    let batch = batch(database)
    let times = (0..<Int64(Self.batch)).map { $0 * 100_000 }
    var values = 0
    let rounds = max(1, count / Self.batch)
    var decoder = CANDecoder([CANDecoder.Source(name: "bench", database: database)])
    let seconds = best {
      values = 0
      for _ in 0..<rounds {
        guard let frames = CANFrames(batch) else { return }
        for part in decoder.decode(frames, times: times) {
          values += part.rows.count * decoder.messages[part.message].columns.count
        }
      }
    }
    let frames = Double(rounds * Self.batch)
    print(
      "\(name)\t\(round(frames / seconds / 1e4) / 100) M frames/s\t\(round(Double(values) / seconds / 1e4) / 100) M values/s"
    )
  }

  /// The columns of `can_msgs/Frame`.
  private static func batch(_ database: DBC) -> Batch {
    var state: UInt64 = 1
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 16
    }
    var ids: [UInt32] = [], extended: [UInt8] = [], lengths: [UInt8] = [], data = Texts()
    for _ in 0..<Self.batch {
      let message = database.messages[Int(next() % UInt64(database.messages.count))]
      ids.append(message.id)
      extended.append(message.isExtended ? 1 : 0)
      let length = min(64, message.length)
      lengths.append(UInt8(length))
      data.append((0..<max(8, length)).map { _ in UInt8(truncatingIfNeeded: next()) })
    }
    let schema = Schema([
      Field("id", .uint32), Field("is_extended", .bool), Field("dlc", .uint8), Field("data", .bytes),
    ])
    let columns = [Column(.uint32(ids)), Column(.bool(extended)), Column(.uint8(lengths)), Column(.text(data))]
    return Batch(schema: schema, columns: columns, count: Self.batch)
  }

  /// Processor time of the fastest of five runs.
  private static func best(_ work: () -> Void) -> Double {
    (0..<5).map { _ in
      let start = clock()
      work()
      return Double(clock() - start) / Double(CLOCKS_PER_SEC)
    }.min() ?? 0
  }
}
