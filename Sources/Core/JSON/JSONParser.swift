extension JSON {
  /// Which texts are accepted: records are strict RFC 8259, configuration is JSON5 (https://spec.json5.org).
  package enum Dialect: Sendable {
    case json, json5
  }

  /// What a text may cost at most (`reliability.md` §3).
  package struct Limits: Sendable {
    package var depth: Int
    package var bytes: Int

    package init(depth: Int = 64, bytes: Int = 16 << 20) {
      self.depth = depth
      self.bytes = bytes
    }
  }

  /// Where a text stops being JSON; line and column count from 1, in characters.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package var line: Int
    package var column: Int
    package var offset: Int
    package var wanted: String
    package var found: String

    package var description: String { "\(line):\(column): \(problem)" }
    /// The failure without its place.
    package var problem: String { "wanted \(wanted), found \(found)" }
  }

  /// The one value that a text holds.
  ///
  /// Duplicate keys, a byte order mark, lone surrogates, invalid UTF-8 and anything after the value are refused.
  /// Integers are exact up to `UInt64.max`; beyond, and for `-0`, fractions and exponents, the nearest double stands.
  package static func parse(
    _ bytes: RawSpan, dialect: Dialect = .json, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    var parser = JSONParser(bytes, dialect, limits)
    return try parser.document()
  }

  package static func parse(
    _ bytes: [UInt8], dialect: Dialect = .json, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    try parse(bytes.bytes, dialect: dialect, limits: limits)
  }

  /// The value in a part of a buffer, such as one of its lines.
  package static func parse(
    _ bytes: ArraySlice<UInt8>, dialect: Dialect = .json, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    try parse(unsafe bytes.span.bytes, dialect: dialect, limits: limits)
  }

  package static func parse(
    _ text: String, dialect: Dialect = .json, limits: Limits = Limits()
  ) throws(Failure) -> JSON {
    try parse(Array(text.utf8), dialect: dialect, limits: limits)
  }
}

/// Where values stand in a text, in the shape of the value itself: one child a member or element.
struct JSONPlace {
  /// The byte at which the key begins; the value's own for elements and the document.
  var key = 0
  var value = 0
  var children: [JSONPlace] = []
}

/// Reads one value from bytes it does not own, by recursive descent; strings and numbers are in files of their own.
struct JSONParser: ~Escapable {
  let bytes: RawSpan
  let isJSON5: Bool
  let limits: JSON.Limits
  var position = 0
  /// Where the last value stood, for those who asked.
  private(set) var place = JSONPlace()
  private let keepsPlaces: Bool
  private var depth = 0

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ dialect: JSON.Dialect, _ limits: JSON.Limits, keepsPlaces: Bool = false) {
    self.bytes = bytes
    self.isJSON5 = dialect == .json5
    self.limits = limits
    self.keepsPlaces = keepsPlaces
  }

  mutating func document() throws(JSON.Failure) -> JSON {
    guard bytes.byteCount <= limits.bytes else {
      position = limits.bytes
      throw failure("at most \(limits.bytes) bytes", found: "\(bytes.byteCount)")
    }
    try skipSpace()
    let value = try value()
    try skipSpace()
    guard position == bytes.byteCount else { throw failure("the end of the text") }
    return value
  }

  /// The byte at the position, and 0 at the end: no rule of the grammar wants a NUL.
  var next: UInt8 {
    @inline(__always) get { position < bytes.byteCount ? byte(position) : 0 }
  }

  /// The caller has compared `index` with the count.
  @inline(__always) func byte(_ index: Int) -> UInt8 {
    unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
  }

  private mutating func value() throws(JSON.Failure) -> JSON {
    let start = position
    if keepsPlaces { place = JSONPlace() }
    defer { if keepsPlaces { (place.key, place.value) = (start, start) } }
    switch next {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return try number()
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "t") where skip("true"): return .bool(true)
    case UInt8(ascii: "f") where skip("false"): return .bool(false)
    case UInt8(ascii: "n") where skip("null"): return .null
    case UInt8(ascii: "'") where isJSON5: return .string(try string())
    case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "I"), UInt8(ascii: "N"):
      guard isJSON5 else { throw failure("a value") }
      return try numberOfJSON5()
    default: throw failure("a value")
    }
  }

  private mutating func array() throws(JSON.Failure) -> JSON {
    try open()
    var elements: [JSON] = []
    var places: [JSONPlace] = []
    while next != UInt8(ascii: "]") {
      elements.append(try value())
      if keepsPlaces { places.append(place) }
      guard try isFollowedByAnother(or: UInt8(ascii: "]"), "',' or ']'") else { break }
    }
    close(places)
    return .array(elements)
  }

  private mutating func object() throws(JSON.Failure) -> JSON {
    try open()
    var members: [JSONObject.Member] = []
    // Records are one object of some dozen members; there is only one such object in a text.
    if depth == 1 { members.reserveCapacity(16) }
    var places: [JSONPlace] = []
    var keys = JSONKeys()
    while next != UInt8(ascii: "}") {
      let start = position
      let key = try key()
      guard keys.insert(key, after: members) else {
        position = start
        throw failure("each key once", found: "\(key.jsonQuoted) again")
      }
      try skipSpace()
      guard next == UInt8(ascii: ":") else { throw failure("':'") }
      position += 1
      try skipSpace()
      members.append(JSONObject.Member(key: key, value: try value()))
      if keepsPlaces {
        place.key = start
        places.append(place)
      }
      guard try isFollowedByAnother(or: UInt8(ascii: "}"), "',' or '}'") else { break }
    }
    close(places)
    return .object(JSONObject(members))
  }

  private mutating func key() throws(JSON.Failure) -> String {
    if next == UInt8(ascii: "\"") { return try string() }
    guard isJSON5 else { throw failure("a key in double quotes") }
    return next == UInt8(ascii: "'") ? try string() : try bareKey()
  }

  private mutating func open() throws(JSON.Failure) {
    guard depth < limits.depth else { throw failure("at most \(limits.depth) levels", found: "one more") }
    depth += 1
    position += 1
    try skipSpace()
  }

  private mutating func close(_ places: [JSONPlace]) {
    depth -= 1
    position += 1
    if keepsPlaces { place.children = places }
  }

  /// Whether a comma and another element or member come next, with the position on it, or else on `end`.
  private mutating func isFollowedByAnother(or end: UInt8, _ wanted: String) throws(JSON.Failure) -> Bool {
    try skipSpace()
    if next == end { return false }
    guard next == UInt8(ascii: ",") else { throw failure(wanted) }
    position += 1
    try skipSpace()
    guard next == end else { return true }
    guard isJSON5 else { throw failure("another one after ','") }
    return false
  }

  @inline(__always) mutating func skipSpace() throws(JSON.Failure) {
    while true {
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
      // Everything that begins a token of JSON is above; what JSON5 adds lies outside.
      case UInt8(ascii: "/") where isJSON5, 0x80... where isJSON5, 0x0B...0x0C where isJSON5:
        guard try skipSpaceOfJSON5() else { return }
      default: return
      }
    }
  }

  /// Whether the word stands here and ends here; if so it is behind.
  mutating func skip(_ word: StaticString) -> Bool {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.byteCount else { return false }
    for index in 0..<word.utf8CodeUnitCount where unsafe word.utf8Start[index] != byte(position + index) {
      return false
    }
    guard end == bytes.byteCount || !byte(end).isPartOfWord else { return false }
    position = end
    return true
  }
}

extension UInt8 {
  /// Letters, digits, `_`, `$`, and what is not ASCII.
  var isPartOfWord: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }
}
