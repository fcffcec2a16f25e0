package import Artifacts
import Core

/// Returned labels, compared with the export that they are of (labels.md 5).
///
/// Items are matched by their id, file name, the end of it, digest, or stream and number, never by their place in a
/// list. Everything that is wrong is a finding with the record that it is about.
package struct LabelReturn: Sendable {
  package struct Settings: Sendable {
    /// An unknown class is an error.
    package var isStrict = false
    /// Import what is right, where something is wrong.
    package var acceptsValid = false
    package init() {}
    var digest: String { "\(isStrict)\(acceptsValid)" }
  }

  package enum Rule: String, Sendable, CaseIterable {
    case itemID = "item_id", fileName = "file_name", suffix, sha256, frame
  }

  /// A label with what is known of it.
  struct Returned: Sendable {
    /// Of the export.
    var item: Int
    var name: String
    var label: Label
    var file: Int
    var originalID: String
    /// The returns that have it.
    var returns: Set<Int>
    var isDisputed = false
  }

  let export: LabelExportFile
  let settings: Settings
  package internal(set) var findings = LabelFindings()
  /// Which items of the export came back, and how each was recognised.
  private(set) var rules: [Int: Rule] = [:]
  var labels: [Returned] = []
  private(set) var annotator: String?
  private(set) var files: [String] = []
  private(set) var lost: [String: Int] = [:]
  package private(set) var changes = Changes()
  /// How many returns were taken, and which of them have each item.
  private(set) var returns = 0
  /// The first file of the return that is being taken.
  private(set) var firstFile = 0
  private(set) var itemReturns: [Int: Set<Int>] = [:]
  /// Labels of the return that is being taken for which those of a return before stay; another file of it may have them too.
  private var replaced: [Int: [(name: String, label: Label)]] = [:]
  package internal(set) var agreement = Agreement()

  package struct Changes: Sendable {
    package var added = 0, changed = 0, removed = 0, unchanged = 0, merged = 0
  }

  /// Indices of the labels of each item.
  private(set) var byItem: [Int: [Int]] = [:]
  private let byID: [String: Int]
  private let byPath: [String: Int]
  private let byLast: [String: [Int]]
  private let byDigest: [String: [Int]]
  private let byFrame: [String: Int]

  init(_ export: LabelExportFile, _ settings: Settings) {
    (self.export, self.settings) = (export, settings)
    let all = export.items.enumerated()
    byID = Dictionary(all.map { ($0.element.itemID, $0.offset) }) { first, _ in first }
    byPath = Dictionary(all.map { ($0.element.path, $0.offset) }) { first, _ in first }
    byLast = Dictionary(grouping: export.items.indices) { Self.last(export.items[$0].path) }
    byDigest = Dictionary(grouping: export.items.indices) { export.items[$0].sha256 }
    byFrame = Dictionary(all.map { ("\($0.element.stream)/\($0.element.seq)", $0.offset) }) { first, _ in first }
    if let expires = export.expires, expires < .now {
      findings.add(
        LabelFinding("expired", .warning, at: "", id: export.id, "the package was to be had until \(expires)"))
    }
  }

  private static func last(_ path: String) -> String {
    path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? path
  }

  /// Takes a return: all label files of a folder, or one file.
  mutating func read(_ paths: [String], in folder: Folder, prefix: String = "") throws {
    firstFile = files.count
    returns += 1
    replaced = [:]
    for path in paths where path.hasSuffix(".json") {
      let full = "\(folder.path)/\(path)"
      let bytes = try FileReader(path, in: folder)
      let text = try bytes.bytes(at: 0, count: bytes.count)
      // Packages that come back whole have lists of ours.
      guard let file = try Self.file(full, text), file.form != .results else { continue }
      files.append(prefix + path)
      try take(file, prefix + path, folder)
    }
    guard files.count > firstFile else {
      throw SourceError(folder.path, "holds no COCO and no OpenLABEL file", code: .unknownFormat)
    }
  }

  /// Compares what was taken, when there is no more.
  mutating func finish() {
    if returns > 1 { tellAlone() }
    compare()
  }

  private static func file(_ path: String, _ bytes: [UInt8]) throws -> LabelFile? {
    do { return try LabelFile(path, bytes) } catch let error as SourceError where error.code == .unknownFormat {
      return nil
    } catch let error as SourceError where error.code == .configuration {
      return nil
    }
  }

  private mutating func take(_ file: LabelFile, _ path: String, _ folder: Folder) throws {
    for finding in file.findings.list {
      var finding = finding
      finding.file = finding.file ?? path
      // Whether a label leaves its picture is judged by the picture that was sent.
      if finding.code != "C4" || finding.severity == .error { findings.add(finding) }
    }
    guard file.findings.errors == 0 || settings.acceptsValid else { return }
    guard let (set, left) = try file.valid() else { return }
    for (kind, count) in left { lost[kind, default: 0] += count }
    annotator =
      annotator ?? set.info["contributor"]?.string.flatMap { $0.isEmpty ? nil : $0 }
      ?? file.document["openlabel"]?["metadata"]?["annotator"]?.string
    if let id = set.export["exportId"]?.string, id != export.id {
      findings.add(
        LabelFinding("wrong_export", at: "", id: id, file: path, "is of export \(id), and this one is \(export.id)"))
      return
    }
    let matches = set.items.map { match($0, folder) }
    checkFrames(set, matches, path)
    var items: [Int?] = []
    let labelled = Set(set.labels.map(\.item))
    for (index, match) in matches.enumerated() {
      let item = set.items[index], hasLabels = labelled.contains(index)
      guard let match else {
        findings.add(
          LabelFinding(
            "unmatched", hasLabels ? .error : .warning, at: pointer(file, image: index, item), id: "\(item.id)",
            image: "\(item.id)", file: item.file, "no item of the export is this one"))
        items.append(nil)
        continue
      }
      rules[match.item] = rules[match.item] ?? match.rule
      itemReturns[match.item, default: []].insert(returns)
      let sent = export.items[match.item]
      if item.isPicture, sent.width > 0, (item.width, item.height) != (sent.width, sent.height) {
        findings.add(
          LabelFinding(
            "size", at: pointer(file, image: index, item), id: "\(item.id)", image: "\(item.id)", file: item.file,
            "says \(item.width) × \(item.height) pixels, and \(sent.width) × \(sent.height) were sent"))
        items.append(nil)
        continue
      }
      items.append(match.item)
    }
    for (index, label) in set.labels.enumerated() {
      guard let item = items[label.item] else { continue }
      judge(label, index, item, set, file)
    }
  }

  private func pointer(_ file: LabelFile, image: Int, _ item: LabelItem) -> String {
    file.form == .coco ? "/images/\(image)" : "/openlabel/frames/\(item.frame)"
  }

  private func match(_ item: LabelItem, _ folder: Folder) -> (item: Int, rule: Rule)? {
    if let id = item.attributes["item_id"]?.string, let found = byID[id] { return (found, .itemID) }
    if let found = byPath[item.file] { return (found, .fileName) }
    if !item.file.isEmpty {
      let found = (byLast[Self.last(item.file)] ?? []).filter { index in
        let path = export.items[index].path
        return path == item.file || path.hasSuffix("/" + item.file) || item.file.hasSuffix("/" + path)
      }
      if found.count == 1 { return (found[0], .suffix) }
      let named = byLast[Self.last(item.file)] ?? []
      if found.isEmpty, named.count == 1 { return (named[0], .suffix) }
    }
    if let digest = item.attributes["sha256"]?.string ?? digest(of: item.file, folder), !digest.isEmpty,
      let found = byDigest[digest], found.count == 1
    {
      return (found[0], .sha256)
    }
    return byFrame["\(item.stream)/\(item.frame)"].map { ($0, .frame) }
  }

  /// Of a picture that came back.
  private func digest(of name: String, _ folder: Folder) -> String? {
    guard COCOCheck.problem(ofName: .string(name)) == nil else { return nil }
    // What is not there has none.
    return try? DatastreamContents.digest(of: name, in: folder).sha256
  }

  /// Numbers of frames that are all one off: somebody counts from another number.
  private mutating func checkFrames(_ set: LabelSet, _ matches: [(item: Int, rule: Rule)?], _ path: String) {
    var shifts: Set<Int> = [], first: LabelItem?
    for (item, match) in zip(set.items, matches) where item.stream != "images" {
      guard let match else { continue }
      if match.rule != .frame {
        shifts.insert(item.frame - export.items[match.item].seq)
      } else if let time = item.time {
        let own = export.items[match.item]
        if time == own.time { shifts.insert(0) }
        for shift in [-1, 1] {
          if let other = byFrame["\(item.stream)/\(item.frame - shift)"], export.items[other].time == time {
            shifts.insert(shift)
          }
        }
      }
      first = first ?? item
    }
    guard shifts.count == 1, let shift = shifts.first, shift != 0, let first else { return }
    findings.add(
      LabelFinding(
        "frame_base", at: "/", id: "\(first.frame)", file: path,
        "off by \(shift == 1 ? "one" : "\(shift)"): frame \(first.frame) is sample \(first.frame - shift) of the export, which counts from 0"
      ))
  }

  private mutating func judge(_ label: Label, _ index: Int, _ item: Int, _ set: LabelSet, _ file: LabelFile) {
    var label = label
    let sent = export.items[item], image = set.items[label.item]
    let place = file.form == .coco ? "/annotations/\(index)" : "/openlabel/frames/\(image.frame)/objects/\(label.uid)"
    let id = file.form == .coco || label.id > 0 ? "\(label.id)" : label.uid
    func add(_ code: String, _ severity: LabelFinding.Severity, _ problem: String) {
      findings.add(
        LabelFinding(code, severity, at: place, id: id, image: "\(image.id)", file: image.file, problem))
    }
    var name = set.categories[label.category].name
    if !export.categories.isEmpty, !export.categories.contains(where: { $0.name == name }) {
      let near = export.categories.map(\.name).nearest(to: name).map { "; did it mean '\($0)'?" } ?? ""
      add("unknown_class", settings.isStrict ? .error : .warning, "class '\(name.shown)' was not asked for\(near)")
      guard !settings.isStrict else { return }
      label.attributes["original_class"] = .string(name)
      name = "unknown"
    }
    for attribute in label.attributes.members {
      if let values = export.attributes[attribute.key], !values.contains(attribute.value) {
        add("attribute", .warning, "\(attribute.key.shown) is \(attribute.value.text), which was not asked for")
      }
    }
    if let box = label.box, sent.width > 0 {
      let (right, bottom) = (box[0] + box[2], box[1] + box[3])
      if right <= 0 || bottom <= 0 || box[0] >= Double(sent.width) || box[1] >= Double(sent.height) {
        add(
          "outside", .error,
          "\(JSON.array(box.map { .number($0) }).text) is outside of the \(sent.width) × \(sent.height) picture")
        return
      }
      if box[0] < -1 || box[1] < -1 || right > Double(sent.width) + 1 || bottom > Double(sent.height) + 1 {
        add(
          "outside", .warning,
          "\(JSON.array(box.map { .number($0) }).text) leaves the \(sent.width) × \(sent.height) picture")
      }
    }
    let own = files.count - 1
    let there = byItem[item] ?? []
    if let other = there.first(where: { labels[$0].name == name && Self.isSame(labels[$0].label, label) }) {
      if labels[other].file == own {
        add("duplicate", .warning, "is annotation \(labels[other].originalID) once more, and is left out")
      } else if labels[other].returns.insert(returns).inserted, labels[other].file < firstFile {
        agreement.agreeing += 1
      } else {
        changes.merged += 1
        // What one file has and the other has not.
        if labels[other].label.cuboid == nil {
          (labels[other].label.cuboid, labels[other].label.system) = (label.cuboid, label.system)
        }
      }
      return
    }
    if replaced[item]?.contains(where: { $0.name == name && Self.isSame($0.label, label) }) == true {
      changes.merged += 1
      return
    }
    if returns > 1, let problem = dispute(label, name, there) {
      if let text = problem.text { add(problem.code, .warning, text) }
      guard problem.isKept else {
        replaced[item, default: []].append((name, label))
        return
      }
      label.attributes["conflict"] = .string(problem.with)
    }
    byItem[item, default: []].append(labels.count)
    labels.append(
      Returned(
        item: item, name: name, label: label, file: own, originalID: id, returns: [returns],
        isDisputed: label.attributes["conflict"] != nil))
  }

  /// Boxes that cover the same, or equal cuboids.
  static func isSame(_ one: Label, _ other: Label) -> Bool {
    if let first = one.box, let second = other.box {
      return LabelGeometry.overlap(first, second) >= 0.999 && one.keypoints == other.keypoints
    }
    return one.box == nil && other.box == nil && one.cuboid == other.cuboid
  }

  /// What became of the labels that were sent, for the items that came back.
  private mutating func compare() {
    var sent: [Int: [(name: String, label: Label)]] = [:]
    for label in export.labels.labels {
      let item = export.labels.items[label.item]
      if let index = byFrame["\(item.stream)/\(item.frame)"], rules[index] != nil {
        sent[index, default: []].append((export.labels.categories[label.category].name, label))
      }
    }
    for returned in labels {
      let own = sent[returned.item] ?? []
      if let index = own.firstIndex(where: { $0.name == returned.name && Self.isSame($0.label, returned.label) }) {
        changes.unchanged += 1
        sent[returned.item]?.remove(at: index)
      } else if returned.label.id > 0, let index = own.firstIndex(where: { $0.label.id == returned.label.id }) {
        changes.changed += 1
        findings.add(
          LabelFinding(
            "changed", .warning, at: "", id: returned.originalID, file: export.items[returned.item].path,
            "was '\(own[index].name.shown)' \(Self.text(own[index].label)), is '\(returned.name.shown)' \(Self.text(returned.label))"
          ))
        sent[returned.item]?.remove(at: index)
      } else {
        changes.added += 1
      }
    }
    changes.removed = sent.values.reduce(0) { $0 + $1.count }
  }

  private static func text(_ label: Label) -> String {
    JSON.array((label.box ?? label.cuboid ?? []).map { .number($0) }).text
  }

  package var isComplete: Bool { rules.count == export.items.count }

  /// What stands in `return_report.json`.
  var json: JSON {
    var counts: [String: Int] = [:], how: [String: Int] = [:]
    for label in labels { counts[label.name, default: 0] += 1 }
    for rule in rules.values { how[rule.rawValue, default: 0] += 1 }
    func object(_ counts: [String: Int]) -> JSON {
      .object(JSONObject(counts.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .count($0.value)) }))
    }
    var report: JSONObject = [
      "schema": "av.return/1", "exportId": .string(export.id), "files": .array(files.map { .string($0) }),
      "complete": .bool(isComplete), "items": .count(rules.count),
      "missing_items": .count(export.items.count - rules.count),
      "labels": .count(labels.count), "matched_by": object(how), "classes": object(counts),
      "changes": [
        "added": .count(changes.added), "changed": .count(changes.changed), "removed": .count(changes.removed),
        "unchanged": .count(changes.unchanged), "merged": .count(changes.merged),
      ],
      "not_taken": object(lost), "codes": findings.json, "errors": .count(findings.errors),
      "warnings": .count(findings.warnings),
    ]
    if returns > 1 { report["agreement"] = agreement.json(returns) }
    report["annotator"] = annotator.map { .string($0) }
    report["vendor"] = export.partner.map { .string($0) }
    // By number, so that a list of a hundred thousand is readable.
    report["missing"] = .array(
      export.items.indices.filter { rules[$0] == nil }.prefix(LabelFindings.most).map {
        .string(export.items[$0].itemID)
      })
    report["findings"] = .array(findings.list.map { .object($0.json) })
    return .object(report)
  }
}
