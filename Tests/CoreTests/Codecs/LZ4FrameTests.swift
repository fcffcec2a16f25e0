import Testing

@testable import Core

/// Four blocks: stored, packed, one that copies from before itself where the form allows it, and a short one.
private func sampleFrame(_ form: LZ4FrameBuilder.Form) throws -> (frame: LZ4FrameBuilder, content: [UInt8], ends: [Int])
{
  let stored = sampleBytes(50_000, seed: 2), packed = sampleBytes(60_000, seed: 3), short = sampleBytes(10, seed: 4)
  var content = stored + packed, ends = [stored.count, content.count]
  if form.isLinked { content += content.suffix(30_000) }
  if form.isLinked { content += [1, 2, 3, 4, 5, 6] }
  if form.isLinked { ends.append(content.count) }
  content += short
  ends.append(content.count)
  var frame = LZ4FrameBuilder(form, size: content.count)
  frame.add(stored: stored)
  try frame.add(packed: packed)
  if form.isLinked { frame.add(repeating: 30_000, tail: [1, 2, 3, 4, 5, 6]) }
  frame.add(stored: short)
  return (frame, content, ends)
}

@Test(arguments: LZ4FrameBuilder.Form.all) func everyFormOfFrameIsRead(_ form: LZ4FrameBuilder.Form) throws {
  let (frame, content, _) = try sampleFrame(form)
  let bytes = frame.finished()
  #expect(try Codec.lz4Frame.decompress(bytes.bytes, size: content.count) == content)
  #expect(Codec.lz4Frame.salvage(bytes.bytes) == Salvaged(bytes: content, consumed: bytes.count, problem: nil))
}

@Test func framesAreWrittenInTheFormThatROSReads() throws {
  for count in [0, 1, 100_000, 1_200_000] {
    let bytes = try Codec.lz4Frame.compress(sampleBytes(count).bytes)
    // Independent blocks, content checksum, no size; 1 MiB.
    #expect(Array(bytes[4...5]) == [0x64, 0x60])
  }
}

@Test(arguments: LZ4FrameBuilder.Form.all.filter { $0.blockSize == 4 || $0.blockSize == 6 })
func aCutFrameGivesItsWholeBlocks(_ form: LZ4FrameBuilder.Form) throws {
  let (frame, content, ends) = try sampleFrame(form)
  let bytes = frame.finished()
  var random = SeededRandom(5)
  let cuts = [0, 3, 4, 6, 7] + frame.blocks.flatMap { [$0 - 1, $0, $0 + 1, $0 + 4, $0 + 5] }
  for cut in cuts + (0..<20).map({ _ in Int.random(in: 8..<bytes.count, using: &random) }) {
    let blocks = frame.blocks.dropFirst().filter { $0 <= cut }.count + (cut >= frame.bytes.count ? 1 : 0)
    let part = Array(bytes[..<cut])
    let salvaged = Codec.lz4Frame.salvage(part.bytes)
    let isRight = salvaged.bytes == Array(content.prefix(blocks == 0 ? 0 : ends[blocks - 1]))
    #expect(isRight, "cut at \(cut)")
    #expect(salvaged.problem?.problem == (cut == 0 ? nil : .truncated), "cut at \(cut)")
    #expect(salvaged.consumed <= cut)
    #expect(throws: CodecError.self, "cut at \(cut)") {
      try Codec.lz4Frame.decompress(part.bytes, size: content.count)
    }
  }
}

@Test func aBlockWhoseChecksumIsWrongIsNotGiven() throws {
  let form = LZ4FrameBuilder.Form(blockChecksums: true)
  let (frame, content, ends) = try sampleFrame(form)
  for block in frame.blocks.indices {
    var bytes = frame.finished()
    bytes[frame.blocks[block] + 9] ^= 1
    let salvaged = Codec.lz4Frame.salvage(bytes.bytes)
    #expect(salvaged.bytes == Array(content.prefix(block == 0 ? 0 : ends[block - 1])))
    #expect(salvaged.problem?.problem == .corrupt("ERROR_blockChecksum_invalid"))
    #expect(salvaged.consumed == frame.blocks[block])
    let error = #expect(throws: CodecError.self) { try Codec.lz4Frame.decompress(bytes.bytes, size: content.count) }
    #expect(error?.offset == frame.blocks[block])
  }
}

@Test func aWrongChecksumOfTheContentIsAProblem() throws {
  let (frame, content, _) = try sampleFrame(LZ4FrameBuilder.Form())
  var bytes = frame.finished()
  bytes[bytes.count - 1] ^= 1
  let salvaged = Codec.lz4Frame.salvage(bytes.bytes)
  #expect(salvaged.bytes == content)
  #expect(salvaged.problem?.problem == .corrupt("ERROR_contentChecksum_invalid"))
  let error = #expect(throws: CodecError.self) { try Codec.lz4Frame.decompress(bytes.bytes, size: content.count) }
  #expect(error?.problem == .corrupt("ERROR_contentChecksum_invalid"))
}

@Test func aBlockLargerThanTheFrameAllowsIsRefused() throws {
  var bytes = LZ4FrameBuilder(LZ4FrameBuilder.Form(blockSize: 4)).bytes
  bytes += [0xff, 0xff, 0xff, 0x7f]
  #expect(Codec.lz4Frame.salvage(bytes.bytes).problem?.problem == .corrupt("a block is too large"))
  #expect(throws: CodecError.self) { try Codec.lz4Frame.decompress(bytes.bytes, size: 100) }
}

@Test func framesWithoutDataArePassedOver() throws {
  let one = sampleBytes(1_000), other = sampleBytes(70_000, seed: 9)
  let bytes =
    try LZ4FrameBuilder.skippable(0) + Codec.lz4Frame.compress(one.bytes) + LZ4FrameBuilder.skippable(100)
    + Codec.lz4Frame.compress(other.bytes) + LZ4FrameBuilder.skippable(3)
  #expect(try Codec.lz4Frame.decompress(bytes.bytes, size: 71_000) == one + other)
  #expect(Codec.lz4Frame.salvage(bytes.bytes) == Salvaged(bytes: one + other, consumed: bytes.count, problem: nil))
}
