import Core
import Recordings

/// Messages of one stream that are kept, with the time that is used of each.
struct StreamRows: Sendable {
  var messages: ChannelBatch
  /// Nanoseconds since 1970.
  var times: [Int64]
  var sources: [StreamClock.Source]
  /// Name of the recording they are from.
  var file: String
  /// Where they are not all of one container: that of each.
  private(set) var containers: [Int64]?
  /// The record time is used of all.
  private var areLogged = false

  var count: Int { times.count }

  init(_ messages: ChannelBatch, clock: StreamClock, file: String) {
    self.messages = messages
    self.file = file
    guard clock.usesHeader, messages.stamps != nil else {
      times = messages.log
      sources = Array(repeating: .log, count: messages.log.count)
      areLogged = true
      return
    }
    times = []
    sources = []
    times.reserveCapacity(messages.log.count)
    sources.reserveCapacity(messages.log.count)
    for row in messages.log.indices {
      let (time, source) = clock.time(log: messages.log[row], stamp: messages.stamps?[row])
      times.append(time)
      sources.append(source)
    }
  }

  /// Rows of several containers, each with its time and place.
  init(
    _ messages: ChannelBatch, times: [Int64], sources: [StreamClock.Source], containers: [Int64], file: String
  ) {
    (self.messages, self.times, self.sources, self.file) = (messages, times, sources, file)
    self.containers = containers
  }

  /// The given rows, in their order; a number may repeat.
  func rows(_ numbers: [Int]) -> StreamRows {
    guard !numbers.elementsEqual(0..<count) else { return self }
    var kept = self
    kept.times = numbers.map { times[$0] }
    kept.sources = areLogged ? Array(repeating: .log, count: numbers.count) : numbers.map { sources[$0] }
    kept.messages.log = areLogged ? kept.times : numbers.map { messages.log[$0] }
    kept.messages.publish = messages.publish.map { all in numbers.map { all[$0] } }
    kept.messages.stamps = messages.stamps.map { all in numbers.map { all[$0] } }
    kept.containers = containers.map { all in numbers.map { all[$0] } }
    kept.messages.positions = numbers.map { messages.positions[$0] }
    kept.messages.batch = messages.batch.rows(numbers)
    return kept
  }
}

/// The columns that every extracted table begins with.
///
/// ```
///   t_ns         the time used, nanoseconds since 1970        ts        the same in microseconds, a timestamp
///   time_source  header, log or repaired
///   log_ns       record time    pub_ns  publish time or null  stamp_ns  header stamp or null
///   source_file  the recording  source_container, source_offset   where the message is found in it
/// ```
/// Messages without times have the last three only. Tables of text have `t`, `log`, `pub` and `stamp` as RFC 3339 instead.
enum TimeColumns {
  enum Form { case numbers, text }

  static func fields(_ form: Form, hasTimes: Bool = true) -> [Field] {
    let source = [
      Field("source_file", .string), Field("source_container", .int64), Field("source_offset", .int64),
    ]
    guard hasTimes else { return source }
    switch form {
    case .numbers:
      return [
        Field("t_ns", .int64, unit: "ns"), Field("ts", .timestamp), Field("time_source", .string),
        Field("log_ns", .int64, unit: "ns"), Field("pub_ns", .int64, isNullable: true, unit: "ns"),
        Field("stamp_ns", .int64, isNullable: true, unit: "ns"),
      ] + source
    case .text:
      return [
        Field("t", .time), Field("time_source", .string), Field("log", .time), Field("pub", .time, isNullable: true),
        Field("stamp", .time, isNullable: true),
      ] + source
    }
  }

  static func columns(_ rows: StreamRows, _ form: Form, hasTimes: Bool = true) -> [Column] {
    let container = rows.containers ?? Array(repeating: rows.messages.container, count: rows.count)
    let place = [
      Column.constant(rows.file, count: rows.count), Column(.int64(container)), Column(.int64(rows.messages.positions)),
    ]
    guard hasTimes else { return place }
    // Once a kind: the text of an enumeration's case is found by reflection.
    let names = Texts(StreamClock.Source.allCases.map { "\($0)" })
    let sources = names.picking(rows.sources.map { Int($0.rawValue) })
    let nothing = Column(
      .int64(Array(repeating: 0, count: rows.count)), validity: Array(repeating: false, count: rows.count))
    let published = rows.messages.publish.map { Column(.int64($0)) } ?? nothing
    let stamped = rows.messages.stamps.map { Column(.int64($0), validity: $0.map { $0 != 0 }) } ?? nothing
    var columns = [Column(.int64(rows.times))]
    if form == .numbers { columns.append(Column(.int64(rows.times.map(Self.microseconds)))) }
    columns += [Column(.text(sources)), Column(.int64(rows.messages.log)), published, stamped]
    return columns + place
  }

  /// Rounded down, also before 1970.
  private static func microseconds(_ nanoseconds: Int64) -> Int64 {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
