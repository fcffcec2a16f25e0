import Testing

@testable import Core
@testable import Pipeline

@Suite struct EvenedRouteTests {
  /// A car that starts, drives, brakes hard, stands and starts again; fixes of 5 m noise a second apart.
  private func errors(seed: UInt64, isSpeedKnown: Bool) -> (raw: Double, evened: Double) {
    var random = SeededRandom(seed)
    var position = 0.0, speed = 0.0, truth: [Double] = [], fixes: [EvenedRoute.Fix] = []
    for second in 0..<90 {
      let acceleration =
        switch second {
        case 0..<7: 2.0
        case 30..<34: -3.5
        case 50..<58: 1.5
        default: 0.0
        }
      let driven = speed + acceleration / 2
      if second > 0 { position += driven }
      speed = max(0, speed + acceleration)
      truth.append(position)
      fixes.append(
        EvenedRoute.Fix(
          time: Double(second), position: position + 5 * random.normal(), variance: 16.6,
          driven: isSpeedKnown && second > 0 ? driven * 1.01 : nil))
    }
    func spread(_ found: [Double]) -> Double {
      (zip(found, truth).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(truth.count)).squareRoot()
    }
    let evened = EvenedRoute(fixes).positions
    return (spread(fixes.map(\.position)), spread(evened))
  }

  @Test(arguments: [(false, 0.6), (true, 0.4)])
  func fixesAreNearerToWhereTheCarWas(_ isSpeedKnown: Bool, _ most: Double) {
    var raw = 0.0, evened = 0.0
    for seed in 0..<20 as Range<UInt64> {
      let found = errors(seed: seed, isSpeedKnown: isSpeedKnown)
      (raw, evened) = (raw + found.raw, evened + found.evened)
    }
    #expect(evened <= most * raw, "\(evened / 20) m of \(raw / 20) m")
  }

  @Test func aFixOutOfPlaceBeginsAnew() {
    let fixes = [0, 10, 20, 220, 230].enumerated().map { index, position in
      EvenedRoute.Fix(time: Double(index), position: position, variance: 1, driven: index > 0 ? 10 : nil)
    }
    let positions = EvenedRoute(fixes).positions
    #expect(zip(positions, [0, 10, 20, 220, 230]).allSatisfy { abs($0 - $1) < 1 }, "\(positions)")
  }
}
