/// How far a car has driven by its own speed: what tells better than fixes how far apart they are along a road.
struct TravelledDistance {
  /// Speeds farther apart in time, in seconds, do not tell what was in between.
  private static let longestStep = 5.0

  /// Metres since the first sample.
  private var metres: [Double]
  /// Within samples of the same number all is known.
  private var run: [Int32]

  init(_ track: MapTrack) {
    metres = Array(repeating: 0, count: track.times.count)
    run = Array(repeating: 0, count: track.times.count)
    for sample in track.times.indices.dropFirst() {
      let seconds = (Double(track.times[sample]) - Double(track.times[sample - 1])) / 1e9
      let step = (track.speeds[sample] + track.speeds[sample - 1]) / 2 * seconds
      let isKnown = step.isFinite && seconds >= 0 && seconds <= Self.longestStep
      metres[sample] = metres[sample - 1] + (isKnown ? step : 0)
      run[sample] = run[sample - 1] + (isKnown ? 0 : 1)
    }
  }

  /// From one sample to a later one; nil where it is not known.
  func between(_ first: Int, _ second: Int) -> Double? {
    run[first] == run[second] ? metres[second] - metres[first] : nil
  }
}

/// Fixes along their route, made even by how far the car drove between them: a fix alone is as far off along the road
/// as beside it.
struct EvenedRoute {
  /// Where the distances differ more, in metres, the route may have a detour, or the wheels slipped.
  private static let mostDifference = 25.0

  /// Metres from the route's start, a decoded fix.
  private(set) var positions: [Double]

  /// The mean of what the fixes within `window` seconds say of each one's position.
  init(
    _ raw: [Double], samples: [Int], times: [Int64], _ travelled: TravelledDistance, window: Double
  ) {
    positions = raw
    var isEvened = [Bool](repeating: false, count: raw.count)
    for index in raw.indices {
      var sum = 0.0, count = 1.0
      for direction in [-1, 1] {
        var other = index + direction
        while raw.indices.contains(other) {
          let seconds = abs(Double(times[samples[other]]) - Double(times[samples[index]])) / 1e9
          let first = min(index, other), second = max(index, other)
          guard seconds <= window, let driven = travelled.between(samples[first], samples[second]) else { break }
          let difference = (raw[other] - raw[index]) + Double(direction) * -driven
          guard abs(difference) <= Self.mostDifference else { break }
          sum += difference
          count += 1
          other += direction
        }
      }
      positions[index] += sum / count
      isEvened[index] = count > 1
    }
    for index in positions.indices.dropFirst() where isEvened[index] && isEvened[index - 1] {
      positions[index] = max(positions[index], positions[index - 1])
    }
  }
}
