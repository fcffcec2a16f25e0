import Command
import Core
import Pipeline

/// What goes on beside the work of a run: progress on request, the lease, metrics, and whether it is late.
final class IngestWatch: Sendable {
  static let pause: Int64 = 200_000_000

  let metrics: RunMetrics?
  private let progress: Progress
  private let log: Log
  private let expected: Int64?
  private let begin = Monotonic.now
  private let state = Guarded(State())

  private struct State {
    var ingestion: Ingestion?
    var isLate = false
    var isRecorded = false
  }

  init(_ schedule: ScheduleOptions, _ metrics: RunMetrics?, _ progress: Progress, _ log: Log) {
    (self.metrics, self.progress, self.log) = (metrics, progress, log)
    expected = schedule.expected
  }

  /// The run has the lake.
  func watch(_ ingestion: Ingestion) { state.withLock { $0.ingestion = ingestion } }

  /// What is cheap and needs no lock of the work's comes first: a step that hangs may hold the log.
  func tick() {
    progress.poll()
    metrics?.tick()
    let elapsed = Monotonic.now - begin
    if let expected, elapsed > expected { late(expected, elapsed) }
    state.withLock { $0.ingestion }?.keepAlive()
  }

  private func late(_ expected: Int64, _ elapsed: Int64) {
    let isNew = state.withLock { state in
      defer { state.isLate = true }
      return !state.isLate
    }
    if isNew {
      log.warn("takes longer than the \(Measure.text(duration: expected)) expected; it goes on")
      metrics?.overdue()
    }
    let ingestion = state.withLock { state -> Ingestion? in
      guard !state.isRecorded, let ingestion = state.ingestion else { return nil }
      state.isRecorded = true
      return ingestion
    }
    // What the log cannot take ends the run at its own next event.
    try? ingestion?.overdue(expected: expected, elapsed: elapsed)
  }
}

extension RunMetrics {
  /// The lake's own figures.
  func set(_ figures: IngestFigures) {
    var zones = Metric("av_zone_bytes", .gauge, "Bytes of what is whole in a zone, by the log.")
    for (zone, bytes) in figures.zoneBytes.sorted(by: { $0.key < $1.key }) { zones.add(Double(bytes), ["zone": zone]) }
    var parked = Metric("av_error_zone_items", .gauge, "Measurements in the error zone.")
    parked.add(Double(figures.parked))
    var oldest = Metric("av_landing_oldest_seconds", .gauge, "Age of the oldest folder in landing, 0 without any.")
    oldest.add(Double(max(0, figures.landingOldest ?? 0) / 1_000_000_000))
    set([zones, parked, oldest])
  }
}
