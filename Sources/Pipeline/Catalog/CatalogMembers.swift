import Core

/// Which datastreams belong to which products, by the indexes of some lakes.
///
/// Memory is some 60 bytes a datastream.
struct CatalogMembers {
  private let lakes: [IndexSnapshot]
  private let products: [LakeProduct]
  /// Every combination of products that a datastream is in.
  private var combinations: [[Int]] = []
  private var numbers: [[Int]: Int32] = [:]
  /// By lake and datastream.
  private var members: [[Int64: Member]]
  /// By product, the measurements that have something whole.
  private var measured: [Set<Measurement>]

  private struct Member {
    var combination: Int32
    var isWhole: Bool
  }

  private enum Measurement: Hashable {
    case number(Int64)
    case id(String)
  }

  /// A datastream of a product; columns are read when they are asked for.
  struct Row {
    let state: DatastreamState
    let lake: Lake
    fileprivate let found: Statement

    var rows: Int64 { found.integer(5) ?? 0 }
    var files: Int64 { found.integer(6) ?? 0 }
    var bytes: Int64 { found.integer(7) ?? 0 }
    /// Of its data.
    var range: TimeRange? {
      guard found.integer(10) == 1, let start = found.integer(8), let end = found.integer(9), start <= end else {
        return nil
      }
      return TimeRange(start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }
    var changed: Timestamp { Timestamp(nanoseconds: found.integer(11) ?? 0) }
    var id: String { found.text(12) ?? "" }
    var path: String { found.text(13) ?? "" }
  }

  init(_ lakes: [IndexSnapshot], _ products: [LakeProduct]) {
    (self.lakes, self.products) = (lakes, products)
    members = Array(repeating: [:], count: lakes.count)
    measured = Array(repeating: [], count: products.count)
  }

  /// How many measurements each product has something whole of.
  var measurements: [Int] { measured.map(\.count) }

  /// Reads the datastreams of a lake, and hands over those that are in a product, with the products.
  mutating func read(_ place: Int, _ body: ([Int], Row) throws -> Void) throws {
    let lake = lakes[place]
    var tagged: [String: Set<Int64>] = [:]
    for tag in Set(products.flatMap(\.tags)) {
      tagged[tag] = Set(try lake.numbers("SELECT subject FROM tag WHERE key || '=' || value = ?1", [.text(tag)]))
    }
    let found = try lake.database.query(
      """
      SELECT no, zone, kind, state, measurement, rows, files, bytes, start, end, timed, changed, id, path FROM datastream
      """)
    while try found.next() {
      guard let number = found.integer(0), let zone = found.text(1), let measurement = found.integer(4),
        let state = found.text(3).flatMap(DatastreamState.init(rawValue:))
      else { continue }
      let kind = found.text(2) ?? ""
      let own = products.indices.filter { index in
        products[index].holds(zone, kind)
          && products[index].tags.allSatisfy { tag in
            tagged[tag]?.contains(number) ?? false || tagged[tag]?.contains(measurement) ?? false
          }
      }
      guard !own.isEmpty else { continue }
      members[place][number] = Member(combination: self.number(of: own), isWhole: state.isWhole)
      if state.isWhole {
        let known: Measurement = lakes.count == 1 ? .number(measurement) : .id(try lake.id(of: measurement))
        for product in own { measured[product].insert(known) }
      }
      try body(own, Row(state: state, lake: lake.lake, found: found))
    }
  }

  private mutating func number(of combination: [Int]) -> Int32 {
    if let known = numbers[combination] { return known }
    let number = Int32(combinations.count)
    combinations.append(combination)
    numbers[combination] = number
    return number
  }

  /// Pairs of products, one of which something whole of the other was made of.
  func links() throws -> Set<[Int]> {
    var pairs: Set<[Int32]> = []
    for (place, lake) in lakes.enumerated() {
      let own = members[place]
      let found = try lake.database.query("SELECT child, parent FROM edge")
      while try found.next() {
        guard let child = found.integer(0).flatMap({ own[$0] }), child.isWhole, let number = found.integer(1) else {
          continue
        }
        if let parent = own[number] {
          pairs.insert([parent.combination, child.combination])
        } else if lakes.count > 1 {
          for parent in try elsewhere(number, place) { pairs.insert([parent.combination, child.combination]) }
        }
      }
    }
    var links: Set<[Int]> = []
    for pair in pairs {
      for above in combinations[Int(pair[0])] {
        for below in combinations[Int(pair[1])] where above != below { links.insert([above, below]) }
      }
    }
    return links
  }

  /// A parent that a lake knows only by name, in the lakes that have it.
  private func elsewhere(_ number: Int64, _ place: Int) throws -> [Member] {
    let subject = IndexSubject(kind: .datastream, id: try lakes[place].id(of: number))
    return try lakes.indices.filter { $0 != place }.compactMap { other in
      try lakes[other].number(of: subject).flatMap { members[other][$0] }
    }
  }
}
