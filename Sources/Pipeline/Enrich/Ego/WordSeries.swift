import Core

/// Texts over time: the last one holds until it is too old.
struct WordSeries: Sendable {
  let origin: String
  private let times: [Int64]
  private let texts: [String?]
  private let maxAge: Int64

  /// `allowed` are the only texts there may be: others, and values that the mapping does not name, are missing.
  init(
    _ source: Telemetry.Source, _ maxGap: Int64?, _ mapping: SignalMapping, allowed: [String]?, isFlag: Bool = false
  ) throws {
    origin = source.name
    let column = try source.table.columns([source.field.name]).columns[0]
    var words: [String?]
    if isFlag, let numbers = column.numbers {
      words = numbers.map { $0.isNaN ? nil : $0 >= mapping.least ? "true" : "false" }
    } else {
      words = column.texts
      if !mapping.texts.isEmpty { words = words.map { word in word.flatMap { mapping.texts[$0] } } }
      if let allowed { words = words.map { word in word.flatMap { allowed.contains($0) ? $0 : nil } } }
    }
    let rows = zip(try source.table.times(source.clock), words).enumerated()
      .compactMap { index, row in row.0.map { (time: $0, index: index, text: row.1) } }
      .sorted { ($0.time, $0.index) < ($1.time, $1.index) }
    times = rows.map(\.time)
    texts = rows.map(\.text)
    maxAge = maxGap ?? Series.usualGap(times)
  }

  /// Sorted instants.
  func at(_ instants: [Int64]) -> [String?] {
    let near = times.window(around: instants)
    let rows = AsOf(.previous, tolerance: maxAge).rows(of: Array(times[near]), at: instants)
    return rows.map { row in row.flatMap { texts[near.lowerBound + $0] } }
  }
}
