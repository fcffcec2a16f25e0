package import Core

/// Something that happens in a drive and that scene detection must find, with times that are true.
package struct Event: Sendable {
  package var type: String
  /// Seconds of the drive, the end not included.
  package var start, end: Double
  /// Whether the drive begins or ends within it.
  package var isCutAtStart = false, isCutAtEnd = false
  package var parameters: JSONObject
}

/// Finds the events of a world in its noiseless motion, by the thresholds of the rules they are named after.
struct EventFinder {
  private let world: World
  private let step = 0.005

  init(_ world: World) { self.world = world }

  /// By start, then type.
  var events: [Event] {
    let found =
      braking + standing + stops + turns + laneChanges + cutIns + crossings + sightings(of: .pedestrian)
      + sightings(of: .cyclist)
    return found.sorted { ($0.start, $0.type) < ($1.start, $1.type) }
  }

  // MARK: - Ego vehicle

  private var braking: [Event] {
    intervals(enter: { $0.acceleration <= -3 }, exit: { $0.acceleration > -1.5 }).map { span in
      var event = event("hard_brake", span)
      let lowest = stride(from: span.lowerBound, to: span.upperBound, by: step).map { ego($0).acceleration }.min()
      event.parameters = [
        "min_ax": .number(rounded(lowest ?? 0)), "v0": .number(rounded(ego(span.lowerBound).speed)),
        "v1": .number(rounded(ego(span.upperBound).speed)),
      ]
      return event
    }
  }

  private var standing: [Event] {
    intervals(enter: { $0.speed < 0.3 }, exit: { $0.speed >= 0.8 }).map { event("standstill", $0) }
  }

  /// From 2 m/s down to the beginning of a standstill.
  private var stops: [Event] {
    standing.compactMap { standstill in
      var fast = standstill.start
      while fast > 0, ego(fast).speed <= 2 { fast -= step }
      guard fast > 0 else { return nil }
      return event("stop", border(fast + step) { ego($0).speed <= 2 }..<standstill.start)
    }
  }

  private var turns: [Event] {
    let limit = 3 * Double.pi / 180
    return [("turn_left", 1.0), ("turn_right", -1.0)].flatMap { type, sign in
      intervals(
        enter: { sign * $0.yawRate >= limit && $0.speed > 1 }, exit: { sign * $0.yawRate < limit || $0.speed <= 1 }
      ).compactMap { span in
        let turned = (ego(span.upperBound).heading - ego(span.lowerBound).heading) * 180 / .pi
        guard abs(turned) >= 45 else { return nil }
        var event = event(type, span)
        event.parameters = ["yaw_deg": .number(rounded(turned))]
        return event
      }
    }
  }

  private var laneChanges: [Event] {
    let limit = 0.5 * Double.pi / 180
    return world.script.legs.compactMap { leg in
      let spans = intervals(
        from: leg.laneChange, to: min(leg.laneChangeEnd, world.seconds), enter: { abs($0.yawRate) >= limit },
        exit: { abs($0.yawRate) < limit })
      guard let first = spans.first, let last = spans.last else { return nil }
      var event = event(leg.side > 0 ? "lane_change_left" : "lane_change_right", first.lowerBound..<last.upperBound)
      event.isCutAtEnd = leg.laneChangeEnd > world.seconds
      event.parameters = [
        "shift_m": .number(leg.side * Script.laneWidth), "speed_mps": .number(rounded(leg.cruisingSpeed)),
      ]
      return event
    }
  }

  // MARK: - Other road users

  /// From where the other has come 0.375 m nearer to where it is in the middle of the lane.
  private var cutIns: [Event] {
    world.agents.compactMap { agent in
      guard agent.role == "cut_in", let shift = agent.shift else { return nil }
      let onset = shift.time(after: 0.375), entry = shift.time(after: Script.laneWidth - 1.75)
      guard entry < world.seconds, let box = agent.box(at: entry) else { return nil }
      var event = event("cut_in", onset..<min(shift.start + shift.duration, world.seconds))
      event.isCutAtEnd = shift.start + shift.duration > world.seconds
      event.parameters = [
        "agent": .integer(Int64(agent.id)), "in_path_from_s": .number(rounded(entry)),
        "ahead_m": .number(rounded(ego(entry).frame.inside(box.frame.origin).x)),
      ]
      return event
    }
  }

