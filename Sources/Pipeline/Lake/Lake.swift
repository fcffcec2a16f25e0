package import Core

/// A folder with `lake.json5`, and the zones that belong to it, here or on other mounts (`DESIGN.md` §3).
package struct Lake: Sendable {
  package static let settingsFile = "lake.json5"

  /// Absolute, and through no link.
  package let path: String
  package let settings: LakeSettings
  /// Absolute roots of each zone that has its own, in the order of `lake.json5`.
  private let ownRoots: [String: [String]]
  /// All of them, the longest first, then those of the other zones and the lake: where a path of a record may lie.
  private let roots: [String]

  /// Opens the lake in a folder.
  package init(_ path: String) throws {
    let real: String
    do throws(SystemError) {
      real = try Folder.realPath(path)
    } catch {
      guard error.code == .missing else { throw error }
      throw Self.noLake(path)
    }
    guard try Folder(real).entry(Self.settingsFile) != nil else { throw Self.noLake(path) }
    let name = real.split(separator: "/").last.map(String.init) ?? "lake"
    self.path = real
    settings = try LakeSettings(Configuration(path: "\(real)/\(Self.settingsFile)"), name: name)
    ownRoots = settings.roots.mapValues { $0.map { LakePath.absolute($0, from: real) } }
    let own = ownRoots.values.joined().sorted { $0.utf8.count > $1.utf8.count }
    roots = own + settings.zones.map { "\(real)/\($0)" } + [real]
  }

  /// The lake that an option or `AV_LAKE` names, else that of the nearest parent of `folder`.
  package static func find(_ option: String?, from folder: String = ".") throws -> Lake {
    if let option { return try Lake(option) }
    if let variable = Environment.value("AV_LAKE"), !variable.isEmpty { return try Lake(variable) }
    var place = try Folder.realPath(folder)
    while try Folder(place).entry(settingsFile) == nil {
      guard place != "/" else { throw noLake(folder) }
      place = LakePath.normal(place + "/..")
    }
    return try Lake(place)
  }

  private static func noLake(_ path: String) -> ConfigurationError {
    ConfigurationError(
      path, "no lake: there is no \(settingsFile)", code: .noLake,
      hint: "name a lake by --lake or AV_LAKE, or make one: av-meta init --lake DIR")
  }

  /// The lake's log.
  package func lineageFolder() throws(SystemError) -> Folder { try Folder(path).making("lineage") }

  /// The lakes that it names, each root once and not its own: who is asked twice would count twice, and wait for itself.
  package var others: [LakeSettings.Federated] {
    var seen: Set = [path]
    return settings.lakes.filter { named in
      let place = LakePath.absolute(named.root, from: path)
      return seen.insert((try? Folder.realPath(place)) ?? place).inserted
    }
  }

  // MARK: Zones

  /// Absolute folders that hold a zone, in the order of `lake.json5`; one in the lake unless it says otherwise.
  package func roots(of zone: String) throws(ConfigurationError) -> [String] {
    if let own = ownRoots[zone] { return own }
    guard settings.zones.contains(zone) else {
      throw ConfigurationError("\(path)/\(Self.settingsFile)", "there is no zone '\(zone.shown)'")
    }
    return ["\(path)/\(zone)"]
  }

  /// A place for the files of something: below a root, which is a folder to hold open.
  package struct Location: Sendable, Hashable {
    /// Absolute.
    package var root: String
    /// Below the root.
    package var path: String
    /// As records carry it: relative to the lake where it is inside, absolute elsewhere.
    package var recorded: String

    package var absolute: String { path.isEmpty ? root : "\(root)/\(path)" }
  }

  /// Where a new datastream goes: on the root of its zone with the most room, the first by name among equals.
  package func location(of values: LakeLayout.Values) throws -> Location {
    if let own = ownRoots[values.zone], let first = own.first {
      let root = own.count == 1 ? first : try roomiest(own)
      return location(root, settings.layout.path(inZone: values))
    }
    let root = try roots(of: values.zone)[0]
    guard settings.layout.beginsWithZone else { return location(path, settings.layout.path(values)) }
    return location(root, settings.layout.path(inZone: values))
  }

  /// Roots of about the same room, within a 64th, count as equal, so that the choice does not flicker.
  private func roomiest(_ roots: [String]) throws -> String {
    var best: (root: String, bytes: Int)?
    for root in roots.sorted() {
      let bytes = try Folder(root).space().bytes
      if best.map({ bytes > $0.bytes + $0.bytes / 64 }) ?? true { best = (root, bytes) }
    }
    return best?.root ?? roots[0]
  }

  private func location(_ root: String, _ path: String) -> Location {
    Location(root: root, path: path, recorded: recorded("\(root)/\(path)"))
  }

  // MARK: Paths

  /// A path as records carry it: relative to the lake where it is inside, absolute elsewhere.
  package func recorded(_ path: String) -> String {
    let absolute = LakePath.absolute(path, from: self.path)
    guard let inside = LakePath.below(self.path, absolute) else { return absolute }
    return inside.isEmpty ? "." : inside
  }

  /// Where a path of a record lies; one that is in no zone of this lake is refused.
  package func location(recorded path: String) throws(SystemError) -> Location {
    let absolute = path.hasPrefix("/") ? path : "\(self.path)/\(path)"
    guard !path.isEmpty, !LakePath.parts(path).contains(".."), !path.utf8.contains(0) else {
      throw SystemError(path, cannot: "follow", code: SystemError.leavesFolder)
    }
    let normal = LakePath.normal(absolute)
    for root in roots {
      if let below = LakePath.below(root, normal) {
        return Location(root: root, path: below, recorded: recorded(normal))
      }
    }
    throw SystemError(path, cannot: "follow out of the lake", code: SystemError.leavesFolder)
  }
}

extension Lake {
  /// A root, or another folder by its absolute path, held open; nil where nothing is.
  func existing(_ path: String) throws -> Folder? {
    do throws(SystemError) { return try Folder(path) } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
  }

  /// A folder of records, held open; nil where nothing is.
  func folder(recorded path: String) throws -> Folder? {
    let place = try location(recorded: path)
    guard let root = try existing(place.root), try root.entry(place.path)?.kind == .folder else { return nil }
    return try Folder(place.path, in: root)
  }

  /// The folder that a record or the log names, which must be there.
  func openFolder(recorded path: String) throws(SystemError) -> Folder {
    let place = try location(recorded: path)
    return try Folder(place.path, in: Folder(place.root))
  }
}

extension SystemError {
  /// EXDEV, what openat2 says of a path that leaves its folder.
  static let leavesFolder: Int32 = 18
}
