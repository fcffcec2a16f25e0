/// The keys that an object has had so far, told apart by their bytes.
///
/// Small objects are compared one by one, and mostly not even that: a bit a key, chosen by length and ends, says that
/// it is new. Large ones get a hash table, so that no text makes this quadratic.
struct JSONKeys {
  private var bits: UInt64 = 0
  private var table: Set<Exact>?
  private static let fewest = 32

  /// A string that equals another only when their bytes do; `String` also takes é for e and an accent.
  private struct Exact: Hashable {
    var key: String

    static func == (one: Exact, other: Exact) -> Bool { one.key.utf8.elementsEqual(other.key.utf8) }

    func hash(into hasher: inout Hasher) {
      for byte in key.utf8 { hasher.combine(byte) }
    }
  }

  /// False when `key` is among `members`, which are all that were inserted before.
  mutating func insert(_ key: String, after members: [JSONObject.Member]) -> Bool {
    if members.count >= Self.fewest {
      if table == nil { table = Set(members.map { Exact(key: $0.key) }) }
      return table?.insert(Exact(key: key)).inserted ?? false
    }
    let bit = Self.bit(key)
    defer { bits |= bit }
    guard bits & bit != 0 else { return true }
    return !members.contains { $0.key.utf8.count == key.utf8.count && $0.key.utf8.elementsEqual(key.utf8) }
  }

  private static func bit(_ key: String) -> UInt64 {
    let key = key.utf8
    guard let first = key.first, let last = key.last else { return 1 }
    // `&<<` takes the count modulo 64.
    return 1 &<< (UInt64(first) &* 7 &+ UInt64(last) &* 11 &+ UInt64(key.count) &* 3)
  }
}
