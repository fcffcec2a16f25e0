package import Core

/// What exists and who made it, when: the folded log with every attempt at every datastream.
///
/// It is what lineage and explanations are made of: of some things, from their lines alone, which the index names. Lineage
/// crosses into lakes that `lake.json5` names by the ids of parents. Memory grows with what is asked of.
package struct LineageStory: Sendable {
  package private(set) var view = LineageView()
  /// Attempts at each datastream, in order.
  package private(set) var attempts: [String: [Attempt]] = [:]
  /// The newest `scene.summary` of each datastream.
  package private(set) var scenes: [String: JSONObject] = [:]
  /// The newest `label.returned` of each datastream.
  package private(set) var returned: [String: JSONObject] = [:]
  /// When a datastream was deleted.
  package private(set) var deleted: [String: Timestamp] = [:]
  /// Ids of what took the place of a datastream.
  package private(set) var successors: [String: String] = [:]
  /// The lake itself, then those that it names.
  package private(set) var lakes: [Lake] = []
  /// In which of the lakes a datastream is, where that is not the first.
  private var homes: [String: Int] = [:]

  /// One run at one datastream.
  package struct Attempt: Sendable, Hashable {
    package var run: String?
    package var start: Timestamp
    /// When it ended by itself; nil while it goes on, or when it crashed.
    package var end: Timestamp?
    package var state: DatastreamState
    /// The keys of the transition that ended it.
    package var facts: JSONObject = [:]
    /// Another attempt began, or its run ended, while it had no end.
    package var isAbandoned = false
  }

  package init() {}

  /// Of some lakes, by some of the entries of each, which come in the log's order.
  init(_ lakes: [Lake], _ entries: [[LineageEntry]]) {
    self.lakes = lakes
    for (place, entries) in entries.enumerated() {
      for entry in entries {
        apply(entry)
        if place > 0, entry.event.name == "datastream.created", let id = entry.string("datastream"), homes[id] == nil {
          homes[id] = place
        }
      }
    }
    settle()
  }

  /// Takes one entry; entries come in the log's order.
  package mutating func apply(_ entry: LineageEntry) {
    let id = entry.string("datastream")
    let before = id.flatMap { view.datastreams[$0]?.state }
    view.apply(entry)
    guard let id else { return }
    switch entry.event.name {
    case "datastream.state": applyState(id, entry, before)
    case "scene.summary": scenes[id] = entry.event.fields
    case "label.returned":
      returned[id] = entry.event.fields
      if let old = entry.string("supersedes") { successors[old] = id }
    case "lifecycle" where entry.string("action") == "superseded":
      if let next = entry.string("by") { successors[id] = next }
    default: break
    }
  }

  private mutating func applyState(_ id: String, _ entry: LineageEntry, _ before: DatastreamState?) {
    guard let to = entry.string("to").flatMap(DatastreamState.init(spelling:)), view.datastreams[id]?.state == to else {
      return
    }
    let count = attempts[id]?.count ?? 0
    let isOpen = count > 0 && attempts[id]?[count - 1].end == nil
    if to.isWorking {
      if isOpen {
        // The same step by the same run is told once.
        guard attempts[id]?[count - 1].run != entry.run else { return }
        attempts[id]?[count - 1].isAbandoned = true
      }
      attempts[id, default: []].append(Attempt(run: entry.run, start: entry.time, state: to))
      deleted[id] = nil
    } else if to.endsAttempt {
      guard to != before || isOpen else { return }
      let facts = entry.facts(without: ["datastream", "from", "to"])
      // A raw datastream that was hydrated is whole again without an attempt of its own.
      guard isOpen else {
        if count == 0 {
          attempts[id] = [Attempt(run: entry.run, start: entry.time, end: entry.time, state: to, facts: facts)]
        }
        return
      }
      attempts[id]?[count - 1].end = entry.time
      attempts[id]?[count - 1].state = to
      attempts[id]?[count - 1].facts = facts
    } else if to == .deleted {
      deleted[id] = entry.time
    }
  }

  /// What has no end although its run has, crashed.
  private mutating func settle() {
    for id in attempts.keys {
      guard let last = attempts[id]?.last, last.end == nil else { continue }
      if let run = last.run, view.runs[run]?.outcome == nil { continue }
      let place = (attempts[id]?.count ?? 1) - 1
      attempts[id]?[place].isAbandoned = true
    }
  }
}

extension LineageStory {
  /// The attempt that made a datastream what it is: the newest that was whole, else the newest.
  package func making(_ id: String) -> Attempt? {
    let all = attempts[id] ?? []
    return all.last { $0.state.isWhole } ?? all.last
  }

  /// Ids that a datastream was made of, those told of returned labels among them.
  package func parents(of id: String) -> [String] {
    var parents = view.datastreams[id]?.parents ?? []
    for other in returned[id]?["parents"]?.array?.compactMap(\.string) ?? [] where !parents.contains(other) {
      parents.append(other)
    }
    return parents
  }

  /// The lake that a datastream is in.
  package func lake(of id: String) -> Lake? {
    let place = homes[id] ?? 0
    return place < lakes.count ? lakes[place] : nil
  }

  /// Where a datastream's folder is: absolute, as text; nothing is looked up.
  package func place(of id: String) -> String? {
    guard let stream = view.datastreams[id], !stream.path.isEmpty else { return nil }
    guard let lake = lake(of: id) else { return stream.path }
    return LakePath.absolute(stream.path, from: lake.path)
  }

  /// A datastream's folder, held open; nil where nothing is, or where nothing of this lake may be.
  func folder(of id: String) throws -> Folder? {
    guard let stream = view.datastreams[id], !stream.path.isEmpty, let lake = lake(of: id) else { return nil }
    return try lake.folder(recorded: stream.path)
  }

  /// What an id, the beginning of one, or the path of a datastream's folder stands for; a `UsageError` when that is nothing.
  ///
  /// A path is as records have it, or as it is seen from the folder that the command runs in.
  package func subject(_ text: String) throws -> LineageView.Subject {
    guard text.contains("/") || text == "." else { return try view.subject(text) }
    let wanted = try Self.folders(text, seenFrom: lakes)
    let found = view.datastreams.keys.filter { id in place(of: id).map(wanted.contains) ?? false }.sorted()
    guard let first = found.first else { throw UsageError("'\(text.shown)' is no folder of a datastream in this lake") }
    guard found.count == 1 else {
      throw UsageError("'\(text.shown)' is the folder of \(found.count) datastreams: \(found.joined(separator: ", "))")
    }
    return .datastream(first)
  }

  /// Absolute paths that a person may mean: from the folder that the command runs in, through links, or from a lake.
  static func folders(_ text: String, seenFrom lakes: [Lake]) throws -> Set<String> {
    var folders = Set(try (lakes.map(\.path) + [Folder.realPath(".")]).map { LakePath.absolute(text, from: $0) })
    if let real = try? Folder.realPath(text) { folders.insert(real) }
    return folders
  }
}
