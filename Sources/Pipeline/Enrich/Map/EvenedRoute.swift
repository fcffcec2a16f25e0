/// Fixes along their route, made even by how cars move: a fix alone is as far off along the road as beside it.
///
/// A Kalman filter over position and speed goes forward, the smoother of Rauch, Tung and Striebel back. From fix to fix
/// the car went as far as its own speed says, else on at about the speed it had.
struct EvenedRoute {
  struct Fix {
    /// Seconds since any instant.
    var time: Double
    /// Metres from the route's start.
    var position: Double
    /// Of the position, in square metres.
    var variance: Double
    /// Metres since the fix before by the car's own speed; nil where it is not known.
    var driven: Double?
  }

  /// How restless accelerations are, in m²/s³: about 1 m/s² that changes every second.
  private static let acceleration = 1.0
  /// How much a driven distance may be wrong, as part of it.
  private static let slip = 0.03
  /// A fix that is farther from where the car should be, in metres, begins anew: there was a detour, or wheels slipped.
  private static let mostSurprise = 25.0
  /// Without a measured speed a car is not followed longer, in seconds.
  private static let longestStep = 5.0

  /// Metres from the route's start, a fix; of fixes that follow from each other never falling.
  private(set) var positions: [Double] = []

  /// What is believed at a fix: position and speed, and their covariance.
  private struct Belief {
    var position, speed: Double
    var pp, ps, ss: Double
  }

  /// A step: the belief before the fix, after it, and for how many seconds its speed led to it.
  private struct Step {
    var predicted, filtered: Belief
    var seconds: Double
  }

  init(_ fixes: [Fix]) {
    var steps: [Step] = []
    for (index, fix) in fixes.enumerated() {
      if let last = steps.last, let step = Self.step(from: last.filtered, fixes[index - 1], to: fix) {
        steps.append(step)
        continue
      }
      finish(&steps)
      let first = Belief(position: fix.position, speed: 0, pp: fix.variance, ps: 0, ss: 400)
      steps = [Step(predicted: first, filtered: first, seconds: 0)]
    }
    finish(&steps)
  }

  /// Nil where the fix does not follow from the one before.
  private static func step(from last: Belief, _ before: Fix, to fix: Fix) -> Step? {
    let seconds = max(1e-3, fix.time - before.time)
    var belief = last
    if let driven = fix.driven {
      belief.position += driven
      belief.pp += (slip * driven) * (slip * driven) + 0.01
      belief.ss += acceleration * seconds
    } else {
      guard seconds <= longestStep else { return nil }
      belief.position += last.speed * seconds
      belief.ps += last.ss * seconds + acceleration * seconds * seconds / 2
      belief.pp += (2 * last.ps + last.ss * seconds) * seconds + acceleration * seconds * seconds * seconds / 3
      belief.ss += acceleration * seconds
    }
    let surprise = fix.position - belief.position, variance = belief.pp + fix.variance
    guard abs(surprise) <= max(mostSurprise, 3 * variance.squareRoot()) else { return nil }
    let predicted = belief, gain = (position: belief.pp / variance, speed: belief.ps / variance)
    belief.position += gain.position * surprise
    belief.speed += gain.speed * surprise
    belief.ss -= gain.speed * belief.ps
    belief.ps -= gain.position * belief.ps
    belief.pp -= gain.position * belief.pp
    return Step(predicted: predicted, filtered: belief, seconds: fix.driven == nil ? seconds : 0)
  }

  /// Goes back over fixes that follow each other.
  private mutating func finish(_ steps: inout [Step]) {
    guard var next = steps.last?.filtered else { return }
    var evened = [next.position]
    for index in steps.indices.dropLast().reversed() {
      let own = steps[index].filtered, predicted = steps[index + 1].predicted, seconds = steps[index + 1].seconds
      // The covariance of this belief and the prediction from it, by the inverse of the prediction's.
      let (a, b) = (own.pp + own.ps * seconds, own.ps)
      let (c, d) = (own.ps + own.ss * seconds, own.ss)
      let determinant = predicted.pp * predicted.ss - predicted.ps * predicted.ps
      let position = (next.position - predicted.position) / determinant
      let speed = (next.speed - predicted.speed) / determinant
      let (u, v) = (predicted.ss * position - predicted.ps * speed, predicted.pp * speed - predicted.ps * position)
      next.position = own.position + a * u + b * v
      next.speed = own.speed + c * u + d * v
      evened.append(next.position)
    }
    for (index, position) in evened.reversed().enumerated() {
      positions.append(index > 0 ? max(position, positions[positions.count - 1]) : position)
    }
    steps = []
  }
}
