import Foundation
import Testing

@testable import Artifacts
@testable import Core
@testable import Pipeline

/// Returned labels against what was sent: each fault is found, with the record that has it.
@Suite struct LabelReturnTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    for name in ["package", "back"] { try scratch.makeFolder(name) }
    let items = (0..<3).map { number -> JSON in
      [
        "item_id": .string("item-\(number)"), "sample_id": .string("s\(number)"), "seq": .count(number + 4),
        "t": .string("2024-01-01T00:00:0\(number).000000000Z"), "stream": "cam",
        "path": .string("images/cam/\(number).png"),
        "bytes": 5, "sha256": .string(String(repeating: "\(number)", count: 64)), "width": 64, "height": 48,
      ]
    }
    try write(
      "package/export.json",
      ["schema": "av.export/1", "exportId": "e1", "measurementId": "m1", "partner": "acme", "items": .array(items)])
    try write(
      "package/taxonomy.json",
      ["categories": [["name": "car"], ["name": "person"]], "attributes": ["occluded": [true, false]]])
    try write("package/coco.json", Self.coco())
  }

  private func write(_ path: String, _ json: JSON) throws {
    try scratch.write(json.text, path)
  }

  /// The package's own file: a car in each picture.
  private static func coco(_ change: (inout [JSONObject], inout [JSONObject]) -> Void = { _, _ in }) -> JSON {
    var images = (0..<3).map { number -> JSONObject in
      [
        "id": .count(number + 1), "file_name": .string("images/cam/\(number).png"), "width": 64, "height": 48,
        "license": 1,
        "attributes": [
          "item_id": .string("item-\(number)"), "seq": .count(number + 4), "stream": "cam",
          "t": .string("2024-01-01T00:00:0\(number).000000000Z"),
        ],
      ]
    }
    var annotations = (0..<3).map { number -> JSONObject in
      [
        "id": .count(number + 1), "image_id": .count(number + 1), "category_id": 1, "bbox": [1.0, 2.0, 10.0, 20.0],
        "area": 200.0, "iscrowd": 0,
      ]
    }
    change(&images, &annotations)
    return [
      "info": ["avtools": ["exportId": "e1"]], "licenses": [["id": 1, "name": "n", "url": ""]],
      "images": .array(images.map { .object($0) }), "annotations": .array(annotations.map { .object($0) }),
      "categories": [["id": 1, "name": "car"], ["id": 2, "name": "person"], ["id": 3, "name": "ufo"]],
    ]
  }

  private func judge(
    _ json: JSON, _ settings: LabelReturn.Settings = .init()
  ) throws -> LabelReturn {
    try write("back/labels.json", json)
    var result = LabelReturn(try LabelExportFile(Folder(scratch.path + "/package")), settings)
    try result.read(["labels.json"], in: Folder(scratch.path + "/back"))
    result.finish()
    return result
  }

  @Test func whatComesBackAsItWasIsUnchanged() throws {
    let result = try judge(Self.coco())
    #expect(result.findings.list.map(\.text) == [])
    #expect(
      result.isComplete && result.changes.unchanged == 3 && result.changes.added == 0 && result.changes.removed == 0)
    #expect(Set(result.rules.values) == [.itemID])
  }

  @Test func aPartIsAcceptedAndSaysWhatIsMissing() throws {
    let result = try judge(
      Self.coco { images, annotations in
        images.removeLast()
        annotations.removeLast()
      })
    #expect(!result.isComplete && result.findings.errors == 0 && result.labels.count == 2)
    #expect(result.json["missing"] == ["item-2"])
  }

  @Test(arguments: [
    ("file", LabelReturn.Rule.fileName), ("moved", .suffix), ("digest", .sha256), ("frame", .frame),
  ])
  func itemsAreRecognisedByWhatIsLeftOfThem(_ how: String, _ rule: LabelReturn.Rule) throws {
    let result = try judge(
      Self.coco { images, _ in
        for index in images.indices {
          let attributes = images[index]["attributes"]
          images[index]["attributes"] = nil
          switch how {
          case "file": break
          case "moved": images[index]["file_name"] = .string("task_7/images/cam/\(index).png")
          case "digest":
            images[index]["file_name"] = .string("x\(index)")
            images[index]["attributes"] = ["sha256": .string(String(repeating: "\(index)", count: 64))]
          default:
            images[index]["file_name"] = .string("x\(index)")
            images[index]["attributes"] = ["seq": attributes?["seq"] ?? .null, "stream": "cam"]
          }
        }
        // The list is in another order than the export.
        images.reverse()
      })
    #expect(Set(result.rules.values) == [rule] && result.isComplete, "\(result.findings.list.map(\.text))")
    #expect(result.changes.unchanged == 3)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var code: String
    var pointer: String
    var id: String
    var severity: LabelFinding.Severity
    var change: @Sendable (inout [JSONObject], inout [JSONObject]) -> Void
    var testDescription: String { code }
    init(
      _ code: String, _ pointer: String, id: String, _ severity: LabelFinding.Severity = .error,
      _ change: @escaping @Sendable (inout [JSONObject], inout [JSONObject]) -> Void
    ) {
      (self.code, self.pointer, self.id, self.severity, self.change) = (code, pointer, id, severity, change)
    }
  }

  static let faults: [Fault] = [
    Fault("unmatched", "/images/1", id: "2") { images, _ in
      images[1]["file_name"] = "other.png"
      images[1]["attributes"] = nil
    },
    Fault("unknown_class", "/annotations/2", id: "3", .warning) { $1[2]["category_id"] = 3 },
    Fault("outside", "/annotations/0", id: "1") { $1[0]["bbox"] = [70.0, 2.0, 10.0, 20.0] },
    Fault("outside", "/annotations/0", id: "1", .warning) { $1[0]["bbox"] = [60.0, 2.0, 10.0, 20.0] },
    Fault("size", "/images/0", id: "1") { images, _ in images[0]["width"] = 128 },
    Fault("duplicate", "/annotations/3", id: "9", .warning) { _, annotations in
      var double = annotations[0]
      double["id"] = 9
      annotations.append(double)
    },
    Fault("changed", "", id: "2", .warning) { $1[1]["bbox"] = [3.0, 2.0, 10.0, 20.0] },
    Fault("attribute", "/annotations/0", id: "1", .warning) { $1[0]["attributes"] = ["occluded": "maybe"] },
    Fault("C2", "/annotations/1/id", id: "1") { $1[1]["id"] = 1 },
    Fault("C3", "/annotations/1/image_id", id: "2") { $1[1]["image_id"] = 8 },
    Fault("C4", "/annotations/1/bbox", id: "2") { $1[1]["bbox"] = [3.0, 2.0, -10.0, 20.0] },
  ]

  @Test(arguments: faults) func aFaultIsToldWithItsRecord(_ fault: Fault) throws {
    let findings = try judge(Self.coco(fault.change)).findings.list.filter {
      $0.code != "changed" || fault.code == "changed"
    }
    #expect(findings.map(\.code) == [fault.code], "\(findings.map(\.text))")
    #expect(findings.first?.pointer == fault.pointer)
    #expect(findings.first?.id == fault.id)
    #expect(findings.first?.severity == fault.severity)
  }

  @Test func framesThatAreOffByOneAreNotCorrected() throws {
    let result = try judge(
      Self.coco { images, _ in
        for index in images.indices {
          images[index]["attributes"] = ["seq": .count(index + 5), "stream": "cam"]
        }
      })
    #expect(result.findings.list.map(\.code) == ["frame_base"])
  }

  @Test func anUnknownClassIsKeptOrRefused() throws {
    let json = Self.coco { $1[2]["category_id"] = 3 }
    let kept = try judge(json)
    #expect(kept.labels.last?.name == "unknown")
    #expect(kept.labels.last?.label.attributes["original_class"] == "ufo")
    var strict = LabelReturn.Settings()
    strict.isStrict = true
    #expect(try judge(json, strict).findings.errors == 1)
  }

  @Test func whatIsRightIsTakenWhereThatIsAskedFor() throws {
    let json = Self.coco { $1[1]["bbox"] = [3.0, 2.0, -10.0, 20.0] }
    #expect(try judge(json).labels.isEmpty)
    var settings = LabelReturn.Settings()
    settings.acceptsValid = true
    let result = try judge(json, settings)
    #expect(result.labels.map(\.originalID) == ["1", "3"] && result.changes.removed == 1)
  }

  /// Two returns of one export, taken together.
  private func together(_ first: JSON, _ second: JSON) throws -> LabelReturn {
    for (name, json) in [("one", first), ("two", second)] {
      try scratch.makeFolder(name)
      try write("\(name)/labels.json", json)
    }
    var result = LabelReturn(try LabelExportFile(Folder(scratch.path + "/package")), .init())
    for name in ["one", "two"] {
      try result.read(["labels.json"], in: Folder(scratch.path + "/" + name), prefix: name + "/")
    }
    result.finish()
    return result
  }

  @Test func returnsOfPartsBecomeTheWhole() throws {
    let first = Self.coco { images, annotations in
      images.removeLast()
      annotations.removeLast()
    }
    let second = Self.coco { images, annotations in
      images.removeFirst(2)
      annotations.removeFirst(2)
    }
    let result = try together(first, second)
    #expect(result.findings.list.map(\.text) == [] && result.isComplete && result.labels.count == 3)
    #expect(result.json["agreement"] == ["returns": 2, "agreeing": 0, "differing": 0, "conflicting": 0, "alone": 0])
  }

  @Test func equalReturnsAgree() throws {
    let result = try together(
      Self.coco(),
      Self.coco { _, annotations in
        annotations[0]["bbox"] = [1.0, 2.0, 10.0, 19.0]
        annotations[0]["area"] = 190.0
      })
    #expect(result.agreement.agreeing == 3 && result.labels.count == 3)
    #expect(result.findings.list.map(\.text) == [])
    // The first one's box stays.
    #expect(result.labels[0].label.box == [1, 2, 10, 20])
  }

  @Test func aReturnOfTwoFilesHasItsLabelsOnce() throws {
    let second = Self.coco { _, annotations in
      annotations[0]["bbox"] = [1.0, 2.0, 10.0, 19.0]
      annotations[0]["area"] = 190.0
    }
    for (path, json) in [("one/a.json", Self.coco()), ("two/a.json", second), ("two/b.json", second)] {
      try scratch.makeFolder(String(path.prefix(3)))
      try write(path, json)
    }
    var result = LabelReturn(try LabelExportFile(Folder(scratch.path + "/package")), .init())
    try result.read(["a.json"], in: Folder(scratch.path + "/one"), prefix: "one/")
    try result.read(["a.json", "b.json"], in: Folder(scratch.path + "/two"), prefix: "two/")
    result.finish()
    #expect(result.labels.count == 3 && result.agreement.agreeing == 3 && result.changes.merged == 3)
    #expect(result.findings.list.map(\.text) == [])
  }

  @Test func whatReturnsSayOtherwiseIsToldAndNotDecided() throws {
    let second = Self.coco { _, annotations in
      annotations[0]["category_id"] = 2
      annotations[1]["bbox"] = [1.0, 2.0, 10.0, 13.0]
      annotations[1]["area"] = 130.0
      annotations[2]["bbox"] = [40.0, 2.0, 10.0, 20.0]
    }
    let result = try together(Self.coco(), second)
    let agreement = result.agreement
    #expect(agreement.agreeing == 0 && agreement.differing == 1 && agreement.conflicting == 1 && agreement.alone == 2)
    let told = result.findings.list.filter { $0.code != "changed" }
    #expect(told.map(\.code) == ["conflict", "differs", "alone", "alone"])
    #expect(told.map(\.file) == ["images/cam/0.png", "images/cam/1.png", "one/labels.json", "two/labels.json"])
    #expect(result.labels.map(\.name) == ["car", "car", "car", "person", "car"])
    #expect(result.labels[3].label.attributes["conflict"] == "1")
    #expect(result.labels[1].label.box == [1, 2, 10, 20])
  }

  @Test func returnsThatAreNamedTogetherBecomeOneFolder() throws {
    for name in ["one", "two"] {
      try scratch.makeFolder(name)
      try write("\(name)/labels.json", Self.coco())
    }
    let labels = LabelImport(.init(), jobs: 1, supersedes: false, isForced: false)
    let outcome = try labels.run(
      [scratch.path + "/one", scratch.path + "/two"], export: scratch.path + "/package", to: scratch.path + "/labeled")
    #expect(outcome.record?["rows"] == 3)
    let made = try Folder(scratch.path + "/labeled")
    for number in 1...2 { #expect(try made.entry("original/\(number)/labels.json")?.kind == .file) }
  }

  @Test func aReturnBecomesAFolderOnce() throws {
    try write("back/labels.json", Self.coco())
    let labels = LabelImport(.init(), jobs: 1, supersedes: false, isForced: false)
    let (back, output) = (scratch.path + "/back", scratch.path + "/labeled")
    let outcome = try labels.run([back], export: scratch.path + "/package", to: output)
    #expect(outcome.record?["rows"] == 3 && outcome.record?["complete"] == true)
    #expect(throws: SystemError.self) { try labels.run([back], export: scratch.path + "/package", to: output) }
    let table = try SourceTable(output + "/labels.parquet").columns(["original_id", "kind", "class", "x_min"])
    #expect(table.columns[0].texts == ["1", "2", "3"] && table.columns[1].texts == ["bbox", "bbox", "bbox"])
    let made = try Folder(output)
    #expect(try made.entry("original/labels.json")?.kind == .file)
    #expect(try LabelFile(output + "/coco.json").findings.list.map(\.text) == [])
    #expect(try LabelFile(output + "/openlabel.json").findings.list.map(\.text) == [])
  }

  @Test func aLinkInAReturnIsRefused() throws {
    try write("back/labels.json", Self.coco())
    try FileManager.default.createSymbolicLink(
      at: scratch.url("back/evil"), withDestinationURL: URL(filePath: "/etc/passwd"))
    let labels = LabelImport(.init(), jobs: 1, supersedes: false, isForced: false)
    #expect(throws: SourceError.self) {
      try labels.run([scratch.path + "/back"], export: scratch.path + "/package", to: scratch.path + "/labeled")
    }
  }
}
