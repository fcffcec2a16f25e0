import Core

/// Looks whether streams are synchronised already, as some loggers leave them, and writes nothing.
package struct SyncCheck: Sendable {
  private let lake: Lake
  private let synchronization: Synchronization

  package init(_ lake: Lake, _ synchronization: Synchronization) {
    (self.lake, self.synchronization) = (lake, synchronization)
  }

  /// - Throws: `SyncError.notSynchronised` with the first reasons.
  package func run(_ group: SyncGroup) throws {
    try group.check { _ in nil }
    try Self.run(group.sources(in: lake), group.identifier(), synchronization)
  }

  static func run(_ sources: [SyncSource], _ measurement: Identifier, _ synchronization: Synchronization) throws {
    let reasons = Self.reasons(try synchronization.plan(sources, measurement: measurement))
    guard reasons.isEmpty else { throw SyncError.notSynchronised(reasons) }
  }

  /// What is not as it must be: a sample without a message, a message without a sample, a clock that was set.
  static func reasons(_ plan: Synchronization.Plan) -> [String] {
    var reasons: [String] = []
    let incomplete = plan.total.total - plan.total.complete
    if plan.total.total == 0 { reasons.append("there is no sample") }
    if incomplete > 0 { reasons.append("\(incomplete) of \(plan.total.total) samples are incomplete") }
    for (index, stream) in plan.streams.enumerated() {
      if stream.order.outOfOrder > 0 {
        reasons.append("\(stream.name): \(stream.order.outOfOrder) messages are out of order")
      }
      if !stream.order.duplicates.isEmpty {
        reasons.append("\(stream.name): \(stream.order.duplicates.count) messages repeat others")
      }
      guard stream.isFrame else { continue }
      let use = FrameUse(
        stream, at: index, in: plan.set, kept: plan.kept, leftOut: plan.segments.leftOut(of: stream))
      let inside = use.rows.count { $0.status == .unused && $0.reason != .beforeFirst && $0.reason != .afterLast }
      if inside > 0 { reasons.append("\(stream.name): \(inside) messages are in no sample") }
    }
    return reasons
  }
}
