import Core

/// A stream of a measurement as it takes part: its messages on the time line, and what is asked of it.
struct SyncStream: Sendable {
  /// `camera/front`.
  let name: String
  let nature: StreamNature
  let rules: StreamRules
  let recorded: RecordedTimes
  /// Without its times, which `order` has.
  let chosen: ChosenTimes
  var order: StreamOrder
  /// How times were corrected.
  var correction = Correction.none
  let table: SyncTable

  enum Correction: String, Sendable { case none, fixed, estimated }

  var isFrame: Bool { nature == .frame }
}

/// A stream's messages of one segment of its clock.
struct StreamPart: Sendable {
  /// Sorted.
  var times: [Int64]
  /// Index in the stream's order of each.
  var indices: [Int]
}

/// Which segments of the streams' clocks belong together.
struct Segments: Sendable {
  /// How many segments there are in common.
  let count: Int
  /// Where streams differ, only the longest segment of each takes part.
  private let isEqual: Bool

  init(_ streams: [SyncStream]) {
    let counts = Set(streams.map(\.order.segmentCount))
    isEqual = counts.count <= 1
    count = isEqual ? counts.first ?? 1 : 1
  }

  /// Whether a stream's messages of some segments are left out.
  func leavesOut(_ stream: SyncStream) -> Bool { !isEqual && stream.order.segmentCount > 1 }

  /// The messages that take no part, by their index in the stream's order.
  func leftOut(of stream: SyncStream) -> Set<Int> {
    leavesOut(stream) ? Set(stream.order.times.indices).subtracting(longest(of: stream).indices) : []
  }

  func part(_ segment: Int, of stream: SyncStream) -> StreamPart {
    let order = stream.order
    guard order.segmentCount > 1, isEqual else { return longest(of: stream) }
    return Self.part(Int32(segment), of: order)
  }

  /// The messages of the segment that has the most.
  func longest(of stream: SyncStream) -> StreamPart {
    let order = stream.order
    guard order.segmentCount > 1 else {
      return StreamPart(times: order.times, indices: Array(order.times.indices))
    }
    return Self.part(Self.longest(order), of: order)
  }

  private static func part(_ wanted: Int32, of order: StreamOrder) -> StreamPart {
    let indices = order.segments.indices.filter { order.segments[$0] == wanted }
    return StreamPart(times: indices.map { order.times[$0] }, indices: indices)
  }

  private static func longest(_ order: StreamOrder) -> Int32 {
    var counts = Array(repeating: 0, count: order.segmentCount)
    for segment in order.segments { counts[Int(segment)] += 1 }
    return Int32(counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0)
  }
}
