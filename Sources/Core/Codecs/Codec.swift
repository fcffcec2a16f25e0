/// A compression that recordings and tables use.
///
/// | case | form | several one after the other |
/// |---|---|---|
/// | `zlib` | RFC 1950 | no |
/// | `gzip` | RFC 1952 | members |
/// | `bzip2` | `BZh1` to `BZh9` | streams |
/// | `lz4Frame` | LZ4 frame format, every flag | frames and skippable frames |
/// | `lz4Block` | one LZ4 block, without a frame | no |
/// | `zstd` | RFC 8878 | frames and skippable frames |
package enum Codec: String, Sendable, CaseIterable {
  case zlib, gzip, bzip2, lz4Frame, lz4Block, zstd

  /// The bytes that `input` packs, which must be exactly `size` and all of the input.
  ///
  /// Memory grows with what arrives, never with a `size` that the input could not fill; a `size` above `limit` is
  /// refused at once. No input and no size is no data.
  package func decompress(_ input: RawSpan, size: Int, limit: Int = 1 << 30) throws(CodecError) -> [UInt8] {
    guard size >= 0, size <= limit else { throw CodecError(self, .tooLarge(size: size, limit: limit)) }
    guard !input.isEmpty || size > 0 else { return [] }
    return switch self {
    case .zlib: try Zlib.decompress(input, size: size)
    case .gzip: try unpack(ZlibDecoder(.gzip), input, size)
    case .bzip2: try unpack(BZip2Decoder(), input, size)
    case .lz4Frame: try LZ4Frame.decompress(input, size: size)
    case .lz4Block: try LZ4Block.decompress(input, size: size)
    case .zstd: try Zstd.decompress(input, size: size)
    }
  }

  /// What can be had of a stream that is cut, damaged, or followed by something else.
  ///
  /// A file that ends within a stream gives all whole blocks of bzip2 and LZ4, and what comes out of zlib and zstd.
  /// Bytes after the last whole stream that do not begin another one are not consumed, and are no problem.
  package func salvage(_ input: RawSpan, limit: Int = 1 << 30) -> Salvaged {
    switch self {
    case .zlib: recover(ZlibDecoder(.zlib), input, limit)
    case .gzip: recover(ZlibDecoder(.gzip), input, limit)
    case .bzip2: BZip2.salvage(input, limit: limit)
    case .lz4Frame: LZ4Frame.salvage(input, limit: limit)
    case .lz4Block: LZ4Block.salvage(input, limit: limit)
    case .zstd: recover(ZstdDecoder(), input, limit)
    }
  }

  /// The packed bytes; the same input and level give the same bytes.
  ///
  /// `level` is the library's own scale. LZ4 frames have the one form that ROS reads: independent blocks of 1 MiB,
  /// a content checksum, no content size. Members of gzip carry neither a time nor a name.
  package func compress(_ input: RawSpan, level: Int? = nil) throws(CodecError) -> [UInt8] {
    let level = level.map { Int32(clamping: $0) }
    return switch self {
    case .zlib: try Zlib.compress(input, .zlib, level: level)
    case .gzip: try Zlib.compress(input, .gzip, level: level)
    case .bzip2: try BZip2.compress(input, level: level)
    case .lz4Frame: try LZ4Frame.compress(input, level: level)
    case .lz4Block: try LZ4Block.compress(input, level: level)
    case .zstd: try Zstd.compress(input, level: level)
    }
  }
}

/// What `Codec.salvage` found.
package struct Salvaged: Sendable, Equatable {
  package var bytes: [UInt8]
  /// How many bytes of the input `bytes` came from.
  package var consumed: Int
  /// Why it is not all; nil when the input begins with whole streams.
  package var problem: CodecError?

  package init(bytes: [UInt8], consumed: Int, problem: CodecError?) {
    self.bytes = bytes
    self.consumed = consumed
    self.problem = problem
  }
}

/// Packed bytes that cannot be unpacked.
package struct CodecError: Error, Equatable, CustomStringConvertible {
  package enum Problem: Sendable, Equatable {
    /// The input ends within a stream.
    case truncated
    /// The library refused the input or a checksum of it; its words.
    case corrupt(String)
    /// The input is whole, and holds fewer bytes than it should.
    case tooShort(size: Int)
    /// The input holds more bytes than it should.
    case tooLong(size: Int)
    /// More bytes are declared than are allowed.
    case tooLarge(size: Int, limit: Int)
    /// Bytes after the stream that belong to none.
    case trailing(Int)
    /// The library has no memory, or cannot take so much at once.
    case resources(String)
  }

  package var codec: Codec
  /// Bytes of the input consumed before.
  package var offset: Int
  /// Bytes unpacked before.
  package var produced: Int
  package var problem: Problem

  package init(_ codec: Codec, _ problem: Problem, offset: Int = 0, produced: Int = 0) {
    self.codec = codec
    self.problem = problem
    self.offset = offset
    self.produced = produced
  }

  package var description: String {
    let place = "at byte \(offset), after \(produced) bytes unpacked"
    return switch problem {
    case .truncated: "\(codec.label): the data ends within a stream, \(place)"
    case .corrupt(let reason): "\(codec.label): \(reason), \(place)"
    case .tooShort(let size): "\(codec.label): unpacks to \(produced) bytes, should be \(size)"
    case .tooLong(let size): "\(codec.label): unpacks to more than \(size) bytes"
    case .tooLarge(let size, let limit): "\(codec.label): unpacks to \(size) bytes, at most \(limit) are allowed"
    case .trailing(let count): "\(codec.label): \(count) bytes after the end of the data, \(place)"
    case .resources(let reason): "\(codec.label): \(reason)"
    }
  }
}

extension Codec {
  /// Its name in messages.
  fileprivate var label: String {
    switch self {
    case .lz4Frame, .lz4Block: "lz4"
    default: rawValue
    }
  }
}
