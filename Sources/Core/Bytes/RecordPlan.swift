/// Which bytes of records of one size are kept, in which order: what becomes of a struct with padding.
///
/// ```
///   record   x x x x y y y y z z z z - - - - i i i i r r - -      stride 24
///   plan     (0, 12) (16, 6)                                      width 18
/// ```
package struct RecordPlan: Sendable, Equatable {
  struct Copy: Sendable, Equatable {
    var offset: Int
    var width: Int
    /// Bytes of the numbers whose order is turned; 1 for none.
    var group: Int
  }

  private(set) var copies: [Copy] = []
  /// Bytes of a record that are kept.
  package private(set) var width = 0
  /// Bytes that a record must have.
  package private(set) var end = 0

  package init() {}

  /// Keeps `width` bytes from `offset` on, with the bytes of each group of `group` in reverse.
  package mutating func append(offset: Int, width: Int, reversing group: Int = 1) {
    precondition(offset >= 0 && width >= 0 && group > 0 && width % group == 0, "a part of a record")
    self.width += width
    end = max(end, offset + width)
    if let last = copies.last, last.offset + last.width == offset, last.group == group {
      copies[copies.count - 1].width += width
    } else {
      copies.append(Copy(offset: offset, width: width, group: group))
    }
  }
}

extension [UInt8] {
  /// Appends what a plan keeps of each of `count` records, one every `stride` bytes.
  ///
  /// The last record may lack what lies behind the plan's end.
  package mutating func append(records: RawSpan, stride: Int, count: Int, _ plan: RecordPlan) {
    guard count > 0, plan.width > 0 else { return }
    let (before, isTooLong) = stride.multipliedReportingOverflow(by: count - 1)
    precondition(
      stride >= 0 && !isTooLong && before <= records.byteCount - plan.end, "records lie within their bytes")
    let kept = unsafe records.withUnsafeBytes { source in
      // Every copy ends at or before the plan's end, so the last record's last copy is inside the bytes, as checked
      // above; the target has room for `count` times the plan's width, which is the sum of all copies.
      unsafe [UInt8](unsafeUninitializedCapacity: count * plan.width) { target, filled in
        filled = count * plan.width
        guard let from = source.baseAddress, var to = UnsafeMutableRawPointer(target.baseAddress) else { return }
        if plan.copies.count == 1, plan.copies[0].isWhole, plan.width == stride {
          return unsafe to.copyMemory(from: from + plan.copies[0].offset, byteCount: count * stride)
        }
        for copy in plan.copies {
          for index in 0..<count { unsafe copy.run(from + index * stride, to + index * plan.width) }
          unsafe to += copy.width
        }
      }
    }
    if isEmpty { self = kept } else { append(contentsOf: kept) }
  }

  /// Appends what a plan keeps of the records that begin at `starts`.
  package mutating func append(records: RawSpan, at starts: [Int], _ plan: RecordPlan) {
    guard !starts.isEmpty, plan.width > 0 else { return }
    let kept = unsafe records.withUnsafeBytes { source in
      // Each record is checked; the target has room for the plan's width of each.
      unsafe [UInt8](unsafeUninitializedCapacity: starts.count * plan.width) { target, filled in
        filled = starts.count * plan.width
        guard let from = source.baseAddress, var to = UnsafeMutableRawPointer(target.baseAddress) else { return }
        for start in starts {
          precondition(start >= 0 && start <= source.count - plan.end, "records lie within their bytes")
          for copy in plan.copies {
            unsafe copy.run(from + start, to)
            unsafe to += copy.width
          }
        }
      }
    }
    if isEmpty { self = kept } else { append(contentsOf: kept) }
  }
}

extension RecordPlan.Copy {
  /// Whether the bytes stay in their order.
  fileprivate var isWhole: Bool { group == 1 }

  /// Copies from one record to its place in the target, `width` bytes from `offset` on.
  @inline(__always)
  fileprivate func run(_ record: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    let from = unsafe record + offset
    guard isWhole else { return unsafe turn(from, target) }
    // Whole words first: a call of memcpy for a few bytes costs more than the bytes.
    var byte = 0
    while byte + 8 <= width {
      let word = unsafe from.loadUnaligned(fromByteOffset: byte, as: UInt64.self)
      unsafe target.storeBytes(of: word, toByteOffset: byte, as: UInt64.self)
      byte += 8
    }
    if byte + 4 <= width {
      let word = unsafe from.loadUnaligned(fromByteOffset: byte, as: UInt32.self)
      unsafe target.storeBytes(of: word, toByteOffset: byte, as: UInt32.self)
      byte += 4
    }
    if byte + 2 <= width {
      let word = unsafe from.loadUnaligned(fromByteOffset: byte, as: UInt16.self)
      unsafe target.storeBytes(of: word, toByteOffset: byte, as: UInt16.self)
      byte += 2
    }
    if byte < width {
      unsafe target.storeBytes(of: from.load(fromByteOffset: byte, as: UInt8.self), toByteOffset: byte, as: UInt8.self)
    }
  }

  /// The same with the bytes of each group from its end.
  private func turn(_ from: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    for first in Swift.stride(from: 0, to: width, by: group) {
      for byte in 0..<group {
        let value = unsafe from.load(fromByteOffset: first + group - 1 - byte, as: UInt8.self)
        unsafe target.storeBytes(of: value, toByteOffset: first + byte, as: UInt8.self)
      }
    }
  }
}
