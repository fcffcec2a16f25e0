import Testing

@testable import Artifacts
@testable import Core

/// Each fault that an OpenLABEL file can have is found once, with the element that has it.
@Suite struct OpenLABELCheckTests {
  static let text = #"""
    {"openlabel": {
      "metadata": {"schema_version": "1.0.0"},
      "ontologies": {"0": {"uri": "urn:x", "boundary_list": ["car", "rain", "turn", "isSubjectOfAction"], "boundary_mode": "include"}},
      "coordinate_systems": {
        "odom": {"type": "scene_cs", "parent": "", "children": ["vehicle"]},
        "vehicle": {"type": "local_cs", "parent": "odom", "children": ["cam"]},
        "cam": {"type": "sensor_cs", "parent": "vehicle", "children": [],
                "pose_wrt_parent": {"quaternion": [-0.5, 0.5, -0.5, 0.5], "translation": [1, 0, 1]}}},
      "streams": {"cam": {"type": "camera", "stream_properties": {"intrinsics_pinhole": {
        "camera_matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], "distortion_coeffs": [0, 0, 0, 0, 0], "width_px": 64, "height_px": 48}}}},
      "objects": {"1": {"name": "a", "type": "car", "ontology_uid": "0", "frame_intervals": [{"frame_start": 0, "frame_end": 1}],
        "object_data_pointers": {"shape": {"type": "bbox", "frame_intervals": [{"frame_start": 0, "frame_end": 1}],
          "attribute_pointers": {"occluded": "boolean"}}}}},
      "actions": {"0": {"name": "t", "type": "turn", "ontology_uid": "0", "frame_intervals": [{"frame_start": 0, "frame_end": 1}]}},
      "relations": {"0": {"name": "r", "type": "isSubjectOfAction", "ontology_uid": "0",
        "rdf_subjects": [{"uid": "1", "type": "object"}], "rdf_objects": [{"uid": "0", "type": "action"}]}},
      "tags": {"0": {"type": "rain", "ontology_uid": "0"}},
      "frame_intervals": [{"frame_start": 0, "frame_end": 1}],
      "frames": {
        "0": {"frame_properties": {"timestamp": "2024-01-01T00:00:00.000000000Z",
                "streams": {"cam": {"stream_properties": {"sync": {"frame_stream": 5}}}}},
              "objects": {"1": {"object_data": {
                "bbox": [{"name": "shape", "val": [20, 20, 10, 10], "coordinate_system": "cam",
                          "attributes": {"boolean": [{"name": "occluded", "val": true}]}}],
                "poly2d": [{"name": "line", "val": [1, 2, 3, 4, 5, 7], "mode": "MODE_POLY2D_ABSOLUTE", "closed": true}],
                "cuboid": [{"name": "solid", "val": [1, 2, 3, 0, 0, 0, 1, 4, 2, 1]}]}}}},
        "1": {"frame_properties": {"timestamp": "2024-01-01T00:00:01.000000000Z",
                "streams": {"cam": {"stream_properties": {"sync": {"frame_stream": 6}}}}},
              "objects": {"1": {"object_data": {"bbox": [{"name": "shape", "val": [21, 20, 10, 10], "coordinate_system": "cam"}]}}}}}}}
    """#

  @Test func aSoundFileHasNoFindings() throws {
    #expect(OpenLABELCheck.findings(in: try JSON.parse(Self.text)).list.map(\.text) == [])
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var code: String
    var old: String
    var new: String
    var pointer: String
    var testDescription: String { "\(code) \(pointer)" }
    init(_ code: String, _ old: String, _ new: String, _ pointer: String) {
      (self.code, self.old, self.new, self.pointer) = (code, old, new, "/openlabel" + pointer)
    }
  }

  private static let object = "/frames/0/objects/1/object_data"

  static let faults: [Fault] = [
    Fault(
      "O1", #""type": "car", "ontology_uid": "0""#, #""type": "car", "ontology_uid": "3""#, "/objects/1/ontology_uid"),
    Fault(
      "O2", #""1": {"object_data": {"bbox": [{"name": "shape", "val": [21"#,
      #""8": {}, "1": {"object_data": {"bbox": [{"name": "shape", "val": [21"#, "/frames/1/objects/8"),
    Fault(
      "O3", #""turn", "ontology_uid": "0", "frame_intervals": [{"frame_start": 0, "frame_end": 1}]"#,
      #""turn", "ontology_uid": "0", "frame_intervals": [{"frame_start": 1, "frame_end": 0}]"#,
      "/actions/0/frame_intervals/0"),
    Fault("O4", "MODE_POLY2D_ABSOLUTE", "MODE_POLY2D_ROUND", "\(object)/poly2d/0/mode"),
    Fault("O4", "[1, 2, 3, 4, 5, 7]", "[1, 2, 3, 4, 5]", "\(object)/poly2d/0/val"),
    Fault("O4", "[1, 2, 3, 4, 5, 7]", "[1, 2, 3, 4]", "\(object)/poly2d/0"),
    Fault(
      "O5", #"[21, 20, 10, 10], "coordinate_system": "cam""#, #"[21, 20, 10, 10], "coordinate_system": "top""#,
      "/frames/1/objects/1/object_data/bbox/0/coordinate_system"),
    Fault(
      "O6", #""frame_intervals": [{"frame_start": 0, "frame_end": 1}],\#n  "frames""#,
      #""frame_intervals": [{"frame_start": 0, "frame_end": 2}],\#n  "frames""#, "/frame_intervals"),
    Fault(
      "O7", "[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]", "[1, 0, 0, 0, 1, 0, 0, 0, 1]",
      "/streams/cam/stream_properties/intrinsics_pinhole/camera_matrix"),
    Fault(
      "O8", #""car", "ontology_uid": "0", "frame_intervals": [{"frame_start": 0, "frame_end": 1}]"#,
      #""car", "ontology_uid": "0", "frame_intervals": [{"frame_start": 0, "frame_end": 0}]"#,
      "/objects/1/frame_intervals"),
    Fault("O9", #""shape": {"type": "bbox""#, #""form": {"type": "bbox""#, "/objects/1/object_data_pointers/form"),
    Fault(
      "O9", #""occluded": "boolean""#, #""occluded": "num""#,
      "/objects/1/object_data_pointers/shape/attribute_pointers/occluded"),
    Fault("O10", "[1, 2, 3, 0, 0, 0, 1, 4, 2, 1]", "null", "\(object)/cuboid/0/val"),
    Fault("O10", "[1, 2, 3, 0, 0, 0, 1, 4, 2, 1]", "[1, 2, 3, 0, 0, 0, 1, 4, 2, 0]", "\(object)/cuboid/0/val"),
    Fault("O11", "[1, 2, 3, 0, 0, 0, 1, 4, 2, 1]", "[1, 2, 3, 1, 0, 0, 1, 4, 2, 1]", "\(object)/cuboid/0/val"),
    Fault("O11", "[-0.5, 0.5, -0.5, 0.5]", "[0, 0.5, -0.5, 0.5]", "/coordinate_systems/cam/pose_wrt_parent/quaternion"),
    Fault(
      "O12", #""frame_stream": 6"#, #""frame_stream": 4"#,
      "/frames/1/frame_properties/streams/cam/stream_properties/sync/frame_stream"),
    Fault("O12", "00:00:01.0", "00:00:00.0", "/frames/1/frame_properties/timestamp"),
    Fault(
      "O13", #"[{"uid": "1", "type": "object"}]"#, #"[{"uid": "2", "type": "object"}]"#, "/relations/0/rdf_subjects/0"),
    Fault(
      "O14", #""parent": "odom", "children": ["cam"]"#, #""parent": "odom", "children": []"#,
      "/coordinate_systems/vehicle/children"),
    Fault("O14", #""type": "local_cs""#, #""type": "odd_cs""#, "/coordinate_systems/vehicle/type"),
    Fault("O15", #"{"type": "rain", "ontology_uid": "0"}"#, #"{"type": "rain"}"#, "/tags/0"),
    Fault("O16", #""name": "t", "type": "turn""#, #""name": "t", "type": "stop""#, "/actions/0/type"),
    Fault("O17", "[21, 20, 10, 10]", "[62, 20, 10, 10]", "/frames/1/objects/1/object_data/bbox/0/val"),
    Fault(
      "O18", #""cuboid": [{"#, #""cuboid": [{"name": "solid", "val": [1, 2, 3, 0, 0, 0, 1, 4, 2, 1]}, {"#,
      "\(object)/cuboid/1"),
    Fault("O19", #""actions": {"0": {"#, #""actions": {"0": {"name": "", "type": "turn"}, "007": {"#, "/actions/007"),
    Fault("O20", #""metadata": {"schema_version": "1.0.0"},"#, "", ""),
    Fault("O20", #""tags""#, #""tag""#, "/tag"),
    Fault("O20", #"{"name": "t", "type": "turn""#, #"{"nam": "t", "name": "t", "type": "turn""#, "/actions/0/nam"),
  ]

  @Test(arguments: faults) func aFaultIsFoundOnceWithItsElement(_ fault: Fault) throws {
    let text = Self.text.replacing(fault.old, with: fault.new, maxReplacements: 1)
    #expect(text != Self.text)
    let findings = OpenLABELCheck.findings(in: try JSON.parse(text)).list
    #expect(findings.count == 1, "\(findings.map(\.text))")
    #expect(findings.first?.code == fault.code)
    #expect(findings.first?.pointer == fault.pointer)
  }

  @Test func labelsGoThroughBothFormatsUnchanged() throws {
    let document = try JSON.parse(COCOCheckTests.text)
    let there = MemoryOutput(), back = MemoryOutput()
    try COCO.labels(document).writeOpenLABEL(to: there)
    let middle = try JSON.parse(there.bytes)
    #expect(OpenLABELCheck.findings(in: middle).list.map(\.text) == [])
    let (set, left) = try OpenLABELReader.labels(middle)
    #expect(left.isEmpty)
    _ = try set.writeCOCO(to: back)
    #expect(try JSON.parse(back.bytes).canonical == document.canonical)
  }
}
