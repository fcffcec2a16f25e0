import CLZ4

/// LZ4 frames: a header, blocks, an end mark, and perhaps checksums.
///
/// ```
///   04 22 4d 18 │ FLG │ BD │ content size 8? │ dictionary 4? │ HC │ blocks ... │ 00 00 00 00 │ content checksum 4?
///   block        size 4 (top bit: stored) │ data │ block checksum 4?
/// ```
/// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
enum LZ4Frame {
  static let decompressors = unsafe Pool<OpaquePointer>()
  private static let compressors = unsafe Pool<OpaquePointer>()

  static func compress(_ input: RawSpan, level: Int32?) throws(CodecError) -> [UInt8] {
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max1MB
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.compressionLevel = level ?? 0
    preferences.autoFlush = 1
    guard let context = unsafe compressors.take() ?? make(LZ4F_createCompressionContext) else {
      throw CodecError(.lz4Frame, .resources("no memory"))
    }
    defer { unsafe compressors.give(context) { unsafe LZ4F_freeCompressionContext($0) } }
    var failure: Int?
    // Not LZ4F_compressFrame, which would choose smaller blocks for a small input.
    let bytes = unsafe input.withUnsafeBytes { input in
      let bound = unsafe LZ4F_compressBound(input.count, &preferences) + Int(LZ4F_HEADER_SIZE_MAX)
      return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
        func add(_ count: Int) {
          if failure == nil, LZ4F_isError(count) != 0 { failure = count }
          if failure == nil { filled += count }
        }
        unsafe add(LZ4F_compressBegin(context, output.baseAddress, bound, &preferences))
        unsafe add(
          LZ4F_compressUpdate(
            context, output.baseAddress?.advanced(by: filled), bound - filled, input.baseAddress, input.count, nil))
        unsafe add(LZ4F_compressEnd(context, output.baseAddress?.advanced(by: filled), bound - filled, nil))
      }
    }
    if let failure { throw CodecError(.lz4Frame, .resources(reason(failure))) }
    return bytes
  }

  static func decompress(_ input: RawSpan, size: Int) throws(CodecError) -> [UInt8] {
    do throws(CodecError) {
      return try unpack(LZ4FrameDecoder(), input, size)
    } catch {
      // The library does not say where it failed; block by block it can be told.
      guard case .corrupt = error.problem, let place = salvage(input, limit: size).problem else { throw error }
      throw place
    }
  }

  static func make(_ create: (UnsafeMutablePointer<OpaquePointer?>, UInt32) -> Int) -> OpaquePointer? {
    var context: OpaquePointer?
    return unsafe LZ4F_isError(create(&context, UInt32(LZ4F_VERSION))) == 0 ? context : nil
  }

  static func reason(_ code: Int) -> String { unsafe String(cString: LZ4F_getErrorName(code)) }

  /// All whole blocks whose checksum, if they have one, is right.
  ///
  /// The library hands out a stored block as it comes and looks at its checksum afterwards; so it gets block after
  /// block, and what a refused block brought is dropped.
  static func salvage(_ input: RawSpan, limit: Int) -> Salvaged {
    recover(LZ4BlockDecoder(), input, limit)
  }
}

/// Unpacks LZ4 frames straight into the output, which must not move while a frame lasts.
final class LZ4FrameDecoder: StreamDecoder {
  /// The most that LZ4 can do; so the output never has to grow, and never moves.
  static let ratio = 255
  let codec = Codec.lz4Frame
  private let context = LZ4Context()

  /// The size of a block: with so much room the library unpacks the last one in place too.
  func slack(_ input: UnsafeRawBufferPointer) -> Int { unsafe LZ4FrameHeader(input)?.blockSize ?? 1 }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step {
    unsafe context.step(input, output, isStable: true)
  }

  func continues(_ input: UnsafeRawBufferPointer) -> Bool { unsafe input.beginsLZ4Frame }
}

/// Unpacks LZ4 frames one whole block at a time, and gives nothing of a block that is cut or refused.
final class LZ4BlockDecoder: StreamDecoder {
  static let ratio = 255
  let codec = Codec.lz4Frame
  private let context = LZ4Context()
  private var header: LZ4FrameHeader?
  /// The last block; `given..<held` waits for room.
  private var block: [UInt8] = []
  private var given = 0
  private var held = 0

  func slack(_ input: UnsafeRawBufferPointer) -> Int { 1 }

