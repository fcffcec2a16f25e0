/// What the weather is like, in one list for all sources; the worst first.
package enum WeatherCondition: String, Sendable, CaseIterable {
  case storm, thunderstorm, hail
  case freezingRain = "freezing_rain"
  case sleet, snow, rain, drizzle
  case freezingFog = "freezing_fog"
  case fog, mist, haze, smoke
  case overcast, cloudy, fair, clear
}

/// How hard it rains or snows.
package enum PrecipitationIntensity: String, Sendable, CaseIterable {
  case absent = "none"
  case light, moderate, heavy
}

/// A condition and its intensity, where they are known.
struct WeatherState: Sendable, Equatable {
  var condition: WeatherCondition?
  var intensity: PrecipitationIntensity?

  init(_ condition: WeatherCondition?, _ intensity: PrecipitationIntensity?) {
    (self.condition, self.intensity) = (condition, intensity)
  }

  /// Of a code of Meteostat, 1 to 27 (https://dev.meteostat.net/formats.html#weather-condition-codes).
  init?(meteostat code: Int) {
    guard let state = Self.meteostat[code] else { return nil }
    self = state
  }

  /// Of a code of WMO table 4677 as Open-Meteo gives it.
  init?(wmo code: Int) {
    guard let state = Self.wmo[code] else { return nil }
    self = state
  }

  private static let meteostat: [Int: WeatherState] = [
    1: .init(.clear, .absent), 2: .init(.fair, .absent), 3: .init(.cloudy, .absent), 4: .init(.overcast, .absent),
    5: .init(.fog, .absent), 6: .init(.freezingFog, .absent),
    7: .init(.rain, .light), 8: .init(.rain, .moderate), 9: .init(.rain, .heavy),
    10: .init(.freezingRain, .moderate), 11: .init(.freezingRain, .heavy),
    12: .init(.sleet, .moderate), 13: .init(.sleet, .heavy),
    14: .init(.snow, .light), 15: .init(.snow, .moderate), 16: .init(.snow, .heavy),
    17: .init(.rain, .moderate), 18: .init(.rain, .heavy), 19: .init(.sleet, .moderate), 20: .init(.sleet, .heavy),
    21: .init(.snow, .moderate), 22: .init(.snow, .heavy),
    // Lightning is no rain.
    23: .init(.thunderstorm, .absent), 24: .init(.hail, .moderate),
    25: .init(.thunderstorm, .moderate), 26: .init(.thunderstorm, .heavy), 27: .init(.storm, nil),
  ]

  private static let wmo: [Int: WeatherState] = [
    0: .init(.clear, .absent), 1: .init(.fair, .absent), 2: .init(.cloudy, .absent), 3: .init(.overcast, .absent),
    45: .init(.fog, .absent), 48: .init(.freezingFog, .absent),
    51: .init(.drizzle, .light), 53: .init(.drizzle, .moderate), 55: .init(.drizzle, .heavy),
    56: .init(.freezingRain, .light), 57: .init(.freezingRain, .heavy),
    61: .init(.rain, .light), 63: .init(.rain, .moderate), 65: .init(.rain, .heavy),
    66: .init(.freezingRain, .light), 67: .init(.freezingRain, .heavy),
    71: .init(.snow, .light), 73: .init(.snow, .moderate), 75: .init(.snow, .heavy), 77: .init(.snow, .light),
    80: .init(.rain, .light), 81: .init(.rain, .moderate), 82: .init(.rain, .heavy),
    85: .init(.snow, .light), 86: .init(.snow, .heavy),
    95: .init(.thunderstorm, .moderate), 96: .init(.hail, .light), 99: .init(.hail, .heavy),
  ]

  /// What groups such as `-RA BR` say; `cover` in percent decides where there is no group.
  ///
  /// `unknown` counts groups that say nothing we have a name for.
  init(metar groups: [String], cover: Double?, unknown: inout Int) {
    var states: [WeatherState] = []
    for text in groups {
      // What is in the vicinity is not at the station.
      guard !text.isEmpty, !text.hasPrefix("VC") else { continue }
      if let state = Self.state(ofGroup: text) { states.append(state) } else { unknown += 1 }
    }
    let worst = states.compactMap(\.condition).min { $0.rank < $1.rank }
    guard let worst else {
      // A group without a name is worse than any sky.
      let sky = groups.contains { !$0.isEmpty && !$0.hasPrefix("VC") } ? nil : cover.map(Self.sky)
      self.init(sky, sky == nil ? nil : .absent)
      return
    }
    let intensities = states.compactMap(\.intensity).filter { $0 != .absent }
    self.init(worst, intensities.max { $0.rank < $1.rank } ?? .absent)
  }

  static func sky(cover percent: Double) -> WeatherCondition {
    switch percent {
    case ...0: .clear
    case ...25: .fair
    case ...87: .cloudy
    default: .overcast
    }
  }

  private static func state(ofGroup text: String) -> WeatherState? {
    var letters = text[...]
    let sign = letters.first
    if sign == "-" || sign == "+" { letters = letters.dropFirst() }
    var codes: Set<String> = []
    while letters.count >= 2 {
      codes.insert(String(letters.prefix(2)))
      letters = letters.dropFirst(2)
    }
    guard letters.isEmpty else { return nil }
    let isFreezing = codes.contains("FZ")
    let isFalling = !codes.isDisjoint(with: ["DZ", "RA", "SN", "SG", "PL", "GR", "GS", "UP", "IC"])
    let intensity: PrecipitationIntensity =
      !isFalling ? .absent : sign == "-" ? .light : sign == "+" ? .heavy : .moderate
    let condition: WeatherCondition? =
      if codes.contains("SQ") || codes.contains("FC") {
        .storm
      } else if codes.contains("TS") {
        .thunderstorm
      } else if codes.contains("GR") || codes.contains("GS") {
        .hail
      } else if isFreezing, codes.contains("RA") || codes.contains("DZ") {
        .freezingRain
      } else if codes.contains("PL") || codes.isSuperset(of: ["RA", "SN"]) {
        .sleet
      } else if codes.contains("SN") || codes.contains("SG") {
        .snow
      } else if codes.contains("RA") {
        .rain
      } else if codes.contains("DZ") {
        .drizzle
      } else if codes.contains("FG") {
        isFreezing ? .freezingFog : .fog
      } else {
        codes.contains("BR") ? .mist : codes.contains("HZ") ? .haze : codes.contains("FU") ? .smoke : nil
      }
    return condition.map { WeatherState($0, intensity) }
  }
}

extension WeatherCondition {
  /// The place in the list, 0 for the worst.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The road may be slippery whatever the temperature.
  var isSlippery: Bool { [.snow, .sleet, .freezingRain, .freezingFog].contains(self) }
}

extension PrecipitationIntensity {
  /// 0 for none.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
