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
      let isKnown = track.isSpeedMeasured && step.isFinite && seconds >= 0 && seconds <= Self.longestStep
      metres[sample] = metres[sample - 1] + (isKnown ? step : 0)
      run[sample] = run[sample - 1] + (isKnown ? 0 : 1)
    }
  }

  /// From one sample to a later one; nil where it is not known.
  func between(_ first: Int, _ second: Int) -> Double? {
    run[first] == run[second] ? metres[second] - metres[first] : nil
  }
}
