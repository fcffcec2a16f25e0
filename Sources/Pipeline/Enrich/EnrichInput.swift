import Artifacts
package import Core

/// A synchronised datastream and what else is known of its drive.
package struct EnrichInput: Sendable {
  /// With `samples.parquet`.
  package var folder: Folder
  /// Folders of extracted streams that it was made from.
  package var drives: [Folder]
  package var vin: String?

  package init(_ folder: Folder, drives: [Folder] = [], vin: String? = nil) {
    (self.folder, self.drives, self.vin) = (folder, drives, vin)
  }

  /// The tables that tell how the vehicle moved: the wide one last, since it has only what is at samples.
  func telemetry(_ own: [Telemetry.Place]) throws -> Telemetry {
    var places = own
    for drive in drives {
      for kind in try drive.entries() where kind.kind == .folder && kind.isText && !kind.name.hasPrefix(".") {
        for entry in try Folder(kind.name, in: drive).entries() where entry.kind == .file && entry.isText {
          guard entry.name.hasSuffix(".parquet"), entry.name.utf8.count > 8 else { continue }
          places.append(
            Telemetry.Place(
              name: "\(kind.name)/\(entry.name.dropLast(8))", path: "\(drive.path)/\(kind.name)/\(entry.name)"))
        }
      }
    }
    if try folder.entry("wide.parquet")?.kind == .file {
      places.append(Telemetry.Place(name: nil, path: "\(folder.path)/wide.parquet"))
    }
    return Telemetry(places: places, corrected: try corrected())
  }

  /// Streams whose times the synchronisation has changed.
  private func corrected() throws -> Set<String> {
    guard try folder.entry("sync_report.json")?.kind == .file else { return [] }
    let file = try FileReader("sync_report.json", in: folder)
    let bytes = try file.bytes(at: 0, count: file.count)
    let report: JSON
    do throws(JSON.Failure) { report = try JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 30)) } catch {
      throw SourceError("\(file.path):\(error.line):\(error.column)", error.problem)
    }
    let streams = report["streams"]?.array ?? []
    return Set(
      streams.compactMap { $0["clock"]?["applied"] == true ? $0["stream"]?.string ?? $0["name"]?.string : nil })
  }

  /// Which message of which stream each sample has; nothing where the table is not there.
  func frames(_ samples: SampleSource) throws -> SampleFrames {
    guard try folder.entry("sample_data.parquet")?.kind == .file else {
      return SampleFrames(sampleTimes: samples.times)
    }
    let table = try ParquetFile(FileReader("sample_data.parquet", in: folder))
    var batches: [Batch] = []
    try table.read(columns: SampleFrames.columns) { batches.append($0) }
    return SampleFrames(sampleTimes: samples.times, batches)
  }
}
