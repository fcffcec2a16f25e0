package import Core

/// A lake and those that its `lake.json5` names, asked together.
///
/// Each has a log and an index of its own; ids are unique in all of them, and a datastream may have parents in another.
package struct LakeFederation {
  private let home: LakeIndex
  private let others: [(name: String, index: LakeIndex)]
  private let warning: (String) -> Void
  private let areThere: Bool

  /// An error of the question itself, which is no other lake's.
  fileprivate struct Asked: Error { let error: any Error }

  /// `warning` takes what a person should know, such as a lake that cannot be asked.
  package init(_ lake: Lake, warning: @escaping (String) -> Void = { _ in }) throws {
    home = try LakeIndex(lake, warning: warning)
    var others: [(name: String, index: LakeIndex)] = [], areThere = true
    for named in lake.others {
      do {
        let other = try Lake(LakePath.absolute(named.root, from: lake.path))
        others.append((named.name, try LakeIndex(other) { warning("lake \(named.name): \($0)") }))
      } catch let error as any Problem where Self.isOfOneLake(error) {
        warning("lake \(named.name): \(error)")
        areThere = false
      }
    }
    (self.others, self.warning, self.areThere) = (others, warning, areThere)
  }

  /// Damage of a log is nobody's to pass over.
  static func isOfOneLake(_ error: any Problem) -> Bool { error.exitCode != .integrity && !(error is UsageError) }

  /// Runs that are alive in any of them.
  func living(_ now: Timestamp) throws -> Set<String> {
    var living = try LiveRuns(in: home.lineage, now: now).runs
    for other in others {
      do { living.formUnion(try LiveRuns(in: other.index.lineage, now: now).runs) } catch let error as any Problem
        where Self.isOfOneLake(error)
      { warning("lake \(other.name): \(error)") }
    }
    return living
  }

  /// Asks all of them at once, the lake itself first; `body` may run several times, and only the last counts.
  ///
  /// The second value is a loss where a lake could not be asked, or damage was read around.
  package func read<Result>(
    _ scope: LogScope = LogScope(), readsTables: Bool = true, _ body: ([IndexSnapshot]) throws -> Result
  ) throws -> (result: Result, exit: ExitCode) {
    var isWhole = true
    do {
      let result = try home.read(scope, readsTables: readsTables) { snapshot in
        isWhole = areThere
        return try own(snapshot) {
          try read(others[...], [snapshot], scope, readsTables) { snapshots in
            isWhole = isWhole && snapshots.allSatisfy(\.isWhole) && snapshots.count == others.count + 1
            return try body(snapshots)
          }
        }
      }
      return (result, isWhole ? .success : .loss)
    } catch let asked as Asked { throw asked.error }
  }

  private func read<Result>(
    _ rest: ArraySlice<(name: String, index: LakeIndex)>, _ snapshots: [IndexSnapshot], _ scope: LogScope,
    _ readsTables: Bool, _ body: ([IndexSnapshot]) throws -> Result
  ) throws -> Result {
    guard let next = rest.first else {
      do { return try body(snapshots) } catch { throw Asked(error: error) }
    }
    do {
      return try next.index.read(scope, readsTables: readsTables) { snapshot in
        var snapshot = snapshot
        snapshot.name = next.name
        return try own(snapshot) { try read(rest.dropFirst(), snapshots + [snapshot], scope, readsTables, body) }
      }
    } catch let error as IntegrityError {
      warning("lake \(next.name): its log is not whole")
      throw error
    } catch let error as any Problem where Self.isOfOneLake(error) {
      warning("lake \(next.name): \(error)")
      return try read(rest.dropFirst(), snapshots, scope, readsTables, body)
    }
  }
}

/// Lets an error of a snapshot's own database through: a damaged index is for the lake to make anew whose it is.
private func own<Result>(_ snapshot: IndexSnapshot, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let asked as LakeFederation.Asked {
    if let error = asked.error as? DatabaseError, error.path == snapshot.database.path { throw error }
    throw asked
  }
}

extension [IndexSnapshot] {
  /// What an id, or the beginning of one, stands for, and in which lake; a `UsageError` when that is nothing or several.
  ///
  /// Of a parent that another lake has, the lake that knows it only by name is not the one.
  func subject(_ text: String) throws -> (place: Int, subject: IndexSubject, number: Int64) {
    let wanted = text.lowercased()
    var found: [(place: Int, subject: IndexSubject, number: Int64, isOwn: Bool)] = []
    for (place, snapshot) in enumerated() where !wanted.isEmpty {
      for match in try snapshot.subjects(beginning: wanted) {
        found.append((place, match.subject, match.number, try snapshot.hasStory(match.number)))
      }
    }
    let exact = found.filter { $0.subject.id == wanted }
    let choice = exact.isEmpty ? found : exact
    let ids = Set(choice.map(\.subject)).map(\.id).sorted()
    guard let first = choice.first(where: \.isOwn) ?? choice.first else {
      throw UsageError("there is nothing with an id like '\(text.shown)' in this lake")
    }
    guard ids.count == 1 else {
      let some = ids.prefix(5).joined(separator: ", ")
      throw UsageError("'\(text.shown)' is the beginning of several ids: \(some)\(ids.count > 5 ? ", …" : "")")
    }
    return (first.place, first.subject, first.number)
  }
}
