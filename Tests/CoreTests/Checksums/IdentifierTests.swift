import Synchronization
import Testing

@testable import Core

@Test func theNamespaceIsTheUUIDOfItsURN() throws {
  let url = try #require(Identifier("6ba7b811-9dad-11d1-80b4-00c04fd430c8"))
  #expect("\(Identifier.namespace)" == "84c48e80-1758-5a7d-be96-80b10363ba27")
  #expect(Identifier(namespace: url, name: "urn:avtools:ids:1") == .namespace)
}

@Test func aNameGivesAlwaysTheSameIdentifier() throws {
  let manifest = "b871912ba1a9c732f31974d148510b67cca402b5214067d8698874fc322f1238"
  #expect("\(Identifier.measurement(manifestDigest: manifest))" == "49f06a80-d490-5a58-87d1-a4295746527a")

  let parent = try #require(Identifier("57472a44-0886-4750-865a-ca32c8512070"))
  let config = Digest.sha256("{}").hex
  let stream = Identifier.datastream(stage: "extract", parents: [parent], config: config, version: 1)
  #expect("\(stream)" == "2075d2d5-8621-503a-8c22-bc53bfdf25b5")

  let measurement = try #require(Identifier("210b1ba7-9184-4840-a1c8-ebf397b7c686"))
  let sample = Identifier.sample(measurement: measurement, at: Timestamp(nanoseconds: 1_664_527_000_000_000_000))
  #expect("\(sample)" == "65f0a482-fb19-5bd7-a312-3dec0e3d8009")

  let synchronized = try #require(Identifier("87404bc9-0549-4a18-93ff-d1cc55fd8b78"))
  let scene = Identifier.scene(
    rule: "hard_brake", version: "2", datastream: synchronized, start: Timestamp(nanoseconds: 1_664_527_012_300_000_000)
  )
  #expect("\(scene)" == "d1f25623-10cd-5a9a-8e21-8db6e1b96bab")
}

@Test func theOrderOfParentsDoesNotMatter() throws {
  let one = Identifier.unique(), other = Identifier.unique()
  func stream(_ parents: [Identifier]) -> Identifier {
    .datastream(stage: "s", parents: parents, config: "", version: 1)
  }
  #expect(stream([one, other]) == stream([other, one]))
  #expect(stream([one]) != stream([other]))
}

@Test func anIdentifierIsPrintedInLowerCase() {
  #expect(Identifier("2075D2D5-8621-503A-8C22-BC53BFDF25B5")?.description == "2075d2d5-8621-503a-8c22-bc53bfdf25b5")
}

@Test(arguments: [
  "", "2075d2d5-8621-503a-8c22-bc53bfdf25b", "2075d2d5-8621-503a-8c22-bc53bfdf25b5 ",
  "{2075d2d5-8621-503a-8c22-bc53bfdf25b5}",
  "2075d2d58621503a8c22bc53bfdf25b5", "2075d2d5-8621-503a-8c22-bc53bfdf25bg", "2075d2d5-8621-503a-8c22bc53-bfdf25b5",
  "２075d2d5-8621-503a-8c22-bc53bfdf2",
]) func whatIsNoUUIDIsRefused(_ text: String) { #expect(Identifier(text) == nil) }

@Test func identifiersFromTheClockIncreaseOnEveryThread() throws {
  let made = Mutex<[[Identifier]]>([])
  try parallelMap(Array(0..<4), jobs: 4) { _ in
    (0..<5_000).map { _ in Identifier.unique() }
  } _: { list in
    made.withLock { $0.append(list) }
  }
  let lists = made.withLock { $0 }
  for list in lists { #expect(list == list.sorted()) }
  #expect(Set(lists.joined()).count == 20_000)
}

@Test func anIdentifierFromTheClockHasItsVersionAndItsTime() throws {
  let text = "\(Identifier.unique())"
  #expect(text.dropFirst(14).first == "7")
  #expect("89ab".contains(try #require(text.dropFirst(19).first)))
  let milliseconds = try #require(UInt64(text.prefix(13).filter { $0 != "-" }, radix: 16))
  // Between 2024 and 2100.
  #expect((1_704_067_200_000..<4_102_444_800_000).contains(milliseconds))
}
