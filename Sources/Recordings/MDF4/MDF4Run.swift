import Core

/// One reading of a file, and what became of it.
struct MDF4Run {
  private let plan: MDF4Plan
  private let selection: Selection
  private let decoder: MDF4Decoder
  private(set) var findings = Findings()
  private(set) var delivered = 0
  private(set) var lost = 0
  private(set) var isLossy = false
  private var bytes = 0
  /// Records found by walks, by table.
  private(set) var found: [Int: Int] = [:]
  private var missingValues: [Int: Int] = [:]

  /// So much of unsorted records is kept before it is decoded.
  private static let mostHeld = 8 << 20
  private static let pieceSize = 4 << 20

  init(_ plan: MDF4Plan, _ selection: Selection) {
    self.plan = plan
    self.selection = selection
    decoder = MDF4Decoder(plan: plan, selection: selection)
    isLossy = plan.isLossy
    lost = plan.tables.reduce(0) { $0.addingSaturated($1.lost) }
  }

  mutating func read<Result: Sendable>(
    jobs: Int, _ transform: @Sendable (ChannelBatch) throws -> Result, _ body: (Result) throws -> Void
  ) throws {
    var sorted: [MDF4Part] = []
    for (number, group) in plan.index.dataGroups.enumerated() {
      let tables = plan.tablesOfGroup[number].filter { selection.channels?.contains($0) ?? true }
      guard !tables.isEmpty else { continue }
      if group.isSorted {
        for table in tables where plan.tables[table].count ?? 0 > 0 {
          sorted += MDF4Part.all(of: table, plan.tables[table], plan.streams[number])
        }
      } else {
        try read(sorted, jobs: jobs, transform, body)
        sorted = []
        try readUnsorted(number, Set(tables), jobs: jobs, transform, body)
      }
    }
    try read(sorted, jobs: jobs, transform, body)
    guard selection.channels?.contains(plan.tables.count) ?? true,
      let events = plan.eventChannel?.batch(selection, channel: plan.tables.count)
    else { return }
    delivered += events.log.count
    try body(transform(events))
  }

