import Core

/// Sorts the records of an unsorted group by their ids: a walk over the stream, in order, with little memory.
struct MDF4Sorter {
  /// What a record id belongs to.
  private enum Target {
    /// A table, by its place in `pending`; records of a size.
    case records(Int, size: Int)
    /// A group of values, by its place in `pieces`.
    case values(Int)
    /// Nobody wants them: records of a size, values.
    case skipped(size: Int)
    case skippedValues
  }

  /// Records of a table that were not delivered yet.
  private struct Pending {
    let table: Int
    let stride: Int
    var bytes: [UInt8] = []
    var positions: [Int64] = []
    /// The number of the first of them.
    var first = 0
    /// No more than the group counts are delivered.
    var room: Int
  }

  /// What a group of values held lately.
  private struct Piece {
    var bytes: [UInt8] = []
    var start = 0
    /// What was let go of.
    var older: MDF4OlderValues
    /// Where each value begins that no record was given yet, of recorders that left the offsets open.
    var places: [UInt64] = []
    var firstPlace = 0
  }

  private let plan: MDF4Plan
  private let idBytes: Int
  private let dataGroup: Int
  private var targets: [UInt64: Target] = [:]
  /// Of ids of one byte.
  private var fastTargets: [Target?] = Array(repeating: nil, count: 256)
  private var pending: [Pending] = []
  private var pieces: [Piece] = []
  private var pieceOfGroup: [Int: Int] = [:]
  /// The recorder did not write the offsets of values: the n-th record has the n-th value.
  private let isOpen: Bool
  /// Bytes of a record whose rest is in the next fragment.
  private var carry: [UInt8] = []
  /// Where `carry` begins in the stream.
  private var position = 0
  /// By table: records found.
  private(set) var found: [Int: Int] = [:]
  /// Why the walk ended before the stream did.
  private(set) var fault: MDF4Fault?
  private(set) var held = 0

  /// From so many bytes of values on, those are let go of that are so far before the ones in use.
  private static let mostValues = 16 << 20
  private static let keptValues = 4 << 20

  init(_ plan: MDF4Plan, dataGroup: Int, wanted: Set<Int>?) {
    self.plan = plan
    self.dataGroup = dataGroup
    let group = plan.index.dataGroups[dataGroup]
    idBytes = group.idBytes
    let isUncounted = plan.index.identification.unfinished.flags.contains(.cycles)
    let tables = plan.tablesOfGroup[dataGroup].filter { wanted?.contains($0) ?? true }
    let values = Set(tables.flatMap { plan.tables[$0].valueGroups.values })
    // Values that several channels share cannot be counted off.
    let users = plan.tablesOfGroup[dataGroup].reduce(0) { $0 + plan.tables[$1].valueGroups.count }
    let shared = Set(plan.tablesOfGroup[dataGroup].flatMap { plan.tables[$0].valueGroups.values })
    isOpen = plan.index.identification.unfinished.flags.contains(.valueOffsets) && users == shared.count
    let stream = plan.streams[dataGroup]
    func older(_ id: UInt64) -> MDF4OlderValues {
      let layouts = group.groups.map { index -> (id: UInt64, layout: MDF4OlderValues.Layout) in
        let other = plan.index.groups[index]
        guard other.holdsValues else { return (other.recordID, .record(size: other.recordBytes)) }
        return (other.recordID, .value(isWanted: other.recordID == id))
      }
      return MDF4OlderValues(plan.file, stream, idBytes: group.idBytes, layouts)
    }
    for index in group.groups {
      let own = plan.index.groups[index]
      let target: Target
      if own.holdsValues {
        if values.contains(index) {
          target = .values(pieces.count)
          pieceOfGroup[index] = pieces.count
          pieces.append(Piece(older: older(own.recordID)))
        } else {
          target = .skippedValues
        }
      } else if let table = tables.first(where: { plan.tables[$0].group.address == own.address }) {
        target = .records(pending.count, size: own.recordBytes)
        let room = isUncounted ? Int.max : Int(clamping: own.cycles)
        pending.append(Pending(table: table, stride: max(1, own.recordBytes), room: room))
      } else {
        target = .skipped(size: own.recordBytes)
      }
      targets[own.recordID] = target
      if own.recordID < 256 { fastTargets[Int(own.recordID)] = target }
    }
  }

