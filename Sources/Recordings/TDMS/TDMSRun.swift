import Core

/// One reading of a file, and what became of it.
struct TDMSRun {
  private let plan: TDMSPlan
  private let selection: Selection
  private let start: Int64
  private(set) var findings = Findings()
  private(set) var delivered = 0
  private(set) var isLossy: Bool
  private var bytes = 0
  private var misplaced: [Int: Int] = [:]
  private var outOfRange: [Int: Int] = [:]

  /// So many parts are planned at a time.
  private static let batch = 256
  /// Rows of tables whose values lie apart are put together by so many.
  private static let rows = 1 << 16

  /// `start` is the time of rows that have none.
  init(_ plan: TDMSPlan, _ selection: Selection, start: Int64) {
    (self.plan, self.selection, self.start) = (plan, selection, start)
    isLossy = plan.isLossy
  }

  mutating func read<Result: Sendable>(
    jobs: Int, _ transform: @Sendable (ChannelBatch) throws -> Result, _ body: (Result) throws -> Void
  ) throws {
    guard !plan.index.isIndexFile else { return }
    let wanted = plan.tables.indices.filter { selection.channels?.contains($0) ?? true }
    let aligned = wanted.filter { plan.tables[$0].isAligned && plan.tables[$0].frames == nil }
    let decoder = TDMSDecoder(plan, selection, start: start)
    if !aligned.isEmpty {
      let source = TDMSSource(plan, tables: aligned)
      try read(TDMSParts(source), jobs: jobs, body) { part in
        let values = try source.values(of: part.extent)
        var output = TDMSOutput<Result>()
        for (number, table) in aligned.enumerated() {
          let first = part.rows[number] + source.rowsBefore(part.extent, of: number)
          try decoder.decode(values, of: table, from: first, &output, transform)
        }
        return output
      }
    }
    for table in wanted where !aligned.contains(table) {
      let source = TDMSSource(plan, tables: [table])
      let gathering = TDMSGathering(plan, source, plan.tables[table])
      if let frames = plan.tables[table].frames {
        try read(frames.parts, jobs: jobs, body) { bytes in
          var output = TDMSOutput<Result>()
          try decoder.decode(frames, gathering.values(of: bytes), of: table, &output, transform)
          return output
        }
        continue
      }
      let count = plan.tables[table].count
      let parts = stride(from: 0, to: count, by: Self.rows).lazy.map { $0..<min(count, $0 + Self.rows) }
      try read(parts, jobs: jobs, body) { rows in
        var output = TDMSOutput<Result>()
        try decoder.decode(gathering.values(of: rows), of: table, from: rows.lowerBound, &output, transform)
        return output
      }
    }
  }

  private mutating func read<Part: Sendable, Result: Sendable>(
    _ parts: some Sequence<Part>, jobs: Int, _ body: (Result) throws -> Void,
    _ decode: @Sendable (Part) throws -> TDMSOutput<Result>
  ) throws {
    // A look at the data takes some of all parts, evenly spread.
    var chosen: Set<Int>?
    if let number = selection.parts, number > 0 {
      let all = parts.reduce(0) { count, _ in count + 1 }
      if number < all { chosen = Set((0..<number).map { $0 * all / number }) }
    }
    var waiting: [Part] = [], number = 0
    for part in parts {
      if chosen?.contains(number) ?? true { waiting.append(part) }
      number += 1
      guard waiting.count == Self.batch else { continue }
      try read(&waiting, jobs: jobs, body, decode)
    }
    try read(&waiting, jobs: jobs, body, decode)
  }

  private mutating func read<Part: Sendable, Result: Sendable>(
    _ parts: inout [Part], jobs: Int, _ body: (Result) throws -> Void,
    _ decode: @Sendable (Part) throws -> TDMSOutput<Result>
  ) throws {
    try parallelMap(parts, jobs: jobs, decode) { output in
      add(output)
      for result in output.results { try body(result) }
    }
    parts.removeAll(keepingCapacity: true)
  }

  private mutating func add<Result>(_ output: TDMSOutput<Result>) {
    delivered += output.delivered
    bytes += output.bytes
    misplaced.merge(output.misplaced, uniquingKeysWith: +)
    outOfRange.merge(output.outOfRange, uniquingKeysWith: +)
  }

  /// Findings of values, once all are read.
  mutating func finish() {
    for (object, count) in misplaced.sorted(by: { $0.key < $1.key }) {
      isLossy = true
      findings.append(
        Finding(
          .error, "string-offsets", "\(plan.index.objects[object].path): \(count) strings lie outside of their chunk"))
    }
    for (object, count) in outOfRange.sorted(by: { $0.key < $1.key }) {
      findings.append(
        Finding(
          .warning, "time-range",
          "\(plan.index.objects[object].path): \(count) times are beyond what 64 bits of nanoseconds hold"))
    }
    misplaced = [:]
    outOfRange = [:]
  }

  func report() -> ReadReport {
    var report = ReadReport()
    var all = plan.findings
    all.append(findings)
    report.messages = delivered
    report.bytes = bytes
    report.outcome =
      isLossy || plan.index.isIndexFile && !plan.tables.isEmpty ? (delivered == 0 ? .nothing : .lossy) : .whole
    report.findings = all.all
    return report
  }
}

/// What came of some values, on its way to who wants it.
struct TDMSOutput<Result: Sendable>: Sendable {
  var results: [Result] = []
  var delivered = 0
  var bytes = 0
  /// By object.
  var misplaced: [Int: Int] = [:]
  var outOfRange: [Int: Int] = [:]
}

extension TDMSSource {
  /// Rows of one of its tables in the shares of a chunk before this one.
  func rowsBefore(_ extent: TDMSPart.Extent, of table: Int) -> Int {
    guard case .share(let number, let chunk, let share, let shares) = extent else { return 0 }
    let segment = index.segments[number]
    guard let part = tablesOfLayout[Int(segment.layout)].first(where: { $0.table == table })?.part else { return 0 }
    return Self.cut(counts(of: segment, chunk)[part], share, shares)
  }
}
