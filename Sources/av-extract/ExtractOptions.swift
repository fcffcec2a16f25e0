import Command
import Core
import Pipeline
import Recordings

/// Which channels, and which of their messages by time.
struct SelectionOptions: Options {
  static let title = "Selection"
  private static let metadata = "metadata"
  /// A kind of sensor each, and what is in the recordings.
  private static let tasks = SensorKind.allCases.map(\.rawValue) + [metadata]

  @Option("Only channels of this name; !glob leaves out", short: "t", value: "glob") var topic: [String]
  @Option("Only messages of this type; !glob leaves out", value: "glob") var type: [String]
  @Option("Only this task", value: "task", completion: .oneOf(SelectionOptions.tasks))
  var task: [String]
  @Option("From this time on", value: "time") var from: Timestamp?
  @Option("Up to this time, which is left out", value: "time") var to: Timestamp?
  @Option("Leave out the first part of the recording", value: "duration") var skipStart: Nanoseconds?
  @Option(
    "Which time of a message is used", value: "clock",
    completion: .oneOf(ExtractSettings.ClockRule.allCases.map(\.rawValue)))
  var time: String?
  @Option(
    "Which values of MDF4 and TDMS signals are given", value: "values",
    completion: .oneOf(SignalValues.allCases.map(\.rawValue)))
  var values: String?

  func apply(to settings: inout ExtractSettings) throws {
    do throws(Glob.Failure) {
      if !topic.isEmpty { settings.filter.topics = try GlobSet(topic) }
      if !type.isEmpty { settings.filter.types = try GlobSet(type) }
    } catch {
      throw UsageError("\(error)")
    }
    if !task.isEmpty {
      if let wrong = task.first(where: { !Self.tasks.contains($0) }) { throw UsageError("'\(wrong)' is not a task") }
      settings.tasks = settings.tasks.filter { task.contains($0.key.rawValue) }
      settings.writesMetadata = task.contains(Self.metadata)
    }
    if let time {
      guard let rule = ExtractSettings.ClockRule(rawValue: time) else { throw UsageError("'\(time)' is not a clock") }
      settings.clock = rule
    }
    if let values {
      guard let wanted = SignalValues(rawValue: values) else {
        throw UsageError("'\(values)' is not physical, raw or both")
      }
      settings.values = wanted
    }
    if let from, let to, from >= to { throw UsageError("--to must be later than --from") }
    for kind in settings.tasks.keys {
      var thinning = Thinning()
      (thinning.from, thinning.to, thinning.skipStart) = (from, to, skipStart?.value ?? 0)
      settings.tasks[kind]?.thinning.add(thinning)
    }
  }
}

/// Which messages of a stream, and which points of a cloud, are kept.
struct ThinningOptions: Options {
  static let title = "Downsampling"

  @Option("Every so manyth message of a stream", value: "number") var every: Count?
  @Option("At most this rate, by time and without drift", value: "rate") var rate: Hertz?
  @Option("A message whenever the vehicle came this far", value: "distance") var distance: Metres?
  @Option("At most so many messages of a stream", value: "number") var max: Count?
  @Option("One point a cube with edges of this length", value: "length") var voxel: Metres?
  @Option("Every so manyth point of a cloud", value: "number") var stride: Count?

  func apply(to task: inout TaskSettings) throws {
    if let every { task.thinning.every = every.value }
    if let rate {
      guard let period = Thinning.period(of: rate.value) else { throw UsageError("--rate must be more than 0") }
      task.thinning.period = period
    }
    if let distance { task.thinning.distance = try positive(distance.value, "--distance") }
    if let max { task.thinning.limit = max.value }
    if let voxel { task.voxel = try positive(voxel.value, "--voxel") }
    if let stride { task.stride = stride.value }
  }

  private func positive(_ value: Double, _ option: String) throws -> Double {
    guard value > 0 else { throw UsageError("\(option) must be more than 0") }
    return value
  }
}
