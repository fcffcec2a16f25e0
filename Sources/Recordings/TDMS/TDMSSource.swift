import Core

/// Reads values of some strands, chunk by chunk.
struct TDMSSource: Sendable {
  struct Wanted: Sendable {
    /// Number of the object's part of the layout.
    let part: Int
    let place: TDMSPlace
    let strand: Int
    let isFirstOfTable: Bool
  }

  let file: FileReader
  let index: TDMSIndex
  /// Tables that are read, by their numbers in the plan.
  let tables: [Int]
  private let types: [TDMSType]
  /// By layout.
  private(set) var wanted: [[Wanted]] = []
  /// By layout: which of `tables` have rows in it, and the part that tells how many.
  private(set) var tablesOfLayout: [[(table: Int, part: Int)]] = []
  /// By layout: so little of it is wanted that each strand is read by itself.
  private(set) var isSparse: [Bool] = []

  /// Bytes of rows that are taken apart at a time: they stay in the nearest memory.
  private static let block = 32 << 10

  init(_ plan: TDMSPlan, tables: [Int]) {
    (file, index, self.tables) = (plan.file, plan.index, tables)
    types = plan.strands.map(\.type)
    var strandsOfObject: [Int32: Range<Int>] = [:], firsts: [Int32: Int] = [:]
    for (number, table) in tables.enumerated() {
      for member in plan.tables[table].members { strandsOfObject[Int32(member.object)] = member.strands }
      if let first = plan.tables[table].members.first { firsts[Int32(first.object)] = number }
    }
    for (number, layout) in index.layouts.enumerated() {
      var own: [Wanted] = [], rows: [(table: Int, part: Int)] = []
      let chunk = index.chunks[number]
      for (part, places) in chunk.places.enumerated() {
        let object = layout.parts[part].object
        guard let strands = strandsOfObject[object], strands.count == places.count else { continue }
        if let table = firsts[object] { rows.append((table, part)) }
        for (place, strand) in zip(places, strands) {
          own.append(
            Wanted(
              part: part, place: place, strand: strand,
              isFirstOfTable: firsts[object] != nil && strand == strands.lowerBound))
        }
      }
      let bytes = own.reduce(0) { $0.addingSaturated($1.place.bytesAlone) }
      isSparse.append(
        own.allSatisfy(\.place.isAlone) && bytes < chunk.bytes / 4 && bytes / max(1, own.count) >= Self.block / 2)
      wanted.append(own)
      tablesOfLayout.append(rows)
    }
  }

  /// Chunks of a segment, with a cut one.
  func chunks(of segment: TDMSIndex.Segment) -> Int {
    segment.chunks + (segment.data.count > segment.chunks * index.chunks[Int(segment.layout)].bytes ? 1 : 0)
  }

  /// Values of each part in a chunk of a segment.
  func counts(of segment: TDMSIndex.Segment, _ number: Int) -> [Int] {
    let chunk = index.chunks[Int(segment.layout)]
    return number < segment.chunks ? chunk.counts : chunk.counts(in: segment.data.count - number * chunk.bytes)
  }

  /// The values of a part, by strand; nothing for those that have none.
  func values(of extent: TDMSPart.Extent) throws -> [TDMSValues?] {
    var values: [TDMSValues?] = types.map { _ in nil }
    switch extent {
    case .segments(let numbers):
      guard let last = numbers.last else { break }
      let start = index.segments[numbers.lowerBound].data.lowerBound
      let bytes = try file.bytes(at: start, count: index.segments[last].data.upperBound - start)
      for number in numbers {
        let segment = index.segments[number]
        for chunk in 0..<chunks(of: segment) { append(segment, chunk, bytes, from: start, to: &values) }
      }
    case .chunks(let number, let range):
      let segment = index.segments[number], size = index.chunks[Int(segment.layout)].bytes
      let start = segment.data.lowerBound + range.lowerBound * size
      let end = min(segment.data.upperBound, segment.data.lowerBound + range.upperBound * size)
      let bytes = try file.bytes(at: start, count: end - start)
      for chunk in range { append(segment, chunk, bytes, from: start, to: &values) }
    case .share(let number, let chunk, let share, let shares):
      let segment = index.segments[number]
      let counts = counts(of: segment, chunk)
      var rows = Rows()
      for wanted in wanted[Int(segment.layout)] {
        let count = counts[wanted.part]
        try read(
          wanted, segment, chunk, Self.cut(count, share, shares)..<Self.cut(count, share + 1, shares), &rows,
          to: &values)
      }
    }
    return values
  }

  /// Where a share of some values begins.
  static func cut(_ count: Int, _ number: Int, _ shares: Int) -> Int {
    Int(Int128(count) * Int128(number) / Int128(max(1, shares)))
  }

