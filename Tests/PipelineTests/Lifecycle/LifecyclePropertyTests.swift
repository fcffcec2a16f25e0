import Core
import Foundation
import Testing

@testable import Pipeline

/// Over random small lakes and rules: every file of every measurement keeps an intact copy.
@Suite struct LifecyclePropertyTests {
  /// xorshift64*: the same lakes each time.
  struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return Int((state &* 2_685_821_657_736_338_717) >> 33) % sides
    }

    mutating func pick<T>(_ values: [T]) -> T { values[roll(values.count)] }
  }

  static let ids = (0..<3).map { "210b1ba7-9184-4840-a1c8-ebf397b7c68\($0)" }

  /// `path sha256` of the manifest's files that have an intact copy in raw, archive or landing.
  static func kept(_ fixture: IngestFixture, _ view: LineageView) throws -> Set<String> {
    var kept: Set<String> = []
    for stream in view.datastreams.values where stream.zone == "raw" {
      for (path, copy) in stream.copies {
        guard let bytes = try? fixture.scratch.read("lake/" + path), Digest.sha256(bytes).hex == copy.sha256 else {
          continue
        }
        kept.insert("\(stream.measurement) \(copy.sha256)")
      }
    }
    return kept
  }

  @Test(arguments: 1...40) func noPlanRemovesTheLastVerifiedCopy(_ seed: Int) throws {
    var dice = Dice(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
    var rules: [String] = []
    for key in ["raw", "archive", "extracted", "shared", "superseded", "*"] where dice.roll(4) > 0 {
      let keep = dice.pick(["0s", "0s", "0s", "90d", "forever"])
      rules.append("'\(key)': {keep: '\(keep)', then: '\(dice.pick(["report", "archive", "delete", "delete"]))'}")
    }
    let fixture = try IngestFixture(
      "{ retention: {\(rules.joined(separator: ", "))}, archive: \(dice.roll(4) > 0) }")
    for (index, id) in Self.ids.enumerated() { try fixture.upload("m\(index)", id: id) }
    try fixture.ingest()
    // Files are lost and damaged, in any zone.
    let before = try fixture.files().filter { $0.hasPrefix("raw/") || $0.hasPrefix("archive/") }
    for path in before where dice.roll(8) == 0 {
      if dice.roll(2) == 0 {
        try FileManager.default.removeItem(at: fixture.scratch.url("lake/" + path))
      } else {
        var bytes = try fixture.scratch.read("lake/" + path)
        if bytes.isEmpty { bytes = [0] } else { bytes[dice.roll(bytes.count)] ^= 0x20 }
        try fixture.scratch.write(bytes, "lake/" + path)
      }
    }
    var view = try fixture.view()
    let copies = try Self.kept(fixture, view)
    for _ in 0..<3 {
      var request = LifecycleRequest()
      request.confirmed = Set(Self.ids.filter { _ in dice.roll(2) == 0 })
      _ = try Lifecycle.apply(
        fixture.lake, request, tool: LifecycleFixture.tool, run: "\(Identifier.unique())"
      ) { _ in }
      // Copies are looked up as they were recorded before anything was removed.
      #expect(try copies.isSubset(of: Self.kept(fixture, view)))
      let now = try fixture.view()
      #expect(now.allConflicts.isEmpty)
      if dice.roll(2) == 0 { view = now.merged(with: view) }
    }
  }
}

extension LineageView {
  /// This view, with the copies that another knows besides.
  fileprivate func merged(with other: LineageView) -> LineageView {
    var view = self
    for (id, stream) in other.datastreams { view.datastreams[id]?.copies.merge(stream.copies) { own, _ in own } }
    return view
  }
}
