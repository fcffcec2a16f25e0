import Core

/// How a run stands: as it said itself, or, of one that never said that it ended, as its process tells.
package enum RunStatus: String, Sendable, CaseIterable {
  /// It started, never ended, and its process is gone.
  case crashed
  /// Running for longer than was expected.
  case overdue
  case running
  case done, partial, failed, interrupted
}

extension LineageView.Run {
  /// `living` are the runs that hold a lease and are alive (`LiveRuns`).
  ///
  /// A run that holds none is alive if its process on this host is; one of another host is taken for dead.
  package func status(living: Set<String>) -> RunStatus {
    if let outcome {
      return outcome["outcome"]?.string.flatMap(RunStatus.init) ?? .failed
    }
    guard living.contains(id) || isAliveHere else { return .crashed }
    return overdue == nil ? .running : .overdue
  }

  private var isAliveHere: Bool {
    guard facts["host"]?.string == Host.name, let process = facts["pid"]?.integer,
      let ticks = facts["start_ticks"]?.integer
    else { return false }
    return Host.isAlive(process: Int(clamping: process), startTicks: ticks)
  }
}