  /// All wanted values of a chunk that was read.
  private func append(
    _ segment: TDMSIndex.Segment, _ number: Int, _ bytes: [UInt8], from start: Int, to values: inout [TDMSValues?]
  ) {
    let layout = Int(segment.layout)
    let isWhole = number < segment.chunks
    let counts = isWhole ? [] : counts(of: segment, number)
    let place = segment.data.lowerBound + number * index.chunks[layout].bytes
    var rows = 0, width = 0
    for wanted in wanted[layout] {
      let count = isWhole ? wanted.place.count : counts[wanted.part]
      guard wanted.place.isAlone else {
        (rows, width) = (max(rows, count), max(width, wanted.place.stride))
        continue
      }
      append(wanted, 0..<count, segment, place, bytes, from: start, to: &values)
    }
    guard rows > 0 else { return }
    let block = max(16, Self.block / max(1, width))
    for row in stride(from: 0, to: rows, by: block) {
      for wanted in wanted[layout] where !wanted.place.isAlone {
        let count = min(row + block, isWhole ? wanted.place.count : counts[wanted.part])
        if count > row { append(wanted, row..<count, segment, place, bytes, from: start, to: &values) }
      }
    }
  }

  /// Some values of a strand, of a chunk that begins at `chunk` in the file, from bytes that begin at `start` there.
  private func append(
    _ wanted: Wanted, _ range: Range<Int>, _ segment: TDMSIndex.Segment, _ chunk: Int, _ bytes: [UInt8],
    from start: Int, to values: inout [TDMSValues?]
  ) {
    // Of a cut chunk: the places of values that it does not have are outside of the bytes.
    guard !range.isEmpty else { return }
    let isBigEndian = index.layouts[Int(segment.layout)].isBigEndian
    let first = chunk + wanted.place.start + range.lowerBound * wanted.place.stride
    var own = values[wanted.strand].take() ?? TDMSValues(types[wanted.strand])
    if wanted.isFirstOfTable { own.addPositions(range.count, from: first, stride: wanted.place.stride) }
    if own.type == .string {
      let ends = Self.ends(bytes.bytes.extracting(first - start..<first - start + 4 * range.count), isBigEndian)
      let characters = chunk + wanted.place.start + 4 * wanted.place.count - start
      own.append(
        strings: ends, from: 0,
        in: bytes.bytes.extracting(characters..<characters + wanted.place.bytes - 4 * wanted.place.count))
    } else {
      own.append(range.count, of: wanted.place, at: first - start, in: bytes.bytes, bigEndian: isBigEndian)
    }
    values[wanted.strand] = own
  }

  static func ends(_ bytes: RawSpan, _ bigEndian: Bool) -> [UInt32] {
    bigEndian ? [UInt32](bigEndian: bytes) : [UInt32](littleEndian: bytes)
  }
}

/// Values by themselves, where their chunk is too large or too little of it is wanted.
extension TDMSSource {
  /// Rows that were read last: those of one buffer hold values of several strands.
  struct Rows {
    fileprivate var start = -1
    fileprivate var count = 0
    fileprivate var bytes: [UInt8] = []
  }

  /// Reads some values of a strand in a chunk.
  func read(
    _ wanted: Wanted, _ segment: TDMSIndex.Segment, _ number: Int, _ range: Range<Int>, _ rows: inout Rows,
    to values: inout [TDMSValues?]
  ) throws {
    guard !range.isEmpty else { return }
    let layout = Int(segment.layout), place = wanted.place
    let chunk = segment.data.lowerBound + number * index.chunks[layout].bytes
    if types[wanted.strand] == .string { return try readStrings(wanted, chunk, range, layout, to: &values) }
    let start = chunk + place.row + range.lowerBound * place.stride
    if rows.start != start || rows.count != range.count {
      // The last row may be a cut one: no more of it is read than the values need.
      let end = chunk + place.start + (range.upperBound - 1) * place.stride + place.width
      let whole = min(segment.data.upperBound, chunk + place.row + range.upperBound * place.stride)
      rows.bytes = try file.bytes(at: start, count: max(end, whole) - start)
      (rows.start, rows.count) = (start, range.count)
    }
    append(wanted, range, segment, chunk, rows.bytes, from: start, to: &values)
  }

  private func readStrings(
    _ wanted: Wanted, _ chunk: Int, _ range: Range<Int>, _ layout: Int, to values: inout [TDMSValues?]
  ) throws {
    let place = wanted.place, isBigEndian = index.layouts[layout].isBigEndian
    let first = max(0, range.lowerBound - 1), start = chunk + place.start
    let numbers = try file.bytes(at: start + 4 * first, count: 4 * (range.upperBound - first))
    var ends = Self.ends(numbers.bytes, isBigEndian)
    let size = place.bytes - 4 * place.count
    let from = range.lowerBound > 0 ? min(Int(ends.removeFirst()), size) : 0
    let end = min(size, max(from, Int(ends.max() ?? 0)))
    let characters = try file.bytes(at: start + 4 * place.count + from, count: end - from)
    var own = values[wanted.strand].take() ?? TDMSValues(.string)
    if wanted.isFirstOfTable { own.addPositions(range.count, from: start + 4 * range.lowerBound, stride: 4) }
    own.append(strings: ends, from: from, in: characters.bytes)
    values[wanted.strand] = own
  }
}

extension TDMSPlace {
  /// Whether its values lie one after another, without those of others between them.
  var isAlone: Bool { width == 0 || stride == width }

  fileprivate var bytesAlone: Int { width == 0 ? bytes : width.multipliedReportingOverflow(by: count).partialValue }
}
