import Artifacts
package import Core

/// How well what was found agrees with what is true (scenes.md 6).
///
/// Scenes of a type are paired one to one, those that overlap most first: by half of their union, or where what is true is
/// shorter than a second, by beginnings at most half a second apart.
package struct SceneScore {
  /// A scene that is true.
  package struct Event: Sendable {
    package var type: String
    package var start: Int64
    package var end: Int64
  }

  struct Figures {
    var truths = 0, found = 0, pairs = 0
    /// Found less true, nanoseconds, of pairs.
    var onsets: [Int64] = [], ends: [Int64] = []
    var ratios: [Double] = []
    /// The mean of the shares of time that are rightly in a scene and rightly in none.
    var balance = Double.nan
  }

  private var types: [(name: String, figures: Figures)] = []
  private static let shortest: Int64 = 1_000_000_000

  package init(_ rows: [SceneRow], truth: [Event], range: TimeRange?) {
    let names = Set(truth.map(\.type)).union(rows.map(\.type)).sorted()
    for name in names {
      let found = rows.filter { $0.type == name }.map { Event(type: name, start: $0.start, end: $0.end) }
      let own = truth.filter { $0.type == name }
      types.append((name, Self.figures(found, own, range)))
    }
  }

  private static func figures(_ found: [Event], _ truth: [Event], _ range: TimeRange?) -> Figures {
    var figures = Figures()
    (figures.truths, figures.found) = (truth.count, found.count)
    var candidates: [(found: Int, truth: Int, overlap: Double)] = []
    for (index, event) in found.enumerated() {
      for (number, own) in truth.enumerated() {
        let both = Double(max(0, min(event.end, own.end) - max(event.start, own.start)))
        let overlap = both / Double(max(1, max(event.end, own.end) - min(event.start, own.start)))
        let isShort = own.end - own.start < shortest && abs(event.start - own.start) <= shortest / 2
        if overlap >= 0.5 || isShort { candidates.append((index, number, overlap)) }
      }
    }
    var takenFound: Set<Int> = [], takenTruth: Set<Int> = []
    for pair in candidates.sorted(by: { ($1.overlap, $0.found, $0.truth) < ($0.overlap, $1.found, $1.truth) }) {
      guard !takenFound.contains(pair.found), !takenTruth.contains(pair.truth) else { continue }
      takenFound.insert(pair.found)
      takenTruth.insert(pair.truth)
      let (event, own) = (found[pair.found], truth[pair.truth])
      figures.pairs += 1
      figures.onsets.append(event.start - own.start)
      figures.ends.append(event.end - own.end)
      figures.ratios.append(Double(event.end - event.start) / Double(max(1, own.end - own.start)))
    }
    figures.balance = balance(found, truth, range)
    return figures
  }

  private static func balance(_ found: [Event], _ truth: [Event], _ range: TimeRange?) -> Double {
    guard let range else { return .nan }
    let whole = range.start.nanoseconds..<max(range.start.nanoseconds + 1, range.end.nanoseconds)
    let ours = union(found, whole), own = union(truth, whole)
    var both: Int64 = 0
    for one in ours {
      for other in own { both += max(0, min(one.upperBound, other.upperBound) - max(one.lowerBound, other.lowerBound)) }
    }
    let inOurs = ours.reduce(0) { $0 + Int64($1.count) }, inOwn = own.reduce(0) { $0 + Int64($1.count) }
    let total = Int64(whole.count)
    guard inOwn > 0, inOwn < total else { return .nan }
    return (Double(both) / Double(inOwn) + Double(total - inOurs - inOwn + both) / Double(total - inOwn)) / 2
  }

  private static func union(_ events: [Event], _ whole: Range<Int64>) -> [Range<Int64>] {
    var all: [Range<Int64>] = []
    for event in events.sorted(by: { $0.start < $1.start }) {
      let own = (event.start..<max(event.start, event.end)).clamped(to: whole)
      if let last = all.last, own.lowerBound <= last.upperBound {
        all[all.count - 1] = last.lowerBound..<max(last.upperBound, own.upperBound)
      } else {
        all.append(own)
      }
    }
    return all
  }

  /// A record a type.
  package var records: [Record] {
    types.map { name, figures in
      func share(_ count: Int) -> JSON { count > 0 ? .number(Double(figures.pairs) / Double(count)) : .null }
      let sum = figures.found + figures.truths
      return Record([
        "schema": "av.score/1", "type": "score", "scene": .string(name), "truth": .count(figures.truths),
        "found": .count(figures.found), "matched": .count(figures.pairs), "precision": share(figures.found),
        "recall": share(figures.truths), "f1": sum > 0 ? .number(2 * Double(figures.pairs) / Double(sum)) : .null,
        "onset_ms": Self.errors(figures.onsets), "end_ms": Self.errors(figures.ends),
        "duration_ratio": Self.median(figures.ratios),
        "balanced_accuracy": figures.balance.isNaN ? .null : .number(figures.balance),
      ])
    }
  }

  private static func errors(_ values: [Int64]) -> JSON {
    guard !values.isEmpty else { return .null }
    let sorted = values.map { Double(abs($0)) / 1e6 }.sorted()
    return [
      "median": .number(sorted[sorted.count / 2]),
      "p95": .number(sorted[min(sorted.count - 1, sorted.count * 95 / 100)]),
    ]
  }

  private static func median(_ values: [Double]) -> JSON {
    values.isEmpty ? .null : .number(values.sorted()[values.count / 2])
  }
}

extension SceneScore {
  /// What is true, by a file: `events` of sample-drive's truth, scenes as JSON lines, or a table of scenes.
  ///
  /// - Throws: `SourceError` with the line for what is no scene.
  package static func truth(_ path: String) throws -> [Event] {
    let file = try FileReader(path)
    if file.count >= 4, try file.bytes(at: 0, count: 4) == Array("PAR1".utf8) {
      return try table(ParquetFile(file), path)
    }
    let bytes = try file.bytes(at: 0, count: file.count)
    if let whole = try? JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 30)), let events = whole["events"]?.array {
      return try events.enumerated().map { try event($1, "\(path): event \($0 + 1)") }
    }
    var events: [Event] = []
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      guard let value = try? JSON.parse(Array(line)) else { throw SourceError("\(path):\(number + 1)", "is no JSON") }
      guard value["type"]?.string != "datastream" else { continue }
      events.append(try event(value, "\(path):\(number + 1)"))
    }
    return events
  }

  private static func event(_ value: JSON, _ place: String) throws -> Event {
    guard let type = value["scene"]?.string ?? value["type"]?.string, let start = value["start_ns"]?.integer,
      let end = value["end_ns"]?.integer
    else { throw SourceError(place, "has no type, start_ns and end_ns") }
    return Event(type: type, start: start, end: end)
  }

  private static func table(_ file: ParquetFile, _ path: String) throws -> [Event] {
    var events: [Event] = []
    try file.read(columns: ["type", "start_ns", "end_ns"]) { batch in
      guard case .text(let types) = batch.columns[0].values, case .int64(let starts) = batch.columns[1].values,
        case .int64(let ends) = batch.columns[2].values
      else { throw SourceError(path, "has other columns than scenes have") }
      for row in 0..<batch.count {
        events.append(
          Event(type: String(decoding: types[row], as: UTF8.self), start: starts[row], end: ends[row]))
      }
    }
    return events
  }
}
