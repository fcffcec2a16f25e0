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
  /// By group and channel.
  let values: [String: [JSON]]
  var counts: [String: Int] { values.mapValues(\.count) }
  var testDescription: String { file }

  /// A value as the readings have it is the one that is described.
  static func isSame(_ found: String, _ value: JSON) -> Bool {
    switch value {
    case .string(let text): found == text
    case .bool(let value): found == "\(value)"
    case .array(let pair): found.split(separator: ",").compactMap { Double($0) } == pair.compactMap(\.number)
    default: Double(found) == value.number
    }
  }

  static let all: [CraftedTDMS] = {
    guard let folder = SharedData.folder,
      let text = try? String(contentsOfFile: folder + "/gen/expected_tdms.json", encoding: .utf8),
      let entries = try? JSON.parse(text)
    else { return [] }
    return (entries.object?.members ?? []).map { entry in
      var values: [String: [JSON]] = [:]
      for member in entry.value.object?["expect"]?.object?.members ?? [] where !member.key.hasPrefix("_") {
        values[member.key.contains("|") ? member.key : member.key.replacing("/", with: "|")] = member.value.array
      }
      return CraftedTDMS(file: entry.key, values: values)
    }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: CraftedTDMS.all)
func aCraftedFileHasTheValuesThatItsDescriptionGives(_ sample: CraftedTDMS) throws {
  let index = try TDMSIndex(FileReader("\(SharedData.folder ?? "")/gen/\(sample.file)"))
  #expect(index.counts == sample.counts)
  #expect(sample.file.hasPrefix("trunc") == index.codes.contains { $0 != "padding" })
}
