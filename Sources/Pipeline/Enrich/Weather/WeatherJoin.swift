import Core

/// Which observation stands for a sample (enrich.md 2.4).
///
/// The nearest station that has an observation not too old wins, and is not blended with others. Precipitation is the sum
/// of the hour that ends with an observation, so it is the observation after the sample that says how much fell.
struct WeatherJoin: Sendable {
  /// In the order of their files.
  let stations: [WeatherStation]
  /// In nanoseconds.
  private let maxAge: Int64
  /// What `EarthPoint.chord` gives for the greatest distance.
  private let maxChord: Double
  private static let hour: Int64 = 3_600_000_000_000

  /// In metres and nanoseconds.
  init(_ stations: [WeatherStation], maxDistance: Double, maxAge: Int64) {
    (self.stations, self.maxAge) = (stations, maxAge)
    maxChord = EarthPoint.chord(ofDistance: maxDistance)
  }

  enum Method: String, Sendable, CaseIterable { case interpolated, held, coarse }

  /// Why a sample has no weather.
  enum Miss: String, Sendable, CaseIterable {
    case tooFar = "too_far"
    case tooOld = "too_old"
    case noPosition = "no_position"
  }

  struct Match: Sendable {
    var station: Int
    var observation: WeatherObservation
    /// In seconds, from the observation to the sample.
    var age: Double
    /// In metres; NaN where the station's position is not known.
    var distance: Double
    var method: Method
    var isWet: Bool
  }

  /// `isCoarse` says that the position is only about where the measurement was.
  func match(at time: Int64, position: EarthPoint?, isCoarse: Bool) -> Result<Match, Refusal> {
    var best: (station: Int, row: Int, chord: Double)?, isAnyNear = false
    for index in stations.indices {
      var chord = Double.infinity
      if let own = stations[index].position {
        guard let position else { continue }
        chord = position.chord(to: own)
        guard chord <= maxChord else { continue }
      }
      isAnyNear = true
      if let best, best.chord <= chord { continue }
      guard let row = stations[index].last(at: time),
        distance(stations[index].times[row], time) <= UInt64(max(0, maxAge))
      else { continue }
      best = (index, row, chord)
    }
    guard let best else {
      return .failure(Refusal(miss: isAnyNear ? .tooOld : position == nil ? .noPosition : .tooFar))
    }
    var match = observe(stations[best.station], best.row, at: time)
    match.station = best.station
    match.distance = best.chord.isFinite ? EarthPoint.distance(ofChord: best.chord) : .nan
    if isCoarse || !best.chord.isFinite { match.method = .coarse }
    return .success(match)
  }

  struct Refusal: Error { var miss: Miss }

  private func observe(_ station: WeatherStation, _ row: Int, at time: Int64) -> Match {
    var values = station.observations[row]
    let own = station.times[row]
    let next = row + 1 < station.times.count ? row + 1 : nil
    var method = Method.held
    if let next, distance(station.times[next], time) <= UInt64(max(0, maxAge)) {
      method = .interpolated
      let weight = Double(distance(own, time)) / Double(distance(own, station.times[next]))
      let line = values.values + (station.observations[next].values - values.values) * weight
      // Where one of the two is not known, the line is none.
      values.values.replace(with: line, where: WeatherField.interpolated .& (line .== line))
    }
    // Of the hour that contains the sample.
    let hourly = own == time ? row : next
    values[.precipitation] = .nan
    if let hourly, distance(station.times[hourly], time) <= UInt64(Self.hour) {
      values[.precipitation] = station.observations[hourly][.precipitation]
    }
    // What fell in the last 60 minutes is in the hours that end in them, and in the one that is not over.
    var isWet = values[.precipitation] > 0
    var earlier = row
    while !isWet, distance(station.times[earlier], time) < UInt64(Self.hour) {
      isWet = station.observations[earlier][.precipitation] > 0
      guard earlier > 0 else { break }
      earlier -= 1
    }
    return Match(
      station: 0, observation: values, age: seconds(from: own, to: time), distance: .nan, method: method, isWet: isWet)
  }
}

extension WeatherJoin.Match {
  /// What the road is like, by inference: nobody has looked.
  var road: String {
    let isCold = observation[.temperature] <= 1 && observation[.precipitation] > 0
    if isCold || observation.state.condition?.isSlippery ?? false { return "slippery" }
    return isWet ? "wet" : "dry"
  }
}
