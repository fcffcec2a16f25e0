import Core

/// A stream of a measurement as it takes part: its messages on the time line, and what is asked of it.
struct SyncStream: Sendable {
  /// `camera/front`.
  let name: String
  let nature: StreamNature
  let rules: StreamRules
  /// The first and last time that extraction used; nil without messages.
  let extracted: (first: Int64, last: Int64)?
  /// By row of the table, before any estimate of its clock.
  let chosen: ChosenTimes
  private let logs: TimesBeside
  private let stamps: TimesBeside
  var order: StreamOrder
  /// How times were corrected.
  var correction = Correction.none
  let table: SyncTable

  enum Correction: String, Sendable { case none, fixed, estimated }

  init(
    name: String, nature: StreamNature, rules: StreamRules, recorded: RecordedTimes, chosen: ChosenTimes,
    order: StreamOrder, table: SyncTable
  ) {
    (self.name, self.nature, self.rules, self.chosen) = (name, nature, rules, chosen)
    (self.order, self.table) = (order, table)
    extracted = recorded.used.min().flatMap { first in recorded.used.max().map { (first, $0) } }
    logs = TimesBeside(recorded.log, beside: chosen.times)
    stamps = TimesBeside(recorded.stamps, beside: chosen.times)
  }

  var isFrame: Bool { nature == .frame }

  /// Messages, duplicates as well.
  var count: Int { chosen.times.count }

  /// When the recorder had the message of a row, where the table says it.
  func log(_ row: Int) -> Int64? { logs.time(row, beside: chosen.times[row]) }

  /// The header stamp of a row's message, where it has one.
  func stamp(_ row: Int) -> Int64? { stamps.time(row, beside: chosen.times[row]) }
}

/// A stream's messages of one segment of its clock.
struct StreamPart: Sendable {
  /// Sorted.
  let times: [Int64]
  /// Nil where it is all of the order.
  private let own: [Int]?

  init(times: [Int64], indices: [Int]? = nil) { (self.times, own) = (times, indices) }

  /// Index in the stream's order of the message at a place.
  func index(_ place: Int) -> Int { own?[place] ?? place }

  /// Of all.
  var indices: [Int] { times.indices.map(index) }
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
      return StreamPart(times: order.times)
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
