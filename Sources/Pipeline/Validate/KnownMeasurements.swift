import Core

/// What a lake's log knows of measurements, as far as a validation asks.
package struct KnownMeasurements: Sendable {
  /// Digest of the manifest (`sha256:…`) of each id.
  private var manifests: [String: String] = [:]
  /// Ids by content.
  private var contents: [String: String] = [:]

  package init(_ view: LineageView) {
    for measurement in view.measurements.values.sorted(by: { $0.id < $1.id }) {
      manifests[measurement.id] = measurement.manifest
      let isBag = measurement.facts["dialect"]?.string == ManifestDialect.bagit.rawValue
      let files = measurement.files.filter { !isBag || Bag.isPayload($0.key) }
      let digests = files.values.compactMap { $0["sha256"]?.string }
      if !digests.isEmpty, digests.count == files.count {
        contents[Self.content(digests)] = contents[Self.content(digests)] ?? measurement.id
      }
    }
  }

  /// Reads the log of a lake, and makes nothing; nil when there is none yet.
  package init?(_ lake: Lake) throws {
    do throws(SystemError) {
      _ = try Folder("\(lake.path)/lineage")
    } catch {
      guard error.code == .missing else { throw error }
      return nil
    }
    var reader = LineageReader(try Folder("\(lake.path)/lineage"))
    self.init(try reader.view())
  }

  /// One digest for what the files hold, whatever they are called.
  static func content(_ digests: [String]) -> String {
    Digest.sha256(digests.sorted().joined(separator: "\n")).hex
  }

  /// What the log says about a measurement of this id, manifest digest and content.
  func findings(_ id: Identifier, manifest: String, content: String?) -> [ValidationFinding] {
    var findings: [ValidationFinding] = []
    if let recorded = manifests["\(id)"] {
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
    if let content, let other = contents[content], other != "\(id)" {
      findings.append(
        ValidationFinding(
          .warning, .sameContent, nil, "the files are those of measurement \(other)", found: .string(other)))
    }
    return findings
  }
}
