import CZlib

/// Deflate (RFC 1951) in a hurry: for data that is mostly noise, such as a camera's pixels after PNG's filters.
///
/// zlib's fastest level spends most of its time looking for repetitions that noise does not have. This looks for one at
/// a time, takes larger steps the longer it finds none, and leaves the rest to Huffman's codes: several times as fast,
/// and for noise even smaller, because short repetitions cost more than their literals. What it writes depends on
/// nothing but the input.
///
/// ```
///   78 01   blocks of at most 2^17 bytes: stored, or with codes of their own   Adler-32, big-endian
/// ```
package enum FastDeflate {
  /// A zlib stream (RFC 1950) of the input.
  package static func zlib(_ input: RawSpan) -> [UInt8] {
    let blocks = max(1, (input.byteCount + DeflateBlock.size - 1) / DeflateBlock.size)
    // A block is stored when its codes would take more; then it has 5 bytes before each 65,535, and 5 for the rest.
    // 8 bytes more, because words are written whole.
    let bound = input.byteCount + blocks * 24 + 6 + 8
    return unsafe input.withUnsafeBytes { input in
      unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, filled in
        guard let start = target.baseAddress else { return }
        var bits = unsafe BitTarget(start)
        bits.put(0x0178, 16)
        unsafe deflate(input, to: &bits)
        bits.align()
        bits.put(UInt64(unsafe UInt32(truncatingIfNeeded: adler(input)).byteSwapped), 32)
        bits.align()
        filled = bits.count
      }
    }
  }

  private static func deflate(_ input: UnsafeRawBufferPointer, to bits: inout BitTarget) {
    guard let start = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self), unsafe !input.isEmpty else {
      // A last block by fixed codes with nothing but its end.
      bits.put(0b011, 10)
      return
    }
    var table = [UInt32](repeating: 0, count: 1 << RepetitionFinder.hashBits)
    var block = DeflateBlock()
    unsafe table.withUnsafeMutableBufferPointer { table in
      guard let table = table.baseAddress else { return }
      let finder = unsafe RepetitionFinder(input: start, table: table)
      var position = 0
      while position < input.count {
        let end = min(input.count, position + DeflateBlock.size)
        unsafe block.find(finder, start, position..<end)
        unsafe block.write(start, position..<end, isLast: end == input.count, to: &bits)
        position = end
      }
    }
  }

  private static func adler(_ input: UnsafeRawBufferPointer) -> UInt {
    unsafe adler32_z(1, input.baseAddress?.assumingMemoryBound(to: UInt8.self), input.count)
  }
}

/// Bits from the lowest of each byte on, into memory with 8 bytes to spare.
///
/// Safe as long as the memory lives and has the room; `FastDeflate` says why it has.
@safe struct BitTarget {
  private let start: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var waiting: UInt64 = 0
  private var waitingBits = 0

  init(_ start: UnsafeMutablePointer<UInt8>) { unsafe self.start = start }

  /// Bits that were put.
  var position: Int { 8 * count + waitingBits }

  /// Adds bits without writing them; no more than 57 may wait.
  @inline(__always)
  mutating func add(_ value: UInt64, _ bits: Int) {
    waiting |= value << UInt64(truncatingIfNeeded: waitingBits)
    waitingBits += bits
  }

  /// Writes all whole bytes that wait.
  @inline(__always)
  mutating func flush() {
    unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: waiting, as: UInt64.self)
    let whole = waitingBits >> 3
    count += whole
    waiting >>= UInt64(truncatingIfNeeded: whole << 3)
    waitingBits &= 7
  }

  mutating func put(_ value: UInt64, _ bits: Int) {
    add(value, bits)
    flush()
  }

  /// Fills the byte that was begun.
  mutating func align() { put(0, -waitingBits & 7) }

  /// Copies bytes; none may have been begun.
  mutating func copy(_ source: UnsafePointer<UInt8>, _ size: Int) {
    unsafe (start + count).update(from: source, count: size)
    count += size
  }
}
