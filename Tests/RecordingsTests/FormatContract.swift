import Foundation
import Testing

@testable import Core
@testable import Recordings

/// What every room of `Format.all` must keep; a new format adds its samples here and is tested.
struct FormatSample: Sendable, CustomTestStringConvertible {
  let format: String
  let name: String
  let bytes: [UInt8]
  /// Rows that a file of its size can have, whatever a flipped bit says.
  var most = 6
  var testDescription: String { "\(format) \(name)" }

  static let all: [FormatSample] =
    ["none", "bz2", "lz4"].compactMap { compression in
      (try? RosBagBuilder.usual(compression: compression)).map {
        FormatSample(format: "rosbag", name: compression, bytes: $0)
      }
    }
    + [(try? RosBagBuilder.six()).map { FormatSample(format: "rosbag", name: "six chunks", bytes: $0) }].compactMap {
      $0
    }
    + [
      (try? MDF4Builder.usual()).map { FormatSample(format: "mdf4", name: "sorted", bytes: $0) },
      FormatSample(format: "mdf4", name: "unsorted", bytes: MDF4Builder.unsorted()),
    ].compactMap { $0 }
    + [false, true].map {
      FormatSample(
        format: "tdms", name: $0 ? "interleaved" : "contiguous", bytes: TDMSSketch.usual(isInterleaved: $0), most: 84)
    }
}

@Test func everyFormatHasASample() {
  #expect(Set(FormatSample.all.map(\.format)) == Set(Format.all.map(\.name)))
}

@Test(arguments: FormatSample.all) func aSampleIsRecognisedByItsFormatOnly(_ sample: FormatSample) {
  let head = Array(sample.bytes.prefix(64))
  #expect(Format.all.filter { $0.recognises(head) }.map(\.name) == [sample.format])
}

@Test(arguments: FormatSample.all) func jobsDoNotChangeWhatIsRead(_ sample: FormatSample) throws {
  #expect(try Reading(sample.bytes, jobs: 1) == Reading(sample.bytes, jobs: 4))
}

@Test(arguments: FormatSample.all) func aCutFileGivesAPrefixOrAnErrorAndNeverATrap(_ sample: FormatSample) throws {
  let whole = try Reading(sample.bytes)
  let known = Set(whole.rows)
  // The padding of the bag header says nothing: every cut outside of it, some inside.
  for length in 0..<sample.bytes.count where length < 64 || length > 4090 || length % 511 == 0 {
    guard let cut = try? Reading(Array(sample.bytes.prefix(length))) else { continue }
    #expect(Set(cut.rows).isSubset(of: known), "cut at \(length)")
    #expect(cut.rows.count == whole.rows.count || !cut.codes.isEmpty, "cut at \(length) is not mentioned")
  }
}

@Test(arguments: FormatSample.all) func aFlippedBitEndsInFindingsOrAnErrorAndNeverATrap(_ sample: FormatSample) throws {
  var generator = SeededGenerator(seed: 20_261_121)
  for index in sample.bytes.indices where index < 110 || index > 4090 {
    var bytes = sample.bytes
    bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    guard let reading = try? Reading(bytes) else { continue }
    #expect(reading.rows.count <= sample.most, "byte \(index)")
  }
}

@Test(arguments: [[UInt8](), [0], Array("#ROSBAG V2.0\n".utf8), Array(repeating: 0, count: 5000)])
func whatIsNoRecordingIsAnErrorWithAPlace(_ bytes: [UInt8]) throws {
  #expect(throws: FormatError.self) { try Reading(bytes) }
}

@Test func aSparseFileOfZerosIsRefusedAtOnce() throws {
  let scratch = try ScratchFile([])
  let handle = try FileHandle(forWritingTo: URL(filePath: scratch.path))
  try handle.truncate(atOffset: 2 << 30)
  #expect(throws: FormatError.self) { try Format.open(FileReader(scratch.path)) }
}
