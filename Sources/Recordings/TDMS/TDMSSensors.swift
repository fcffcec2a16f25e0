import Core

/// The wires between a sensor and what measures it.
struct TDMSLeadWires: Equatable, Sendable {
  /// 2, 3 or 4 wires.
  var configuration: Double
  /// Of one wire, in Ω.
  var resistance: Double

  /// A resistance without that of the wires.
  func removed(from measured: Double, isCurrent: Bool) -> Double {
    if configuration == 3 { return measured - resistance }
    return configuration == 2 && isCurrent ? measured - 2 * resistance : measured
  }
}

/// A resistance thermometer: °C from a voltage, by the equation of Callendar and Van Dusen.
struct TDMSResistanceThermometer: Equatable, Sendable {
  var current: Double
  /// At 0 °C, in Ω.
  var nominal: Double
  var a: Double, b: Double, c: Double
  var wires: TDMSLeadWires

  func value(_ voltage: Double) -> Double {
    let resistance = wires.removed(from: voltage / current, isCurrent: true)
    let warm = (-a + (a * a - 4 * b * (1 - resistance / nominal)).squareRoot()) / (2 * b)
    return resistance < nominal ? cold(resistance, from: warm) : warm
  }

  /// Below 0 °C the curve is of the fourth order: its root next to that of the second, by Newton's method.
  private func cold(_ resistance: Double, from guess: Double) -> Double {
    var t = guess
    for _ in 0..<50 {
      let excess = 1 + t * (a + t * (b + t * (t - 100) * c)) - resistance / nominal
      let slope = a + t * (2 * b + t * (4 * t - 300) * c)
      let step = excess / slope
      t -= step
      if !(abs(step) > abs(t) * 0x1p-52) { break }
    }
    return t
  }
}

/// A thermistor: K from a voltage, less an offset, by the equation of Steinhart and Hart.
struct TDMSThermistor: Equatable, Sendable {
  /// The excitation is a current in A, else a voltage in V over the thermistor and a reference in series.
  var isCurrent: Bool
  var excitation: Double
  var reference: Double
  var a: Double, b: Double, c: Double
  var offset: Double
  var wires: TDMSLeadWires

  func value(_ voltage: Double) -> Double {
    let measured = isCurrent ? voltage / excitation : reference * (1 / (excitation * (1 / voltage) - 1))
    let logarithm = Mathematics.log(wires.removed(from: measured, isCurrent: isCurrent))
    return 1 / (a + logarithm * (b + logarithm * (logarithm * c))) - offset
  }
}

/// A bridge of strain gauges: strain from its voltage.
struct TDMSStrainBridge: Equatable, Sendable {
  enum Configuration: Int, Sendable {
    case full1 = 10183, full2, full3
    case half1 = 10188, half2
    case quarter1 = 10271, quarter2
  }

  var configuration: Configuration
  var poisson: Double
  var resistance: Double
  var lead: Double
  /// V without strain.
  var initial: Double
  var gauge: Double
  /// Of the calibration by a shunt.
  var gain: Double
  var excitation: Double

  func value(_ voltage: Double) -> Double {
    let v = voltage - initial
    // The wires make the bridge less sensitive.
    let wires = 1 / (1 + lead / resistance)
    switch configuration {
    case .full1: return v * (-gain / (excitation * gauge))
    case .full2: return v * (-gain * 2 / (excitation * gauge * (1 + poisson)))
    case .full3:
      let factor = -0.5 / gain
      return v / (v * (factor * (1 - poisson) * gauge) + factor * excitation * gauge * (1 + poisson))
    case .half1:
      let factor = -gauge * excitation * wires / (4 * gain)
      return v / (v * (factor * 2 * (1 - poisson) / excitation) + factor * (1 + poisson))
    case .half2: return v * (-2 * gain / (gauge * excitation * wires))
    case .quarter1, .quarter2: return (1 / (v * (2 / excitation) + 1) - 1) * (2 * gain / (gauge * wires))
    }
  }
}