  /// Takes the next bytes of the stream.
  mutating func take(_ more: [UInt8]) {
    guard fault == nil else { return }
    let bytes = carry.isEmpty ? more : carry + more
    carry = []
    var place = 0
    let span = bytes.bytes
    while place <= bytes.count - idBytes {
      let id: UInt64 =
        switch idBytes {
        case 1: UInt64(span.u8(at: place))
        case 2: UInt64(span.u16(at: place))
        case 4: UInt64(span.u32(at: place))
        default: span.u64(at: place)
        }
      guard let target = idBytes == 1 ? fastTargets[Int(id)] : targets[id] else {
        fail("record-id", at: position + place, "record id \(id) is of no group; what follows cannot be read")
        return
      }
      let start = place + idBytes
      switch target {
      case .records(let number, let size):
        guard size <= bytes.count - start else { return keep(bytes, from: place) }
        found[pending[number].table, default: 0] += 1
        if pending[number].room > 0 {
          pending[number].room -= 1
          pending[number].bytes.append(contentsOf: bytes[start..<start + size])
          if size == 0 { pending[number].bytes.append(0) }
          pending[number].positions.append(Int64(position + place))
          held += size + 8
        }
        place = start + size
      case .skipped(let size):
        guard size <= bytes.count - start else { return keep(bytes, from: place) }
        place = start + size
      case .values, .skippedValues:
        guard bytes.count - start >= 4 else { return keep(bytes, from: place) }
        let length = Int(span.u32(at: start))
        guard length <= plan.streams[dataGroup].count - (position + start + 4) else {
          fail("value-length", at: position + place, "a value of \(length) bytes, which the data has not")
          return
        }
        guard length <= bytes.count - start - 4 else { return keep(bytes, from: place) }
        if case .values(let number) = target {
          pieces[number].older.note(pieces[number].start + pieces[number].bytes.count, at: position + place)
          if isOpen { pieces[number].places.append(UInt64(pieces[number].start + pieces[number].bytes.count)) }
          pieces[number].bytes.append(contentsOf: bytes[start..<start + 4 + length])
          held += length + 4
        }
        place = start + 4 + length
      }
    }
    keep(bytes, from: place)
  }

  private mutating func keep(_ bytes: [UInt8], from place: Int) {
    carry = Array(bytes[place...])
    position += place
  }

  private mutating func fail(_ code: String, at offset: Int, _ problem: String) {
    let place = plan.place(of: offset, plan.streams[dataGroup]) ?? offset
    fault = MDF4Fault(code, at: place, problem)
    position = offset
    carry = []
  }

  /// A fragment cannot be read: where the next record begins is not known.
  mutating func stop(_ problem: MDF4Fault) {
    fault = fault ?? problem
    carry = []
  }

  /// Bytes of the stream that were not taken as records.
  func rest(of stream: MDF4Stream) -> Int { max(0, stream.count - position) }

  /// Writes into records which values are theirs; one whose value has not come yet gets an offset behind all values.
  private mutating func setOffsets(of number: Int) {
    let table = plan.tables[pending[number].table]
    for (index, group) in table.valueGroups {
      let channel = table.group.channels[index]
      guard let piece = pieceOfGroup[group], channel.bitOffset == 0, channel.bitCount % 8 == 0,
        channel.misfit(in: table.group.dataBytes) == nil
      else { continue }
      let first = pending[number].first
      for row in pending[number].positions.indices {
        let place = first + row - pieces[piece].firstPlace
        let offset = pieces[piece].places.indices.contains(place) ? pieces[piece].places[place] : .max
        let start = row * pending[number].stride + channel.byteOffset
        for byte in 0..<min(8, channel.byteCount) {
          pending[number].bytes[start + byte] = UInt8(truncatingIfNeeded: offset >> UInt64(8 * byte))
        }
      }
    }
  }

