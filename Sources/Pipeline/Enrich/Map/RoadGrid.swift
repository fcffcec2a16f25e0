import Core

/// Which legs of roads, each from a point to the next, touch which cells of about 100 m.
///
/// ```
///   row     latitude / 100 m           column  longitude / 100 m at the row's latitude, around the Earth
///   keys    row << 19 | column, sorted; legs of key k: legs[first[k]..<first[k + 1]], a leg by its first point
/// ```
/// Rows have columns of their own, so no projection has to be chosen and cells are as wide at every latitude.
package struct RoadGrid: Sendable {
  static let cell = 100.0
  /// A leg's number has as many bits as rows and columns leave of 64.
  static let legBits: UInt64 = 27
  static let mostEntries = 1 << 28

  private var keys: [UInt64] = []
  private var first: [UInt32] = [0]
  private var legs: [UInt32] = []
  private var metric = MapMetric.sphere

  init() {}

  var memory: Int { keys.count * 8 + first.count * 4 + legs.count * 4 }

  /// Nil where there is too much to number.
  init?(_ network: RoadNetwork) {
    metric = network.metric
    guard network.latitudes.count < 1 << Self.legBits else { return nil }
    var entries: [UInt64] = []
    for segment in 0..<network.segmentCount {
      let points = Int(network.firstPoint[segment])..<Int(network.firstPoint[segment + 1])
      for point in points.dropLast() {
        forEachCell(network.degrees(point), network.degrees(point + 1)) {
          entries.append($0 << Self.legBits | UInt64(point))
        }
      }
      guard entries.count <= Self.mostEntries else { return nil }
    }
    entries.sort()
    legs.reserveCapacity(entries.count)
    for entry in entries {
      let key = entry >> Self.legBits
      if keys.last != key {
        if !keys.isEmpty { first.append(UInt32(legs.count)) }
        keys.append(key)
      }
      legs.append(UInt32(entry & (1 << Self.legBits - 1)))
    }
    if !keys.isEmpty { first.append(UInt32(legs.count)) }
  }

  /// The legs in cells that a circle may touch, in order, each once.
  func legs(around place: (latitude: Double, longitude: Double), radius: Double) -> [Int] {
    let up = radius / metric.north
    var found: [Int] = []
    for row in row(place.latitude - up)...row(place.latitude + up) {
      let aside = min(180, radius / max(1e-9, scale(row)))
      forEachRun(row, place.longitude - aside, place.longitude + aside) { low, high in
        var at = position(of: low)
        while at < keys.count, keys[at] <= high {
          for leg in legs[Int(first[at])..<Int(first[at + 1])] { found.append(Int(leg)) }
          at += 1
        }
      }
    }
    found.sort()
    var kept = 0
    for index in found.indices where index == 0 || found[index] != found[kept - 1] {
      found[kept] = found[index]
      kept += 1
    }
    return Array(found[..<kept])
  }

  private func row(_ latitude: Double) -> Int { Int(((latitude + 90) * metric.north / Self.cell).rounded(.down)) }

  /// Units a degree to the east, in a row; the least of the row, so that its cells are at most 100 m wide.
  private func scale(_ row: Int) -> Double {
    let low = Double(row) * Self.cell / metric.north - 90, high = low + Self.cell / metric.north
    return max(1e-6, metric.east(at: min(90, max(abs(low), abs(high)))))
  }

  /// The cells of a leg's box, row by row: those of a long diagonal leg are cut to what the leg spans in the row.
  private func forEachCell(
    _ a: (latitude: Double, longitude: Double), _ b: (latitude: Double, longitude: Double), _ take: (UInt64) -> Void
  ) {
    var span = b.longitude - a.longitude
    if metric == .sphere, abs(span) > 180 { span -= span > 0 ? 360 : -360 }
    let rise = b.latitude - a.latitude
    for row in row(min(a.latitude, b.latitude))...row(max(a.latitude, b.latitude)) {
      let bottom = Double(row) * Self.cell / metric.north - 90, top = bottom + Self.cell / metric.north
      // Where on the leg, 0...1, it enters and leaves the row.
      var part = (0.0, 1.0)
      if rise != 0 {
        let (one, two) = ((bottom - a.latitude) / rise, (top - a.latitude) / rise)
        part = (max(0, min(one, two)), min(1, max(one, two)))
      }
      let west = a.longitude + span * min(part.0, part.1), east = a.longitude + span * max(part.0, part.1)
      forEachRun(row, min(west, east), max(west, east)) { low, high in
        for key in low...high { take(key) }
      }
    }
  }

  /// The keys of a row from west to east: one run, or two across the antimeridian.
  private func forEachRun(_ row: Int, _ west: Double, _ east: Double, _ take: (UInt64, UInt64) -> Void) {
    guard row >= 0 else { return }
    let scale = scale(row)
    let columns = max(1, Int((360 * scale / Self.cell).rounded(.up)))
    let low = Int(((west + 180) * scale / Self.cell).rounded(.down))
    let high = min(low + columns - 1, Int(((east + 180) * scale / Self.cell).rounded(.down)))
    let base = UInt64(row) << 19
    func key(_ column: Int) -> UInt64 { base | UInt64(max(0, min(columns - 1, column))) }
    if low < 0 {
      take(key(low + columns), key(columns - 1))
      take(key(0), key(high))
    } else if high >= columns {
      take(key(low), key(columns - 1))
      take(key(0), key(high - columns))
    } else {
      take(key(low), key(high))
    }
  }

  private func position(of key: UInt64) -> Int {
    keys.indices.bisect { keys[$0] >= key }
  }
}
