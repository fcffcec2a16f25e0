import Artifacts
import Core

/// Rows of scenes as the records that av-scenes prints: the index knows which file and row, the file has the columns.
///
/// Some thousand rows at a time, so that each file is read once for all of them that are its own.
struct FoundScenes {
  private let snapshot: IndexSnapshot
  private let isBrief: Bool

  private static let window = 4096

  private struct Row {
    var id: [UInt8]
    var path: String
    var number: Int
  }

  init(_ snapshot: IndexSnapshot, isBrief: Bool) { (self.snapshot, self.isBrief) = (snapshot, isBrief) }

  /// Of rows `scene, datastream, id, path, number in the file`.
  func records(_ found: Statement, _ problems: FoundRecords.Problems, _ body: (Record) throws -> Void) throws {
    var rows: [Row] = []
    while try found.next() {
      rows.append(
        Row(id: found.blob(2) ?? [], path: found.text(3) ?? "", number: Int(clamping: found.integer(4) ?? 0)))
      if rows.count == Self.window {
        try write(rows, problems, body)
        rows.removeAll(keepingCapacity: true)
      }
    }
    try write(rows, problems, body)
  }

  private func write(_ rows: [Row], _ problems: FoundRecords.Problems, _ body: (Record) throws -> Void) throws {
    guard !isBrief else {
      for row in rows { try body(Record(.scene, ["id": .string(text(row.id)), "path": .string(place(row))])) }
      return
    }
    var wanted: [String: [Int]] = [:]
    for (index, row) in rows.enumerated() { wanted[row.path, default: []].append(index) }
    var objects: [JSONObject?] = Array(repeating: nil, count: rows.count)
    for (path, indices) in wanted.sorted(by: { $0.key < $1.key }) {
      do {
        let found = try read(path, indices.map { rows[$0].number })
        for (index, object) in zip(indices, found) { objects[index] = object }
      } catch let error as any Problem { problems.list.append("\(error)") }
    }
    for (row, object) in zip(rows, objects) {
      var members: JSONObject = ["id": .string(text(row.id))]
      for member in object?.members ?? [] where member.value != .null {
        // `type` says what a record is.
        members[member.key == "type" ? "scene" : member.key] = member.value
      }
      for (instant, number) in [("start_ts", "start_ns"), ("end_ts", "end_ns")] {
        members[instant] = nanoseconds(object?[number]) ?? members[instant]
      }
      if let text = object?["params"]?.string, let params = try? JSON.parse(text) { members["params"] = params }
      members["path"] = .string(place(row))
      try body(Record(.scene, members))
    }
  }

  /// Nine digits, where the column has six.
  private func nanoseconds(_ value: JSON?) -> JSON? {
    let number = value?.integer ?? value?.string.flatMap { Int64($0) }
    return number.map { .time(Timestamp(nanoseconds: $0)) }
  }

  private func place(_ row: Row) -> String { "\(row.path)/scenes.parquet" }
  private func text(_ id: [UInt8]) -> String {
    Identifier(bytes: id).map { "\($0)" } ?? String(decoding: id, as: UTF8.self)
  }

  /// Some rows of a file as the JSON lines that `av-meta head` prints, in the order that is asked for.
  private func read(_ path: String, _ numbers: [Int]) throws -> [JSONObject?] {
    let folder = try snapshot.lake.openFolder(recorded: path)
    let file = try ParquetFile(FileReader("scenes.parquet", in: folder))
    let sorted = numbers.sorted()
    var lines: [Int: JSONObject] = [:]
    for (group, range) in file.groups.enumerated() {
      let own = sorted.filter(range.contains)
      guard !own.isEmpty else { continue }
      var first = range.lowerBound
      try file.read(groups: group..<group + 1) { batch in
        let part = own.filter { $0 >= first && $0 < first + batch.count }
        let output = MemoryOutput()
        var sink = try TableKind.jsonl.open(batch.schema, output, TableOptions())
        try sink.write(batch.rows(part.map { $0 - first }))
        _ = try sink.finish()
        let texts = output.bytes.split(separator: UInt8(ascii: "\n"))
        for (number, text) in zip(part, texts) { lines[number] = try JSON.parse(Array(text)).object }
        first += batch.count
      }
    }
    return numbers.map { lines[$0] }
  }
}
