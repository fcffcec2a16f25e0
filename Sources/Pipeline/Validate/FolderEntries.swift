import Core

/// What is in a folder, by path: two names are one only if their bytes are.
///
/// Swift compares strings by canonical equivalence; to a file system `é` of one and of two code points are two files.
struct FolderEntries {
  /// In the order of the paths' bytes.
  private(set) var all: [(path: String, entry: FolderEntry)] = []
  /// Paths that are not UTF-8, as they can be shown.
  private(set) var unreadable: [String] = []
  /// Folders below so many others that nobody goes into them.
  private(set) var tooDeep: [String] = []
  private var places: [[UInt8]: Int] = [:]
  /// Places by path, all forms of it together.
  private var forms: [String: [Int]] = [:]

  init() {}

  init(_ folder: Folder) throws {
    var (found, others, deep): ([(path: String, entry: FolderEntry)], [String], [String]) = ([], [], [])
    try folder.walk { path, entry in
      if entry.isText { found.append((path, entry)) } else { others.append(path) }
      guard entry.kind == .folder, Manifest.isTooDeep(path) else { return true }
      deep.append(path)
      return false
    }
    tooDeep = deep
    found.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    (all, unreadable) = (found, others)
    for (place, item) in all.enumerated() {
      places[Array(item.path.utf8)] = place
      forms[item.path, default: []].append(place)
    }
  }

  /// What has exactly this name.
  subscript(_ path: String) -> FolderEntry? { places[Array(path.utf8)].map { all[$0].entry } }

  /// The only name that is the same but for its Unicode normalisation.
  func equivalent(to path: String) -> String? {
    guard let found = forms[path], found.count == 1 else { return nil }
    return all[found[0]].path
  }
}
