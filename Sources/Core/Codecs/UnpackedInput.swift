/// The bytes of a file from its start to its end, unpacked where it is gzip: some at a time, in constant memory.
package final class UnpackedInput {
  private static let piece = 256 << 10

  private let file: FileReader
  private let decoder: ZlibDecoder?
  private var position = 0
  private var packed: [UInt8] = []
  private var taken = 0
  private var produced = 0
  /// Whether a member of gzip has begun and not ended.
  private var isInside = true
  /// Whether the last output was full: the library may hold more of it.
  private var holdsMore = false

  package init(_ file: FileReader) throws(SystemError) {
    self.file = file
    let magic = try file.bytes(at: 0, count: min(2, file.count))
    decoder = magic == [0x1f, 0x8b] ? ZlibDecoder(.gzip) : nil
  }

  package var isPacked: Bool { decoder != nil }

  /// The next bytes; nothing at the end.
  ///
  /// A stream of gzip that is cut or damaged is a `CodecError`.
  package func next() throws -> [UInt8] {
    guard let decoder else { return try read() }
    while true {
      if taken == packed.count, !holdsMore {
        packed = try read()
        taken = 0
        if packed.isEmpty {
          guard isInside else { return [] }
          throw CodecError(.gzip, .truncated, offset: position, produced: produced)
        }
      }
      let bytes = try unpack(decoder)
      if !bytes.isEmpty { return bytes }
    }
  }

  private func read() throws(SystemError) -> [UInt8] {
    let count = min(Self.piece, file.count - position)
    defer { position += count }
    return try file.bytes(at: position, count: count)
  }

  private func unpack(_ decoder: ZlibDecoder) throws -> [UInt8] {
    let consumed = position - packed.count + taken
    func fail(_ problem: CodecError.Problem) -> CodecError {
      CodecError(.gzip, problem, offset: consumed, produced: produced)
    }
    if !isInside {
      // A member may begin with the last byte of a piece.
      if packed.count - taken < 2 {
        packed = try Array(packed[taken...]) + read()
        taken = 0
      }
      let isNext = unsafe packed.withUnsafeBytes {
        unsafe decoder.continues(UnsafeRawBufferPointer(rebasing: $0[taken...]))
      }
      guard isNext else { throw fail(.trailing(file.count - consumed)) }
      isInside = true
    }
    var step = Step(read: 0, written: 0, outcome: .more)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, filled in
      step = unsafe packed.withUnsafeBytes { input in
        unsafe decoder.step(
          UnsafeRawBufferPointer(rebasing: input[taken...]), UnsafeMutableRawBufferPointer(buffer))
      }
      filled = step.written
    }
    taken += step.read
    produced += step.written
    holdsMore = false
    switch step.outcome {
    case .ended: isInside = false
    case .failed(let problem): throw fail(problem)
    case .more: holdsMore = step.written == Self.piece
    }
    return bytes
  }
}
