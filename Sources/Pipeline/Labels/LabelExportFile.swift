import Artifacts
import Core

/// A package as it was handed over: what a return is compared with.
struct LabelExportFile: Sendable {
  struct Item: Sendable {
    var itemID: String
    var sampleID: String
    var seq: Int
    var time: Int64
    var stream: String
    var path: String
    var sha256: String
    var width: Int
    var height: Int
  }

  let id: String
  let measurement: String
  let partner: String?
  let expires: Timestamp?
  let datastreams: [String]
  let taxonomy: String
  let items: [Item]
  /// Classes that were asked for, with their numbers.
  private(set) var categories: [LabelCategory] = []
  /// Values that attributes may have.
  private(set) var attributes: [String: [JSON]] = [:]
  /// What a machine saw, by item.
  private(set) var labels = LabelSet()

  init(_ folder: Folder) throws {
    let path = "\(folder.path)/\(LabelPackage.reportFile)"
    guard try folder.entry(LabelPackage.reportFile)?.kind == .file else {
      throw SourceError(folder.path, "is no package: it has no \(LabelPackage.reportFile)", code: .missing)
    }
    let json = try Self.parse(path)
    guard json["schema"] == "av.export/1", let id = json["exportId"]?.string else {
      throw SourceError(path, "is no list of an export")
    }
    self.id = id
    measurement = json["measurementId"]?.string ?? ""
    partner = json["partner"]?.string
    expires = json["expires"]?.timestamp
    datastreams = json["datastreams"]?.array?.compactMap(\.string) ?? []
    taxonomy = json["taxonomy"]?.string ?? OpenLABELSystems.taxonomy
    var items: [Item] = []
    for (index, item) in (json["items"]?.array ?? []).enumerated() {
      guard let itemID = item["item_id"]?.string, let seq = item["seq"]?.integer.flatMap({ Int(exactly: $0) }),
        let stream = item["stream"]?.string, let file = item["path"]?.string
      else { throw SourceError(path, "item \(index) has no item_id, seq, stream or path") }
      items.append(
        Item(
          itemID: itemID, sampleID: item["sample_id"]?.string ?? "", seq: seq,
          time: item["t"]?.timestamp?.nanoseconds ?? 0, stream: stream, path: file,
          sha256: item["sha256"]?.string ?? "", width: item["width"]?.integer.flatMap { Int(exactly: $0) } ?? 0,
          height: item["height"]?.integer.flatMap { Int(exactly: $0) } ?? 0))
    }
    self.items = items
    try takeTaxonomy(folder)
    let (coco, openLABEL) = (LabelPackage.cocoFile, LabelPackage.openLABELFile)
    do throws(COCO.Failure) {
      if try there(openLABEL, folder) {
        labels = try OpenLABELReader.labels(read("\(folder.path)/\(openLABEL)")).set
      } else if try there(coco, folder) {
        labels = try COCO.labels(read("\(folder.path)/\(coco)"))
      }
    } catch { throw SourceError(folder.path, error.description) }
    takeNumbers()
  }

  private func there(_ name: String, _ folder: Folder) throws(COCO.Failure) -> Bool {
    do throws(SystemError) { return try folder.entry(name)?.kind == .file } catch { throw COCO.Failure("\(error)") }
  }

  private func read(_ path: String) throws(COCO.Failure) -> JSON {
    do { return try Self.parse(path) } catch { throw COCO.Failure("\(error)") }
  }

  /// Classes are those of the taxonomy, with the numbers that the label files have.
  private mutating func takeNumbers() {
    guard !categories.isEmpty else { return categories = labels.categories }
    var next = (labels.categories.map(\.id).max() ?? 0) + 1
    for index in categories.indices {
      if let own = labels.categories.first(where: { $0.name == categories[index].name }) {
        categories[index] = own
      } else {
        categories[index].id = next
        next += 1
      }
    }
  }

  private mutating func takeTaxonomy(_ folder: Folder) throws {
    guard try folder.entry(LabelPackage.taxonomyFile)?.kind == .file else { return }
    let json = try Self.parse("\(folder.path)/\(LabelPackage.taxonomyFile)")
    for (index, category) in (json["categories"]?.array ?? []).enumerated() {
      guard let name = category["name"]?.string else { continue }
      categories.append(
        LabelCategory(id: category["id"]?.integer.flatMap { Int(exactly: $0) } ?? index + 1, name: name))
    }
    for member in json["attributes"]?.object?.members ?? [] {
      if let values = member.value.array ?? member.value["values"]?.array { attributes[member.key] = values }
    }
  }

  static func parse(_ path: String) throws -> JSON {
    let bytes = try SourceFile.contents(path)
    do throws(JSON.Failure) { return try JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 30)) } catch {
      throw SourceError("\(path):\(error.line):\(error.column)", error.problem)
    }
  }
}
