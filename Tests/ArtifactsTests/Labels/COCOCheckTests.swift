import Testing

@testable import Artifacts
@testable import Core

/// Each fault that a COCO file can have is found once, with the record that has it.
@Suite struct COCOCheckTests {
  static let text = #"""
    {"info": {"description": "d"}, "licenses": [{"id": 1, "name": "n", "url": ""}],
     "images": [{"id": 1, "file_name": "a/1.png", "width": 64, "height": 48, "license": 1},
                {"id": 2, "file_name": "a/2.png", "width": 8, "height": 6, "license": 1}],
     "categories": [{"id": 1, "name": "car", "supercategory": ""},
                    {"id": 2, "name": "person", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]}],
     "annotations": [
       {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "area": 200, "iscrowd": 0},
       {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 20], "area": 100, "iscrowd": 0,
        "segmentation": [[1, 2, 11, 2, 11, 22]]},
       {"id": 3, "image_id": 2, "category_id": 1, "bbox": [0, 0, 2, 6], "area": 12, "iscrowd": 1,
        "segmentation": {"size": [6, 8], "counts": [0, 12, 36]}},
       {"id": 4, "image_id": 1, "category_id": 2, "bbox": [1, 2, 10, 20], "area": 200, "iscrowd": 0,
        "keypoints": [1, 2, 2, 0, 0, 0], "num_keypoints": 1}]}
    """#

  static func findings(_ text: String, pictures: @escaping (String) -> COCOCheck.Picture = { _ in .unknown }) throws
    -> [LabelFinding]
  {
    COCOCheck.findings(in: try JSON.parse(text), picture: pictures).list
  }

  @Test func aSoundFileHasNoFindings() throws {
    #expect(try Self.findings(Self.text).isEmpty)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var code: String
    var old: String
    var new: String
    var pointer: String
    var id: String?
    var testDescription: String { "\(code) \(pointer)" }
    init(_ code: String, _ old: String, _ new: String, _ pointer: String, id: String? = nil) {
      (self.code, self.old, self.new, self.pointer, self.id) = (code, old, new, pointer, id)
    }
  }

  static let faults: [Fault] = [
    Fault("C1", #""info": {"description": "d"}, "#, "", "/info"),
    Fault("C1", #""licenses": [{"id": 1, "name": "n", "url": ""}],"#, #""licenses": {},"#, "/licenses"),
    Fault("C1", #""width": 64"#, #""width": "64""#, "/images/0/width", id: "1"),
    Fault("C2", #"{"id": 3, "image_id""#, #"{"id": 0, "image_id""#, "/annotations/2/id", id: "0"),
    Fault("C2", #"{"id": 3, "image_id""#, #"{"id": "3", "image_id""#, "/annotations/2/id", id: #""3""#),
    Fault("C2", #"{"id": 3, "image_id""#, #"{"id": 2, "image_id""#, "/annotations/2/id", id: "2"),
    Fault("C3", #"{"id": 1, "image_id": 1"#, #"{"id": 1, "image_id": 9"#, "/annotations/0/image_id", id: "1"),
    Fault("C3", #""category_id": 2"#, #""category_id": 1"#, "/annotations/3/keypoints", id: "4"),
    Fault(
      "C3", #"{"id": 1, "image_id": 1, "category_id": 1"#, #"{"id": 1, "image_id": 1, "category_id": 7"#,
      "/annotations/0/category_id", id: "1"),
    Fault("C3", #""height": 6, "license": 1"#, #""height": 6, "license": 2"#, "/images/1/license", id: "2"),
    Fault(
      "C4", #"[1, 2, 10, 20], "area": 200, "iscrowd": 0}"#, #"[1, 2, 10, 0], "area": 200, "iscrowd": 0}"#,
      "/annotations/0/bbox", id: "1"),
    Fault(
      "C4", #"[1, 2, 10, 20], "area": 200, "iscrowd": 0}"#, #"[60, 2, 10, 20], "area": 200, "iscrowd": 0}"#,
      "/annotations/0/bbox", id: "1"),
    Fault("C5", #""area": 100"#, #""area": 120"#, "/annotations/1/area", id: "2"),
    Fault("C6", "[[1, 2, 11, 2, 11, 22]]", "[1, 2, 11, 2, 11, 22]", "/annotations/1/segmentation/0", id: "2"),
    Fault("C6", "[[1, 2, 11, 2, 11, 22]]", "[]", "/annotations/1/segmentation", id: "2"),
    Fault("C6", "[0, 12, 36]", "[0, 12, 37]", "/annotations/2/segmentation", id: "3"),
    Fault("C6", #""size": [6, 8]"#, #""size": [8, 6]"#, "/annotations/2/segmentation", id: "3"),
    Fault("C7", #""area": 100, "iscrowd": 0"#, #""area": 100, "iscrowd": 1"#, "/annotations/1/iscrowd", id: "2"),
    Fault("C7", #""area": 100, "iscrowd": 0"#, #""area": 100, "iscrowd": 2"#, "/annotations/1/iscrowd", id: "2"),
    Fault("C8", #""num_keypoints": 1"#, #""num_keypoints": 2"#, "/annotations/3/num_keypoints", id: "4"),
    Fault("C8", "[1, 2, 2, 0, 0, 0]", "[1, 2, 3, 0, 0, 0]", "/annotations/3/keypoints/2", id: "4"),
    Fault("C8", "[[1, 2]]", "[[0, 1]]", "/categories/1/skeleton/0", id: "2"),
    Fault("C9", #""a/2.png""#, #""a/1.png""#, "/images/1/file_name", id: "2"),
    Fault("C9", #""a/2.png""#, #""../2.png""#, "/images/1/file_name", id: "2"),
    Fault("C10", #""name": "person""#, #""name": "car""#, "/categories/1/name", id: "2"),
  ]

  @Test(arguments: faults) func aFaultIsFoundOnceWithItsRecord(_ fault: Fault) throws {
    let text = Self.text.replacing(fault.old, with: fault.new, maxReplacements: 1)
    #expect(text != Self.text)
    let findings = try Self.findings(text)
    #expect(findings.count == 1, "\(findings.map(\.text))")
    #expect(findings.first?.pointer == fault.pointer)
    #expect(findings.first?.id == fault.id)
    // The only one that is found by its consequence.
    if fault.pointer != "/annotations/3/keypoints" { #expect(findings.first?.code == fault.code) }
  }

  @Test func aPictureThatIsMissingOrOfAnotherSizeIsNamed() throws {
    let findings = try Self.findings(Self.text) { $0 == "a/1.png" ? .missing : .size(width: 8, height: 7) }
    #expect(findings.map(\.code) == ["C9", "C9"])
    #expect(findings.map(\.file) == ["a/1.png", "a/2.png"])
  }

  @Test func resultsAreJudgedByTheImagesOfTheirFile() throws {
    let document = try JSON.parse(Self.text)
    let sound: JSON = ["image_id": 1, "category_id": 1, "bbox": [1.0, 2.0, 3.0, 4.0], "score": 0.5]
    let wrong: JSON = ["image_id": 5, "category_id": 1, "bbox": [1.0, 2.0, 3.0, 4.0], "score": 1.5]
    let findings = COCOCheck.findings(inResults: [sound, wrong], of: document)
    #expect(findings.list.map(\.pointer) == ["/1/image_id", "/1/score"])
  }

  @Test func theFirstThousandAreListedAndAllAreCounted() throws {
    var findings = LabelFindings()
    for index in 0..<1500 { findings.add(LabelFinding("C4", at: "/annotations/\(index)", "x")) }
    #expect(findings.list.count == 1000 && findings.errors == 1500 && findings.counts == ["C4": 1500])
  }
}

@Suite struct RunLengthMaskTests {
  @Test(arguments: [
    (4, 5, [20], "d0", 0), (4, 5, [0, 20], "0d0", 20), (4, 5, [0, 1, 19], "01c0", 1),
    (10, 12, [32, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 33], "P155000000000l0", 30),
  ])
  func runsAreTextAndBack(_ height: Int, _ width: Int, _ runs: [Int], _ text: String, _ area: Int) throws {
    let mask = try RunLengthMask(height: height, width: width, runs: runs)
    #expect(mask.compressed == text && mask.area == area)
    #expect(try RunLengthMask(height: height, width: width, compressed: text) == mask)
  }

  @Test(arguments: ["", "d", "d0d0", "zz", "0d0 ", "\u{7f}", String(repeating: "o", count: 40)])
  func textThatIsNoMaskIsRefused(_ text: String) {
    #expect(throws: RunLengthMask.Failure.self) { try RunLengthMask(height: 4, width: 5, compressed: text) }
  }

  @Test func polygonsAreDrawnAsTheReferenceDoes() throws {
    // Areas and boxes that pycocotools 2.0.11 gives.
    let triangle = try RunLengthMask(polygon: [10, 10, 60, 12, 30, 70], height: 100, width: 100)
    #expect(triangle.area == 1468 && triangle.box == [10, 10, 50, 59])
    let two = try RunLengthMask(
      polygons: [[1, 1, 10, 1, 10, 10, 1, 10], [20, 20, 40, 20, 40, 40]], height: 50, width: 50)
    #expect(two.area == 271 && two.box == [1, 1, 39, 38])
  }

  @Test func whatCannotBeDrawnIsRefused() {
    for polygon in [[1, 2, 3], [.nan, 0, 1, 1, 2, 2], [1e12, 0, 1, 1, 2, 2], []] as [[Double]] {
      #expect(throws: RunLengthMask.Failure.self) { try RunLengthMask(polygon: polygon, height: 9, width: 9) }
    }
    #expect(throws: RunLengthMask.Failure.self) { try RunLengthMask(height: 0, width: 9, runs: []) }
    #expect(throws: RunLengthMask.Failure.self) { try RunLengthMask(height: 2, width: 2, runs: [.max, .max]) }
  }
}
