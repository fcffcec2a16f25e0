package import Core

/// What became of the items of a run: tells each failure once, and knows with which code the run ends.
///
/// ```swift
/// var tally = Tally(output.log, atMost: work.maxErrors)
/// for item in items where !tally.isFull {
///   do { try work(item); tally.done() } catch { try Console.record(tally.failed(error, item: item)) }
/// }
/// return tally.code(failIfEmpty: work.failIfEmpty)
/// ```
package struct Tally {
  package private(set) var doneCount = 0
  package private(set) var failedCount = 0
  /// The gravest code so far.
  package private(set) var code = ExitCode.success
  private let log: Log
  private let most: Int?

  package init(_ log: Log, atMost most: Int? = nil) {
    self.log = log
    self.most = most
  }

  package mutating func done() { doneCount += 1 }

  /// An item was handled, with this to say about it: `.items` for one judged bad, `.loss` for one salvaged.
  package mutating func done(_ code: ExitCode) {
    doneCount += 1
    self.code = self.code.merged(with: code)
  }

  /// Tells the error and returns its record, which goes in the item's place; throws it when it ends the run.
  package mutating func failed(_ error: any Error, item: String) throws -> String {
    let problem = error as? any Problem
    if problem?.endsRun == true { throw error }
    failedCount += 1
    // What the system refuses of one item is that item's failure, not the run's.
    let itemCode = problem?.exitCode ?? .items
    code = code.merged(with: itemCode == .system ? .items : itemCode)
    log.fail(error, item: item)
    if isFull { log.warn("stopped after \(failedCount) errors, see --max-errors") }
    return JSON.object(JSONObject(error: error, run: log.run, item: item)).text
  }

  /// Whether no more items may be taken: too many failed, or a signal asked to stop.
  package var isFull: Bool {
    if let most, failedCount >= most { return true }
    return Signals.requested != nil
  }

  /// The code to end with; with `--fail-if-empty` an empty run has its own.
  package func code(failIfEmpty: Bool) -> ExitCode {
    failIfEmpty && doneCount + failedCount == 0 ? code.merged(with: .nothing) : code
  }
}
