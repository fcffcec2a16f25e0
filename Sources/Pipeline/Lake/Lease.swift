package import Core

/// The right of one run to work on something, kept as a folder that only one can make (`reliability.md` §2.4).
///
/// `lineage/leases/<name>/owner.json` tells who has it. No lock of the system is asked, so it holds between hosts.
/// The owner of a dead process on this host is told by its id and start; one on another host by `beat`, which is
/// refreshed each minute, and is taken for dead when that is older than 30 minutes by the clock of the storage.
package final class Lease: Sendable {
  /// Who holds a lease.
  package struct Owner: Sendable, Hashable {
    package var run: String
    package var host: String
    package var boot: String
    /// Where the process id counts; containers of one host have namespaces of their own.
    package var namespace: String
    package var process: Int
    package var startTicks: Int64?
    package var since: Timestamp

    /// This process.
    package init(run: String) {
      self.run = run
      host = Host.name
      boot = Host.bootID
      namespace = Host.processNamespace
      process = Host.processID
      startTicks = Host.startTicks(ofProcess: Host.processID)
      since = .now
    }

    init(
      run: String, host: String, boot: String, namespace: String, process: Int, startTicks: Int64?, since: Timestamp
    ) {
      (self.run, self.host, self.boot, self.namespace, self.process) = (run, host, boot, namespace, process)
      (self.startTicks, self.since) = (startTicks, since)
    }
  }

  /// A lease of a run that was gone.
  package struct Broken: Sendable, Hashable {
    package var name: String
    /// Nil when it died before it could say who it was.
    package var owner: Owner?
  }

  package static let lifetime: Int64 = 30 * 60 * 1_000_000_000

  package let name: String
  package let owner: Owner
  /// The lease that this one took over, for the log.
  package let broken: Broken?
  private let leases: Folder
  /// What `owner.json` was when it was read and said that the lease is ours.
  private let proven = Guarded<FileIdentity?>(nil)
  private let lastBeat = Guarded<Int64>(Timestamp.now.nanoseconds)

  /// Takes the lease, or throws a `BusyError` that says who has it since when.
  ///
  /// `lineage` is the lake's folder of that name. What was taken over should be logged by `event`.
  package init(_ name: String, in lineage: Folder, owner: Owner) throws {
    let leases = try lineage.making("leases")
    let name = LakeLayout.component(name)
    var broken: Broken?
    if try !Self.claim(name, owner, in: leases) {
      broken = try Self.takeOver(name, owner, in: leases)
      guard try Self.claim(name, owner, in: leases) else { throw try Self.busy(name, in: leases) }
    }
    (self.name, self.owner, self.broken, self.leases) = (name, owner, broken, leases)
    // Who paused between the two steps may find that another has it by now.
    try check()
  }

  /// A lease of this process for a run of the lake.
  package convenience init(_ name: String, of lake: Lake, run: String) throws {
    try self.init(name, in: lake.lineageFolder(), owner: Owner(run: run))
  }

  /// Throws unless the lease is still ours: to be asked before each publish, and before each removal in landing.
  ///
  /// The file that was ours when it was last read is ours as long as it is that very file: who takes a lease over brings
  /// a file of its own.
  package func check() throws {
    let seen = try leases.entry("\(name)/owner.json")?.identity
    if let seen, seen == proven.withLock({ $0 }) { return }
    guard try Self.owner(of: name, in: leases) == owner else { throw try Self.busy(name, in: leases) }
    proven.withLock { $0 = seen }
  }

  /// Tells other hosts that this run is alive, once a minute however often it is called.
  package func beat() throws {
    let now = Timestamp.now.nanoseconds
    let isDue = lastBeat.withLock { last in
      guard now - last >= 60 * 1_000_000_000 || now < last else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    try check()
    _ = try Folder(name, in: leases).touch("beat")
  }

  /// Gives the lease back; one that is no longer ours is left alone.
  package func release() throws {
    guard try Self.owner(of: name, in: leases) == owner else { return }
    let old = "\(name).done.\(owner.run)"
    try leases.move(name, to: old, in: leases)
    try Self.remove(old, in: leases)
  }

  /// The event for the log when a dead run's lease was taken over.
  package var event: LineageEvent? {
    broken.map { LineageEvent("lease.broken", ["lease": .string($0.name), "owner": $0.owner?.json ?? .null]) }
  }

  // MARK: Steps

  /// Makes the folder, with its owner in it, and gives it its name; false when another has the name.
  ///
  /// So there is no instant at which somebody has the lease and nobody can tell who.
  private static func claim(_ name: String, _ owner: Owner, in leases: Folder) throws -> Bool {
    let new = "\(name).new.\(owner.run)"
    for _ in 0..<3 {
      guard try leases.entry(name) == nil else { return false }
      do throws(SystemError) {
        _ = try leases.claimFolder(new)
        let folder = try Folder(new, in: leases)
        _ = try folder.touch("beat")
        let file = try AtomicFile("owner.json", in: folder, run: owner.run)
        try file.write(Array(owner.json.text.utf8).bytes)
        try file.commit()
        try leases.move(new, to: name, in: leases)
        try leases.sync()
      } catch {
        if error.code == .exists {
          try remove(new, in: leases)
          return false
        }
        // Another run took it for the remains of a dead one.
        guard error.code == .missing else { throw error }
        continue
      }
      try sweep(name, in: leases)
      return true
    }
    return false
  }

  /// Removes what runs that died while they took or gave back the lease left beside it.
  private static func sweep(_ name: String, in leases: Folder) throws {
    for other in try leases.names() where other.hasPrefix(name + ".") {
      let word = other.dropFirst(name.utf8.count + 1).prefix { $0 != "." }
      switch word {
      case "done", "stale", "dead": try remove(other, in: leases)
      case "new":
        if let owner = try owner(of: other, in: leases), try isAlive(owner, other, in: leases) { continue }
        // By the rename a run that lives after all learns of it.
        let dead = "\(name).dead.\(Identifier.unique())"
        do throws(SystemError) { try leases.move(other, to: dead, in: leases) } catch {
          guard error.code == .missing else { throw error }
          continue
        }
        try remove(dead, in: leases)
      default: continue
      }
    }
  }

  /// Moves the folder of a dead owner out of the way; throws when it lives, or when another was faster.
  private static func takeOver(_ name: String, _ owner: Owner, in leases: Folder) throws -> Broken? {
    let found = try self.owner(of: name, in: leases)
    guard try !isAlive(found, name, in: leases) else { throw try busy(name, in: leases) }
    let stale = "\(name).stale.\(owner.run)"
    do throws(SystemError) { try leases.move(name, to: stale, in: leases) } catch {
      // Gone: another took it over, or its owner gave it back.
      guard error.code == .missing else { throw error }
      return nil
    }
    // Between the look and the move another may have taken it over: then what was moved is alive.
    guard try self.owner(of: stale, in: leases) == found else {
      try? leases.move(stale, to: name, in: leases)
      throw try busy(name, in: leases)
    }
    try remove(stale, in: leases)
    return Broken(name: name, owner: found)
  }

  /// `now` is the time of the storage, where others touch their beat; nobody asks for it who need not.
  static func isAlive(
    _ owner: Owner?, _ name: String, in leases: Folder, now: (() throws -> Int64)? = nil
  ) throws -> Bool {
    if let owner, owner.host == Host.name {
      guard owner.boot == Host.bootID else { return false }
      if owner.namespace == Host.processNamespace {
        return Host.isAlive(process: owner.process, startTicks: owner.startTicks)
      }
    }
    let now = try now?() ?? leases.touch(".now")
    guard let folder = try leases.entry(name) else { return false }
    let beat = try leases.entry("\(name)/beat")?.identity.modified
    return now - max(beat ?? .min, folder.identity.modified) < lifetime
  }

  /// Who holds it; nil when nobody does, or does not say so yet.
  static func owner(of name: String, in leases: Folder) throws -> Owner? {
    let file: FileReader
    do throws(SystemError) { file = try FileReader("\(name)/owner.json", in: leases) } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
    guard file.count < 64 << 10, let json = try? JSON.parse(file.bytes(at: 0, count: file.count)) else { return nil }
    return Owner(json)
  }

  private static func busy(_ name: String, in leases: Folder) throws -> BusyError {
    let place = "lineage/leases/\(name)"
    guard let owner = try owner(of: name, in: leases) else { return BusyError(place, "held by a run that begins") }
    let who = "run \(owner.run), process \(owner.process) on \(owner.host)"
    return BusyError(
      place, "held by \(who.shown) since \(owner.since)",
      hint: "try later; if that run is gone for good, rename \(leases.path)/\(name)")
  }

  private static func remove(_ name: String, in leases: Folder) throws {
    guard try leases.entry(name) != nil else { return }
    let folder = try Folder(name, in: leases)
    for inner in try folder.names() { try folder.remove(inner) }
    try leases.removeEmptyFolder(name)
  }
}

extension Lease.Owner {
  package var json: JSON {
    var object: JSONObject = [
      "run": .string(run), "host": .string(host), "boot_id": .string(boot),
      "pid_namespace": .string(namespace), "pid": .count(process),
    ]
    object["start_ticks"] = startTicks.map(JSON.count)
    object["since"] = .time(since)
    return .object(object)
  }

  init?(_ json: JSON) {
    guard let run = json["run"]?.string, let host = json["host"]?.string, let since = json["since"]?.timestamp,
      let process = json["pid"]?.integer
    else { return nil }
    self.init(
      run: run, host: host, boot: json["boot_id"]?.string ?? "",
      namespace: json["pid_namespace"]?.string ?? "", process: Int(clamping: process),
      startTicks: json["start_ticks"]?.integer, since: since)
  }
}
