import Core

extension Recording {
  /// What a sound index promises, with times from the index data; reads headers only.
  static func promised(
    by index: RosBagIndex, of file: FileReader
  ) throws -> (channels: RosBagChannels, recording: Recording) {
    var channels = RosBagChannels(index.connections)
    var recording = Recording(format: Format.rosbag.name, bytes: file.count)
    var counts = Array(repeating: 0, count: channels.channels.count)
    for info in index.infos {
      for (connection, messages) in info.counts {
        guard let channel = channels.index[connection] else { continue }
        counts[channel] += messages
        recording.messages += messages
      }
      if info.counts.contains(where: { $0.messages > 0 }) {
        recording.extend(to: Timestamp(nanoseconds: info.start))
        recording.extend(to: Timestamp(nanoseconds: info.end))
      }
    }
    let (rhythms, doubtful) = try RosBagTimes(index, channels, file).rhythms()
    for channel in channels.channels.indices {
      let rhythm = rhythms[channel]
      channels.set(
        messages: counts[channel], rhythm: rhythm.count == counts[channel] ? rhythm : nil, range: rhythm.range,
        of: channel)
    }
    recording.channels = channels.channels
    recording.findings = channels.findings.all + index.findings
    recording.facts = ["version": "2.0", "chunks": .count(index.infos.count)]
    if let first = index.infos.first {
      var window = Window(file)
      let chunk = try RosBagWalk.record(at: first.position, of: file.count, &window)
      let compression = RosBagCompression(chunk?.header.texts["compression"] ?? [])
      recording.facts["compression"] = .string(compression.name)
      if doubtful > 0 { recording.findings.append(.doubt(chunks: doubtful)) }
      if case .other(let name) = compression {
        recording.findings.append(
          Finding(
            .error, "unsupported", at: first.position,
            "compression \(name.jsonQuoted) is not supported; none, bz2 and lz4 are"))
        (recording.outcome, recording.isComplete) = (.nothing, false)
      }
    }
    return (channels, recording)
  }

  /// What is there when every part is unpacked and walked.
  static func found(
    by walk: RosBagWalk, _ index: RosBagIndex, in file: FileReader, jobs: Int
  ) throws -> (channels: RosBagChannels, recording: Recording) {
    var account = RosBagAccount(walk, index)
    var recording = Recording(format: Format.rosbag.name, bytes: file.count)
    var connections = index.connections + walk.connections
    // Each chunk can hold all connections again.
    var first: [UInt32: RosBagConnection] = [:]
    var rhythms: [UInt32: Rhythm] = [:]
    var compressions: Set<String> = [], unpacked = 0
    try parallelMap(walk.parts, jobs: jobs) {
      (part: $0, scan: try $0.scan(file, names: walk.names))
    } _: { part, scan in
      account.add(part, scan.contents)
      for connection in scan.connections where first[connection.id] != connection {
        first[connection.id] = first[connection.id] ?? connection
        connections.append(connection)
      }
      for (id, times) in zip(scan.ids.ids, scan.times) { rhythms[id, default: Rhythm()].add(times) }
      if case .chunk(let compression, let size) = part.content {
        compressions.insert(compression.name)
        unpacked += size
      }
    }
    try file.checkUnchanged()
    var channels = RosBagChannels(connections)
    var merged = Array(repeating: [Rhythm](), count: channels.channels.count)
    for (id, rhythm) in rhythms.sorted(by: { $0.key < $1.key }) {
      if let channel = channels.index[id] {
        merged[channel].append(rhythm)
        recording.messages += rhythm.count
      } else {
        account.findings.append(
          Finding(
            .error, "connection-unknown", "\(rhythm.count) messages belong to connection \(id), which is not defined"))
      }
    }
    for (channel, rhythms) in merged.enumerated() {
      let ranges = rhythms.compactMap(\.range)
      let range = ranges.dropFirst().reduce(ranges.first) { $0?.extended(to: $1.start).extended(to: $1.end) }
      channels.set(
        messages: rhythms.reduce(0) { $0 + $1.count }, rhythm: rhythms.count == 1 ? rhythms.first : nil, range: range,
        of: channel)
      if let range { [range.start, range.end].forEach { recording.extend(to: $0) } }
    }
    recording.channels = channels.channels
    recording.outcome = account.outcome(delivered: recording.messages)
    recording.isComplete = account.isClosedWhole
    recording.findings = channels.findings.all + account.findings.all
    recording.facts = ["version": walk.names.isEmpty ? "2.0" : "1.2", "chunks": .count(walk.parts.count)]
    if !compressions.isEmpty { recording.facts["compression"] = .string(compressions.sorted().joined(separator: " ")) }
    if unpacked > 0 { recording.facts["unpacked_bytes"] = .count(unpacked) }
    if account.lost() > 0 { recording.facts["messages_lost"] = .count(account.lost()) }
    return (channels, recording)
  }