  /// A pedestrian between the edges of the road.
  private var crossings: [Event] {
    world.agents.filter { $0.role == "crossing" }.flatMap { agent in
      // It starts 6 m to the side of the first lane's middle.
      let road = Road.edges.lowerBound + 6...Road.edges.upperBound + 6
      let start = max(0, agent.from), end = min(agent.until, world.seconds)
      let isOnRoad = { (time: Double) in road.contains(agent.motion.state(at: time).distance) }
      guard start < end else { return [Event]() }
      return spans(from: start, to: end, enter: isOnRoad, exit: { !isOnRoad($0) }).map { span in
        var event = event("pedestrian_crossing", span)
        event.parameters = ["agent": .integer(Int64(agent.id))]
        return event
      }
    }
  }

  /// While the front camera sees one or more of a kind; frames stand for a tenth of a second, gaps of a second are bridged.
  private func sightings(of kind: Agent.Kind) -> [Event] {
    let detector = Detector(camera: .front), stream = Stream.cameraFront
    let period = 1 / Double(stream.hertz)
    var found: [(span: Range<Double>, agents: Set<Int>)] = []
    for time in stride(from: Double(stream.phase) / 1e9, to: world.seconds, by: period) {
      let seen = detector.detections(in: world, at: time).filter { $0.agent.kind == kind }.map(\.agent.id)
      guard !seen.isEmpty else { continue }
      if let last = found.last, time - last.span.upperBound <= 1 {
        found[found.count - 1] = (last.span.lowerBound..<time + period, last.agents.union(seen))
      } else {
        found.append((time..<time + period, Set(seen)))
      }
    }
    return found.map { span, agents in
      var event = event(kind.rawValue, span)
      event.parameters = ["agents": .array(agents.sorted().map { .integer(Int64($0)) })]
      return event
    }
  }

  // MARK: - Spans

  private func ego(_ time: Double) -> EgoState { world.ego(at: time) }

  private func event(_ type: String, _ span: Range<Double>) -> Event {
    Event(
      type: type, start: span.lowerBound, end: min(span.upperBound, world.seconds), isCutAtStart: span.lowerBound == 0,
      isCutAtEnd: span.upperBound >= world.seconds, parameters: [:])
  }

  private func intervals(
    from start: Double = 0, to end: Double? = nil, enter: (EgoState) -> Bool, exit: (EgoState) -> Bool
  ) -> [Range<Double>] {
    spans(from: start, to: end ?? world.seconds, enter: { enter(ego($0)) }, exit: { exit(ego($0)) })
  }

  /// From where `enter` becomes true to where `exit` does.
  private func spans(
    from start: Double, to end: Double, enter: (Double) -> Bool, exit: (Double) -> Bool
  ) -> [Range<Double>] {
    var found: [Range<Double>] = []
    var begin: Double?
    var time = start
    while time < end {
      if let first = begin, exit(time) {
        found.append(first..<border(time, exit))
        begin = nil
      } else if begin == nil, enter(time) {
        begin = time == start ? start : border(time, enter)
      }
      time += step
    }
    if let begin { found.append(begin..<end) }
    return found
  }

  /// Where in the step that ends at `time` a condition becomes true, to a nanosecond.
  private func border(_ time: Double, _ condition: (Double) -> Bool) -> Double {
    var low = time - step, high = time
    while high - low > 1e-9 {
      let middle = (low + high) / 2
      if condition(middle) { high = middle } else { low = middle }
    }
    return high
  }
}

extension Agent.Shift {
  /// When it has gone so many metres.
  func time(after distance: Double) -> Double {
    let part = distance / abs(to - from)
    return start + duration * Mathematics.acos(1 - 2 * part) / .pi
  }
}

/// Three decimals.
func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
