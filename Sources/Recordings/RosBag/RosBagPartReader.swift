import Core

/// Unpacks one part and turns its messages into batches, one a channel; many run at once.
struct RosBagPartReader: Sendable {
  let file: FileReader
  let channels: RosBagChannels
  let names: [RosBagName: UInt32]
  let selection: Selection

  /// What one part gave.
  struct Output: Sendable {
    /// In order of channel.
    var batches: [ChannelBatch] = []
    var contents = RosBagContents()
    var messages = 0
    var bytes = 0
    /// By channel: how many messages did not decode, and why the first did not.
    var undecoded: [(channel: Int, failure: (count: Int, first: String))] = []
  }

  func read(_ part: RosBagPart) throws -> Output {
    var output = Output()
    let bytes = try part.bytes(of: file, &output.contents)
    let content = bytes.bytes
    var walk = RosBagMessages(content, names: names)
    var slots = RosBagSlots()
    // By slot: which builder takes the connection's messages; -1 where they are not wanted.
    var builderOfSlot: [Int] = []
    var builders: [RosBagBatchBuilder] = []
    var builderOfChannel: [Int: Int] = [:]
    var unknown = 0
    let earliest = selection.range?.start.nanoseconds ?? .min, latest = selection.range?.end.nanoseconds ?? .max
    while let message = walk.next() {
      output.contents.messages += 1
      let slot = slots.slot(of: message.connection)
      if slot == builderOfSlot.count {
        builderOfSlot.append(builder(for: message.connection, &builders, &builderOfChannel))
      }
      let builder = builderOfSlot[slot]
      if builder < 0 {
        if builder == Self.unknown { unknown += 1 }
        continue
      }
      guard message.time >= earliest, message.time <= latest else { continue }
      builders[builder].append(message, in: content)
    }
    part.note(walk, of: bytes.count, &output.contents)
    if unknown > 0 {
      output.contents.isDamaged = true
      output.contents.findings.append(
        Finding(
          .error, "connection-unknown", at: part.position, "\(unknown) messages belong to no connection that is known"))
    }
    builders.sort { $0.channel < $1.channel }
    for builder in builders {
      let batch = builder.finish(container: part.position)
      output.messages += batch.log.count
      output.bytes += builder.bytes
      if builder.failures.count > 0 { output.undecoded.append((builder.channel, builder.failures)) }
      if !batch.log.isEmpty { output.batches.append(batch) }
    }
    return output
  }

  private static let unknown = -2

  private func builder(
    for connection: UInt32, _ builders: inout [RosBagBatchBuilder], _ builderOfChannel: inout [Int: Int]
  ) -> Int {
    guard let channel = channels.index[connection] else { return Self.unknown }
    if let wanted = selection.channels, !wanted.contains(channel) { return -1 }
    if let known = builderOfChannel[channel] { return known }
    builderOfChannel[channel] = builders.count
    builders.append(RosBagBatchBuilder(channel, channels.decoders[channel], selection.form))
    return builders.count - 1
  }
}

/// Collects the messages of one channel in one part.
final class RosBagBatchBuilder {
  let channel: Int
  private let form: Selection.Form
  private var columns: Ros1Columns?
  private let hasStamp: Bool
  private var raw = Texts()
  private var log: [Int64] = []
  private var stamps: [Int64] = []
  private var positions: [Int64] = []
  private(set) var bytes = 0
  private(set) var failures = (count: 0, first: "")

  init(_ channel: Int, _ decoder: Ros1Decoder?, _ form: Selection.Form) {
    self.channel = channel
    self.form = form
    hasStamp = decoder?.hasHeaderStamp ?? false
    if form == .decoded { columns = decoder?.makeColumns() }
  }

  func append(_ message: RosBagMessage, in content: RawSpan) {
    let data = content.extracting(message.data)
    if columns != nil {
      do throws(ByteCursor.Failure) {
        try columns?.append(data)
      } catch {
        if failures.count == 0 { failures.first = "at byte \(error.offset) of the message: wanted \(error.wanted)" }
        failures.count += 1
        return
      }
    } else if form != .times {
      raw.append(data)
    }
    bytes += data.byteCount
    log.append(message.time)
    positions.append(Int64(message.offset))
    if hasStamp { stamps.append(Ros1Decoder.stamp(of: data)) }
  }

  func finish(container: Int) -> ChannelBatch {
    let batch: Batch
    if let columns {
      batch = columns.finish()
    } else if form == .times {
      batch = Batch(schema: Schema([]), columns: [], count: log.count)
    } else {
      batch = Batch(schema: Schema([Field("data", .bytes)]), columns: [Column(.text(raw))], count: log.count)
    }
    return ChannelBatch(
      channel: channel, log: log, publish: nil, stamps: hasStamp ? stamps : nil, container: Int64(container),
      positions: positions, batch: batch)
  }
}
