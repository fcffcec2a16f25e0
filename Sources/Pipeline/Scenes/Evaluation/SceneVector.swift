import Core

/// Values of an expression for some rows.
enum SceneVector: Sendable {
  /// NaN where a value is not known.
  case numbers([Double])
  case truths(Truths)
  case words(Words)

  var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .truths(let truths): truths.values.count
    case .words(let words): words.codes.count
    }
  }

  var type: ValueType {
    switch self {
    case .numbers: .number
    case .truths: .truth
    case .words: .text
    }
  }
}

/// A truth value of three, of Kleene's logic, so ordered that `and` is the least and `or` the greatest.
enum Truth {
  static let no: UInt8 = 0, unknown: UInt8 = 1, yes: UInt8 = 2

  static func of(_ value: Bool?) -> UInt8 { value.map { $0 ? yes : no } ?? unknown }
}

/// Truth values, and how far each is from being another.
struct Truths: Sendable {
  /// `Truth`, one a row.
  var values: [UInt8]
  /// Robustness: positive where true, negative where false, infinite where no number decides it; NaN where unknown.
  ///
  /// Nil where nobody asked.
  var margins: [Double]?

  init(_ values: [UInt8], margins: [Double]? = nil) { (self.values, self.margins) = (values, margins) }

  /// Of truths that no number decides.
  static func certain(_ values: [UInt8], withMargins: Bool) -> Truths {
    Truths(
      values,
      margins: withMargins ? values.map { $0 == Truth.unknown ? .nan : $0 == Truth.yes ? .infinity : -.infinity } : nil)
  }
}

/// Texts by their number in a list of words; −1 where a text is not known.
struct Words: Sendable {
  var codes: [Int32]
  var list: [String]

  init(codes: [Int32], list: [String]) { (self.codes, self.list) = (codes, list) }

  init(_ texts: [String?]) {
    var numbers: [String: Int32] = [:], list: [String] = []
    codes = texts.map { text in
      guard let text else { return -1 }
      if let known = numbers[text] { return known }
      let next = Int32(list.count)
      numbers[text] = next
      list.append(text)
      return next
    }
    self.list = list
  }

  subscript(row: Int) -> String? { codes[row] < 0 ? nil : list[Int(codes[row])] }

  /// With the list's words changed; two may become one.
  func map(_ change: (String) -> String) -> Words {
    let changed = Words(list.map(change))
    return Words(codes: codes.map { $0 < 0 ? -1 : changed.codes[Int($0)] }, list: changed.list)
  }

  /// Codes of the other that mean the same texts as ours; of words that we do not have, codes that we do not have either.
  func translating(_ other: Words) -> [Int32] {
    let numbers = Dictionary(zip(list, list.indices.map(Int32.init)), uniquingKeysWith: { one, _ in one })
    let codes = other.list.enumerated().map { numbers[$1] ?? Int32(list.count + $0) }
    return other.codes.map { $0 < 0 ? -1 : codes[Int($0)] }
  }
}

extension SceneVector {
  /// The same value in every row.
  static func constant(_ value: Double, count: Int) -> SceneVector { .numbers(Array(repeating: value, count: count)) }

  static func unknown(_ type: ValueType, count: Int, withMargins: Bool) -> SceneVector {
    switch type {
    case .truth: .truths(.certain(Array(repeating: Truth.unknown, count: count), withMargins: withMargins))
    case .text: .words(Words(codes: Array(repeating: -1, count: count), list: []))
    case .number, .any: .numbers(Array(repeating: .nan, count: count))
    }
  }

  /// The values of some rows.
  func picking(_ rows: [Int]) -> SceneVector {
    switch self {
    case .numbers(let values): .numbers(rows.map { values[$0] })
    case .truths(let truths):
      .truths(
        Truths(rows.map { truths.values[$0] }, margins: truths.margins.map { margins in rows.map { margins[$0] } }))
    case .words(let words): .words(Words(codes: rows.map { words.codes[$0] }, list: words.list))
    }
  }

  /// A row's value as JSON; null where it is not known.
  func json(_ row: Int) -> JSON {
    switch self {
    case .numbers(let values): values[row].isFinite ? .number(values[row]) : .null
    case .truths(let truths): truths.values[row] == Truth.unknown ? .null : .bool(truths.values[row] == Truth.yes)
    case .words(let words): words[row].map { .string($0) } ?? .null
    }
  }
}

