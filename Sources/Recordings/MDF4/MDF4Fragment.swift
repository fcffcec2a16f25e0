import Core

/// A part of a stream: bytes of the file, as they are or packed.
struct MDF4Fragment: Sendable {
  struct Packing: Sendable {
    let codec: Codec
    /// Of the transposition before packing; 0 where there was none.
    let columns: Int
  }

  /// The address of the block.
  let block: Int
  /// Where its bytes begin in the file, and how many are there.
  let start, stored: Int
  /// Bytes of the stream it gives, and how many are before them.
  var count: Int
  var offset = 0
  var packing: Packing?
  /// Packed, and the file ends in it.
  var isCut = false

  static let largest = 256 << 20

  /// Its bytes, or the first of them.
  ///
  /// - Throws: `MDF4Fault` where they cannot be unpacked, `SystemError`.
  func bytes(of file: FileReader, first wanted: Int? = nil) throws -> [UInt8] {
    let count = min(wanted ?? self.count, self.count)
    guard let packing else { return try file.bytes(at: start, count: count) }
    guard self.count <= Self.largest else {
      throw MDF4Fault("data-corrupt", at: block, "claims to unpack to \(self.count) bytes, which is too much")
    }
    let packed = try file.bytes(at: start, count: stored)
    if packing.columns == 0, isCut || count < self.count / 2 {
      let bytes = packing.codec.salvage(packed.bytes, limit: count).bytes
      guard bytes.count >= count else { throw MDF4Fault("data-corrupt", at: block, "cannot be unpacked") }
      return Array(bytes.prefix(count))
    }
    do throws(CodecError) {
      let bytes = try packing.codec.decompress(packed.bytes, size: self.count, limit: Self.largest)
      return Transposition.undo(bytes, columns: packing.columns)
    } catch {
      throw MDF4Fault("data-corrupt", at: block, "cannot be unpacked: \(error)")
    }
  }
}

/// The records of a group, or the values of a channel: fragments one after another.
struct MDF4Stream: Sendable {
  /// The link it was built from.
  let address: Int
  var fragments: [MDF4Fragment] = []
  /// Column storage: values without invalidation bytes behind them.
  var isColumn = false
  /// The invalidation bytes of column storage.
  var invalidation: [MDF4Fragment]?
  var findings = Findings()
  /// Bytes that blocks promise and the file does not have.
  var missing = 0
  /// Some fragment cannot be reached.
  var isDamaged = false

  var count: Int { fragments.last.map { $0.offset + $0.count } ?? 0 }

  mutating func add(_ fragment: MDF4Fragment) {
    var fragment = fragment
    fragment.offset = count
    fragments.append(fragment)
  }

  /// The fragment that has a byte of the stream.
  func fragment(at offset: Int) -> Int {
    fragments.indices.bisect { fragments[$0].offset + fragments[$0].count > offset }
  }
}
