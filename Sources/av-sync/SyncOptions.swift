import Command
import Core
import Pipeline

/// How messages find each other.
struct MatchingOptions: Options {
  static let title = "Matching"

  @Option("Only streams of this name; !glob leaves out", short: "t", value: "glob") var stream: [String]
  @Option(
    "How messages find each other", value: "policy", completion: .oneOf(SyncSettings.Policy.allCases.map(\.rawValue)))
  var policy: String?
  @Option("Stream whose messages are the samples", value: "stream") var reference: String?
  @Option("Samples at a fixed rate", value: "rate") var rate: Hertz?
  @Option("Farthest that a message may be; else half the reference's period", value: "[stream=]duration")
  var tolerance: [String]
  @Option("Usual lag behind the reference: auto, or a duration", value: "[stream=]lag") var phase: [String]
  @Option("Stream that a sample needs to be complete; else all pictures and scans", value: "glob") var require: [String]
  @Option(
    "Which stamp of a set is the sample's: ref, last, first or mid", value: "which",
    completion: .oneOf(SyncSettings.SampleTime.allCases.map(\.rawValue)))
  var sampleTime: String?
  @Option("Widest set of approximate", value: "duration") var maxInterval: Nanoseconds?
  @Option("Messages of a stream that an on-line approximate keeps", value: "number") var queueSize: Count?
  @Option("Leave out the first part", value: "duration") var skipStart: Nanoseconds?

  func apply(to settings: inout SyncSettings) throws {
    if !stream.isEmpty { settings.only = try globs(stream) }
    if let policy { settings.policy = try choice(policy, "--policy") }
    if let rate {
      guard let period = SyncSettings.period(of: rate.value) else { throw UsageError("--rate must be more than 0") }
      settings.period = period
      if policy == nil { settings.policy = .grid }
      guard settings.policy == .grid else { throw UsageError("--rate is for the policy grid") }
    }
    if let reference { settings.reference = reference }
    if let sampleTime { settings.sampleTime = try choice(sampleTime, "--sample-time") }
    if let maxInterval { settings.approximate.maxInterval = maxInterval.value }
    if let queueSize { settings.approximate.queueSize = queueSize.value }
    if let skipStart { settings.skipStart = skipStart.value }
    for text in tolerance {
      try settings.add(text) { value, rules in
        guard let duration = Measure.duration(value), duration >= 0 else {
          throw UsageError("'\(value)' is not a duration such as 25ms")
        }
        rules.tolerance = duration
      }
    }
    for text in phase {
      try settings.add(text) { value, rules in
        guard value != "auto" else { return rules.phase = .automatic }
        guard let duration = Measure.duration(value) else {
          throw UsageError("'\(value)' is neither auto nor a duration such as 48ms")
        }
        rules.phase = .fixed(duration)
      }
    }
    for pattern in require { try settings.add("\(pattern)=") { $1.isRequired = true } }
  }
}

/// Which times are used, and what is done about clocks that differ.
struct ClockOptions: Options {
  static let title = "Clocks"

  @Option("Which time of a message is used: auto, header, log or publish", value: "[stream=]time") var time: [String]
  @Option(
    "Correct a stream's stamps: by a shift such as +12.5ms, or \(ClockName.list)", value: "stream=clock")
  var clock: [String]
  @Flag("Report offset and drift of each clock, from the motion that streams share") var estimateClocks
  @Flag("Correct times by what was estimated") var applyClocks

  func apply(to settings: inout SyncSettings) throws {
    for text in time {
      try settings.add(text) { value, rules in
        rules.time = try choice(value, "--time")
      }
    }
    for text in clock {
      guard text.utf8.contains(UInt8(ascii: "=")) else { throw UsageError("--clock needs a stream: stream=\(text)") }
      try settings.add(text) { value, rules in
        guard let rule = StreamRules.ClockRule(value) else {
          throw UsageError("'\(value)' is neither a shift such as +12.5ms nor one of \(ClockName.list)")
        }
        rules.clock = rule
      }
    }
    if estimateClocks || applyClocks { settings.clocks.isEstimated = true }
    if applyClocks { settings.clocks.isApplied = true }
  }
}

/// What is made of the samples.
struct ResultOptions: Options {
  static let title = "Result"

  @Option(
    "What becomes of samples that lack a required stream", value: "what",
    completion: .oneOf(SyncSettings.Incomplete.allCases.map(\.rawValue)))
  var incomplete: String?
  @Option("Samples at this rate are key frames; else all", value: "rate") var keyframes: Hertz?
  @Flag("Also write wide.parquet: a row a sample, a column a value") var wide
  @Option("Only these columns in the wide table, as stream/column", value: "glob") var column: [String]
  @Option("Also draw it, as one file", value: "form", completion: .oneOf(SyncSettings.Picture.allCases.map(\.rawValue)))
  var report: String?
  @Flag("Only look whether the streams are synchronised, and pass them on") var check
  @Option("Id of the measurement that folders belong to", value: "uuid") var measurement: Identifier?

  func apply(to settings: inout SyncSettings) throws {
    if let incomplete { settings.incomplete = try choice(incomplete, "--incomplete") }
    if let keyframes {
      guard let period = SyncSettings.period(of: keyframes.value) else {
        throw UsageError("--keyframes must be more than 0")
      }
      settings.keyframes = period
    }
    if !column.isEmpty { settings.wide = try globs(column) }
    if wide, settings.wide == nil { settings.wide = .all }
    if let report { settings.picture = try choice(report, "--report") }
  }
}

extension SyncSettings {
  /// A value for the streams that a text names before `=`, or for all.
  fileprivate mutating func add(_ text: String, _ set: (String, inout StreamRules) throws -> Void) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var rules = StreamRules()
    try set(parts.count == 2 ? parts[1] : text, &rules)
    do throws(Glob.Failure) { overrides.append(StreamEntry(try Glob(parts.count == 2 ? parts[0] : "**"), rules)) } catch
    {
      throw UsageError("\(error)")
    }
  }
}

private func globs(_ patterns: [String]) throws(UsageError) -> GlobSet {
  do throws(Glob.Failure) { return try GlobSet(patterns) } catch { throw UsageError("\(error)") }
}

private func choice<Choice: CaseIterable & RawRepresentable<String>>(
  _ text: String, _ option: String
) throws(UsageError) -> Choice {
  guard let choice = Choice(rawValue: text) else {
    let names = Choice.allCases.map(\.rawValue)
    let meant = names.nearest(to: text).map { "; did you mean '\($0)'?" } ?? ""
    throw UsageError("\(option) is one of \(names.joined(separator: ", ")), not '\(text)'\(meant)")
  }
  return choice
}
