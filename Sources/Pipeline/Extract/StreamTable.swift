import Artifacts
import Core
import Recordings

/// The streams of an extraction, each with its writer; equal channels of several recordings share one.
final class StreamTable {
  private let target: ExtractTarget
  private let compression: TableOptions.Compression
  private let jobs: Int
  private var streams: [String: Stream] = [:]
  private var order: [Stream] = []
  /// Buses whose frames are decoded; several channels may carry one bus.
  private let buses: CANBuses

  init(_ target: ExtractTarget, compression: TableOptions.Compression, jobs: Int, _ survey: CANSurvey = CANSurvey()) {
    buses = CANBuses(survey)
    self.target = target
    self.compression = compression
    self.jobs = jobs
  }

  /// The stream of a plan: a new one, or the one that an earlier recording began.
  func stream(
    _ plan: StreamPlan, _ channel: Channel, _ clock: StreamClock, start: Int64, track: Track?
  ) throws -> Stream {
    let key = "\(plan.kind)/\(plan.name)"
    if let known = streams[key] {
      known.clock = clock
      return known
    }
    if case .table = target, let first = order.first {
      throw ExtractError.notOneStream([first.report.channel, channel.name])
    }
    var thinning = plan.settings.thinning(latched: channel.isLatched)
    // What has no times is in every stretch of time.
    if !channel.hasTimes { thinning = thinning.parts.rest }
    // Frames of all messages are one stream: each message's table is thinned by itself.
    var ofTables = Thinning()
    if plan.form == .frames { (thinning, ofTables) = thinning.parts }
    let stream = Stream(
      plan, channel, clock, Thinner(thinning, start: start, track: track),
      try writer(for: plan, channel, Thinner(ofTables, start: start, track: track)))
    streams[key] = stream
    order.append(stream)
    return stream
  }

  private func writer(for plan: StreamPlan, _ channel: Channel, _ thinner: Thinner) throws -> any StreamWriter {
    var options = TableOptions()
    options.compression = compression
    options.jobs = jobs
    // zstd is most of the work of a table. Level -1 takes half of the time of level 1, and packs numbers no worse.
    if compression == .zstd { options.compressionLevel = -1 }
    options.metadata = [("avtools.channel", channel.name), ("avtools.type", channel.type)]
    if let signals = channel.signals {
      options.metadata.append(("avtools.signals", JSON.array(signals.map(\.record)).text))
    }
    if let md5 = channel.facts["md5sum"]?.string { options.metadata.append(("avtools.md5sum", md5)) }
    if plan.form == .frames {
      return CANWriter(plan, channel, CANPlace(target: target, options: options, jobs: jobs), thinner, buses)
    }
    switch target {
    case .table(let output, let kind):
      return try TableWriter(
        kind, schema: channel.schema, hasTimes: channel.hasTimes, to: output, path: output.path, options: options)
    case .messages(let output):
      let constants = [("schema", "av.message/1"), ("type", "message"), ("channel", channel.name)]
      return try TableWriter(
        .jsonl, schema: channel.schema, hasTimes: channel.hasTimes, to: output, path: output.path, options: options,
        constants: constants)
    case .folder(let folder):
      let kind = TableKind.all.first { $0.name == plan.settings.table } ?? .parquet
      let place = ArtifactPlace(folder: folder, path: "\(plan.kind)/\(plan.name)", jobs: jobs)
      switch plan.form {
      case .images:
        let renderer: any FrameRenderer =
          channel.plainType == "sensor_msgs/Image"
          ? ImageRenderer(demosaicing: plan.settings.debayers ? .bilinear : .keep) : CompressedImageRenderer()
        return try FrameWriter(place, renderer, options)
      case .clouds:
        let filter = CloudFilter(
          stride: plan.settings.stride, distance: plan.settings.range, voxel: plan.settings.voxel)
        return try FrameWriter(place, CloudRenderer(filter: filter), options)
      case .track: return try FixWriter(place, kind, plan.settings, channel, options)
      case .table, .frames: return try place.table(kind, channel.schema, options, hasTimes: channel.hasTimes)
      }
    }
  }

