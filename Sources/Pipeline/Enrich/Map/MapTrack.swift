/// What map matching knows of samples, in order of time; NaN where a value is missing.
package struct MapTrack: Sendable {
  /// Nanoseconds.
  package var times: [Int64]
  package var latitudes: [Double]
  package var longitudes: [Double]
  /// Degrees clockwise from north.
  package var headings: [Double]
  /// Metres a second.
  package var speeds: [Double]
  /// Not derived from the positions, whose noise such speeds have.
  package var isSpeedMeasured = true
  /// The fixes' own accuracy, in metres.
  package var accuracies: [Double]

  /// Arrays as long as `times`; those that are left out hold no value.
  package init(
    times: [Int64], latitudes: [Double], longitudes: [Double], headings: [Double]? = nil, speeds: [Double]? = nil,
    accuracies: [Double]? = nil
  ) {
    let none = [Double](repeating: .nan, count: times.count)
    self.times = times
    self.latitudes = latitudes
    self.longitudes = longitudes
    self.headings = headings ?? none
    self.speeds = speeds ?? none
    self.accuracies = accuracies ?? none
  }

  /// Whether it is a position: receivers without a fix write NaN or (0, 0).
  static func isPlace(_ latitude: Double, _ longitude: Double) -> Bool {
    abs(latitude) <= 90 && abs(longitude) <= 180 && !(latitude == 0 && longitude == 0)
  }

  func place(_ index: Int) -> (latitude: Double, longitude: Double)? {
    Self.isPlace(latitudes[index], longitudes[index]) ? (latitudes[index], longitudes[index]) : nil
  }
}

/// Parameters of map matching (Newson and Krumm, Hidden Markov Map Matching Through Noise and Sparseness, 2009).
package struct MatchSettings: Sendable, Equatable {
  /// The noise of positions, in metres; a fix's own accuracy where it is larger.
  package var sigma = 4.07
  /// The scale of how much routes are longer than the way between fixes, in metres.
  package var beta = 3.0
  /// How far roads are looked for, in metres; doubled once, to at most `largestRadius`, where there are none.
  package var radius = 50.0
  package var largestRadius = 100.0
  /// The most roads that a point may be on.
  package var candidates = 8
  /// Points nearer to the last one that was decoded are placed on the route afterwards, in metres.
  package var spacing = 10.0
  /// The track is cut where neighbours are farther apart, in metres and in seconds.
  package var breakDistance = 2000.0
  package var breakTime = 180.0
  /// A route may be so many times as long as the great circle, and `routeSlack` metres.
  package var routeFactor = 5.0
  package var routeSlack = 100.0
  /// Roads whose direction differs more are left out, in degrees, at `headingSpeed` metres a second or more.
  package var headingLimit = 60.0
  package var headingSpeed = 3.0
  /// How far noise may move a fix back on its road, in metres: five times what it does to two fixes of `sigma`.
  ///
  /// With less, one such fix in a long drive leaves no route on the road that is driven, and one beside it wins.
  package var reverse = 30.0
  /// Whether fixes are evened along the route by those before and after them.
  package var evens = true

  package init() {}
}
