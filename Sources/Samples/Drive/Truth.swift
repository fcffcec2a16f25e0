import Core

/// What is true about a drive, for tests to compare with: streams, defects, events, road users and the ego vehicle's way.
struct Truth {
  private let drive: Drive
  private let world: World
  private let result: Recorder.Result
  private let bytes: Int

  init(_ drive: Drive, _ world: World, _ result: Recorder.Result, bytes: Int) {
    self.drive = drive
    self.world = world
    self.result = result
    self.bytes = bytes
  }

  func write(to output: any ByteOutput) throws(SystemError) {
    let truth: JSON = [
      "schema": "av.truth/1", "measurement": .string("\(drive.measurement)"), "vin": .string(drive.vin),
      "seed": .count(drive.seed), "seconds": .number(drive.seconds), "start": time(0), "end": time(drive.seconds),
      "start_ns": nanoseconds(0), "end_ns": nanoseconds(drive.seconds),
      "origin": [
        "latitude": .number(Geodesy.latitude), "longitude": .number(Geodesy.longitude),
        "altitude": .number(Geodesy.altitude),
      ],
      "vehicle": [
        "wheelbase_m": .number(VehicleValues.wheelbase), "track_m": .number(VehicleValues.track),
        "steering_ratio": .number(VehicleValues.steeringRatio),
      ],
      "noise": [
        "gyro_radps": .number(Messages.gyroNoise), "accelerometer_mps2": .number(Messages.accelerometerNoise),
        "position_m": .number(Messages.positionNoise),
      ],
      "defects": .array(drive.defects.map { .string($0.text) }), "bag": bag, "streams": .array(streams),
      "events": .array(EventFinder(world).events.map(event)),
      "agents": .array(world.agents.filter { $0.from < world.seconds }.map(agent)),
      "trajectory": .array(trajectory),
    ]
    try output.write(Array((truth.pretty + "\n").utf8))
  }

  private func time(_ seconds: Double) -> JSON { .string("\(drive.instant(seconds))") }
  private func nanoseconds(_ seconds: Double) -> JSON { .count(drive.instant(seconds).nanoseconds) }

  private var bag: JSON {
    [
      "compression": .string(drive.compression.rawValue), "bytes": .count(bytes),
      "chunks": .count(result.chunks.count), "messages": .count(result.tallies.reduce(0) { $0 + $1.written }),
      // More may be had from a packed chunk that is cut.
      "readable_at_least": .count(result.tallies.reduce(0) { $0 + $1.readable }),
    ]
  }

  private var streams: [JSON] {
    zip(Stream.all, result.tallies).map { stream, tally in
      let clock = StreamClock(stream, drive.defects)
      var object: JSONObject = [
        "name": .string(stream.name), "topic": .string(stream.topic), "type": .string(stream.type),
        "hz": .count(stream.hertz), "messages": .count(tally.written), "dropped": .count(tally.dropped),
        "readable_at_least": .count(tally.readable), "offset_ns": .count(clock.offset), "drift_ppm": .number(clock.ppm),
      ]
      for (key, range) in [("stamp", tally.stamps), ("record", tally.records)] {
        object["first_\(key)_ns"] = range.map { .count($0.start.nanoseconds) }
        object["last_\(key)_ns"] = range.map { .count($0.end.nanoseconds) }
      }
      return .object(object)
    }
  }

  private func event(_ event: Event) -> JSON {
    [
      "type": .string(event.type), "start": time(event.start), "end": time(event.end),
      "start_ns": nanoseconds(event.start), "end_ns": nanoseconds(event.end),
      "truncated_start": .bool(event.isCutAtStart), "truncated_end": .bool(event.isCutAtEnd),
      "params": .object(event.parameters),
    ]
  }

  private func agent(_ agent: Agent) -> JSON {
    let size = agent.kind.size
    return [
      "id": .count(agent.id), "class": .string(agent.kind.rawValue), "role": .string(agent.role),
      "length_m": .number(size.length), "width_m": .number(size.width), "height_m": .number(size.height),
    ]
  }

  /// Ten times a second: x east and y north of the origin, heading counter-clockwise from east.
  private var trajectory: [JSON] {
    (0...Int(drive.seconds * 10)).map { index in
      let seconds = Double(index) / 10
      let ego = world.ego(at: seconds)
      let position = Geodesy.position(of: ego.position)
      let values: [(String, Double, Double)] = [
        ("x_m", ego.position.x, 1e6), ("y_m", ego.position.y, 1e6), ("heading_rad", ego.heading, 1e9),
        ("speed_mps", ego.speed, 1e6), ("ax_mps2", ego.acceleration, 1e6), ("ay_mps2", ego.lateralAcceleration, 1e6),
        ("yaw_rate_radps", ego.yawRate, 1e9), ("latitude", position.latitude, 1e10),
        ("longitude", position.longitude, 1e10),
      ]
      var object: JSONObject = ["t_ns": nanoseconds(seconds)]
      for (key, value, steps) in values { object[key] = .number((value * steps).rounded() / steps) }
      return .object(object)
    }
  }
}

extension Truth {
  /// One JSON line a frame of the front camera: what a perfect detector gives, boxes as xyxy, also for frames without any.
  func writeDetections(to output: any ByteOutput) throws(SystemError) {
    let detector = Detector(camera: .front), stream = Stream.cameraFront
    let clock = StreamClock(stream, drive.defects)
    let end = Int64((drive.seconds * 1e9).rounded())
    guard let emitter = Emitter.all.first else { return }
    for count in 0..<emitter.count(before: end) {
      let time = emitter.time(count)
      guard !clock.isDropped(time) else { continue }
      let found = detector.detections(in: world, at: Double(time) / 1e9)
      let stamp = Timestamp(nanoseconds: drive.origin.nanoseconds + clock.stamp(time))
      let line: JSON = [
        "t": .string("\(stamp)"), "stream": .string(stream.name), "objects": .array(found.map(object)),
      ]
      try output.write(Array((line.text + "\n").utf8))
    }
  }

  private func object(_ detection: Detector.Detection) -> JSON {
    let outline = detection.outline, size = detection.agent.kind.size
    func numbers(_ values: Double...) -> JSON { .array(values.map { .number(rounded($0)) }) }
    return [
      "class": .string(detection.agent.kind.rawValue),
      "bbox": numbers(outline.left, outline.top, outline.right, outline.bottom), "score": 1.0,
      "track_id": .string("\(detection.agent.id)"),
      "cuboid": [
        "center": numbers(detection.place.x, detection.place.y, size.height / 2),
        "size": numbers(size.length, size.width, size.height),
        "quaternion": numbers(0, 0, Mathematics.sin(detection.yaw / 2), Mathematics.cos(detection.yaw / 2)),
        "frame": "base_link",
      ],
      "attributes": [
        "role": .string(detection.agent.role), "vx_mps": .number(rounded(detection.velocity.x)),
        "vy_mps": .number(rounded(detection.velocity.y)),
      ],
    ]
  }
}
