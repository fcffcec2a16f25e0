/// A C library's decoder, which takes a stream in pieces of any size.
///
/// Adopters are classes, because they own the library's state; `step` must make progress whenever there is input and
/// room, or fail. `CodecTests` runs every one.
protocol StreamDecoder: AnyObject {
  var codec: Codec { get }
  /// How many bytes one packed byte may well become; more is possible, and costs a copy.
  static var ratio: Int { get }
  /// Room beyond the wanted size that saves the library a copy of its own.
  func slack(_ input: UnsafeRawBufferPointer) -> Int
  /// Unpacks some of `input` into `output`.
  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer) -> Step
  /// Whether `input`, which follows a whole stream, begins another; if so the decoder is made ready for it.
  func continues(_ input: UnsafeRawBufferPointer) -> Bool
}

/// What one call of a library did.
struct Step {
  enum Outcome { case more, ended, failed(CodecError.Problem) }

  var read: Int
  /// Negative where bytes that were written before have turned out to be wrong.
  var written: Int
  var outcome: Outcome
}

/// One run of a decoder over an input: the output so far, and how it ended.
struct Unpacking {
  var bytes: [UInt8] = []
  var consumed = 0
  /// Nil when the last stream that began is whole.
  var problem: CodecError.Problem?

  /// Unpacks streams until the input or `most` bytes of room are used up; the array never grows beyond `most`.
  init(_ decoder: some StreamDecoder, _ input: UnsafeRawBufferPointer, room: Int, most: Int) {
    var room = room
    var state = State.between
    while true {
      let old = bytes
      unsafe bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
        let output = UnsafeMutableRawBufferPointer(buffer)
        unsafe old.withUnsafeBytes { unsafe output.copyMemory(from: $0) }
        filled = old.count
        unsafe run(decoder, input, output, &filled, &state)
      }
      guard state == .full, bytes.count < most else { break }
      room = bytes.count > most / 4 ? most : bytes.count * 4
    }
  }

  private enum State { case between, inside, full, done }

  private mutating func run(
    _ decoder: some StreamDecoder, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer,
    _ filled: inout Int, _ state: inout State
  ) {
    if state == .full { state = .inside }
    while true {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: input[consumed...])
      if state == .between {
        guard unsafe !rest.isEmpty, unsafe consumed == 0 || decoder.continues(rest) else {
          state = .done
          return
        }
        state = .inside
      }
      let free = unsafe UnsafeMutableRawBufferPointer(rebasing: output[filled...])
      let step = unsafe decoder.step(rest, free)
      consumed += step.read
      filled += step.written
      switch step.outcome {
      case .ended: state = .between
      case .failed(let problem):
        self.problem = problem
        state = .done
        return
      case .more where filled == output.count:
        state = .full
        return
      case .more where step.read == 0 && step.written == 0:
        problem = .truncated
        state = .done
        return
      case .more: break
      }
    }
  }
}

/// Exactly `size` bytes from all of `input`.
func unpack(_ decoder: some StreamDecoder, _ input: RawSpan, _ size: Int) throws(CodecError) -> [UInt8] {
  let result = unsafe input.withUnsafeBytes { input in
    let most = unsafe size + max(1, decoder.slack(input))
    let plausible = max(64 << 10, input.count.multipliedReportingOverflow(by: type(of: decoder).ratio).partialValue)
    return unsafe Unpacking(decoder, input, room: min(most, plausible + most - size), most: most)
  }
  let count = result.bytes.count
  func fail(_ problem: CodecError.Problem) -> CodecError {
    CodecError(decoder.codec, problem, offset: result.consumed, produced: min(count, size))
  }
  guard count <= size else { throw fail(.tooLong(size: size)) }
  if let problem = result.problem { throw fail(problem) }
  guard count == size else { throw fail(.tooShort(size: size)) }
  guard result.consumed == input.byteCount else { throw fail(.trailing(input.byteCount - result.consumed)) }
  return result.bytes
}

/// As many bytes as come out of `input`, at most `limit`.
func recover(_ decoder: some StreamDecoder, _ input: RawSpan, _ limit: Int) -> Salvaged {
  var result = unsafe input.withUnsafeBytes { input in
    let room = min(limit, max(64 << 10, input.count.multipliedReportingOverflow(by: 4).partialValue))
    return unsafe Unpacking(decoder, input, room: max(1, room), most: limit + 1)
  }
  if result.bytes.count > limit {
    result.bytes.removeLast(result.bytes.count - limit)
    result.problem = .tooLong(size: limit)
  }
  let problem = result.problem.map {
    CodecError(decoder.codec, $0, offset: result.consumed, produced: result.bytes.count)
  }
  return Salvaged(bytes: result.bytes, consumed: result.consumed, problem: problem)
}
