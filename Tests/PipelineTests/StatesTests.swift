import Core
import Testing

@testable import Pipeline

@Suite struct StatesTests {
  /// `dataops.md` §4.3, every row.
  static let legal: [DatastreamWay: Set<String>] = [
    .copied: [
      "CREATED START_COPY", "CREATED FAILED", "START_COPY COPY_COMPLETE", "START_COPY FAILED", "FAILED START_COPY",
      "COPY_COMPLETE ARCHIVED", "COPY_COMPLETE DELETED", "COPY_COMPLETE SUPERSEDED", "ARCHIVED COPY_COMPLETE",
      "ARCHIVED DELETED", "SUPERSEDED DELETED",
    ],
    .derived: [
      "CREATED PROCESSING", "CREATED FAILED", "PROCESSING COMPLETED", "PROCESSING FAILED", "FAILED PROCESSING",
      "COMPLETED ARCHIVED", "COMPLETED DELETED", "COMPLETED SUPERSEDED", "ARCHIVED DELETED", "SUPERSEDED DELETED",
      "DELETED PROCESSING",
    ],
  ]

  @Test(arguments: DatastreamWay.allCases) func everyPairOfStatesIsLegalOrNot(_ way: DatastreamWay) throws {
    for from in DatastreamState.allCases {
      for to in DatastreamState.allCases {
        let isListed = try #require(Self.legal[way]).contains("\(from.rawValue) \(to.rawValue)")
        #expect(Transition(from: from, to: to).isLegal(on: way) == isListed, "\(way) \(from) → \(to)")
      }
    }
  }

  @Test(arguments: [
    ("Start Copy", DatastreamState.startCopy), ("Copy Complete", .copyComplete), ("Processing", .processing),
    ("Completed", .completed), ("copy_complete", .copyComplete), ("START-COPY", .startCopy), ("failed", .failed),
  ])
  func spellingsOfOthersAreTaken(_ spelling: String, _ state: DatastreamState) {
    #expect(DatastreamState(spelling: spelling) == state)
  }

  @Test(arguments: ["", "done", "COPYCOMPLETE", "Start  Copy"]) func otherSpellingsAreRefused(_ spelling: String) {
    #expect(DatastreamState(spelling: spelling) == nil)
  }

  /// Takes steps `from>to#digest` and says what each was: m, r or c.
  func walk(_ way: DatastreamWay, _ steps: String) throws -> (String, DatastreamState) {
    var history = StateHistory(way: way)
    var text = ""
    for step in steps.split(separator: " ") {
      let parts = step.split { $0 == ">" || $0 == "#" }.map(String.init)
      let names = [
        "N": DatastreamState.created, "S": .startCopy, "Y": .copyComplete, "P": .processing, "C": .completed,
        "F": .failed, "A": .archived, "D": .deleted, "U": .superseded,
      ]
      let transition = Transition(from: try #require(names[parts[0]]), to: try #require(names[parts[1]]))
      switch history.take(transition, digest: parts.count > 2 ? parts[2] : nil) {
      case .moves: text += "m"
      case .repeats: text += "r"
      case .conflicts: text += "c"
      }
    }
    return (text, history.state)
  }

  @Test(arguments: [
    ("N>P P>C#1", "mm", DatastreamState.completed),
    // The same work by two runs, one after another and interleaved.
    ("N>P P>C#1 N>P P>C#1", "mmrr", .completed), ("N>P N>P P>C#1 P>C#1", "mrmr", .completed),
    // Two completions that differ; two different ends of one attempt.
    ("N>P P>C#1 P>C#2", "mmc", .completed), ("N>P P>C#1 P>F", "mmc", .completed), ("N>P P>F P>C#1", "mmc", .failed),
    // A retry, and a late end of the attempt before.
    ("N>P P>F F>P P>C#1", "mmmm", .completed), ("N>P P>F F>P P>C#1 P>F", "mmmmc", .completed),
    ("N>F F>P P>F F>P P>C", "mmmmm", .completed),
    // Later states are not undone by a stale run.
    ("N>P P>C#1 C>D P>C#1", "mmmc", .deleted), ("N>P P>C#1 C>U U>D", "mmmm", .deleted),
    // What was deleted is made again: the same, or it is a contradiction.
    ("N>P P>C#1 C>D D>P P>C#1", "mmmmm", .completed), ("N>P P>C#1 C>D D>P P>C#2", "mmmmc", .processing),
    ("N>C", "c", .created), ("P>C", "c", .created), ("N>S", "c", .created), ("N>P P>C C>P", "mmc", .completed),
  ])
  func historiesFold(_ steps: String, _ expected: String, _ state: DatastreamState) throws {
    let (text, end) = try walk(.derived, steps)
    #expect(text == expected)
    #expect(end == state)
  }

  @Test func anArchivedCopyIsBroughtBack() throws {
    #expect(try walk(.copied, "N>S S>Y#1 Y>A A>Y#1") == ("mmmm", .copyComplete))
    #expect(try walk(.copied, "N>S S>Y#1 Y>A A>Y#2") == ("mmmc", .archived))
  }

  @Test func aWriterFindsTheStepToItsGoal() {
    var history = StateHistory(way: .derived)
    #expect(history.transition(to: .completed) == nil)
    _ = history.take(Transition(from: .created, to: .processing))
    // A crashed attempt is taken up.
    #expect(history.transition(to: .processing)?.transition == Transition(from: .created, to: .processing))
    #expect(history.transition(to: .processing)?.step == .repeats)
    _ = history.take(Transition(from: .processing, to: .completed), digest: "1")
    #expect(history.transition(to: .completed, digest: "1")?.step == .repeats)
    #expect(history.transition(to: .completed, digest: "2") == nil)
    #expect(history.transition(to: .failed) == nil)
    #expect(history.transition(to: .deleted)?.step == .moves)
  }
}
