import Testing

@testable import Core
@testable import Recordings

private let platinum = TDMSResistanceThermometer(
  current: 0.001, nominal: 100, a: 3.9083e-3, b: -5.775e-7, c: -4.183e-12,
  wires: TDMSLeadWires(configuration: 2, resistance: 0.1))

/// Resistances of IEC 60751, to two digits.
@Test(arguments: [(18.52, -200.0), (60.26, -100), (100, 0), (138.51, 100), (247.09, 400)])
func aPlatinumThermometerFollowsItsStandard(_ resistance: Double, _ celsius: Double) {
  #expect(abs(platinum.value(resistance / 1000 + 0.0002) - celsius) < 0.02)
}

@Test func theRootBelowZeroIsRightToTheLastBits() {
  // By 50 digits of decimal arithmetic.
  let voltage = 0.02 + 6 * (0.3 - 0.02) / 499
  #expect(abs(platinum.value(voltage) - -189.203878887276) < 1e-12)
}

@Test(arguments: [10047, 10055, 10072, 10073, 10077, 10082, 10085, 10086])
func aThermocouplesFunctionsAreThoseOfOneCurve(_ number: Int) throws {
  let sensor = try #require(TDMSThermocouple(number: number))
  for celsius in stride(from: 250.0, through: 390, by: 10) {
    // NIST gives the inverse to a few hundredths of a degree.
    #expect(abs(sensor.celsius(millivolts: sensor.millivolts(celsius: celsius)) - celsius) < 0.06)
  }
  #expect(sensor.celsius(millivolts: .nan).isNaN)
}

/// Values of the tables of NIST Monograph 175.
@Test(arguments: [
  (10073, 100.0, 4.096), (10073, -100, -3.554), (10072, 100, 5.269), (10086, 100, 4.279), (10085, 1000, 9.587),
])
func aThermocoupleHasTheVoltagesOfTheTables(_ number: Int, _ celsius: Double, _ millivolts: Double) throws {
  let sensor = try #require(TDMSThermocouple(number: number))
  #expect(abs(sensor.millivolts(celsius: celsius) - millivolts) < 0.0006)
}
