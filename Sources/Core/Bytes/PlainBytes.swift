import Glibc

/// Bulk copies of values into bytes, little-endian: what columnar formats are made of.
///
/// One concrete function a type, because a generic one costs ten times as much over a module border.
extension [UInt8] {
  package mutating func append(_ values: borrowing [Int32], _ range: Range<Int>) { appendPlain(values, range) }
  package mutating func append(_ values: borrowing [Int64], _ range: Range<Int>) { appendPlain(values, range) }
  package mutating func append(_ values: borrowing [UInt64], _ range: Range<Int>) { appendPlain(values, range) }
  package mutating func append(_ values: borrowing [Float], _ range: Range<Int>) { appendPlain(values, range) }
  package mutating func append(_ values: borrowing [Double], _ range: Range<Int>) { appendPlain(values, range) }

  private mutating func appendPlain<Value: BitwiseCopyable>(_ values: borrowing [Value], _ range: Range<Int>) {
    #if _endian(big)
    #error("columns are copied as they lie in memory: little-endian machines only")
    #endif
    // The slice checks its range; the bytes live only for this call.
    unsafe values[range].withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Each string of a range as its length in 4 bytes, then its bytes.
  package mutating func append(lengthPrefixed texts: borrowing Texts, _ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let offsets = texts.offsets
    let size = offsets[range.upperBound] - offsets[range.lowerBound] + 4 * range.count
    precondition(size >= 4 * range.count, "offsets of strings rise")
    // Every string is checked against its source and against what is left of the target.
    let more = unsafe [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      let target = UnsafeMutableRawBufferPointer(target)
      unsafe texts.bytes.withUnsafeBytes { bytes in
        for index in range {
          let start = offsets[index]
          let end = offsets[index + 1]
          precondition(0 <= start && start <= end && end <= bytes.count, "strings lie in their bytes")
          precondition(end - start <= size - filled - 4, "offsets of strings rise")
          unsafe target.storeBytes(of: UInt32(end - start).littleEndian, toByteOffset: filled, as: UInt32.self)
          let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled + 4..<filled + 4 + end - start])
          unsafe place.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
          filled += 4 + end - start
        }
      }
    }
    append(contentsOf: more)
  }
}

extension Texts {
  /// The strings of the given numbers, in their order; a number below 0 gives an empty one.
  package func picking(_ numbers: [Int]) -> Texts {
    var ends = [Int](repeating: 0, count: numbers.count + 1)
    var size = 0
    for index in numbers.indices {
      if numbers[index] >= 0 { size += offsets[numbers[index] + 1] - offsets[numbers[index]] }
      ends[index + 1] = size
    }
    // Every string is checked against its source and against what is left of the target.
    let picked = unsafe [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      let target = UnsafeMutableRawBufferPointer(target)
      unsafe bytes.withUnsafeBytes { bytes in
        for number in numbers where number >= 0 {
          let start = offsets[number]
          let end = offsets[number + 1]
          precondition(0 <= start && start <= end && end <= bytes.count, "strings lie in their bytes")
          precondition(end - start <= size - filled, "offsets of strings rise")
          let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[filled..<filled + end - start])
          unsafe place.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
          filled += end - start
        }
      }
    }
    return Texts(offsets: ends, bytes: picked)
  }

  /// Whether the strings of a range are all the same.
  package func isOne(_ range: Range<Int>) -> Bool {
    guard range.count > 1 else { return !range.isEmpty }
    let part = offsets.span.extracting(range.lowerBound..<range.upperBound + 1)
    let first = part[0], size = part[1] - first, last = part[range.count]
    guard last - first == size * range.count else { return false }
    var isEven = true
    for index in part.indices where part[index] != first + index * size { isEven = false }
    guard isEven, size > 0 else { return isEven }
    // The slice checks its range; strings that repeat equal themselves one string later.
    return unsafe bytes[first..<last].withUnsafeBytes { part in
      guard let start = part.baseAddress else { return true }
      return unsafe memcmp(start, start + size, part.count - size) == 0
    }
  }

  /// A hash of string `index`, the same in every run.
  package func hash(_ index: Int) -> UInt64 {
    let range = offsets[index]..<offsets[index + 1]
    var hash = 0x9e37_79b9_7f4a_7c15 ^ UInt64(range.count)
    // The slice checks its range; loads stay 8 and then 1 byte below its end.
    unsafe bytes[range].withUnsafeBytes { part in
      var position = 0
      while position + 8 <= part.count {
        hash = unsafe mix(hash ^ part.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        position += 8
      }
      var rest: UInt64 = 0
      while position < part.count {
        rest = unsafe rest << 8 | UInt64(part[position])
        position += 1
      }
      hash = mix(hash ^ rest)
    }
    return hash
  }

  private func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
    return product.high ^ product.low
  }

  /// Orders string `index` against a string of another: negative if it comes first by unsigned bytes, 0 if equal.
  package func compare(_ index: Int, to other: borrowing Texts, _ otherIndex: Int) -> Int {
    let left = offsets[index]..<offsets[index + 1]
    let right = other.offsets[otherIndex]..<other.offsets[otherIndex + 1]
    let common = min(left.count, right.count)
    // Both slices check their ranges; memcmp reads what is in both.
    let order = unsafe bytes[left].withUnsafeBytes { one in
      unsafe other.bytes[right].withUnsafeBytes { two in
        guard common > 0, let one = one.baseAddress, let two = two.baseAddress else { return 0 }
        return Int(unsafe memcmp(one, two, common))
      }
    }
    return order != 0 ? order : left.count - right.count
  }
}
