import Core

/// What a lake's log knows of measurements, as far as a validation asks.
package struct KnownMeasurements: Sendable {
  /// Digest of the manifest (`sha256:…`) of each id.
  private var manifests: [String: String] = [:]
  /// Ids by content.
  private var contents: [String: String] = [:]

  package init(_ view: LineageView) {
    for measurement in view.measurements.values {
      manifests[measurement.id] = measurement.manifest
      let digests = measurement.files.values.compactMap { $0["sha256"]?.string }
      if !digests.isEmpty, digests.count == measurement.files.count {
        contents[Self.content(digests)] = measurement.id
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

  private static func content(_ digests: [String]) -> String {
    Digest.sha256(digests.sorted().joined(separator: "\n")).hex
  }

  /// What the log says about a measurement of this id, manifest digest and content.
  func findings(_ id: Identifier, manifest: String, digests: [String]?) -> [ValidationFinding] {
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
    if let digests, !digests.isEmpty, let other = contents[Self.content(digests)], other != "\(id)" {
      findings.append(
        ValidationFinding(
          .warning, .sameContent, nil, "the files are those of measurement \(other)", found: .string(other)))
    }
    return findings
  }
}
