import Core

/// The folder that a datastream's folder is built in, and its name there.
struct StagedPlace {
  let folder: Folder
  let name: String
  private let above: [Substring]

  /// Makes what is above the place.
  init(_ place: Lake.Location) throws {
    let parts = place.path.split(separator: "/")
    above = parts.dropLast()
    folder = try Folder(place.root).making(above.isEmpty ? "." : above.joined(separator: "/"))
    name = parts.last.map(String.init) ?? place.path
  }

  /// Whether something has the name of a place.
  static func isTaken(_ place: Lake.Location) throws -> Bool {
    do throws(SystemError) { return try Folder(place.root).entry(place.path) != nil } catch {
      guard error.code == .missing else { throw error }
      return false
    }
  }

  /// Removes what runs that died left half built here; the caller has the measurement's lease.
  ///
  /// A folder that other measurements share is left alone: their runs may be alive.
  func sweep(measurement: String, datastream: String) throws {
    let own = [measurement, datastream].map { LakeLayout.component($0) }
    guard above.contains(where: { own.contains(String($0)) }) else { return }
    for name in try folder.names() where TemporaryName.run(of: name) != nil { try folder.removeTemporary(name) }
  }
}
