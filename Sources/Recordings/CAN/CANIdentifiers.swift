import Core

/// The ids that were met on a bus, found again in a few nanoseconds, with what was seen of each.
///
/// 11-bit ids are looked up in a table of 2048, longer ones in a hash of open addresses. Memory is bounded: behind
/// `most` ids, those without a message are counted together, and those with one under the message's first.
struct CANIdentifiers: Sendable {
  struct Entry: Sendable {
    /// With bit 31 where it is extended.
    var id: UInt32
    var message: Int?
    var frames = 0
    var first = Int64.max
    var last = Int64.min
    /// Of the first frames only: the period of a message hardly changes, and counting it costs more than decoding.
    var rhythm = Rhythm()
    /// Bit n for n bytes, up to 63.
    var lengths: UInt64 = 0
    var hasLongest = false

    var range: TimeRange? {
      frames == 0 ? nil : TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    }

    private static let rhythmic = 4096

    mutating func add(_ rows: [Int], _ times: [Int64], _ bytes: [UInt8]) {
      for row in rows {
        first = min(first, times[row])
        last = max(last, times[row])
        if bytes[row] < 64 { lengths |= 1 &<< UInt64(bytes[row]) } else { hasLongest = true }
      }
      for row in rows.prefix(max(0, Self.rhythmic - frames)) { rhythm.add(times[row]) }
      frames += rows.count
    }

    var allLengths: [Int] { (0..<64).filter { lengths >> UInt64($0) & 1 == 1 } + (hasLongest ? [64] : []) }
  }

  private static let most = 1 << 14

  private(set) var entries: [Entry] = []
  /// Frames with ids that have neither a message nor a place.
  private(set) var others = 0
  private var standard = [Int32](repeating: -1, count: 2048)
  private var keys: [UInt32] = Array(repeating: 0, count: 64)
  private var slots: [Int32] = Array(repeating: -1, count: 64)
  private var extendedCount = 0
  private var firstOfMessage: [Int: Int] = [:]

  /// By id, standard before extended.
  var all: [Entry] { entries.sorted { $0.id < $1.id } }

  /// The place of an id that was met before.
  func slot(of id: UInt32) -> Int? {
    let slot = id < 2048 ? standard[Int(id)] : slots[place(of: id)]
    return slot < 0 ? nil : Int(slot)
  }

  /// A place for a new id, -1 when there is none.
  ///
  /// The first id of a message has one in any case: messages are as many as the databases have.
  mutating func slot(new id: UInt32, message: Int?) -> Int {
    if entries.count < Self.most { return add(id, message) }
    guard let message else { return -1 }
    return firstOfMessage[message] ?? add(id, message)
  }

  private mutating func add(_ id: UInt32, _ message: Int?) -> Int {
    let slot = entries.count
    entries.append(Entry(id: id, message: message))
    if let message, firstOfMessage[message] == nil { firstOfMessage[message] = slot }
    if id < 2048 {
      standard[Int(id)] = Int32(slot)
    } else {
      if extendedCount * 2 >= keys.count { grow() }
      insert(id, Int32(slot))
      extendedCount += 1
    }
    return slot
  }

  /// Counts the frames of a slot, -1 for those without.
  mutating func add(_ slot: Int, _ rows: [Int], _ times: [Int64], _ lengths: [UInt8]) {
    if slot < 0 { others += rows.count } else { entries[slot].add(rows, times, lengths) }
  }

  func framesByMessage(_ count: Int) -> [Int] {
    var frames = [Int](repeating: 0, count: count)
    for entry in entries { if let message = entry.message { frames[message] += entry.frames } }
    return frames
  }

  /// Where an id is, or would be.
  private func place(of id: UInt32) -> Int {
    let mask = keys.count - 1
    var place = Int(id &* 0x9e37_79b1 >> 7) & mask
    while slots[place] >= 0, keys[place] != id { place = (place + 1) & mask }
    return place
  }

  private mutating func insert(_ id: UInt32, _ slot: Int32) {
    let place = place(of: id)
    keys[place] = id
    slots[place] = slot
  }

  private mutating func grow() {
    let (oldKeys, oldSlots) = (keys, slots)
    keys = Array(repeating: 0, count: oldKeys.count * 2)
    slots = Array(repeating: -1, count: oldKeys.count * 2)
    for (id, slot) in zip(oldKeys, oldSlots) where slot >= 0 { insert(id, slot) }
  }
}
