import Core

/// The smallest and the largest of some values; what readers skip pages and row groups by.
enum Extent: Sendable, Equatable {
  /// There are no values, or none but NaN.
  case none
  case integers(Int64, Int64)
  case unsigned(UInt64, UInt64)
  /// NaN left out.
  case numbers(Double, Double)
  /// By unsigned bytes.
  case texts([UInt8], [UInt8])

  mutating func formUnion(_ other: Extent) {
    switch (self, other) {
    case (_, .none): break
    case (.integers(let low, let high), .integers(let otherLow, let otherHigh)):
      self = .integers(min(low, otherLow), max(high, otherHigh))
    case (.unsigned(let low, let high), .unsigned(let otherLow, let otherHigh)):
      self = .unsigned(min(low, otherLow), max(high, otherHigh))
    case (.numbers(let low, let high), .numbers(let otherLow, let otherHigh)):
      self = .numbers(min(low, otherLow), max(high, otherHigh))
    case (.texts(let low, let high), .texts(let otherLow, let otherHigh)):
      self = .texts(
        otherLow.lexicographicallyPrecedes(low) ? otherLow : low,
        high.lexicographicallyPrecedes(otherHigh) ? otherHigh : high)
    default: self = other
    }
  }
}

/// What is known of the values of a page or of a column chunk.
struct Statistics: Sendable, Equatable {
  /// Entries without a value.
  var nulls = 0
  var extent = Extent.none
  var hasNaN = false

  mutating func formUnion(_ other: Statistics) {
    nulls += other.nulls
    extent.formUnion(other.extent)
    hasNaN = hasNaN || other.hasNaN
  }

  /// Takes some values in.
  mutating func add(_ values: PhysicalValues, _ runs: [Range<Int>]) {
    switch values {
    case .boolean(let values):
      extent.formUnion(Self.extremes(values, runs).map { .integers(Int64($0), Int64($1)) } ?? .none)
    case .int32(let values):
      extent.formUnion(Self.extremes(values, runs).map { .integers(Int64($0), Int64($1)) } ?? .none)
    case .int64(let values): extent.formUnion(Self.extremes(values, runs).map { .integers($0, $1) } ?? .none)
    case .uint64(let values): extent.formUnion(Self.extremes(values, runs).map { .unsigned($0, $1) } ?? .none)
    case .float(let values): add(numbers: values, runs) { Double($0) }
    case .double(let values): add(numbers: values, runs) { $0 }
    case .text(let texts): add(texts, runs)
    }
  }

  private static func extremes<Value: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Value], _ runs: [Range<Int>]
  ) -> (Value, Value)? {
    guard let first = runs.first else { return nil }
    var low = values[first.lowerBound]
    var high = low
    for run in runs {
      let part = values.span.extracting(run)
      for index in part.indices {
        low = min(low, part[index])
        high = max(high, part[index])
      }
    }
    return (low, high)
  }

  private mutating func add<Value: BinaryFloatingPoint & BitwiseCopyable>(
    numbers values: [Value], _ runs: [Range<Int>], _ widen: (Value) -> Double
  ) {
    var low = Value.infinity
    var high = -Value.infinity
    var different = 0  // NaN is what does not equal itself
    for run in runs {
      let part = values.span.extracting(run)
      for index in part.indices {
        let value = part[index]
        low = value < low ? value : low
        high = value > high ? value : high
        different += value == value ? 0 : 1
      }
    }
    hasNaN = hasNaN || different > 0
    if low <= high { extent.formUnion(.numbers(widen(low), widen(high))) }
  }

  private mutating func add(_ texts: Texts, _ runs: [Range<Int>]) {
    guard let first = runs.first else { return }
    var low = first.lowerBound
    var high = low
    for run in runs {
      for index in run {
        if texts.compare(index, to: texts, low) < 0 { low = index }
        if texts.compare(index, to: texts, high) > 0 { high = index }
      }
    }
    extent.formUnion(.texts([UInt8](texts[low]), [UInt8](texts[high])))
  }
}

/// A bound as it stands in statistics: PLAIN without a length, long ones cut.
struct Bound: Sendable, Equatable {
  var bytes: [UInt8]
  var isExact: Bool

  /// Longer byte arrays are cut: statistics are for skipping, not for reading.
  static let longest = 64

  /// At most the smallest value.
  static func lower(_ extent: Extent, _ storage: LeafStorage) -> Bound? {
    switch extent {
    case .none: nil
    case .integers(let low, _): Bound(UInt64(bitPattern: low), storage)
    case .unsigned(let low, _): Bound(low, storage)
    // Readers may compare zeros by sign: the smallest zero is the negative one.
    case .numbers(let low, _): Bound(low == 0 ? -0.0 : low, storage)
    case .texts(let low, _):
      Bound(bytes: [UInt8](low.prefix(low.cut(isText: storage.isText))), isExact: low.count <= longest)
    }
  }

  /// At least the largest value; nil where there is none, or none short enough.
  static func upper(_ extent: Extent, _ storage: LeafStorage) -> Bound? {
    switch extent {
    case .none: return nil
    case .integers(_, let high): return Bound(UInt64(bitPattern: high), storage)
    case .unsigned(_, let high): return Bound(high, storage)
    case .numbers(_, let high): return Bound(high == 0 ? 0.0 : high, storage)
    case .texts(_, let high):
      guard high.count > longest else { return Bound(bytes: high, isExact: true) }
      let start = [UInt8](high.prefix(high.cut(isText: storage.isText)))
      let raised = storage.isText ? start.raisedText : start.raisedBytes
      return raised.map { Bound(bytes: $0, isExact: false) }
    }
  }

  private init(bytes: [UInt8], isExact: Bool) {
    self.bytes = bytes
    self.isExact = isExact
  }

  private init(_ bits: UInt64, _ storage: LeafStorage) {
    let width = storage.physical.width
    self.init(
      bytes: (0..<width).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }, isExact: true)
  }

  private init(_ number: Double, _ storage: LeafStorage) {
    self.init(storage.physical == .float ? UInt64(Float(number).bitPattern) : number.bitPattern, storage)
  }
}

extension LeafStorage {
  /// Whether cut bounds must stay UTF-8.
  fileprivate var isText: Bool { annotation == .string }
}

extension [UInt8] {
  /// How many of the first bytes make a bound: not more than fit, and in text only whole characters.
  fileprivate func cut(isText: Bool) -> Int {
    guard count > Bound.longest else { return count }
    var end = Bound.longest
    if isText {
      while end > 0, self[end] & 0xc0 == 0x80 { end -= 1 }
    }
    return end
  }

  /// The text with its last character raised, those that cannot be dropped; nil if none can be.
  var raisedText: [UInt8]? {
    var scalars = Array<UInt8>.scalars(self)
    while let last = scalars.popLast() {
      let next = last.value == 0xd7ff ? 0xe000 : last.value + 1  // surrogates are no characters
      guard let raised = Unicode.Scalar(next) else { continue }
      scalars.append(raised)
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return [UInt8](String(text).utf8)
    }
    return nil
  }

  private static func scalars(_ bytes: [UInt8]) -> [Unicode.Scalar] {
    Array<Unicode.Scalar>(String(decoding: bytes, as: UTF8.self).unicodeScalars)
  }

  /// The bytes with the last one raised, those that cannot be dropped; nil if none can be.
  fileprivate var raisedBytes: [UInt8]? {
    guard let place = lastIndex(where: { $0 < 0xff }) else { return nil }
    var raised = [UInt8](prefix(through: place))
    raised[place] += 1
    return raised
  }
}
