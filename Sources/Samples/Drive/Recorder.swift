package import Core

/// Writes the messages of a drive into a bag, in the order in which a recorder gets them.
package struct Recorder: Sendable {
  private let messages: Messages
  private let origin: Timestamp
  private let end: Int64
  private let seed: UInt64
  private let defects: [Defect]
  private let clocks: [StreamClock]

  /// What was written of one stream.
  package struct Tally: Sendable {
    package var written = 0
    /// Left out by a dropout.
    package var dropped = 0
    /// Of the messages that were written; nil without any.
    package var stamps: TimeRange?
    package var records: TimeRange?
    /// Messages that any reader of an incomplete bag can deliver: those in whole chunks, and those whole in a plain one.
    package var readable = 0
  }

  /// What a bag holds: a tally per stream in the order of `Stream.all`.
  package struct Result: Sendable {
    package var tallies: [Tally]
    package var chunks: [BagWriter.Chunk]
  }

  /// One message, ready but for its sequence number.
  private struct Produced: Sendable {
    var stream: Int
    var record, stamp: Timestamp
    var isDropped: Bool
    var bytes: [UInt8]
  }

  /// Where in a drive a message comes from.
  private struct Slot {
    var emitter, count: Int
    var time, record: Int64
  }

  package init(_ world: World, origin: Timestamp, defects: [Defect]) {
    messages = Messages(world: world, origin: origin)
    self.origin = origin
    end = Int64((world.seconds * 1e9).rounded())
    seed = world.seed
    self.defects = defects
    clocks = Stream.all.map { StreamClock($0, defects) }
  }

  /// Messages are made in parallel, a quarter of a second at a time.
  package func record(
    to output: any PatchableOutput, compression: BagCompression, jobs: Int
  ) throws -> Result {
    var bag = try BagWriter(output, compression: compression, jobs: jobs)
    for stream in Stream.all {
      _ = bag.connect(stream.topic, MessageDefinition(stream.type), latching: stream.isLatched)
    }
    var tallies = Stream.all.map { _ in Tally() }
    let window: Int64 = 250_000_000
    let longest = Stream.all.map { $0.latency + $0.jitter }.max() ?? 0
    let starts = Array(stride(from: 0, through: end + longest, by: Int(window))).map { Int64($0) }
    try parallelMap(starts, jobs: jobs, { try produce(from: $0, to: $0 + window) }) { batch in
      for var message in batch { try put(&message, into: &bag, &tallies[message.stream]) }
    }
    var open = Stream.all.map { _ in 0 }
    if defects.contains(.unclosed) { open = try bag.abandon() } else { try bag.close() }
    for index in tallies.indices {
      tallies[index].readable = open[index] + bag.chunks.reduce(0) { $0 + $1.counts[index] }
    }
    return Result(tallies: tallies, chunks: bag.chunks)
  }

  private func put(_ message: inout Produced, into bag: inout BagWriter, _ tally: inout Tally) throws {
    // A publisher counts what it sends, also what does not arrive; the header comes first in all but transforms.
    let sequence = UInt32(tally.written + tally.dropped)
    if Stream.all[message.stream].type != "tf2_msgs/TFMessage" {
      for byte in 0..<4 { message.bytes[byte] = UInt8(truncatingIfNeeded: sequence >> (8 * UInt32(byte))) }
    }
    guard !message.isDropped else {
      tally.dropped += 1
      return
    }
    tally.written += 1
    tally.stamps = tally.stamps?.extended(to: message.stamp) ?? TimeRange(start: message.stamp, end: message.stamp)
    tally.records = tally.records?.extended(to: message.record) ?? TimeRange(start: message.record, end: message.record)
    try bag.write(message.bytes, on: message.stream, at: message.record)
  }

  /// A frame of the bus as it was recorded: nanoseconds of the drive, and what was on the wire.
  struct Frame: Sendable {
    var time: Int64
    var id: UInt32
    var isExtended: Bool
    var data: [UInt8]
  }

  /// The frames that the bag has as messages, in the same order.
  func frames() -> [Frame] {
    let longest = Stream.all.map { $0.latency + $0.jitter }.max() ?? 0
    let slots = Emitter.all.indices.filter { Emitter.all[$0].stream == Emitter.bus }
      .flatMap { self.slots(of: $0, from: 0, to: end + longest) }
      .sorted { ($0.record, $0.emitter, $0.count) < ($1.record, $1.emitter, $1.count) }
    return slots.compactMap { slot in
      let emitter = Emitter.all[slot.emitter]
      guard !clocks[emitter.stream].isDropped(slot.time) else { return nil }
      guard case .can(let message) = emitter.source else {
        return Frame(time: slot.record, id: CANDatabase.stranger.id, isExtended: false, data: CANDatabase.stranger.data)
      }
      let values = VehicleValues(messages.world, at: Double(slot.time) / 1e9)
      return Frame(
        time: slot.record, id: message.id, isExtended: message.isExtended, data: message.data(values, count: slot.count)
      )
    }
  }

  // MARK: - Messages of a window

  /// Those recorded in these nanoseconds of the drive, in order.
  private func produce(from start: Int64, to end: Int64) throws -> [Produced] {
    let slots = Emitter.all.indices.flatMap { self.slots(of: $0, from: start, to: end) }
      .sorted { ($0.record, $0.emitter, $0.count) < ($1.record, $1.emitter, $1.count) }
    return try slots.map { slot in
      let emitter = Emitter.all[slot.emitter]
      let clock = clocks[emitter.stream]
      let stamp = Timestamp(nanoseconds: origin.nanoseconds + clock.stamp(slot.time))
      let isDropped = clock.isDropped(slot.time)
      var noise = Noise(seed, 200 + UInt64(slot.emitter), UInt64(slot.count))
      let bytes =
        isDropped
        ? [0, 0, 0, 0]
        : try messages.bytes(emitter, slot.count, at: Double(slot.time) / 1e9, stamp: stamp, &noise)
      return Produced(
        stream: emitter.stream, record: Timestamp(nanoseconds: origin.nanoseconds + slot.record), stamp: stamp,
        isDropped: isDropped, bytes: bytes)
    }
  }

  private func slots(of index: Int, from start: Int64, to end: Int64) -> [Slot] {
    let emitter = Emitter.all[index], stream = Stream.all[emitter.stream]
    let first = emitter.count(before: start - stream.latency - stream.jitter)
    let last = min(emitter.count(before: end - stream.latency), emitter.count(before: self.end))
    return stride(from: first, to: last, by: 1).compactMap { count in
      var noise = Noise(seed, 100 + UInt64(index), UInt64(count))
      let time = emitter.time(count)
      let record = time + stream.latency + Int64(noise.uniform(0, Double(stream.jitter)))
      guard record >= start, record < end else { return nil }
      return Slot(emitter: index, count: count, time: time, record: record)
    }
  }
}