  private mutating func read<Result: Sendable>(
    _ all: [MDF4Part], jobs: Int, _ transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws {
    var parts = all
    if let number = selection.parts, number < parts.count, number > 0 {
      parts = (0..<number).map { all[$0 * all.count / number] }
    }
    let decoder = decoder
    try parallelMap(parts, jobs: jobs) {
      (part: $0, output: try decoder.read($0, transform))
    } _: { part, output in
      add(output, of: part.table)
      for result in output.results { try body(result) }
    }
  }

  private mutating func readUnsorted<Result: Sendable>(
    _ dataGroup: Int, _ tables: Set<Int>, jobs: Int, _ transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws {
    let stream = plan.streams[dataGroup]
    let file = plan.file
    var sorter = MDF4Sorter(plan, dataGroup: dataGroup, wanted: tables)
    var pieces = Self.pieces(of: stream)
    if let number = selection.parts, number < pieces.count { pieces = Array(pieces.prefix(max(1, number / 8))) }
    let isEverything = pieces.last.map { $0.fragment == stream.fragments.count - 1 } ?? true
    try parallelMap(pieces, jobs: jobs) { piece -> Swift.Result<[UInt8], MDF4Fault> in
      let fragment = stream.fragments[piece.fragment]
      guard fragment.packing != nil else {
        return .success(try file.bytes(at: fragment.start + piece.range.lowerBound, count: piece.range.count))
      }
      do { return .success(try fragment.bytes(of: file)) } catch let fault as MDF4Fault { return .failure(fault) }
    } _: { bytes in
      switch bytes {
      case .success(let bytes): sorter.take(bytes)
      case .failure(let fault): sorter.stop(fault)
      }
      if sorter.held >= Self.mostHeld { try release(&sorter, isEnd: false, dataGroup, jobs: jobs, transform, body) }
    }
    try release(&sorter, isEnd: true, dataGroup, jobs: jobs, transform, body)
    guard isEverything else { return }
    for (table, count) in sorter.found { found[table] = count }
    close(sorter, stream, dataGroup)
  }

  private mutating func release<Result: Sendable>(
    _ sorter: inout MDF4Sorter, isEnd: Bool, _ dataGroup: Int, jobs: Int,
    _ transform: @Sendable (ChannelBatch) throws -> Result, _ body: (Result) throws -> Void
  ) throws {
    let decoder = decoder
    let container = Int64(plan.streams[dataGroup].address)
    try parallelMap(sorter.release(isEnd: isEnd), jobs: jobs) { item in
      var output = MDF4Output<Result>()
      try decoder.decode(
        item.records, of: item.table, item.sources, container: container, item.positions, &output, transform)
      return (item.table, output)
    } _: { table, output in
      add(output, of: table)
      for result in output.results { try body(result) }
    }
  }

  /// Fragments, large ones of plain bytes in pieces.
  private static func pieces(of stream: MDF4Stream) -> [(fragment: Int, range: Range<Int>)] {
    var pieces: [(fragment: Int, range: Range<Int>)] = []
    for (number, fragment) in stream.fragments.enumerated() {
      guard fragment.packing == nil else {
        pieces.append((number, 0..<fragment.count))
        continue
      }
      for start in stride(from: 0, to: fragment.count, by: pieceSize) {
        pieces.append((number, start..<min(fragment.count, start + pieceSize)))
      }
    }
    return pieces
  }

  private mutating func add<Result>(_ output: MDF4Output<Result>, of table: Int) {
    delivered += output.delivered
    bytes += output.bytes
    lost = lost.addingSaturated(output.lost)
    for fault in output.faults {
      isLossy = true
      findings.append(fault.finding(.error, of: plan.tables[table].group.name))
    }
    if let fault = output.losses.fault {
      findings.append(fault.finding(.error, of: "values of \(plan.tables[table].group.name)"))
    }
    if output.losses.missing > 0 { missingValues[table, default: 0] += output.losses.missing }
  }

  /// What a walk over an unsorted group left over, and what its groups promised.
  private mutating func close(_ sorter: MDF4Sorter, _ stream: MDF4Stream, _ dataGroup: Int) {
    let rest = sorter.rest(of: stream)
    if let fault = sorter.fault {
      isLossy = true
      findings.append(fault.finding(.error, of: "data group \(dataGroup)"))
      findings.append(
        Finding(
          .warning, "data-lost", at: fault.offset, length: rest, "\(rest) bytes of data group \(dataGroup) are not read"
        ))
    } else if rest > 0 {
      isLossy = true
      findings.append(
        Finding(
          .warning, "partial-record", at: plan.place(of: stream.count - rest, stream), length: rest,
          "data group \(dataGroup): the last record is not whole, \(rest) bytes are left out"))
    }
    guard !plan.index.identification.unfinished.flags.contains(.cycles) else { return }
    for table in plan.tablesOfGroup[dataGroup] where selection.channels?.contains(table) ?? true {
      let group = plan.tables[table].group
      let present = found[table] ?? 0, promised = Int(clamping: group.cycles)
      guard present != promised else { continue }
      let isLoss = present < promised && isLossy
      if isLoss, rest > 0 || stream.missing > 0 {
        lost = lost.addingSaturated(
          min(promised - present, (rest.addingSaturated(stream.missing) / max(1, group.recordBytes)).addingSaturated(1))
        )
      }
      findings.append(
        Finding(
          present < promised ? .warning : .info, "cycle-count", at: group.address,
          "\(group.name): \(promised) records are promised, \(present) are there"))
    }
  }

  func report() -> ReadReport {
    var report = ReadReport()
    var all = plan.findings
    all.append(findings)
    for (table, count) in missingValues.sorted(by: { $0.key < $1.key }) {
      let group = plan.tables[table].group
      all.append(
        Finding(
          .warning, "value-missing", at: group.address,
          "\(group.name): \(count) values of variable length are not there"))
    }
    report.messages = delivered
    report.bytes = bytes
    report.lost = lost
    let isLossy = isLossy || lost > 0 || !missingValues.isEmpty
    report.outcome = isLossy ? (delivered == 0 ? .nothing : .lossy) : .whole
    report.findings = all.all
    return report
  }
}
