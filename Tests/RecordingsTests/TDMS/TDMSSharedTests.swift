import Foundation
import Testing

@testable import Core
@testable import Recordings

/// Real TDMS files and what the survey counted in each.
struct RealTDMS: Sendable, CustomTestStringConvertible {
  let file: String
  let segments: Int
  let channels: Int
  let values: Int
  var testDescription: String { file }

  static let all: [RealTDMS] = {
    guard let folder = SharedData.folder,
      let text = try? String(contentsOfFile: folder + "/tdms/MANIFEST.tsv", encoding: .utf8)
    else { return [] }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard cells.count > 12, let segments = Int(cells[6]), let channels = Int(cells[11]), let values = Int(cells[12])
      else { return nil }
      return RealTDMS(file: String(cells[0]), segments: segments, channels: channels, values: values)
    }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: RealTDMS.all)
func aRealFileHasTheSegmentsChannelsAndValuesOfTheSurvey(_ sample: RealTDMS) throws {
  let index = try TDMSIndex(FileReader("\(SharedData.folder ?? "")/tdms/\(sample.file)"))
  #expect(index.segmentCount == sample.segments)
  #expect(index.counts.count == sample.channels)
  #expect(index.counts.values.reduce(0, +) == sample.values)
  #expect(index.lostBytes == 0)
}

@Test(.enabled(if: SharedData.isHere, "no shared data")) func aFileWhoseLastSegmentsAreMisplacedIsReadUpToThere() throws
{
  // 20 bytes lie between the last segment's end and the next lead-in.
  let index = try TDMSIndex(FileReader("\(SharedData.folder ?? "")/tdms/OWI-Lab__faulty_tdms_01.tdms"))
  #expect(index.segmentCount == 9)
  #expect(index.codes == ["bytes-after"])
  #expect(index.lostBytes == 1110)
}

/// The crafted files beside the repository: name, and the number of values of each channel.
struct CraftedTDMS: Sendable, CustomTestStringConvertible {
  let file: String
  let counts: [String: Int]
  var testDescription: String { file }

  static let all: [CraftedTDMS] = {
    guard let folder = SharedData.folder,
      let data = try? Data(contentsOf: URL(filePath: folder + "/gen/expected_tdms.json")),
      let entries = try? JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
    else { return [] }
    return entries.sorted { $0.key < $1.key }.map { name, entry in
      let expected = entry["expect"] as? [String: Any] ?? [:]
      var counts: [String: Int] = [:]
      for (key, values) in expected where !key.hasPrefix("_") {
        let channel = key.contains("|") ? key : key.replacingOccurrences(of: "/", with: "|")
        counts[channel] = (values as? [Any])?.count
      }
      return CraftedTDMS(file: name, counts: counts)
    }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: CraftedTDMS.all)
func aCraftedFileHasTheValuesThatItsDescriptionGives(_ sample: CraftedTDMS) throws {
  let index = try TDMSIndex(FileReader("\(SharedData.folder ?? "")/gen/\(sample.file)"))
  #expect(index.counts == sample.counts)
  #expect(sample.file.hasPrefix("trunc") == index.codes.contains { $0 != "padding" })
}

@Test(
  .enabled(if: SharedData.isHere, "no shared data"),
  arguments: [
    ("scaling_chain.tdms", [17.5, 47.5, 97.5, 167.5, 257.5]), ("scaling_subtract.tdms", [10, 8, 6, 4, 2]),
    ("float32_linear.tdms", [0.3100000001490116, 0.33333333432674406, 1000000.4000000001]),
  ]) func scalesOfACraftedFileGiveItsValuesToTheLastBit(_ name: String, _ wanted: [Double]) throws
{
  let file = try FileReader("\(SharedData.folder ?? "")/gen/\(name)")
  let index = try TDMSIndex(file)
  let channel = try #require(index.objects.first { $0.path.channel == "a" })
  let data = try #require(index.segments.first).data
  let bytes = try file.bytes(at: data.lowerBound, count: data.count)
  let raw: [Double]
  switch channel.type {
  case .int16: raw = [Int16](littleEndian: bytes.bytes).map(Double.init)
  case .int32: raw = [Int32](littleEndian: bytes.bytes).map(Double.init)
  case .float32: raw = [Float](littleEndian: bytes.bytes).map(Double.init)
  case .float64: raw = [Double](littleEndian: bytes.bytes)
  default: raw = []
  }
  #expect(try TDMSScaling(channel.properties)?.values(of: raw) == wanted)
}