  func continues(_ input: UnsafeRawBufferPointer) -> Bool { unsafe input.beginsLZ4Frame }

  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step {
    if given < held {
      let count = min(held - given, output.count)
      unsafe block.withUnsafeBytes { unsafe output.copyMemory(from: .init(rebasing: $0[given..<given + count])) }
      given += count
      return Step(read: 0, written: count, outcome: .more)
    }
    guard let piece = unsafe header.map({ unsafe $0.piece(input) }) ?? LZ4FrameHeader.length(input),
      piece <= input.count
    else {
      let isTooLarge = header.map { unsafe $0.isTooLarge(input) } ?? false
      return Step(read: 0, written: 0, outcome: isTooLarge ? .failed(.corrupt("a block is too large")) : .more)
    }
    let isHeader = header == nil
    var read = 0
    (given, held) = (0, 0)
    while read < piece {
      let step = unsafe block.withUnsafeMutableBytes { block in
        unsafe context.step(.init(rebasing: input[read..<piece]), .init(rebasing: block[held...]), isStable: false)
      }
      read += step.read
      held += step.written
      switch step.outcome {
      case .ended:
        header = nil
        return Step(read: read, written: 0, outcome: .ended)
      case .failed(let problem):
        held = 0
        return Step(read: 0, written: 0, outcome: .failed(problem))
      case .more where step.read == 0 && step.written == 0:
        held = 0
        return Step(read: 0, written: 0, outcome: .failed(.corrupt("a block does not end")))
      case .more: break
      }
    }
    if isHeader, let header = unsafe LZ4FrameHeader(input) {
      self.header = header
      if block.count < header.blockSize { block = [UInt8](repeating: 0, count: header.blockSize) }
    }
    return Step(read: read, written: 0, outcome: .more)
  }
}

/// The library's state for frames.
@safe private final class LZ4Context {
  private let context: OpaquePointer?
  /// Whether the last frame was unpacked to its end.
  private var isBetweenFrames = true

  init() {
    unsafe context = LZ4Frame.decompressors.take() ?? LZ4Frame.make(LZ4F_createDecompressionContext)
  }

  deinit {
    guard let context = unsafe context else { return }
    // A reset would not forget the content size of a frame that was left (liblz4 1.9.4), and refuse the next frame.
    guard isBetweenFrames else {
      unsafe LZ4F_freeDecompressionContext(context)
      return
    }
    unsafe LZ4Frame.decompressors.give(context) { unsafe LZ4F_freeDecompressionContext($0) }
  }

  /// `isStable`: what was unpacked before stays right before `output`.
  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer, isStable: Bool) -> Step {
    guard let context = unsafe context else {
      return Step(read: 0, written: 0, outcome: .failed(.resources("no memory")))
    }
    var options = LZ4F_decompressOptions_t()
    options.stableDst = isStable ? 1 : 0
    var read = input.count, written = output.count
    let result = unsafe LZ4F_decompress(context, output.baseAddress, &written, input.baseAddress, &read, &options)
    guard LZ4F_isError(result) == 0 else {
      isBetweenFrames = false
      return Step(read: 0, written: 0, outcome: .failed(.corrupt(LZ4Frame.reason(result))))
    }
    isBetweenFrames = result == 0
    return Step(read: read, written: written, outcome: result == 0 ? .ended : .more)
  }
}

/// What the first bytes of a frame say of its blocks.
private struct LZ4FrameHeader {
  /// The most bytes a block unpacks to.
  let blockSize: Int
  private let blockChecksum: Int
  private let contentChecksum: Int

  init?(_ input: UnsafeRawBufferPointer) {
    guard input.count >= 6, unsafe !input.beginsSkippableFrame else { return nil }
    let flags = unsafe input[4]
    blockChecksum = flags & 0x10 == 0 ? 0 : 4
    contentChecksum = flags & 0x04 == 0 ? 0 : 4
    blockSize = unsafe (64 << 10) << (2 * max(0, Int(input[5] >> 4 & 7) - 4))
  }

  /// The bytes of a frame's header, or of all of a frame without data; nil where there are too few to say.
  static func length(_ input: UnsafeRawBufferPointer) -> Int? {
    guard input.count >= 7 else { return nil }
    if unsafe input.beginsSkippableFrame {
      return unsafe input.count < 8
        ? nil : 8 + Int(input.loadUnaligned(fromByteOffset: 4, as: UInt32.self).littleEndian)
    }
    let length = unsafe LZ4F_headerSize(input.baseAddress, input.count)
    // What is no header is given to the library, which says why.
    return LZ4F_isError(length) != 0 ? 7 : length
  }

  /// The bytes of the block that `input` begins with, or of the frame's end.
  func piece(_ input: UnsafeRawBufferPointer) -> Int? {
    guard let size = unsafe stored(input) else { return nil }
    return size == 0 ? 4 + contentChecksum : 4 + size + blockChecksum
  }

  func isTooLarge(_ input: UnsafeRawBufferPointer) -> Bool { unsafe stored(input).map { $0 > blockSize } ?? false }

  private func stored(_ input: UnsafeRawBufferPointer) -> Int? {
    guard input.count >= 4 else { return nil }
    return unsafe Int(input.loadUnaligned(as: UInt32.self).littleEndian & 0x7fff_ffff)
  }
}

extension UnsafeRawBufferPointer {
  /// Whether a frame begins here, with data or without.
  fileprivate var beginsLZ4Frame: Bool {
    unsafe starts(with: [0x04, 0x22, 0x4d, 0x18]) || beginsSkippableFrame
  }
}
