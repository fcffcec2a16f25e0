import Core

/// Signals of the vehicle that contradict each other over a whole table.
///
/// So look sensors that lie otherwise in a vehicle than was said, or that have gravity in them. Scenes of such signals are
/// found, and mean nothing.
///
/// Means are compared and not rows, since noise, slopes and clocks that are a little off are no reason to doubt.
package struct SceneDoubts: Sendable {
  /// In the words of a warning.
  package private(set) var problems: [String] = []

  private static let longitudinal = "ax_mps2", lateral = "ay_mps2", heading = "heading_deg"
  /// A slope of 10 % has this much of gravity in it, in m/s2; no road climbs so for a whole drive.
  private static let mostBias = 1.0
  private static let leastSeconds = 60.0
  private static let leastCorrelation = -0.4

  init(_ table: SceneTable) throws {
    let names: Set = [Self.longitudinal, Self.lateral, Self.heading, SceneColumns.speed, SceneColumns.yawRate]
    let known = names.filter { table.types[$0] == .number }
    guard known.contains(SceneColumns.speed), known.count > 1 else { return }
    var reader = try SceneReader(table, columns: known, objectColumns: nil, reach: Reach())
    var forward = Comparison(), side = Comparison(), turn = Comparison()
    while let rows = try reader.block() {
      func numbers(_ name: String) -> [Double] {
        if case .numbers(let values)? = rows.columns[name] { values } else { Array(repeating: .nan, count: rows.count) }
      }
      let speed = numbers(SceneColumns.speed), yaw = numbers(SceneColumns.yawRate), heading = numbers(Self.heading)
      let ax = numbers(Self.longitudinal), ay = numbers(Self.lateral)
      for row in rows.main where row > 0 {
        let step = seconds(from: rows.times[row - 1], to: rows.times[row])
        guard step > 0, step <= Double(table.hold) / 1e9 else { continue }
        forward.add(ax[row], (speed[row] - speed[row - 1]) / step, step)
        side.add(ay[row], speed[row] * yaw[row], step)
        // A compass goes to the right.
        let change = (heading[row - 1] - heading[row]).remainder(dividingBy: 360) * .pi / 180
        turn.add(yaw[row], change / step, step)
      }
    }
    tell(forward, Self.longitudinal, "the change of speed_mps", leastSpread: 0.3)
    tell(side, Self.lateral, "speed_mps · yaw_rate_radps", leastSpread: 0.3)
    if turn.isTurned(leastSpread: 0.02) { problems.append(Self.sign(SceneColumns.yawRate, "heading_deg")) }
  }

  private mutating func tell(_ comparison: Comparison, _ name: String, _ other: String, leastSpread: Double) {
    guard comparison.seconds >= Self.leastSeconds else { return }
    if abs(comparison.bias) > Self.mostBias {
      problems.append(
        "\(name) is \(comparison.bias.brief) m/s2 off \(other), on average: gravity is in it, or its axis is "
          + "another one of the vehicle")
    } else if comparison.isTurned(leastSpread: leastSpread) {
      problems.append(Self.sign(name, other))
    }
  }

  private static func sign(_ name: String, _ other: String) -> String {
    "\(name) goes against \(other): its sign is the other one, or its axis is another one of the vehicle"
  }

  /// Two signals that should be one, weighted by time.
  private struct Comparison {
    var seconds = 0.0
    private var one = 0.0, two = 0.0, squareOne = 0.0, squareTwo = 0.0, product = 0.0

    mutating func add(_ one: Double, _ two: Double, _ step: Double) {
      guard one.isFinite, two.isFinite else { return }
      seconds += step
      self.one += one * step
      self.two += two * step
      squareOne += one * one * step
      squareTwo += two * two * step
      product += one * two * step
    }

    var bias: Double { (one - two) / seconds }

    /// Whether one falls where the other, which must vary, rises.
    func isTurned(leastSpread: Double) -> Bool {
      guard seconds >= SceneDoubts.leastSeconds else { return false }
      let (meanOne, meanTwo) = (one / seconds, two / seconds)
      let spreadOne = (squareOne / seconds - meanOne * meanOne).squareRoot()
      let spreadTwo = (squareTwo / seconds - meanTwo * meanTwo).squareRoot()
      guard spreadOne > 0, spreadTwo > leastSpread else { return false }
      return (product / seconds - meanOne * meanTwo) / (spreadOne * spreadTwo) < SceneDoubts.leastCorrelation
    }
  }
}
