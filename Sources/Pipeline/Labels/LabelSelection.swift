import Artifacts
import Core

/// Which samples are exported: those in scenes, tags and times, thinned (labels.md 4).
struct LabelSelection: Sendable {
  private let settings: LabelSettings
  /// Scenes that were asked for, in the order of time.
  let scenes: [LabelScene]
  /// What each step left out.
  private(set) var left: [(step: String, samples: Int)] = []

  /// - Throws: `SourceError` for a type of scene, or a tag, that is not there.
  init(_ input: LabelInput, _ settings: LabelSettings) throws {
    self.settings = settings
    var all = input.scenes + (settings.scenes ?? [])
    if let types = settings.sceneTypes {
      let unused = types.unused(among: all.map(\.type))
      guard unused.isEmpty || all.isEmpty else {
        let near = Set(all.map(\.type)).sorted()
        throw SourceError(
          "scenes", "none is of type '\(unused[0])'", hint: "there are \(near.joined(separator: ", "))",
          code: .configuration)
      }
      all = all.filter { types.contains($0.type) }
    }
    scenes = all.sorted { ($0.start, $0.end, $0.type, $0.id) < ($1.start, $1.end, $1.type, $1.id) }
  }

  /// Whether each sample is chosen.
  mutating func choose(_ samples: SampleSource, _ input: LabelInput) throws -> [Bool] {
    var isChosen = samples.times.map { _ in true }
    func count() -> Int { isChosen.count { $0 } }
    var before = count()
    func leave(_ step: String, _ all: inout [(step: String, samples: Int)]) {
      let now = count()
      if now < before { all.append((step, before - now)) }
      before = now
    }
    for (row, time) in samples.times.enumerated() {
      if let from = settings.from, time < from.nanoseconds { isChosen[row] = false }
      if let until = settings.until, time >= until.nanoseconds { isChosen[row] = false }
    }
    leave("time", &left)
    if settings.sceneTypes != nil || settings.scenes != nil || !input.scenes.isEmpty {
      Self.keep(scenes.map { ($0.start, $0.end) }, samples.times, &isChosen)
      leave("scene", &left)
    }
    if !settings.tags.isEmpty {
      Self.keep(try spans(input.tags, samples.times), samples.times, &isChosen)
      leave("tag", &left)
    }
    if !settings.conditions.isEmpty {
      let place = input.enriched ?? input.folder
      let (rows, missing) = try SampleCondition.rows(settings.conditions, in: place.path)
      guard missing.isEmpty else {
        throw SourceError(
          place.path, "lacks \(missing.sorted().joined(separator: ", ")), which a condition names",
          hint: input.enriched == nil ? "give the enriched datastream: av-enrich makes it" : nil, code: .missing)
      }
      guard rows.count == samples.count else {
        throw SourceError(place.path, "has \(rows.count) rows, and there are \(samples.count) samples")
      }
      for row in rows.indices where !rows[row] { isChosen[row] = false }
      leave("where", &left)
    }
    if let every = settings.every {
      var number = 0
      for row in isChosen.indices where isChosen[row] {
        isChosen[row] = number.isMultiple(of: every)
        number += 1
      }
      leave("every", &left)
    }
    if let period = settings.period {
      thin(samples.times, period, &isChosen)
      leave("rate", &left)
    }
    if settings.distance != nil || settings.turn != nil {
      let motion = try LabelMotion(input.enriched, samples.count)
      motion.thin(samples.times, settings.distance, settings.turn, &isChosen)
      leave("motion", &left)
    }
    return isChosen
  }

  /// Keeps samples inside of any span.
  private static func keep(_ spans: [(start: Int64, end: Int64)], _ times: [Int64], _ isChosen: inout [Bool]) {
    var isInside = times.map { _ in false }
    for span in spans {
      var row = times.indices.bisect { times[$0] >= span.start }
      // What is of an instant has the sample at it.
      while row < times.count, times[row] < span.end || span.start == span.end && times[row] == span.start {
        isInside[row] = true
        row += 1
      }
    }
    for row in isChosen.indices { isChosen[row] = isChosen[row] && isInside[row] }
  }

  /// The times of tags that are asked for; one without a time is of all.
  private func spans(_ tags: [LineageView.Tag], _ times: [Int64]) throws -> [(start: Int64, end: Int64)] {
    try settings.tags.flatMap { wanted in
      let parts = wanted.split(separator: "=", maxSplits: 1).map(String.init)
      let found = tags.filter { $0.key == parts[0] && (parts.count < 2 || $0.value == parts[1]) }
      guard !found.isEmpty else {
        let known = Set(tags.map { "\($0.key)=\($0.value)" }).sorted().prefix(10)
        throw SourceError(
          "tags", "none is '\(wanted.shown)'",
          hint: known.isEmpty ? "the measurement has no tags" : "there are \(known.joined(separator: ", "))",
          code: .configuration)
      }
      return found.map { tag in
        (tag.start?.nanoseconds ?? .min, tag.end?.nanoseconds ?? tag.start?.nanoseconds ?? .max)
      }
    }
  }

