import Foundation
import Testing

@testable import Core
@testable import Recordings

extension TDMSSketch {
  /// The same segments as an index file has them.
  var indexFile: [UInt8] {
    var result: [UInt8] = [], at = 0
    while at < bytes.count {
      let next = Int(bytes.bytes.u64(at: at + 12)), raw = Int(bytes.bytes.u64(at: at + 20))
      result += Array("TDSh".utf8) + bytes[at + 4..<at + 28 + raw]
      at += 28 + next
    }
    return result
  }
}

/// Segments of two channels, each with a value more in its metadata than the one before.
private func segments(_ count: Int) -> TDMSSketch {
  var sketch = TDMSSketch()
  for number in 1...count {
    let values = UInt64(number)
    sketch.add(
      [TDMSSketch.object("/'g'/'a'", type: 5, count: values), TDMSSketch.object("/'g'/'b'", type: 2, count: values)],
      data: Array(repeating: UInt8(number), count: 3 * number))
  }
  return sketch
}

/// What a file and an index file beside it give.
private func open(_ data: [UInt8], _ index: [UInt8]) throws -> (reader: TDMSReader, files: ScratchFile) {
  let scratch = try ScratchFile(data, name: "a.tdms")
  try Data(index).write(to: URL(filePath: scratch.path + "_index"))
  return (try TDMSReader(FileReader(scratch.path)), scratch)
}

@Test func anIndexFileGivesWhatTheFileGives() throws {
  let sketch = segments(5)
  let scratch = try ScratchFile(sketch.bytes, name: "a.tdms")
  let plain = try TDMSReader(FileReader(scratch.path))
  let (reader, files) = try open(sketch.bytes, sketch.indexFile)
  #expect(try TDMSIndex.of(FileReader(files.path)).hasCompanion)
  #expect(reader.recording.findings == plain.recording.findings)
  let wanted = try TDMSReading(plain), found = try TDMSReading(reader)
  #expect(found.columns == wanted.columns)
  #expect(found.columns["g|a"]?.count == 15)
  #expect(found.outcome == .whole)
  #expect(try reader.check(jobs: 1).outcome == .whole)
}

@Test func anIndexFileOfAnotherFileIsIgnored() throws {
  let sketch = segments(5)
  for other in [segments(4).indexFile, Array(sketch.indexFile.dropLast()), [1, 2, 3], [], sketch.bytes] {
    let (reader, files) = try open(sketch.bytes, other)
    #expect(reader.recording.findings.map(\.code).contains("index-ignored"))
    #expect(try TDMSReading(reader).columns["g|a"]?.count == 15)
    #expect(reader.recording.outcome == .whole)
    withExtendedLifetime(files) {}
  }
  // The first and the last segment are the same, one between them is not: found where all are compared.
  var changed = sketch.indexFile
  let second = segments(1).indexFile.count
  changed[second + 12] ^= 1
  let third = segments(2).indexFile.count
  changed[third + 12] ^= 1
  let (reader, files) = try open(sketch.bytes, changed)
  let checked = try reader.check(jobs: 1)
  #expect(checked.findings.map(\.code).contains("index-ignored"))
  withExtendedLifetime(files) {}
}

@Test func anIndexFileTellsWhatACutFileHasLost() throws {
  let whole = segments(5)
  for kept in [segments(3).bytes.count, segments(3).bytes.count + 40, segments(4).bytes.count - 1] {
    let (reader, files) = try open(Array(whole.bytes.prefix(kept)), whole.indexFile)
    let finding = try #require(reader.recording.findings.first { $0.code == "values-missing" })
    #expect(finding.message.contains("5 segments with 30 values"))
    #expect(reader.recording.outcome == .lossy)
    #expect(try TDMSReading(reader).columns["g|a"]?.count ?? 0 >= 6)
    withExtendedLifetime(files) {}
  }
}

@Test func valuesThatASegmentPromisesAreMissedAtTheEndOfAChunkToo() throws {
  var sketch = TDMSSketch()
  sketch.add([TDMSSketch.object("/'g'/'a'", type: 5, count: 4)], data: Array(0..<12))
  for kept in [0, 4, 8, 9] {
    let reading = try TDMSReading(TDMSSketch(bytes: Array(sketch.bytes.dropLast(12 - kept))))
    #expect(reading.columns["g|a", default: []].count == kept)
    #expect(reading.outcome != .whole)
    #expect(reading.codes.contains("truncated"))
  }
}
