/// What a person asks of the lifecycle.
package struct LifecycleRequest: Sendable {
  /// Measurements and datastreams that alone are looked at, by id; none is all.
  package var subjects: Set<String> = []
  /// Measurements whose raw or archive files may go, by id.
  package var confirmed: Set<String> = []
  /// Whether a plan reads the copies that must remain; what acts always does.
  package var reads = false
  package var jobs = 1
  /// Called between steps of long work with the bytes that were read; throws `Interruption` to stop.
  package var step: @Sendable (Int) throws -> Void = { _ in }

  package init() {}

  func names(_ stream: LineageView.Datastream) -> Bool {
    subjects.contains(stream.id) || subjects.contains(stream.measurement)
  }

  func wants(_ item: LifecycleItem) -> Bool {
    subjects.isEmpty || subjects.contains(item.subject) || item.measurement.map(subjects.contains) == true
  }
}
