import Core

/// Where the sun stands, by the low-precision formulas of NOAA's solar calculator; good to 0.02° from 1950 to 2050.
///
/// https://gml.noaa.gov/grad/solcalc/calcdetails.html; angles in degrees.
package struct SunPosition: Sendable, Equatable {
  /// Above the horizon, as geometry has it.
  package var elevation: Double
  /// Clockwise from north, below 360.
  package var azimuth: Double

  /// At nanoseconds since 1970 in UTC, degrees north and degrees east.
  package init(at time: Int64, latitude: Double, longitude: Double) {
    let day = Double(time) / 86_400e9
    let century = (day + 2_440_587.5 - 2_451_545) / 36_525
    let orbit = Orbit(century)
    let minutes = Double(time.remainderEuclidean(86_400_000_000_000)) / 60e9
    let solar = (minutes + orbit.equationOfTime + 4 * longitude).remainderEuclidean(1440)
    let hour = solar / 4 - 180
    let (sine, cosine) = (sin(latitude), cos(latitude))
    let zenithCosine = max(-1, min(1, sine * sin(orbit.declination) + cosine * cos(orbit.declination) * cos(hour)))
    let zenith = degrees(Mathematics.acos(zenithCosine))
    elevation = 90 - zenith
    let scale = cosine * sin(zenith)
    guard abs(scale) >= 1e-12 else {
      azimuth = 0
      return
    }
    let ratio = (sine * zenithCosine - sin(orbit.declination)) / scale
    let angle = degrees(Mathematics.acos(max(-1, min(1, ratio))))
    azimuth = (hour > 0 ? angle + 180 : 540 - angle).remainderEuclidean(360)
  }

  /// How much higher the air makes it look.
  package var refraction: Double {
    let height = elevation
    guard height <= 85 else { return 0 }
    let tangent = Mathematics.tan(height * .pi / 180)
    let seconds =
      if height > 5 {
        58.1 / tangent - 0.07 / (tangent * tangent * tangent)
          + 0.000086 / (tangent * tangent * tangent * tangent * tangent)
      } else if height > -0.575 {
        1735 + height * (-518.2 + height * (103.4 + height * (-12.79 + 0.711 * height)))
      } else {
        -20.772 / tangent
      }
    return seconds / 3600
  }

  package var light: Light { Light(elevation: elevation) }
}

/// How light the sky is, by the sun's geometric elevation.
package enum Light: String, Sendable, CaseIterable {
  case day
  case civilTwilight = "civil_twilight"
  case nauticalTwilight = "nautical_twilight"
  case astronomicalTwilight = "astronomical_twilight"
  case night

  package init(elevation: Double) {
    switch elevation {
    case (-0.833)...: self = .day
    case (-6.0)...: self = .civilTwilight
    case (-12.0)...: self = .nauticalTwilight
    case (-18.0)...: self = .astronomicalTwilight
    default: self = .night
    }
  }
}

/// What the earth's orbit says of a day.
private struct Orbit {
  /// Of the sun, in degrees.
  let declination: Double
  /// True less mean solar time, in minutes.
  let equationOfTime: Double

  /// Julian centuries since 2000.
  init(_ t: Double) {
    let meanLongitude = (280.46646 + t * (36_000.76983 + 0.0003032 * t)).remainderEuclidean(360)
    let anomaly = 357.52911 + t * (35_999.05029 - 0.0001537 * t)
    let eccentricity = 0.016708634 - t * (0.000042037 + 0.0000001267 * t)
    let centre =
      sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t)) + sin(2 * anomaly) * (0.019993 - 0.000101 * t)
      + 0.000289 * sin(3 * anomaly)
    let node = 125.04 - 1934.136 * t
    let longitude = meanLongitude + centre - 0.00569 - 0.00478 * sin(node)
    let meanObliquity = 23 + (26 + (21.448 - t * (46.815 + t * (0.00059 - 0.001813 * t))) / 60) / 60
    let obliquity = meanObliquity + 0.00256 * cos(node)
    declination = degrees(Mathematics.asin(sin(obliquity) * sin(longitude)))
    let half = Mathematics.tan(obliquity * .pi / 360)
    let y = half * half
    equationOfTime =
      4
      * degrees(
        y * sin(2 * meanLongitude) - 2 * eccentricity * sin(anomaly)
          + 4 * eccentricity * y * sin(anomaly) * cos(2 * meanLongitude) - 0.5 * y * y * sin(4 * meanLongitude)
          - 1.25 * eccentricity * eccentricity * sin(2 * anomaly))
  }
}

private func sin(_ degrees: Double) -> Double { Mathematics.sin(degrees * .pi / 180) }
private func cos(_ degrees: Double) -> Double { Mathematics.cos(degrees * .pi / 180) }
private func degrees(_ radians: Double) -> Double { radians * 180 / .pi }

extension Double {
  /// What is left of whole periods, from 0 on.
  func remainderEuclidean(_ period: Double) -> Double {
    let rest = truncatingRemainder(dividingBy: period)
    return rest < 0 ? rest + period : rest
  }
}

extension Int64 {
  fileprivate func remainderEuclidean(_ period: Int64) -> Int64 {
    let rest = self % period
    return rest < 0 ? rest + period : rest
  }
}
