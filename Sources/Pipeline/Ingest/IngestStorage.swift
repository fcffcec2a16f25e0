import Core

/// What the zones of a run lie on: for `run.start`, and for who should know before it matters.
package struct IngestStorage: Sendable {
  private struct Root: Sendable {
    var zone: String
    var path: String
    var storage: Storage
    var device: UInt64
  }

  private var roots: [Root] = []

  init(_ lake: Lake) throws {
    for zone in ["landing", "raw", "archive", "error"] {
      for path in try lake.roots(of: zone) {
        // A zone in the lake may not be made yet: then it will be on what the lake is on.
        guard let folder = (try? Folder(path)) ?? (try? Folder(lake.path)) else { continue }
        let device = try folder.entry(".")?.identity.device ?? 0
        roots.append(
          Root(zone: zone, path: lake.recorded(path), storage: Storage(of: folder), device: device))
      }
    }
  }

  /// The `zones` of `run.start`.
  var json: JSON {
    var zones: JSONObject = [:]
    for zone in Dictionary(grouping: roots, by: \.zone).sorted(by: { $0.key < $1.key }) {
      zones[zone.key] = .array(
        zone.value.map { root in
          JSON.object(
            JSONObject([.init(key: "root", value: .string(root.path))] + (root.storage.json.object?.members ?? [])))
        })
    }
    return .object(zones)
  }

  /// Where what is published could be seen half.
  package var warnings: [String] {
    roots.filter { $0.zone != "landing" && !$0.storage.renamesAtomically }.map { root in
      "\(root.path): a rename is not atomic on \(root.storage.kind) at \(root.storage.mount): others may see half a "
        + "measurement until the log says that it is whole"
    }
  }

  /// Where two copies would be lost together.
  package var notes: [String] {
    let raw = Set(roots.filter { $0.zone == "raw" }.map(\.device))
    let shared = roots.filter { $0.zone == "archive" && raw.contains($0.device) }
    return shared.map { "\($0.path): archive and raw are on one device, and would be lost together" }
  }
}
