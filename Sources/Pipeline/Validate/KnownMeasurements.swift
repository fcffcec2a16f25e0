import Core

/// What a lake's log knows of measurements, as far as a validation asks.
package final class KnownMeasurements: Sendable {
  private let index: Guarded<Index>
  /// Held by the one who catches up; taken before the log's and the index's locks, never after.
  private let catchingUp = Guarded(())
  private let look: @Sendable (String) -> LineageView.Measurement?

  private struct Index {
    /// Digest of the manifest (`sha256:…`) of each id.
    var manifests: [String: String] = [:]
    /// Ids by content, and what each id's content was.
    var contents: [String: String] = [:]
    var contentOf: [String: String] = [:]
    /// Ids of those that were not looked at yet, or changed since.
    var changed: Set<String>
  }

  package convenience init(_ view: LineageView) {
    self.init(of: Array(view.measurements.keys)) { view.measurements[$0] }
  }

  /// `look` gives what the log says of an id now; nobody asks before something has to be compared.
  init(of ids: [String], _ look: @escaping @Sendable (String) -> LineageView.Measurement?) {
    index = Guarded(Index(changed: Set(ids)))
    self.look = look
  }

  /// The log says something new of a measurement.
  func change(_ id: String) { index.withLock { _ = $0.changed.insert(id) } }

  /// Reads the log of a lake, and makes nothing; nil when there is none yet.
  package convenience init?(_ lake: Lake) throws {
    guard let lineage = try lake.existing("\(lake.path)/lineage") else { return nil }
    var reader = LineageReader(lineage)
    self.init(try reader.view())
  }

  /// One digest for what the files hold, whatever they are called.
  static func content(_ digests: [String]) -> String {
    Digest.sha256(digests.sorted().joined(separator: "\n")).hex
  }

  /// What the log says about a measurement of this id, manifest digest and content.
  func findings(_ id: Identifier, manifest: String, content: String?) -> [ValidationFinding] {
    let (recorded, other) = recorded(id: "\(id)", content: content)
    var findings: [ValidationFinding] = []
    if let recorded {
      let found = "sha256:" + manifest
      if recorded == found {
        findings.append(ValidationFinding(.info, .recorded, nil, "recorded before with the same digest"))
      } else {
        findings.append(
          ValidationFinding(
            .error, .twoDigests, nil, "the id is that of another measurement: its manifest has another digest",
            expected: .string(recorded), found: .string(found),
            hint: "av-meta show \(id) tells what was recorded; a corrected upload needs an id of its own"))
      }
    }
    if let other, other != "\(id)" {
      findings.append(
        ValidationFinding(
          .warning, .sameContent, nil, "the files are those of measurement \(other)", found: .string(other)))
    }
    return findings
  }

  /// The manifest that is recorded for an id, and the measurement that has a content.
  private func recorded(id: String, content: String?) -> (manifest: String?, other: String?) {
    catchingUp.withLock { _ in catchUp() }
    return index.withLock { index in (index.manifests[id], content.flatMap { index.contents[$0] }) }
  }

  /// Whoever records an event holds the log while it tells of the change: so nothing is looked up under `index`.
  private func catchUp() {
    let changed = index.withLock { index in
      defer { index.changed = [] }
      return index.changed
    }
    for measurement in changed.sorted().lazy.compactMap(look) {
      let (id, content) = (measurement.id, Self.content(of: measurement))
      index.withLock { index in
        index.manifests[id] = measurement.manifest
        if let old = index.contentOf[id], index.contents[old] == id { index.contents[old] = nil }
        index.contentOf[id] = content
        if let content { index.contents[content] = index.contents[content] ?? id }
      }
    }
  }

  private static func content(of measurement: LineageView.Measurement) -> String? {
    // Tag files of a bag tell of an upload, not of what was measured.
    let isBag = measurement.facts["dialect"]?.string == ManifestDialect.bagit.rawValue
    let files = measurement.files.filter { !isBag || Bag.isPayload($0.key) }
    let digests = files.values.compactMap { $0["sha256"]?.string }
    return digests.isEmpty || digests.count != files.count ? nil : content(digests)
  }
}
