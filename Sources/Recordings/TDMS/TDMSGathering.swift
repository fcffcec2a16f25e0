import Core

/// Rows of a table whose channels lie in different chunks, or in other numbers than one another.
struct TDMSGathering: Sendable {
  /// Segments that have values of an object, and how many come before each.
  private struct Extents: Sendable {
    var segments: [Int] = []
    var firsts: [Int] = []
  }

  private let source: TDMSSource
  private let members: [TDMSPlan.Member]
  private let strands: Int
  /// By member.
  private var extents: [Extents] = []

  /// Of all members, or of one.
  init(_ plan: TDMSPlan, _ source: TDMSSource, _ table: TDMSPlan.Table, only object: Int? = nil) {
    self.source = source
    members = table.members.filter { object == nil || $0.object == object }
    strands = plan.strands.count
    for member in members {
      var own = Extents(), count = 0
      for (number, segment) in source.index.segments.enumerated() {
        let layout = Int(segment.layout)
        guard let part = source.wanted[layout].first(where: { $0.strand == member.strands.lowerBound })?.part
        else { continue }
        own.segments.append(number)
        own.firsts.append(count)
        count += source.index.chunks[layout].counts[part] * segment.chunks
        if source.chunks(of: segment) > segment.chunks { count += source.counts(of: segment, segment.chunks)[part] }
      }
      extents.append(own)
    }
  }

  /// The values of some rows, by strand.
  func values(of rows: Range<Int>) throws -> [TDMSValues?] {
    var values: [TDMSValues?] = Array(repeating: nil, count: strands)
    for (member, extents) in zip(members, extents) {
      var number = max(0, extents.firsts.indices.bisect { extents.firsts[$0] > rows.lowerBound } - 1)
      while number < extents.segments.count, extents.firsts[number] < rows.upperBound {
        let segment = source.index.segments[extents.segments[number]]
        try read(member, segment, rows, first: extents.firsts[number], to: &values)
        number += 1
      }
    }
    return values
  }

  private func read(
    _ member: TDMSPlan.Member, _ segment: TDMSIndex.Segment, _ rows: Range<Int>, first: Int,
    to values: inout [TDMSValues?]
  ) throws {
    let own = source.wanted[Int(segment.layout)].filter { member.strands.contains($0.strand) }
    guard let count = own.first?.place.count, count > 0 else { return }
    var chunk = max(0, rows.lowerBound - first) / count
    while chunk < source.chunks(of: segment), first + chunk * count < rows.upperBound {
      let begin = first + chunk * count
      let present = source.counts(of: segment, chunk)[own[0].part]
      let range =
        max(0, rows.lowerBound - begin)..<max(0, rows.lowerBound - begin, min(present, rows.upperBound - begin))
      var read = TDMSSource.Rows()
      for wanted in own { try source.read(wanted, segment, chunk, range, &read, to: &values) }
      chunk += 1
    }
  }
}
