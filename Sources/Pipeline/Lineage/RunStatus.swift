import Core

/// How a run stands: as it said itself, or, of one that never said that it ended, as its process tells.
package enum RunStatus: String, Sendable, CaseIterable {
  case running
  /// Running for longer than was expected.
  case overdue
  /// It started, never ended, and its process is gone.
  case crashed
  case done, partial, failed, interrupted
}

extension LineageView.Run {
  /// `living` are the runs that hold a lease and are alive (`Lease.livingRuns`).
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

extension Lease {
  /// The runs that hold a lease of the lake and are alive; nothing is written.
  ///
  /// The beat of other hosts is compared with the clock of this one, which is good enough for people.
  package static func livingRuns(_ lake: Lake) throws -> Set<String> {
    var living: Set<String> = []
    do throws(SystemError) {
      let leases = try Folder("\(lake.path)/lineage/leases")
      for entry in try leases.entries() where entry.kind == .folder && entry.isText {
        guard let owner = try? owner(of: entry.name, in: leases) else { continue }
        if (try? isAlive(owner, entry.name, in: leases, now: { Timestamp.now.nanoseconds })) == true {
          living.insert(owner.run)
        }
      }
    } catch {
      guard error.code == .missing else { throw error }
    }
    return living
  }
}
