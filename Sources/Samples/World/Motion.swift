/// Travel along a line with piecewise linear acceleration: speed and distance are exact at every time; SI units.
struct Motion: Sendable {
  /// From `start` until the next piece.
  private struct Piece: Sendable {
    var start, acceleration, jerk, speed, distance: Double
  }

  /// Where a motion is at a time.
  struct State: Sendable {
    var distance, speed, acceleration: Double
  }

  private var pieces: [Piece]
  /// Until when the motion is planned; afterwards, as before the first piece, the speed is constant.
  private(set) var end: Double

  init(at time: Double, distance: Double, speed: Double) {
    pieces = [Piece(start: time, acceleration: 0, jerk: 0, speed: speed, distance: distance)]
    end = time
  }

  func state(at time: Double) -> State {
    let piece = pieces[pieces.lastIndex(startingBy: time) { $0.start }]
    let passed = time - piece.start
    let jerk = passed < 0 ? 0 : piece.jerk, acceleration = passed < 0 ? 0 : piece.acceleration
    return State(
      distance: piece.distance + passed * (piece.speed + passed * (acceleration / 2 + passed * jerk / 6)),
      speed: piece.speed + passed * (acceleration + passed * jerk / 2), acceleration: acceleration + passed * jerk)
  }

  /// Keeps the speed until a time.
  mutating func hold(until time: Double) { end = max(end, time) }

  /// Changes the speed, from the end of what is planned: the acceleration rises and falls by `jerk` and is at most `limit`.
  mutating func change(to speed: Double, limit: Double, jerk: Double) {
    let before = state(at: end).speed
    let change = abs(speed - before), sign = speed < before ? -1.0 : 1.0
    let peak = min(limit, (change * jerk).squareRoot())
    let ramp = peak / jerk
    add(acceleration: 0, jerk: sign * jerk, for: ramp)
    add(acceleration: sign * peak, jerk: 0, for: max(0, change / peak - ramp))
    add(acceleration: sign * peak, jerk: -sign * jerk, for: ramp)
    // Exactly the speed, so that what stops stands.
    pieces.append(
      Piece(start: end, acceleration: 0, jerk: 0, speed: speed, distance: state(at: end).distance))
  }

  private mutating func add(acceleration: Double, jerk: Double, for duration: Double) {
    let now = state(at: end)
    pieces.append(
      Piece(start: end, acceleration: acceleration, jerk: jerk, speed: now.speed, distance: now.distance))
    end += duration
  }
}

extension Array {
  /// The last element whose start is not after `time`, else the first.
  func lastIndex(startingBy time: Double, _ start: (Element) -> Double) -> Int {
    var low = 0, high = count
    while low + 1 < high {
      let middle = (low + high) / 2
      if start(self[middle]) <= time { low = middle } else { high = middle }
    }
    return low
  }
}