extension SceneVector {
  /// The values of a column; nil for lists and structures, of which there are none in expressions.
  init?(_ column: Column) {
    let valid = column.validity
    func numbers<Value>(_ values: [Value], _ convert: (Value) -> Double) -> SceneVector {
      guard let valid else { return .numbers(values.map(convert)) }
      return .numbers(zip(values, valid).map { $1 ? convert($0) : .nan })
    }
    switch column.values {
    case .bool(let values):
      let known = values.map { $0 == 0 ? Truth.no : Truth.yes }
      self = .truths(Truths(valid.map { zip(known, $0).map { $1 ? $0 : Truth.unknown } } ?? known))
    case .int8(let values): self = numbers(values) { Double($0) }
    case .int16(let values): self = numbers(values) { Double($0) }
    case .int32(let values): self = numbers(values) { Double($0) }
    case .int64(let values): self = numbers(values) { Double($0) }
    case .uint8(let values): self = numbers(values) { Double($0) }
    case .uint16(let values): self = numbers(values) { Double($0) }
    case .uint32(let values): self = numbers(values) { Double($0) }
    case .uint64(let values): self = numbers(values) { Double($0) }
    case .float32(let values): self = numbers(values) { Double($0) }
    case .float64(let values): self = numbers(values) { $0 }
    case .text(let texts): self = .words(Self.words(texts, valid))
    case .list, .structure: return nil
    }
  }

  /// Mostly a text repeats the one before it.
  private static func words(_ texts: Texts, _ valid: [Bool]?) -> Words {
    var numbers: [ArraySlice<UInt8>: Int32] = [:], list: [String] = []
    var codes: [Int32] = []
    codes.reserveCapacity(texts.count)
    var last: (bytes: ArraySlice<UInt8>, code: Int32)?
    for row in 0..<texts.count {
      guard valid?[row] ?? true else {
        codes.append(-1)
        continue
      }
      let bytes = texts[row]
      if let last, last.bytes == bytes {
        codes.append(last.code)
        continue
      }
      let code = numbers[bytes] ?? Int32(list.count)
      if code == Int32(list.count) {
        numbers[bytes] = code
        list.append(String(decoding: bytes, as: UTF8.self))
      }
      last = (bytes, code)
      codes.append(code)
    }
    return Words(codes: codes, list: list)
  }

  /// What an expression may do with a column of a type.
  static func type(of type: FieldType) -> ValueType? {
    switch type {
    case .bool: .truth
    case .string, .bytes: .text
    case .list, .structure: nil
    default: .number
    }
  }
}

extension SceneVector {
  /// Stretches of several one after another; all are of the type of the first.
  static func joined(_ parts: [(vector: SceneVector, rows: Range<Int>)]) -> SceneVector {
    switch parts.first?.vector {
    case .truths:
      var values: [UInt8] = []
      for part in parts { if case .truths(let own) = part.vector { values += own.values[part.rows] } }
      return .truths(Truths(values))
    case .words(let first):
      var all = Words(codes: [], list: first.list)
      for part in parts {
        guard case .words(let words) = part.vector else { continue }
        all.append(words, part.rows)
      }
      return .words(all)
    case .numbers, nil:
      var values: [Double] = []
      values.reserveCapacity(parts.reduce(0) { $0 + $1.rows.count })
      for part in parts { if case .numbers(let own) = part.vector { values += own[part.rows] } }
      return .numbers(values)
    }
  }
}

extension Words {
  fileprivate mutating func append(_ other: Words, _ rows: Range<Int>) {
    guard list != other.list else {
      codes += other.codes[rows]
      return
    }
    var numbers = Dictionary(zip(list, list.indices.map(Int32.init)), uniquingKeysWith: { one, _ in one })
    let meant = other.list.map { word -> Int32 in
      if let known = numbers[word] { return known }
      list.append(word)
      numbers[word] = Int32(list.count - 1)
      return Int32(list.count - 1)
    }
    codes += other.codes[rows].map { $0 < 0 ? -1 : meant[Int($0)] }
  }
}
