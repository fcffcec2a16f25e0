import Foundation
import Testing

@testable import Core
@testable import Recordings

/// Counts by `name[type]`, of channels that have messages.
private func counts(_ recording: Recording) -> [String: Int] {
  let pairs = recording.channels.filter { $0.messages > 0 }.map { ("\($0.name)[\($0.type)]", $0.messages) }
  return Dictionary(pairs, uniquingKeysWith: +)
}

/// A row of the manifest of real bags: what an independent reader found.
private struct RealBag: Sendable, CustomTestStringConvertible {
  let path: String
  let counts: [String: Int]
  var testDescription: String { (path as NSString).lastPathComponent }

  static let all: [RealBag] = {
    guard let folder = SharedData.folder,
      let text = try? String(contentsOfFile: folder + "/rosbag/MANIFEST.tsv", encoding: .utf8)
    else { return [] }
    let lines = text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    guard let head = lines.first, let column = head.firstIndex(of: "topics[type]=count") else { return [] }
    return lines.dropFirst().filter { $0[5] != "0" || $0[0].contains("no-messages") }.compactMap { line in
      guard line[4] != "0", line[6] != "empty file" else { return nil }
      let pairs = line[column].components(separatedBy: "; ").compactMap { entry -> (String, Int)? in
        guard let equal = entry.lastIndex(of: "="), let count = Int(entry[entry.index(after: equal)...]) else {
          return nil
        }
        return (String(entry[..<equal]), count)
      }
      return RealBag(
        path: folder + "/rosbag/" + line[0], counts: Dictionary(pairs, uniquingKeysWith: +))
    }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: RealBag.all)
private func aRealBagHasTheCountsOfItsManifest(_ bag: RealBag) throws {
  let reader = try Format.open(FileReader(bag.path))
  #expect(counts(reader.recording) == bag.counts)
  var decoded: [Int: Int] = [:]
  let report = try reader.read(Selection(), jobs: 2) { decoded[$0.channel, default: 0] += $0.batch.count }
  #expect(decoded.values.reduce(0, +) == bag.counts.values.reduce(0, +))
  #expect(report.undecoded == 0)
  #expect(reader.recording.channels.allSatisfy { $0.undecoded == nil })
}

/// A bag with one trap, and what must come of it.
private struct CraftedBag: Sendable, CustomTestStringConvertible {
  let path: String
  let truth: JSON
  var testDescription: String { (path as NSString).lastPathComponent }

  static let all: [CraftedBag] = {
    guard let folder = SharedData.folder,
      let data = try? Data(contentsOf: URL(filePath: folder + "/rosbag-crafted/expected.json")),
      let object = try? JSON.parse(Array(data)).object
    else { return [] }
    return object.members.map { CraftedBag(path: folder + "/rosbag-crafted/" + $0.key, truth: $0.value) }
  }()
}

@Test(.enabled(if: SharedData.isHere, "no shared data"), arguments: CraftedBag.all)
private func aCraftedBagGivesWhatItsTruthSays(_ bag: CraftedBag) throws {
  let truth = bag.truth
  let file = try FileReader(bag.path)
  guard ["not-a-bag", "versions"].contains(truth["class"]?.string ?? "") == false || truth["readable"]?.integer != 0
  else {
    #expect(throws: FormatError.self) { try Format.open(file) }
    return
  }
  let reader = try Format.open(file)
  let checked = try reader.check(jobs: 2)
  #expect(checked.messages == truth["readable"]?.integer.map { Int($0) })
  #expect(checked.outcome.rawValue == truth["outcome"]?.string)
  #expect(checked.isComplete == truth["complete"]?.bool)
  #expect(checked.range.map { "\($0.start)" } == truth["start"]?.string)
  #expect(checked.range.map { "\($0.end)" } == truth["end"]?.string)
  let channels = checked.channels.filter { $0.messages > 0 || truth["class"]?.string == "empty" }
  let found = channels.map { "\($0.name) \($0.type) \($0.messages)" }.sorted()
  let wanted = (truth["channels"]?.array ?? []).map { channel in
    "\(channel["name"]?.string ?? "") \(channel["type"]?.string ?? "") \(channel["messages"]?.integer ?? -1)"
  }
  #expect(found == wanted.sorted())
  if let indexed = truth["indexed"]?.integer { #expect(reader.recording.messages == Int(indexed)) }

  var raw = 0, decoded = 0
  let rawReport = try reader.read(Selection(form: .raw), jobs: 2) { raw += $0.batch.count }
  #expect(raw == checked.messages)
  #expect(rawReport.outcome == checked.outcome)
  _ = try reader.read(Selection(), jobs: 2) { batch in
    if reader.recording.channels[batch.channel].undecoded == nil { decoded += batch.batch.count }
  }
  #expect(decoded == truth["decodes"]?.integer.map { Int($0) } ?? checked.messages)
}
