import Core

/// Reads a ROS bag, chunk by chunk, with the chunks of a bag unpacked and decoded in parallel.
struct RosBagReader: RecordingReader {
  let recording: Recording
  let file: FileReader
  let version: RosBagVersion
  let index: RosBagIndex
  let channels: RosBagChannels
  /// What opening found out by walking, where the index could not be believed.
  let walk: RosBagWalk?

  /// Believes a sound index; else walks and unpacks the whole file once.
  ///
  /// - Throws: `FormatError` when it is no bag of a version that is read, `SystemError`.
  init(_ file: FileReader) throws {
    let (version, line) = try RosBagVersion.read(file)
    self.file = file
    self.version = version
    index = try RosBagIndex(file, after: line, version)
    if let encryptor = index.header.texts["encryptor"], !encryptor.isEmpty {
      (walk, channels) = (nil, RosBagChannels([]))
      recording = Recording(encrypted: encryptor, in: file)
    } else if index.doubt == nil {
      walk = nil
      (channels, recording) = try Recording.promised(by: index, of: file)
    } else {
      let walk = try RosBagWalk(file, index, version: version)
      self.walk = walk
      (channels, recording) = try Recording.found(by: walk, index, in: file, jobs: Processors.available)
    }
  }

  func check(jobs: Int) throws -> Recording {
    guard index.header.texts["encryptor"]?.isEmpty != false, walk == nil else { return recording }
    return try Recording.found(by: parts(), index, in: file, jobs: jobs).recording
  }

  private func parts() throws -> RosBagWalk {
    if let walk { return walk }
    return try RosBagWalk(file, index, version: version)
  }

  func read<Result: Sendable>(
    _ selection: Selection, jobs: Int, transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws -> ReadReport {
    guard index.header.texts["encryptor"]?.isEmpty != false else {
      var report = ReadReport()
      (report.outcome, report.findings) = (.nothing, recording.findings)
      return report
    }
    let walk = try parts()
    var account = RosBagAccount(walk, index)
    var report = ReadReport()
    var undecoded: [Int: (count: Int, first: String)] = [:]
    let task = RosBagPartReader(file: file, channels: channels, names: walk.names, selection: selection)
    try parallelMap(chosen(walk.parts, selection), jobs: jobs) { part in
      let read = try task.read(part)
      return (part, read, try read.batches.map(transform))
    } _: { (part, read, results) in
      account.add(part, read.contents)
      report.messages += read.messages
      report.bytes += read.bytes
      for (channel, failure) in read.undecoded {
        undecoded[channel] = (
          failure.count + (undecoded[channel]?.count ?? 0), undecoded[channel]?.first ?? failure.first
        )
      }
      for result in results { try body(result) }
    }
    try file.checkUnchanged()
    for (channel, failure) in undecoded.sorted(by: { $0.key < $1.key }) {
      report.undecoded += failure.count
      account.findings.append(
        Finding(
          .error, "message-short",
          "\(channels.channels[channel].name): \(failure.count) messages do not decode; the first: \(failure.first)"))
    }
    let hasAllChannels = selection.channels?.isSuperset(of: channels.channels.indices) ?? true
    let isEverything = hasAllChannels && selection.range == nil && selection.parts == nil
    report.lost = account.lost(ofEverything: isEverything)
    report.outcome = account.outcome(delivered: isEverything ? account.messages : nil)
    report.findings = channels.findings.all + account.findings.all
    return report
  }

  /// Parts that can hold something of the selection.
  ///
  /// A chunk is left out by its chunk info only where the index data behind it says the same: either may lie.
  private func chosen(_ parts: [RosBagPart], _ selection: Selection) -> [RosBagPart] {
    let infos = Dictionary(index.infos.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
    let all = Set(channels.channels.indices)
    var parts = parts
    if selection.range != nil || !(selection.channels?.isSuperset(of: all) ?? true) {
      parts = parts.filter { part in
        guard let info = infos[part.position], part.agrees(with: info) else { return true }
        if let range = selection.range,
          info.end < range.start.nanoseconds || info.start > range.end.nanoseconds
        {
          return false
        }
        guard let wanted = selection.channels else { return true }
        return info.counts.contains { channels.index[$0.connection].map(wanted.contains) ?? true }
      }
    }
    if let number = selection.parts, number < parts.count, number > 0 {
      parts = (0..<number).map { parts[$0 * parts.count / number] }
    }
    return parts
  }
}

extension RosBagPart {
  /// Whether the index data behind the chunk counts the same messages.
  fileprivate func agrees(with info: RosBagChunkInfo) -> Bool {
    func counts(_ pairs: [(connection: UInt32, messages: Int)]) -> [UInt32: Int] {
      Dictionary(pairs.filter { $0.messages > 0 }.map { ($0.connection, $0.messages) }, uniquingKeysWith: +)
    }
    return counts(info.counts) == counts(indexed)
  }
}
