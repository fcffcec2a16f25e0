import Core

// libFuzzer's own mutations hardly ever keep the lengths of a bag true. These change records, fields, and what is
// packed in chunks, and put the bag together again; every fourth input is left to libFuzzer all the same.

@_silgen_name("LLVMFuzzerMutate")
private func plainMutation(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int) -> Int

@_cdecl("LLVMFuzzerCustomMutator")
package func mutate(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ most: Int, _ seed: UInt32) -> Int {
  var random = Seeded(UInt64(seed))
  guard Environment.value("AV_FUZZ_TARGET") == FuzzTarget.bag.name, random.below(4) > 0 else {
    return unsafe plainMutation(start, count, most)
  }
  var bag = BagSketch(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
  for _ in 0...random.below(3) { bag.mutate(&random) }
  if random.below(2) == 0 { bag.repairIndex() }
  let bytes = bag.bytes
  guard !bytes.isEmpty, bytes.count <= most else { return unsafe plainMutation(start, count, most) }
  _ = unsafe UnsafeMutableBufferPointer(start: start, count: bytes.count).update(fromContentsOf: bytes)
  return bytes.count
}

/// Numbers from libFuzzer's seed, so that a run can be repeated.
struct Seeded {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func below(_ count: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return count > 0 ? Int(state >> 1) % count : 0
  }
}

extension BagSketch {
  fileprivate mutating func mutate(_ random: inout Seeded) {
    guard !records.isEmpty, random.below(16) > 0 else {
      records.append(.bag())
      return
    }
    let chosen = random.below(records.count)
    if records[chosen].op == 5, random.below(2) == 0 {
      mutateContent(of: chosen, &random)
    } else {
      Self.mutate(&records, at: chosen, &random)
    }
  }

  /// Unpacks a chunk, changes its records, and packs it again, perhaps otherwise.
  private mutating func mutateContent(of chunk: Int, _ random: inout Seeded) {
    let record = records[chunk]
    let plain = record.codec?.salvage(record.data.bytes, limit: 1 << 16).bytes ?? record.data
    var (content, rest) = Self.records(plain)
    if content.isEmpty { content.append(.message(0, at: 1, [1, 0, 0, 0, 0x61])) }
    Self.mutate(&content, at: random.below(content.count), &random)
    if random.below(8) == 0 {
      let names = ["none", "none", "lz4", "lz4", random.below(8) == 0 ? "bz2" : "", "other"]
      records[chunk]["compression"] = Array(names[random.below(names.count)].utf8)
    }
    if let packed = try? records[chunk].packed(Self.bytes(content) + rest) { records[chunk] = packed }
    if random.below(8) == 0 { records[chunk]["size"] = Self.number(&random) }
  }

  private static func mutate(_ records: inout [Record], at chosen: Int, _ random: inout Seeded) {
    switch random.below(10) {
    case 0: records.remove(at: chosen)
    case 1: records.insert(records[chosen], at: random.below(records.count + 1))
    case 2: records.swapAt(chosen, random.below(records.count))
    case 3: records.insert(sample(&random), at: chosen)
    case 4, 5: records[chosen].data = changed(records[chosen].data)
    case 6 where !records[chosen].fields.isEmpty:
      records[chosen].fields.remove(at: random.below(records[chosen].fields.count))
    case 7 where !records[chosen].fields.isEmpty:
      records[chosen].fields[random.below(records[chosen].fields.count)].value = number(&random)
    case _ where !records[chosen].fields.isEmpty:
      let field = random.below(records[chosen].fields.count)
      records[chosen].fields[field].value = changed(records[chosen].fields[field].value)
    default: records[chosen].data = changed(records[chosen].data)
    }
  }

  /// Any bytes as libFuzzer changes them.
  private static func changed(_ bytes: [UInt8]) -> [UInt8] {
    var buffer = bytes + Array(repeating: 0, count: 64)
    let count = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      return unsafe plainMutation(start, bytes.count, buffer.count)
    }
    return Array(buffer.prefix(count))
  }

  /// A number at a border, of four or eight bytes.
  private static func number(_ random: inout Seeded) -> [UInt8] {
    let numbers = [0, 1, 2, 3, 255, 4096, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, .max, .min, -1]
    let number = random.below(2) == 0 ? numbers[random.below(numbers.count)] : random.below(5_000)
    return random.below(2) == 0 ? LittleEndian.u32(number) : LittleEndian.u64(number)
  }

  /// A record of any kind.
  private static func sample(_ random: inout Seeded) -> Record {
    let seed = seedDefinitions[random.below(seedDefinitions.count)]
    let id = random.below(4)
    let message = Record.message(id, at: random.below(100), seed.message)
    let connection = Record.connection(id, topic: "/t\(id)", type: seed.type, definition: seed.text)
    guard let parts = try? Record.chunk([connection, message], ["none", "lz4"][random.below(2)]) else { return message }
    return [message, connection, parts.chunk, parts.info, parts.index.first ?? message, .bag()][random.below(6)]
  }
}