  /// A bag that its header says is encrypted: nothing is read.
  init(encrypted encryptor: [UInt8], in file: FileReader) {
    self.init(format: Format.rosbag.name, bytes: file.count, isComplete: false, outcome: .nothing)
    findings = [
      Finding(
        .error, "unsupported", at: 0,
        "the bag is encrypted by \(String(name: encryptor).jsonQuoted); nothing can be read")
    ]
  }

  fileprivate mutating func extend(to instant: Timestamp) {
    range = range?.extended(to: instant) ?? TimeRange(start: instant, end: instant)
  }
}

/// Record times by the index data behind the chunks: 12 bytes a message, no chunk unpacked.
struct RosBagTimes {
  /// Above this many chunks only those are looked at whose range can still move a channel's first or last time.
  private static let fewChunks = 4096

  let index: RosBagIndex
  let channels: RosBagChannels
  let file: FileReader

  init(_ index: RosBagIndex, _ channels: RosBagChannels, _ file: FileReader) {
    self.index = index
    self.channels = channels
    self.file = file
  }

  /// By channel, and how many chunks contradict their infos; of large bags only the ranges are right.
  func rhythms() throws -> (rhythms: [Rhythm], doubtful: Int) {
    var doubtful = 0
    var rhythms = Array(repeating: Rhythm(), count: channels.channels.count)
    var window = Window(file)
    for number in chosen() {
      let info = index.infos[number]
      let end = number + 1 < index.infos.count ? index.infos[number + 1].position : file.count
      guard let times = try index.times(of: info, &window, end) else {
        doubtful += 1
        continue
      }
      for (connection, times) in times.sorted(by: { $0.key < $1.key }) {
        if let channel = channels.index[connection] { rhythms[channel].add(times) }
      }
    }
    return (rhythms, doubtful)
  }

  /// Numbers of chunk infos, ascending.
  private func chosen() -> [Int] {
    guard index.infos.count > Self.fewChunks else { return Array(index.infos.indices) }
    var infosOfChannel = Array(repeating: [Int](), count: channels.channels.count)
    for (number, info) in index.infos.enumerated() {
      for (connection, messages) in info.counts where messages > 0 {
        guard let channel = channels.index[connection], infosOfChannel[channel].last != number else { continue }
        infosOfChannel[channel].append(number)
      }
    }
    var wanted: Set<Int> = []
    for own in infosOfChannel {
      // The chunk that starts first holds the first time, unless others start before that time.
      if let first = own.min(by: { index.infos[$0].start < index.infos[$1].start }) {
        wanted.formUnion(own.filter { index.infos[$0].start <= index.infos[first].end }.prefix(8) + [first])
      }
      if let last = own.max(by: { index.infos[$0].end < index.infos[$1].end }) {
        wanted.formUnion(own.reversed().filter { index.infos[$0].end >= index.infos[last].start }.prefix(8) + [last])
      }
    }
    return wanted.sorted()
  }
}

extension Finding {
  /// Chunk infos and index data contradict each other.
  fileprivate static func doubt(chunks: Int) -> Finding {
    Finding(
      .warning, "index-wrong",
      "\(chunks) chunk infos and the index data behind their chunks do not agree; a deep check counts what is there")
  }
}