  /// Tables that wait for rows; a bus has one a message.
  var tableCount: Int { order.reduce(0) { $0 + $1.writer.tableCount } }

  /// Lets the largest writers give up memory until all together hold no more than `limit` bytes.
  func bound(to limit: Int) throws {
    var total = order.reduce(0) { $0 + $1.writer.buffered }
    while total > limit, let largest = order.max(by: { $0.writer.buffered < $1.writer.buffered }) {
      let before = largest.writer.buffered
      try largest.writer.flush()
      guard largest.writer.buffered < before else { return }
      total -= before - largest.writer.buffered
    }
  }

  /// Databases that no bus took.
  func strays(_ settings: CANSettings) -> [ExtractReport.Stray] { buses.strays(settings) }

  /// Finishes every stream, in the order they began.
  func finish(_ report: inout ExtractReport) throws {
    if case .table = target, order.count != 1 { throw ExtractError.notOneStream([]) }
    for stream in order { report.sums += try stream.finish() }
    if case .messages(let output) = target { try output.commit() }
    report.streams = order.map(\.report)
  }
}

/// Where the artifacts of one stream go: `kind/name` and a suffix, or files in a folder of that name.
struct ArtifactPlace {
  let folder: Folder
  /// Below the folder, without suffix.
  let path: String
  let jobs: Int

  func table(
    _ kind: TableKind, _ schema: Schema, _ options: TableOptions, hasTimes: Bool = true
  ) throws -> TableWriter {
    let file = path + "." + kind.suffix
    return try TableWriter(
      kind, schema: schema, hasTimes: hasTimes, to: self.file(file), path: file, options: options)
  }

  /// A new file at a path below the folder.
  func file(_ path: String) throws(SystemError) -> OutputFile {
    guard let slash = path.lastIndex(of: "/") else { return try OutputFile(path, inStaged: folder) }
    let inner = try folder.making(String(path[..<slash]))
    return try OutputFile(String(path[path.index(after: slash)...]), inStaged: inner, hashed: true)
  }
}

/// One stream of an extraction on its way from messages to artifacts.
final class Stream {
  fileprivate(set) var clock: StreamClock
  let writer: any StreamWriter
  private(set) var report: ExtractReport.Stream
  private var thinner: Thinner

  init(_ plan: StreamPlan, _ channel: Channel, _ clock: StreamClock, _ thinner: Thinner, _ writer: any StreamWriter) {
    self.clock = clock
    self.thinner = thinner
    self.writer = writer
    report = ExtractReport.Stream(
      channel: channel.name, type: channel.type, kind: plan.kind, undecoded: channel.undecoded,
      clock: clock.usesHeader ? "header" : "log", clockOffset: clock.offset)
  }

  func take(_ batch: ChannelBatch, from file: String) throws {
    let rows = StreamRows(batch, clock: clock, file: file)
    report.messages += rows.count
    let kept = rows.rows(thinner.keep(rows.times))
    guard kept.count > 0 else { return }
    for time in [kept.times.min(), kept.times.max()].compactMap({ $0 }).map(Timestamp.init(nanoseconds:)) {
      report.range = report.range?.extended(to: time) ?? TimeRange(start: time, end: time)
    }
    try writer.write(kept)
  }

  /// The digests of its files.
  func finish() throws -> [DatastreamContents.File] {
    let outcome = try writer.finish()
    report.rows = outcome.rows
    report.files = outcome.files
    report.fileCount = outcome.fileCount
    report.bytes = outcome.bytes
    report.failed = outcome.failed
    report.firstFailure = outcome.firstFailure
    report.replaced = outcome.replaced
    report.dropped = thinner.dropped.merging(outcome.dropped, uniquingKeysWith: +)
    report.buses = outcome.buses
    if let warning = clock.warning { report.warnings.append(warning) }
    return outcome.sums
  }
}

extension TaskSettings {
  /// Latched messages from before a cut belong to it: what they say still holds.
  fileprivate func thinning(latched: Bool) -> Thinning {
    var thinning = thinning
    if latched { (thinning.from, thinning.skipStart) = (nil, 0) }
    return thinning
  }
}
