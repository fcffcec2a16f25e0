import Core

/// Columns of any table with a clock, joined to the samples as `prefix__column`.
struct TableJoin: Sendable, Equatable {
  var prefix: String
  var file: String
  var clock = SourceClock()
  var direction = AsOf.Direction.previous
  /// In nanoseconds.
  var maxAge: Int64 = 60_000_000_000
  /// Columns that are taken; all but the clock and the keys when it is empty.
  var columns: [String] = []
  /// Columns between whose rows a value may be said.
  var interpolated: [String] = []
  /// Columns that must equal the sample's key of that name: `vin`, `measurement_id`.
  var keys: [String] = []
  /// Whether a row at the sample's own time counts.
  var allowsExact = true

  static let keyNames = ["vin", "measurement_id"]
}

/// A table that was read for a join.
struct JoinedTable: Sendable {
  let settings: TableJoin
  let fields: [Field]
  private let times: [Int64]
  private let columns: [Column]
  /// Rows of the file, and of those the ones that an other row of the same time replaces.
  let rows: Int
  let duplicates: Int
  let isSorted: Bool

  /// `keys` are the values of the samples' keys.
  init(_ settings: TableJoin, keys: [String: String]) throws {
    self.settings = settings
    let table = try SourceTable(settings.file)
    let clock = try table.times(settings.clock)
    let clockName =
      settings.clock.column ?? ["t_ns", "ts", "time", "timestamp"].first { table.field($0) != nil } ?? ""
    let isFlat: (Field) -> Bool = {
      if case .list = $0.type { false } else if case .structure = $0.type { false } else { true }
    }
    let taken =
      settings.columns.isEmpty
      ? table.schema.fields.filter { isFlat($0) && $0.name != clockName && !settings.keys.contains($0.name) }.map(
        \.name)
      : settings.columns
    for name in settings.interpolated where !taken.contains(name) {
      throw SourceError(settings.file, "'\(name)' is to be interpolated and is not taken", code: .configuration)
    }
    let batch = try table.columns(taken)
    let wanted = try settings.keys.map { name in (try table.columns([name]).columns[0].texts, keys[name]) }
    var order = clock.indices.compactMap { row -> (time: Int64, row: Int)? in
      guard let time = clock[row], wanted.allSatisfy({ $0.0[row] != nil && $0.0[row] == $0.1 }) else { return nil }
      return (time, row)
    }
    isSorted = zip(order, order.dropFirst()).allSatisfy { $0.time <= $1.time }
    if !isSorted { order.sort { ($0.time, $0.row) < ($1.time, $1.row) } }
    var kept: [(time: Int64, row: Int)] = []
    for row in order {
      // The last row of a time wins.
      if kept.last?.time == row.time { kept.removeLast() }
      kept.append(row)
    }
    rows = clock.count
    duplicates = order.count - kept.count
    times = kept.map(\.time)
    let numbers = kept.map(\.row)
    columns = batch.columns.map { $0.rows(numbers) }
    fields =
      zip(batch.schema.fields, batch.columns).map { field, column in
        let isBetween = settings.interpolated.contains(field.name)
        return Field(
          "\(settings.prefix)__\(field.name)", isBetween ? .float64 : field.type, isNullable: true, unit: field.unit)
      } + [Field("\(settings.prefix)_age_s", .float64, isNullable: true, unit: "s")]
    for (field, column) in zip(batch.schema.fields, batch.columns) where settings.interpolated.contains(field.name) {
      if column.numbers == nil {
        throw SourceError(settings.file, "column '\(field.name)' has no numbers to interpolate", code: .configuration)
      }
    }
  }

  /// The columns for sorted instants, and how many of them have no row.
  func values(at instants: [Int64]) -> (columns: [Column], unmatched: Int) {
    // A row at the very time is left out by asking a nanosecond beside it.
    let shift: Int64 =
      settings.allowsExact ? 0 : settings.direction == .next ? 1 : settings.direction == .previous ? -1 : 0
    let asked = shift == 0 ? instants : instants.map { $0.moved(by: shift) }
    let found = AsOf(settings.direction, tolerance: settings.maxAge).rows(of: times, at: asked)
    let between = Resampling(times: times, instants: instants)
    var result: [Column] = []
    for (field, column) in zip(fields, columns) {
      let name = String(field.name.dropFirst(settings.prefix.count + 2))
      guard settings.interpolated.contains(name), let numbers = column.numbers else {
        result.append(column.picking(found))
        continue
      }
      result.append(
        .optional(
          instants.indices.map { index in
            guard let row = found[index], numbers[row].isFinite else { return nil }
            // Both neighbours must be near; else the row's own value stands.
            guard let bracket = between.bracket(index), bracket.weight > 0, isNear(bracket, instants[index]) else {
              return numbers[row]
            }
            let (one, other) = (numbers[bracket.first], numbers[bracket.second])
            return one.isFinite && other.isFinite ? one + (other - one) * bracket.weight : numbers[row]
          }))
    }
    result.append(
      .optional(instants.indices.map { index in found[index].map { seconds(from: times[$0], to: instants[index]) } }))
    return (result, found.count { $0 == nil })
  }

  private func isNear(_ bracket: Resampling.Bracket, _ instant: Int64) -> Bool {
    let most = UInt64(max(0, settings.maxAge))
    return distance(times[bracket.first], instant) <= most && distance(times[bracket.second], instant) <= most
  }
}
