import Core

/// Detections by sample, and what they say together.
struct ObjectJoin: Sendable {
  /// What one detector saw in one message that a sample uses.
  struct Frame: Sendable {
    var sample: Int
    var stream: String
    /// Of the message.
    var time: Int64
    var objects: [DetectedObject]
    /// Of each object: its closing speed in m/s, NaN where the track has no earlier place.
    var closing: [Double]
  }

  /// In the order of samples; several of one sample in the order of streams.
  private(set) var frames: [Frame] = []
  private(set) var rows = 0
  /// Objects under the least score.
  private(set) var dropped = 0
  /// Frames of messages that no sample uses.
  private(set) var unused = 0
  /// Frames of no message: file, line and reason.
  private(set) var unknown: [SourceError] = []
  let settings: ObjectSettings

  init(_ files: [(file: DetectionFile, frames: [DetectionFrame])], _ known: SampleFrames, _ settings: ObjectSettings) {
    self.settings = settings
    for (file, detections) in files {
      for detection in detections {
        rows += 1
        do throws(SampleFrames.Unknown) {
          let message = try known.message(detection)
          guard let sample = message.sample else {
            unused += 1
            continue
          }
          let kept = detection.objects.filter { !($0.score < settings.minScore) }
          dropped += detection.objects.count - kept.count
          frames.append(
            Frame(
              sample: sample, stream: message.stream, time: message.time, objects: kept,
              closing: kept.map { _ in .nan }))
        } catch {
          unknown.append(
            SourceError(detection.line > 0 ? "\(file.path):\(detection.line)" : file.path, error.problem, code: .record)
          )
        }
      }
    }
    let order = frames.indices.sorted {
      (frames[$0].sample, frames[$0].stream, $0) < (frames[$1].sample, frames[$1].stream, $1)
    }
    frames = order.map { frames[$0] }
    followTracks()
  }

  /// How fast each track comes nearer, from its place in the message before.
  private mutating func followTracks() {
    var last: [String: (time: Int64, distance: Double)] = [:]
    let order = frames.indices.sorted { (frames[$0].time, $0) < (frames[$1].time, $1) }
    for index in order {
      for (number, object) in frames[index].objects.enumerated() {
        guard let track = object.track, let distance = object.distance else { continue }
        let key = "\(frames[index].stream)\u{0}\(track)"
        if let before = last[key], before.time < frames[index].time {
          frames[index].closing[number] =
            (before.distance - distance) / seconds(from: before.time, to: frames[index].time)
        }
        last[key] = (frames[index].time, distance)
      }
    }
  }

  /// The frames of some samples.
  func frames(of samples: Range<Int>) -> ArraySlice<Frame> {
    func first(_ sample: Int) -> Int { frames.indices.bisect { frames[$0].sample >= sample } }
    return frames[first(samples.lowerBound)..<first(samples.upperBound)]
  }
}

/// What the configuration says of detections.
struct ObjectSettings: Sendable, Equatable {
  var files: [DetectionFile] = []
  var minScore = 0.25
  /// Names of classes that stand for a group.
  var groups: [String: ObjectGroup] = [:]
  /// The area in the image of a stream that the vehicle will drive through: corners in pixels.
  var paths: [String: [SIMD2<Double>]] = [:]

  func group(_ name: String) -> ObjectGroup { groups[name] ?? ObjectGroup(name) }
}

extension DetectedObject {
  /// Metres on the ground from the vehicle's origin.
  var distance: Double? { cuboid.map { Mathematics.hypot($0.x, $0.y) } }
}

/// The way that the vehicle goes on, if it goes on to turn as it does.
struct EgoPath: Sendable {
  /// One by the radius; positive to the left.
  private let curvature: Double
  private static let halfWidth = 1.75
  private static let reach = 80.0
  /// Slower, a turn says nothing of a radius.
  private static let slowest = 0.5

  /// Nil where speed or yaw rate is not known.
  init?(speed: Double, yawRate: Double) {
    guard speed.isFinite, yawRate.isFinite else { return nil }
    curvature = abs(speed) < Self.slowest ? 0 : yawRate / speed
  }

  /// How far left of the way an object is, in metres.
  func lateral(_ cuboid: DetectedObject.Cuboid) -> Double { cuboid.y - curvature * cuboid.x * cuboid.x / 2 }

  func contains(_ cuboid: DetectedObject.Cuboid) -> Bool {
    abs(lateral(cuboid)) <= Self.halfWidth && cuboid.x > 0 && cuboid.x <= Self.reach
  }
}
