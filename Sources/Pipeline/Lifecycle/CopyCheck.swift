import Core

/// Whether the files of a raw datastream are in a zone as the log says: read cold, or looked at only.
struct CopyCheck: Sendable {
  let lake: Lake
  /// Whether content is read; else only names and sizes are looked at.
  let reads: Bool
  let jobs: Int
  let step: @Sendable (Int) throws -> Void

  /// What keeps a copy from being relied on; nil when it is intact.
  func problem(of stream: LineageView.Datastream, in zone: String) throws -> LifecycleRefusal? {
    guard let path = stream.path(in: zone) else {
      return LifecycleRefusal(.lastCopy, "there is no copy in \(zone)")
    }
    let items = stream.items(zone, below: path)
    guard !items.isEmpty else { return LifecycleRefusal(.lastCopy, "the log lists no file of \(path)") }
    do {
      let place = try lake.location(recorded: path)
      let folder = try Folder(place.path, in: Folder(place.root))
      var found: LifecycleRefusal?
      try parallelMap(items, jobs: jobs) { item in
        try problem(of: item, in: folder, (stream.id, path))
      } _: {
        found = found ?? $0
      }
      return found
    } catch let error as SystemError {
      return LifecycleRefusal(.lastCopy, error.description)
    }
  }

  private func problem(
    of item: ZoneCopy.Item, in folder: Folder, _ whole: (id: String, path: String)
  ) throws -> LifecycleRefusal? {
    let path = "\(whole.path)/\(item.path)"
    func damaged(_ expected: String, _ found: String) -> LifecycleRefusal {
      LifecycleRefusal(.init(datastream: whole.id, path: path, expected: expected, found: found))
    }
    guard let entry = try folder.entry(item.path), entry.kind == .file else {
      return LifecycleRefusal(.lastCopy, "\(path) is not there, or no regular file")
    }
    guard entry.size == item.bytes else { return damaged("\(item.bytes) bytes", "\(entry.size) bytes") }
    guard reads else { return nil }
    let file = try FileReader(item.path, in: folder)
    file.dropCache()
    let digest = try FileDigest.of(file, .sha256, step)
    return digest == item.sha256 ? nil : damaged("sha256 \(item.sha256)", "sha256 \(digest)")
  }
}

extension LineageView.Datastream {
  /// Where a raw datastream is in raw or in the archive.
  func path(in zone: String) -> String? { zone == "raw" ? path : outcome[zone]?.string }

  /// Whether everything of the upload that one zone has is in the other as well, by the log.
  ///
  /// The tag files that ingest put around a bag are made again from the rest.
  func isCovered(_ zone: String, by other: String) -> Bool {
    guard let path = path(in: zone), let place = self.path(in: other) else { return false }
    func uploaded(_ items: [ZoneCopy.Item]) -> Set<String> {
      Set(items.compactMap { item in item.source.map { "\(item.sha256) \($0)" } })
    }
    let here = uploaded(items(zone, below: path))
    return !here.isEmpty && here.isSubset(of: uploaded(items(other, below: place)))
  }
}
