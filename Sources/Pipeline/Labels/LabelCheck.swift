package import Artifacts
package import Core

/// Label files, and what is wrong with them.
package struct LabelFile: Sendable {
  package enum Form: String, Sendable { case coco, openlabel, results = "coco-results" }

  package let path: String
  package let form: Form
  let document: JSON
  package private(set) var findings: LabelFindings

  /// Nil for what is no label file.
  static func form(_ json: JSON) -> Form? {
    if json["openlabel"] != nil { return .openlabel }
    if json["annotations"] != nil || json["images"] != nil { return .coco }
    if let list = json.array, list.allSatisfy({ $0["image_id"] != nil }) { return .results }
    return nil
  }

  /// Reads and judges a file; `images` is the file of images of results.
  ///
  /// Pictures are looked at where they lie beside the file.
  package init(_ path: String, images: String? = nil, looksAtPictures: Bool = true) throws {
    try self.init(
      path, SourceFile.contents(path), images: images, folder: looksAtPictures ? Self.folder(of: path) : nil)
  }

  private static func folder(of path: String) throws -> Folder {
    guard let slash = path.lastIndex(of: "/") else { return try Folder(".") }
    return try Folder(slash == path.startIndex ? "/" : String(path[..<slash]))
  }

  /// A text that is in memory.
  package init(_ path: String, _ bytes: [UInt8], images: String? = nil, folder: Folder? = nil) throws {
    self.path = path
    do throws(JSON.Failure) { document = try JSON.parse(bytes, limits: JSON.Limits(bytes: 1 << 30)) } catch {
      // Duplicate keys and NaN are errors of the parser.
      let isOpen = String(decoding: bytes.prefix(4096), as: UTF8.self).contains("openlabel")
      (form, document, findings) = (isOpen ? .openlabel : .coco, .null, LabelFindings())
      findings.add(
        LabelFinding(isOpen ? "O19" : "C11", at: "", "line \(error.line), column \(error.column): \(error.problem)"))
      return
    }
    guard let form = Self.form(document) else {
      throw SourceError(path, "is neither COCO nor OpenLABEL", code: .unknownFormat)
    }
    self.form = form
    switch form {
    case .openlabel: findings = OpenLABELCheck.findings(in: document)
    case .coco: findings = COCOCheck.findings(in: document) { Self.picture($0, in: folder) }
    case .results:
      guard let images else {
        throw SourceError(
          path, "results name images and categories by numbers only", hint: "give the file of images: --coco-images",
          code: .configuration)
      }
      findings = COCOCheck.findings(inResults: document.array ?? [], of: try LabelExportFile.parse(images))
    }
  }

  /// Pictures are expected only where their folder is.
  private static func picture(_ name: String, in folder: Folder?) -> COCOCheck.Picture {
    guard let folder, COCOCheck.problem(ofName: .string(name)) == nil else { return .unknown }
    do throws(SystemError) {
      guard try folder.entry(name)?.kind == .file else {
        let parts = name.split(separator: "/")
        let top = try folder.entry(String(parts[0]))
        return parts.count > 1 && top?.kind == .folder ? .missing : .unknown
      }
      let file = try FileReader(name, in: folder)
      let bytes = try file.bytes(at: 0, count: min(file.count, 64))
      guard PNG.recognises(bytes[...]), let header = try? PNG.header(bytes[...]) else { return .unknown }
      return .size(width: header.width, height: header.height)
    } catch { return error.code == .missing ? .unknown : .missing }
  }

  /// The labels, of a file without errors.
  func labels() throws -> (set: LabelSet, left: [String: Int]) {
    do throws(COCO.Failure) {
      switch form {
      case .openlabel: return try OpenLABELReader.labels(document)
      case .coco: return (try COCO.labels(document), [:])
      case .results: throw COCO.Failure("a list of results has no pictures")
      }
    } catch { throw SourceError(path, error.description) }
  }

  /// What is left of a COCO file when records with errors are taken out; nil where that cannot be done.
  func valid() throws -> (set: LabelSet, left: [String: Int])? {
    guard findings.errors > 0 else { return try labels() }
    guard form == .coco, findings.counts["C11"] == nil, findings.list.count == findings.errors + findings.warnings
    else {
      return nil
    }
    var wrong: [String: Set<Int>] = [:]
    for finding in findings.list where finding.severity == .error {
      let parts = finding.pointer.split(separator: "/")
      guard parts.count > 1, let index = Int(parts[1]), ["annotations", "images"].contains(parts[0]) else { return nil }
      wrong[String(parts[0]), default: []].insert(index)
    }
    func kept(_ name: String) -> [JSON] {
      (document[name]?.array ?? []).enumerated().filter { !(wrong[name]?.contains($0.offset) ?? false) }.map(\.element)
    }
    guard var root = document.object else { return nil }
    let images = kept("images"), known = Set(images.compactMap { $0["id"] })
    root["images"] = .array(images)
    root["annotations"] = .array(kept("annotations").filter { known.contains($0["image_id"] ?? .null) })
    do throws(COCO.Failure) { return (try COCO.labels(.object(root)), [:]) } catch {
      throw SourceError(path, error.description)
    }
  }

  /// Writes the labels in another form.
  package func convert(to format: LabelFormat, _ output: any ByteOutput) throws -> Int {
    guard findings.errors == 0 else { throw SourceError(path, "has \(findings.errors) errors; --check names them") }
    let (set, left) = try labels()
    let lost = left.values.reduce(0, +)
    switch format {
    case .coco:
      var set = set
      set.numberLabels()
      return lost + (try set.writeCOCO(to: output))
    case .openlabel:
      try set.writeOpenLABEL(to: output)
      return lost
    }
  }
}

extension LabelSet {
  /// Labels without a number, or with one that another has, get the next.
  package mutating func numberLabels() {
    var taken: Set<Int> = [], next = (labels.map(\.id).max() ?? 0) + 1
    for index in labels.indices where labels[index].id < 1 || !taken.insert(labels[index].id).inserted {
      labels[index].id = next
      next += 1
    }
    for index in labels.indices where labels[index].box != nil {
      if labels[index].extra["area"] == nil, let box = labels[index].box {
        let area: Double =
          switch labels[index].segmentation {
          case .polygons(let parts)?: LabelGeometry.area(polygons: parts)
          case .mask(let mask, _)?: Double(mask.area)
          case nil: box[2] * box[3]
          }
        labels[index].extra["area"] = .number(LabelGeometry.rounded(area))
      }
      if labels[index].extra["iscrowd"] == nil { labels[index].extra["iscrowd"] = 0 }
    }
  }
}

extension LabelFile {
  /// Writes the labels in another form into a new file; to standard output without a path.
  package func convert(to format: LabelFormat, at output: String?, isForced: Bool) throws -> Int {
    guard let output, output != "-" else {
      let file = OutputFile.standardOutput()
      let lost = try convert(to: format, file)
      _ = try file.commit()
      return lost
    }
    let place = try OutputPlace(output)
    let file = try OutputFile(
      place.name, in: place.folder, run: "\(Identifier.unique())", existing: isForced ? .replace : .refuse)
    let lost = try convert(to: format, file)
    _ = try file.commit()
    return lost
  }
}
