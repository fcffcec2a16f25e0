/// The values of one field for every row of a batch; typed, contiguous, nullable.
package struct Column: Sendable {
  /// One array a kind; the arrays of `text` and `list` are flat, with offsets that say where each row begins.
  package enum Values: Sendable {
    /// One byte a value: 0 or 1.
    case bool([UInt8])
    case int8([Int8]), int16([Int16]), int32([Int32])
    /// `int64`, `time`, `duration` and `timestamp` fields.
    case int64([Int64])
    case uint8([UInt8]), uint16([UInt16]), uint32([UInt32]), uint64([UInt64])
    case float32([Float]), float64([Double])
    /// `string` and `bytes` fields.
    case text(Texts)
    /// Row i holds the elements `offsets[i]..<offsets[i + 1]`; there is one offset more than rows.
    indirect case list(offsets: [Int], element: Column)
    case structure([Column])
  }

  package var values: Values
  /// One flag a row, false where the value is missing; nil when nothing is.
  ///
  /// A missing row still has a place in `values`.
  package var validity: [Bool]?

  package init(_ values: Values, validity: [Bool]? = nil) {
    self.values = values
    self.validity = validity
  }
}

/// Byte strings one after another; string i is `bytes[offsets[i]..<offsets[i + 1]]`.
package struct Texts: Sendable, Equatable {
  package var offsets: [Int]
  package var bytes: [UInt8]

  package init(offsets: [Int] = [0], bytes: [UInt8] = []) {
    self.offsets = offsets
    self.bytes = bytes
  }

  package init(_ strings: some Sequence<String>) {
    self.init()
    for string in strings { append(string.utf8) }
  }

  package var count: Int { offsets.count - 1 }

  package subscript(index: Int) -> ArraySlice<UInt8> { bytes[offsets[index]..<offsets[index + 1]] }

  // What is generic is slow from other modules: the usual kinds have a function of their own.
  package mutating func append(_ string: [UInt8]) {
    bytes.append(contentsOf: string)
    offsets.append(bytes.count)
  }

  package mutating func append(_ string: ArraySlice<UInt8>) {
    bytes.append(contentsOf: string)
    offsets.append(bytes.count)
  }

  package mutating func append(_ string: some Sequence<UInt8>) {
    bytes.append(contentsOf: string)
    offsets.append(bytes.count)
  }

  package mutating func append(_ string: RawSpan) {
    // Copied before the closure ends, by one call for all bytes.
    unsafe string.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    offsets.append(bytes.count)
  }
}

extension Column {
  /// How many rows there are.
  package var count: Int {
    switch values {
    case .bool(let values): values.count
    case .int8(let values): values.count
    case .int16(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .uint8(let values): values.count
    case .uint16(let values): values.count
    case .uint32(let values): values.count
    case .uint64(let values): values.count
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .text(let texts): texts.count
    case .list(let offsets, _): offsets.count - 1
    case .structure(let members): members.first?.count ?? validity?.count ?? 0
    }
  }
}
