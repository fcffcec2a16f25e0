package import Core

/// An open recording of some format.
///
/// Every adopter keeps, and `FormatContract` in the tests checks:
/// - opening reads headers and indexes only; `recording` tells what they say;
/// - batches of a channel come in file order, times are as recorded;
/// - memory is a few chunks a job, whatever the size of the file;
/// - the same file gives the same batches, whatever `jobs` is;
/// - a damaged place is a `Finding` in what `read` returns, and the rest is delivered; a file that is not of the
///   format at all is a `FormatError` when it is opened; nothing traps.
package protocol RecordingReader: Sendable {
  var recording: Recording { get }

  /// The same recording with other columns, where the format keeps values as recorded and converts them.
  func giving(_ values: SignalValues) -> any RecordingReader

  /// Delivers what is selected, in file order; `transform` runs on several threads at once, `body` on the caller's.
  ///
  /// - Returns: what was read, what was not, and why.
  func read<Result: Sendable>(
    _ selection: Selection, jobs: Int, transform: @Sendable (ChannelBatch) throws -> Result,
    _ body: (Result) throws -> Void
  ) throws -> ReadReport

  /// Walks everything, verifies every checksum, count and promise, decodes nothing; never stops at the first fault.
  ///
  /// - Returns: `recording` as it is after the walk: counts found, not promised.
  func check(jobs: Int) throws -> Recording
}

extension RecordingReader {
  package func giving(_ values: SignalValues) -> any RecordingReader { self }

  /// Delivers the batches themselves.
  package func read(_ selection: Selection, jobs: Int, _ body: (ChannelBatch) throws -> Void) throws -> ReadReport {
    try read(selection, jobs: jobs, transform: { $0 }, body)
  }
}

/// Which values of a signal become columns.
package enum SignalValues: String, Sendable, CaseIterable {
  /// What was measured, in its unit.
  case physical
  /// What was recorded, before any conversion.
  case raw
  case both
}

/// What of a recording is wanted.
package struct Selection: Sendable {
  /// Indices into `Recording.channels`; nil means all.
  package var channels: Set<Int>?
  /// By record time, both ends included.
  package var range: TimeRange?
  package var form: Form
  /// Only so many parts of the file (chunks), evenly spread: for a look at the data that costs little.
  package var parts: Int?

  package enum Form: Sendable {
    /// Columns by the channel's schema.
    case decoded
    /// One column `data` with each message's bytes.
    case raw
    /// No columns: record times, stamps and positions only.
    case times
  }

  package init(channels: Set<Int>? = nil, range: TimeRange? = nil, form: Form = .decoded, parts: Int? = nil) {
    self.channels = channels
    self.range = range
    self.form = form
    self.parts = parts
  }
}

/// Some messages of one channel, with what the recorder knew of each; all arrays have a value a row of `batch`.
package struct ChannelBatch: Sendable {
  /// Index into `Recording.channels`.
  package var channel: Int
  /// Record times: when the recorder received or wrote it; nanoseconds since 1970.
  package var log: [Int64]
  /// Publish times, where the format has them.
  package var publish: [Int64]?
  /// Stamps that the messages carry (`header.stamp`); 0 where a message has none; nil when the type has none.
  package var stamps: [Int64]?
  /// The byte in the file where what holds these messages begins (a chunk); messages are found again in it.
  package var container: Int64
  /// Where each message's record begins in the (unpacked) content of the container.
  package var positions: [Int64]
  package var batch: Batch

  package init(
    channel: Int, log: [Int64], publish: [Int64]? = nil, stamps: [Int64]? = nil, container: Int64, positions: [Int64],
    batch: Batch
  ) {
    self.channel = channel
    self.log = log
    self.publish = publish
    self.stamps = stamps
    self.container = container
    self.positions = positions
    self.batch = batch
  }
}

/// What became of a read.
package struct ReadReport: Sendable {
  /// Messages delivered.
  package var messages = 0
  /// Bytes of messages delivered.
  package var bytes = 0
  /// Messages known to exist that could not be delivered.
  package var lost = 0
  /// Messages that are there but did not decode, and were left out.
  package var undecoded = 0
  package var outcome = Recording.Outcome.whole
  package var findings: [Finding] = []

  package init() {}
}
