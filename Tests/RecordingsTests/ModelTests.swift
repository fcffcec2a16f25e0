import Testing

@testable import Recordings

@Test func formatsHaveNamesOfTheirOwn() { #expect(Set(Format.all.map(\.name)).count == Format.all.count) }
