import Core

/// A folder in the landing zone, held open.
struct Arrival: Sendable {
  /// The root of landing that it lies in, and its name there.
  let root: Folder
  let name: String
  let folder: Folder
  /// As records carry it.
  let path: String
}

/// The landing zone of a lake.
struct Landing: Sendable {
  private let lake: Lake

  init(_ lake: Lake) { self.lake = lake }

  /// Where a candidate lies.
  struct Place: Sendable, Hashable {
    var root: String
    var name: String
    var path: String
  }

  /// Every folder of the zone, in the order of the names.
  func places() throws -> [Place] {
    var places: [Place] = []
    for root in try lake.roots(of: "landing") {
      let folder: Folder
      do throws(SystemError) { folder = try Folder(root) } catch {
        guard error.code == .missing else { throw error }
        continue
      }
      for entry in try folder.entries() where entry.kind == .folder && entry.isText && !entry.name.hasPrefix(".") {
        places.append(Place(root: root, name: entry.name, path: lake.recorded("\(root)/\(entry.name)")))
      }
    }
    return places
  }

  /// The folder of the zone that a path means: as records have it, or seen from the working folder.
  func place(of path: String) throws -> Place {
    if !path.utf8.contains(0), !path.split(separator: "/").contains(".."),
      let place = try place(absolute: LakePath.absolute(path, from: lake.path))
    {
      return place
    }
    let real: String
    do throws(SystemError) { real = try Folder.realPath(path) } catch {
      guard error.code == .missing else { throw error }
      throw NotInLanding(path: path, problem: "is not there", isMissing: true)
    }
    guard let place = try place(absolute: real) else {
      throw NotInLanding(path: path, problem: "is no folder of the landing zone")
    }
    return place
  }

  private func place(absolute path: String) throws -> Place? {
    for root in try lake.roots(of: "landing") {
      let real = (try? Folder.realPath(root)) ?? root
      guard let below = LakePath.below(root, path) ?? LakePath.below(real, path) else { continue }
      guard !below.isEmpty, !below.contains("/"), !below.hasPrefix(".") else { return nil }
      return Place(root: root, name: below, path: lake.recorded("\(root)/\(below)"))
    }
    return nil
  }

  /// The folder of a candidate; nil when it is gone.
  func arrival(of candidate: Candidate) throws -> Arrival? {
    do { return try open(place(of: candidate.path)) } catch let error as NotInLanding where error.isMissing {
      return nil
    }
  }

  /// Opens it; nil when nothing is there.
  func open(_ place: Place) throws -> Arrival? {
    let root = try Folder(place.root)
    guard let entry = try root.entry(place.name) else { return nil }
    guard entry.kind == .folder else {
      throw NotInLanding(path: place.path, problem: "is \(entry.kind.article), not a folder")
    }
    return Arrival(root: root, name: place.name, folder: try Folder(place.name, in: root), path: place.path)
  }
}

extension Lake {
  /// Every folder of the landing zone, as records carry it.
  package func landingPaths() throws -> [String] { try Landing(self).places().map(\.path) }
}
