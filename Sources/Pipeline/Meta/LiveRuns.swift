import Core

/// The leases of a lake whose owners are alive, by a look that writes nothing.
struct LiveRuns: Sendable {
  /// Who holds what, by the name of the lease.
  let owners: [String: Lease.Owner]

  /// Runs that are alive.
  var runs: Set<String> { Set(owners.values.map(\.run)) }

  /// `now` is compared with the time that other hosts last set by the clock of the storage, which is good enough for people.
  init(in lineage: Folder, now: Timestamp = .now) throws {
    var owners: [String: Lease.Owner] = [:]
    if try lineage.entry("leases")?.kind == .folder {
      let leases = try Folder("leases", in: lineage)
      for entry in try leases.entries() where entry.kind == .folder && entry.isText {
        // Nil also where a lease was given back while we looked.
        guard let owner = try Lease.owner(of: entry.name, in: leases) else { continue }
        if try Lease.isAlive(owner, entry.name, in: leases, now: { now.nanoseconds }) { owners[entry.name] = owner }
      }
    }
    self.owners = owners
  }
}