  /// The first chosen sample at or after first + k · period, never two for one k.
  private func thin(_ times: [Int64], _ period: Int64, _ isChosen: inout [Bool]) {
    guard let first = isChosen.firstIndex(of: true) else { return }
    var slot: UInt64?
    for row in isChosen.indices where isChosen[row] {
      let own = distance(times[first], times[row]) / UInt64(period)
      isChosen[row] = own != slot
      slot = own
    }
  }

  /// At most so many: evenly spaced, or the first in an order by chance.
  static func most(_ count: Int, of all: [Int], _ shuffle: ((Int) -> UInt64)?) -> [Int] {
    guard all.count > count, count > 0 else { return all }
    guard let shuffle else { return (0..<count).map { all[$0 * all.count / count] } }
    return all.map { (key: shuffle($0), row: $0) }.sorted { $0 < $1 }.prefix(count).map(\.row)
  }
}

/// How far the vehicle has moved and turned at each sample, from the enriched table.
struct LabelMotion: Sendable {
  private let speeds: [Double]
  private let rates: [Double]

  init(_ enriched: Folder?, _ count: Int) throws {
    guard let enriched, try enriched.entry(Enrichment.tableFile)?.kind == .file else {
      throw SourceError(
        "samples", "speed and yaw rate are not known",
        hint: "give the enriched datastream: av-enrich makes it", code: .missing)
    }
    let batch = try SourceTable("\(enriched.path)/\(Enrichment.tableFile)").columns([
      EgoColumn.speed.rawValue, EgoColumn.yawRate.rawValue,
    ])
    let numbers = batch.columns.map { $0.numbers ?? [] }
    guard batch.count == count, numbers.allSatisfy({ $0.count == count }) else {
      throw SourceError(enriched.path, "has \(batch.count) rows, and there are \(count) samples")
    }
    (speeds, rates) = (numbers[0], numbers[1])
    guard speeds.contains(where: \.isFinite) else {
      throw SourceError(enriched.path, "no sample has a speed: equal pictures cannot be told by motion")
    }
  }

  /// Keeps the first, and then each at which the way or the turn since the last is long enough; unknown motion counts
  /// as none, and standing still keeps nothing new.
  func thin(_ times: [Int64], _ distance: Double?, _ turn: Double?, _ isChosen: inout [Bool]) {
    var way = 0.0, angle = 0.0, isFirst = true
    for row in times.indices {
      if row > 0 {
        // A gap is no way: what happened in it is not known.
        let step = min(seconds(from: times[row - 1], to: times[row]), 1)
        if speeds[row].isFinite { way += abs(speeds[row]) * step }
        if rates[row].isFinite { angle += rates[row] * step }
      }
      guard isChosen[row] else { continue }
      let isNew = isFirst || distance.map { way >= $0 } ?? false || turn.map { abs(angle) >= $0 } ?? false
      isChosen[row] = isNew
      if isNew { (way, angle, isFirst) = (0, 0, false) }
    }
  }
}

/// A small grey picture of a picture, to tell whether another is nearly the same.
struct PictureSketch: Sendable {
  private static let side = 32
  private let grey: [Float]

  /// - Throws: `ImageError` for what is not read, such as JPEG.
  init(_ bytes: ArraySlice<UInt8>) throws {
    let picture = try PNG.decode(bytes)
    let side = Self.side
    var sums = [Float](repeating: 0, count: side * side), counts = sums
    let depth = picture.bitsPerSample / 8, channels = picture.channels
    // A few thousand points are enough.
    let across = max(1, picture.width / 128), down = max(1, picture.height / 128)
    for y in stride(from: 0, to: picture.height, by: down) {
      for x in stride(from: 0, to: picture.width, by: across) {
        let place = (y * picture.width + x) * channels * depth
        guard place + channels * depth <= picture.bytes.count else { continue }
        var value: Float = 0
        let colours = channels < 3 ? 1 : 3
        for channel in 0..<colours { value += Float(picture.bytes[place + channel * depth]) }
        let cell = y * side / picture.height * side + x * side / picture.width
        sums[cell] += value / Float(colours) / 255
        counts[cell] += 1
      }
    }
    grey = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
  }

  /// Mean difference of grey, 0 to 1.
  func difference(from other: PictureSketch) -> Double {
    Double(zip(grey, other.grey).reduce(0) { $0 + abs($1.0 - $1.1) }) / Double(grey.count)
  }
}
