import Foundation
import Synchronization
import Testing

@testable import Core

private struct Refused: Error, Equatable { var item: Int }

@Test(arguments: [0, 1, 2, 5, 1_000], [1, 2, 4, 16]) func resultsComeInOrder(_ count: Int, _ jobs: Int) throws {
  var results: [Int] = []
  try parallelMap(Array(0..<count), jobs: jobs) { item in
    if item % 7 == 0 { usleep(50) }
    return item * 2
  } _: {
    results.append($0)
  }
  #expect(results == (0..<count).map { $0 * 2 })
}

@Test(arguments: [1, 2, 4]) func theFirstErrorInOrderIsThrown(_ jobs: Int) throws {
  let begun = Atomic<Int>(0)
  var results: [Int] = []
  let error = #expect(throws: Refused.self) {
    try parallelMap(Array(0..<10_000), jobs: jobs) { item in
      begun.wrappingAdd(1, ordering: .relaxed)
      // The later one fails first.
      if item == 20 { usleep(2_000) }
      if item >= 20 { throw Refused(item: item) }
      return item
    } _: {
      results.append($0)
    }
  }
  #expect(error == Refused(item: 20))
  #expect(results == Array(0..<20))
  #expect(begun.load(ordering: .relaxed) < 20 + 4 * jobs + 2)
}

@Test(arguments: [1, 2, 4]) func anErrorOfTheBodyEndsItAndNoThreadGoesOn(_ jobs: Int) throws {
  let inside = Atomic<Int>(0), begun = Atomic<Int>(0)
  #expect(throws: Refused.self) {
    try parallelMap(Array(0..<10_000), jobs: jobs) { item in
      inside.wrappingAdd(1, ordering: .sequentiallyConsistent)
      begun.wrappingAdd(1, ordering: .relaxed)
      usleep(200)
      inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
      return item
    } _: {
      if $0 == 10 { throw Refused(item: $0) }
    }
  }
  #expect(inside.load(ordering: .sequentiallyConsistent) == 0)
  #expect(begun.load(ordering: .relaxed) < 11 + 4 * jobs + 2)
}

@Test func resultsThatWaitAreBounded() throws {
  let made = Atomic<Int>(0)
  var taken = 0
  try parallelMap(Array(0..<300), jobs: 3) { item in
    made.wrappingAdd(1, ordering: .sequentiallyConsistent)
    return item
  } _: { _ in
    if taken == 0 { usleep(20_000) }
    taken += 1
    #expect(made.load(ordering: .sequentiallyConsistent) <= taken + 2 * 3 + 1)
  }
  #expect(taken == 300)
}

// With more calls inside calls than any pool has threads.
// The limits are for a deadlock, not for speed: they count from when all tests begin, which wait for each other.
@Test(.timeLimit(.minutes(30))) func callsMayBeNested() throws {
  @Sendable func sum(_ depth: Int) throws -> Int {
    guard depth > 0 else { return 1 }
    var total = 0
    try parallelMap(Array(0..<4), jobs: 4) { _ in
      try sum(depth - 1)
    } _: {
      total += $0
    }
    return total
  }
  #expect(try sum(5) == 1024)
}

@Test(arguments: [0, 1, 1_000], [1, 3]) func whatIsMadeAheadComesInOrder(_ count: Int, _ ahead: Int) throws {
  let made = Atomic<Int>(0)
  var results: [Int] = []
  try pipelined(ahead: ahead) { give in
    for item in 0..<count {
      made.wrappingAdd(1, ordering: .sequentiallyConsistent)
      try give(item)
    }
  } _: { item in
    if item == 0 { usleep(20_000) }
    results.append(item)
    // One is in the maker's hands, and one is being taken.
    #expect(made.load(ordering: .sequentiallyConsistent) <= results.count + ahead + 1)
  }
  #expect(results == Array(0..<count))
}

@Test func anErrorOfTheMakerComesAfterWhatItMade() throws {
  var results: [Int] = []
  let error = #expect(throws: Refused.self) {
    try pipelined(ahead: 100) { give in
      for item in 0..<20 { try give(item) }
      throw Refused(item: 20)
    } _: {
      results.append($0)
    }
  }
  #expect(error == Refused(item: 20))
  #expect(results == Array(0..<20))
}

@Test(.timeLimit(.minutes(30))) func anErrorOfTheTakerEndsTheMaker() throws {
  let inside = Atomic<Int>(0)
  let error = #expect(throws: Refused.self) {
    try pipelined(ahead: 2) { give in
      inside.store(1, ordering: .sequentiallyConsistent)
      // One that does not listen: each call throws, and none waits.
      for item in 0..<1_000 { try? give(item) }
      inside.store(0, ordering: .sequentiallyConsistent)
    } _: {
      if $0 == 3 { throw Refused(item: $0) }
    }
  }
  #expect(error == Refused(item: 3))
  #expect(inside.load(ordering: .sequentiallyConsistent) == 0)
}

@Test func thereAreOneToFourProcessors() { #expect((1...4).contains(Processors.available)) }

@Test func theTightestGroupLimitsProcessors() throws {
  let scratch = try Scratch()
  let root = scratch.path + "/cgroup", manager = FileManager.default
  try manager.createDirectory(atPath: root + "/a/b", withIntermediateDirectories: true)
  func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: scratch.path + path))
  }
  try write("0::/a/b\n", "/group")
  func quota() -> Int? { Processors.quota(group: scratch.path + "/group", root: root) }
  #expect(quota() == nil)
  try write("max 100000\n", "/cgroup/a/b/cpu.max")
  #expect(quota() == nil)
  try write("300000 100000\n", "/cgroup/a/cpu.max")
  #expect(quota() == 3)
  try write("40000 100000\n", "/cgroup/a/b/cpu.max")
  #expect(quota() == 1)
  try write("nonsense 0\n", "/cgroup/a/b/cpu.max")
  #expect(quota() == 3)
}