  /// Records that are together with their values, table by table; nothing is held back at the end.
  mutating func release(
    isEnd: Bool
  ) -> [(table: Int, records: MDF4Records, positions: [Int64], sources: [Int: MDF4Values.Source])] {
    var released: [(table: Int, records: MDF4Records, positions: [Int64], sources: [Int: MDF4Values.Source])] = []
    held = 0
    var used = pieces.map(\.start)
    if isOpen { for number in pending.indices { setOffsets(of: number) } }
    for number in pending.indices where !pending[number].positions.isEmpty {
      let table = plan.tables[pending[number].table]
      let stride = pending[number].stride
      var records = MDF4Records(
        bytes: pending[number].bytes, stride: stride, count: pending[number].positions.count,
        first: pending[number].first, dataBytes: table.group.dataBytes)
      var sources = table.streams.mapValues { MDF4Values.Source.stream($0) }
      var count = records.count
      for (channel, group) in table.valueGroups {
        guard let piece = pieceOfGroup[group], table.group.channels[channel].misfit(in: table.group.dataBytes) == nil
        else { continue }
        sources[channel] = .piece(pieces[piece].bytes, from: pieces[piece].start, older: pieces[piece].older)
        let end = UInt64(pieces[piece].start + pieces[piece].bytes.count)
        // An offset beyond the stream is that of no value, unless it stands for one that nobody counted yet.
        let most = isOpen ? UInt64.max : UInt64(plan.streams[dataGroup].count)
        let offsets = records.recorded(table.group.channels[channel]).offsets
        // A value may come behind the record that has its offset.
        if !isEnd, let late = offsets.firstIndex(where: { $0 <= most && $0 > max(end, 4) - 4 }) {
          count = min(count, late)
        }
        if let last = offsets.prefix(count).filter({ $0 <= end }).max() { used[piece] = max(used[piece], Int(last)) }
      }
      var positions = pending[number].positions
      if count < records.count {
        let size = count * stride
        pending[number].bytes = Array(records.bytes[size...])
        pending[number].positions = Array(positions[count...])
        records = MDF4Records(
          bytes: records.bytes, stride: stride, count: count, first: records.first, dataBytes: records.dataBytes)
        positions = Array(positions[..<count])
      } else {
        pending[number].bytes = []
        pending[number].positions = []
      }
      pending[number].first += count
      for group in table.valueGroups.values where isOpen {
        guard let piece = pieceOfGroup[group] else { continue }
        let given = min(pieces[piece].places.count, pending[number].first - pieces[piece].firstPlace)
        pieces[piece].places.removeFirst(max(0, given))
        pieces[piece].firstPlace += max(0, given)
      }
      if count > 0 { released.append((pending[number].table, records, positions, sources)) }
    }
    for number in pieces.indices where pieces[number].bytes.count > Self.mostValues {
      let end = pieces[number].start + pieces[number].bytes.count
      let start = min(end, max(pieces[number].start, used[number] - Self.keptValues))
      // Whole megabytes at a time, so that what is kept is not moved again and again.
      guard start - pieces[number].start > Self.keptValues else { continue }
      pieces[number].bytes.removeFirst(start - pieces[number].start)
      pieces[number].start = start
    }
    return released.sorted { $0.table < $1.table }
  }
}

extension Column {
  /// Offsets into values.
  fileprivate var offsets: [UInt64] {
    switch values {
    case .uint8(let values): values.map { UInt64($0) }
    case .uint16(let values): values.map { UInt64($0) }
    case .uint32(let values): values.map { UInt64($0) }
    case .uint64(let values): values
    default: []
    }
  }
}
