import Core

/// The leases of a lake whose owners are alive, by a look that writes nothing.
struct LiveRuns: Sendable {
  /// Who holds what, by the name of the lease.
  let owners: [String: Lease.Owner]

  /// Runs that are alive.
  var runs: Set<String> { Set(owners.values.map(\.run)) }

  /// `now` is compared with the time that other hosts last set by the clock of the storage.
  init(in lineage: Folder, now: Timestamp = .now) throws {
    var owners: [String: Lease.Owner] = [:]
    if try lineage.entry("leases")?.kind == .folder {
      let leases = try Folder("leases", in: lineage)
      for entry in try leases.entries() where entry.kind == .folder && entry.isText {
        guard let owner = try Self.owner(of: entry.name, in: leases) else { continue }
        if try Self.isAlive(owner, entry, in: leases, now) { owners[entry.name] = owner }
      }
    }
    self.owners = owners
  }

  /// Nil also where a lease was given back while we looked.
  private static func owner(of name: String, in leases: Folder) throws -> Lease.Owner? {
    let file: FileReader
    do throws(SystemError) { file = try FileReader("\(name)/owner.json", in: leases) } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
    guard file.count < 64 << 10, let json = try? JSON.parse(file.bytes(at: 0, count: file.count)) else { return nil }
    return Lease.Owner(json)
  }

  private static func isAlive(
    _ owner: Lease.Owner, _ entry: FolderEntry, in leases: Folder, _ now: Timestamp
  ) throws -> Bool {
    if owner.host == Host.name {
      guard owner.boot == Host.bootID else { return false }
      if owner.namespace == Host.processNamespace {
        return Host.isAlive(process: owner.process, startTicks: owner.startTicks)
      }
    }
    let beat = try leases.entry("\(entry.name)/beat")?.identity.modified ?? .min
    let (age, isAbsurd) = now.nanoseconds.subtractingReportingOverflow(max(beat, entry.identity.modified))
    return !isAbsurd && age < Lease.lifetime
  }
}
