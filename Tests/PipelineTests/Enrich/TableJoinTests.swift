import Testing

@testable import Core
@testable import Pipeline

private let second: Int64 = 1_000_000_000

private func joined(_ text: String, _ change: (inout TableJoin) -> Void = { _ in }) throws -> JoinedTable {
  let scratch = try ScratchFolder()
  try scratch.write(text, "n.csv")
  var join = TableJoin(prefix: "n", file: "\(scratch.path)/n.csv")
  join.maxAge = 2 * second
  change(&join)
  return try JoinedTable(join, keys: ["vin": "V1"])
}

private let notes =
  "t_ns,note,x,vin\n0,a,0,V1\n2000000000,b,10,V1\n2000000000,c,20,V1\n1000000000,d,5,V2\n9000000000,e,9,V1\n"

@Test func rowsAreJoinedByTimeWithTheirAge() throws {
  let table = try joined(notes)
  #expect(table.fields.map(\.name) == ["n__note", "n__x", "n__vin", "n_age_s"])
  #expect(table.duplicates == 1)
  #expect(!table.isSorted)
  let (columns, unmatched) = table.values(at: [-1, 0, 1_500_000_000, 3 * second, 5 * second])
  #expect(columns[0].texts == [nil, "a", "d", "c", nil])
  #expect(columns[3].numbers?.map { $0.isNaN ? -1 : $0 } == [-1, 0, 0.5, 1, -1])
  #expect(unmatched == 2)
}

@Test func keysDirectionsAndExactTimesDecideWhichRow() throws {
  let own = try joined(notes) { $0.keys = ["vin"] }
  #expect(own.fields.map(\.name) == ["n__note", "n__x", "n_age_s"])
  #expect(own.values(at: [1_500_000_000]).columns[0].texts == ["a"])
  let forward = try joined(notes) { ($0.direction, $0.columns) = (.next, ["note"]) }
  #expect(forward.values(at: [second / 2, 8 * second]).columns[0].texts == ["d", "e"])
  #expect(forward.values(at: [8 * second]).columns[1].numbers == [-1])
  let before = try joined(notes) { $0.allowsExact = false }
  #expect(before.values(at: [second]).columns[0].texts == ["a"])
}

@Test func valuesBetweenRowsAreSaidOnlyWhereBothAreNear() throws {
  let table = try joined(notes) { ($0.keys, $0.interpolated, $0.columns) = (["vin"], ["x"], ["x"]) }
  let (columns, _) = table.values(at: [0, second / 2, 3 * second, 8 * second])
  let values = try #require(columns[0].numbers)
  #expect(values[0...1] == [0, 5])
  #expect(values[2] == 20)
  #expect(values[3].isNaN)
  #expect(throws: SourceError.self) { try joined(notes) { ($0.interpolated, $0.columns) = (["note"], ["note"]) } }
  #expect(throws: SourceError.self) { try joined(notes) { $0.columns = ["nix"] } }
}
