import Core

/// What lies in the zones and belongs to nothing that the log knows: folders without an owner, and what runs that are
/// gone built and never named.
struct LakeLeftovers {
  private let lake: Lake
  private let alive: Set<String>
  /// Where something of the log is, or was to be, and every folder on the way there.
  private var owned: Set<String> = []
  private var ways: Set<String> = []
  /// Names of the folders of attempts that are not whole: where they lie is not in the log yet.
  private var attempts: Set<String> = []
  private(set) var findings: [VerificationFinding] = []

  private static let zones: Set = [
    "raw", "archive", "extracted", "synchronized", "enriched", "scenes", "labeled", "shared",
  ]

  init(_ lake: Lake, _ view: LineageView, _ alive: Set<String>) throws {
    (self.lake, self.alive) = (lake, alive)
    for stream in view.datastreams.values {
      own(stream.path)
      if let archive = stream.outcome["archive"]?.string {
        own(archive)
      } else {
        for path in stream.copies.keys { own(path) }
      }
      if !stream.state.isWhole { attempts.insert(LakeLayout.component(stream.id)) }
    }
    // The fleet's table of scenes is of many datastreams.
    for root in try lake.roots(of: "scenes") { own(lake.recorded("\(root)/\(SceneDelta.folder)")) }
    for held in view.incomplete.values { if let place = held["moved_to"]?.string { own(place) } }
    var roots = [lake.path]
    for zone in lake.settings.zones { roots += try lake.roots(of: zone) }
    for root in Set(roots).sorted() { try sweep(root) }
    for zone in Self.zones.sorted() {
      for path in try lake.roots(of: zone) {
        guard let folder = try lake.existing(path) else { continue }
        try scan(folder, lake.recorded(path), depth: 0)
      }
    }
  }

  private mutating func own(_ path: String) {
    guard !path.isEmpty, owned.insert(path).inserted else { return }
    var way = path
    while let slash = way.lastIndex(of: "/"), slash > way.startIndex {
      way = String(way[..<slash])
      guard ways.insert(way).inserted else { return }
    }
  }

  /// Folders in which runs build.
  private mutating func sweep(_ root: String) throws {
    guard let folder = try lake.existing(root), try folder.entry(ZoneCopy.incoming)?.kind == .folder else { return }
    for name in try Folder(ZoneCopy.incoming, in: folder).names() where !alive.contains(name) {
      leftover(of: name, lake.recorded("\(root)/\(ZoneCopy.incoming)/\(name)"))
    }
  }

  private mutating func scan(_ folder: Folder, _ path: String, depth: Int) throws {
    for entry in try folder.entries() {
      let place = "\(path)/\(entry.name)"
      if let run = TemporaryName.run(of: entry.name) {
        if !alive.contains(run) { leftover(of: run, place) }
        continue
      }
      guard !entry.name.hasPrefix("."), !owned.contains(place), !attempts.contains(entry.name) else { continue }
      if ways.contains(place), entry.kind == .folder, entry.isText, depth < 32 {
        try scan(Folder(entry.name, in: folder), place, depth: depth + 1)
      } else {
        findings.append(
          VerificationFinding(
            .warning, "orphan", place, path: place, message: "\(place): belongs to nothing that the log knows"))
      }
    }
  }

  private mutating func leftover(of run: String, _ place: String) {
    findings.append(
      VerificationFinding(
        .info, "leftover", run, path: place, message: "\(place): left by a run that is gone; the next removes it"))
  }
}
