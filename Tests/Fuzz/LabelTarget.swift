import Artifacts
import Core
import Pipeline

extension FuzzTarget {
  /// The input is a COCO file: what it may say of itself is true of what is read, and it goes to OpenLABEL and back.
  static let coco = FuzzTarget(name: "coco", run: readCOCO) {
    [
      (
        "box",
        #"{"info":{},"licenses":[{"id":1}],"images":[{"id":1,"file_name":"a","width":9,"height":9,"license":1}],"#
          + #""annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0}],"#
          + #""categories":[{"id":1,"name":"c"}]}"#
      ),
      (
        "shapes",
        #"{"info":{},"licenses":[],"images":[{"id":1,"file_name":"a","width":5,"height":4}],"annotations":["#
          + #"{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,5,4],"area":20,"iscrowd":1,"segmentation":{"size":[4,5],"counts":"0d0"}},"#
          + #"{"id":2,"image_id":1,"category_id":1,"bbox":[0,0,5,4],"area":20,"iscrowd":1,"segmentation":{"size":[4,5],"counts":[0,20]}},"#
          + #"{"id":3,"image_id":1,"category_id":1,"bbox":[0,0,3,3],"area":4.5,"iscrowd":0,"segmentation":[[0,0,3,0,3,3]],"#
          + #""keypoints":[1,2,2],"num_keypoints":1,"attributes":{"track_id":7,"a":[null]}}],"#
          + #""categories":[{"id":1,"name":"c","keypoints":["n"],"skeleton":[[1,1]]}]}"#
      ),
      ("results", #"[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":0.5}]"#),
    ].map { ($0, Array($1.utf8)) }
  }

  /// The input is an OpenLABEL file: judged, read, and written as both formats.
  static let openLABEL = FuzzTarget(name: "openlabel", run: readOpenLABEL) {
    [
      (
        "box",
        #"{"openlabel":{"metadata":{"schema_version":"1.0.0"},"coordinate_systems":{"c":{"type":"sensor_cs","parent":""}},"#
          + #""streams":{"c":{"type":"camera","stream_properties":{"intrinsics_pinhole":{"width_px":9,"height_px":9}}}},"#
          + #""objects":{"1":{"name":"","type":"car","frame_intervals":[{"frame_start":0,"frame_end":0}],"#
          + #""object_data_pointers":{"s":{"type":"bbox","frame_intervals":[{"frame_start":0,"frame_end":0}]}}}},"#
          + #""frame_intervals":[{"frame_start":0,"frame_end":0}],"frames":{"0":{"frame_properties":{"timestamp":"2024-01-01T00:00:00Z","#
          + #""streams":{"c":{"uri":"a.png"}}},"objects":{"1":{"object_data":{"bbox":[{"name":"s","val":[3,3,2,2],"coordinate_system":"c"}],"#
          + #""poly2d":[{"name":"s/0","val":[1,2,3,4,5,6],"mode":"MODE_POLY2D_ABSOLUTE","closed":true,"coordinate_system":"c"}],"#
          + #""binary":[{"name":"s","val":"0d0","encoding":"coco-rle","data_type":"mask","coordinate_system":"c","avtools":{"size":[4,5]}}],"#
          + #""point2d":[{"name":"s/n","val":[1,2],"coordinate_system":"c"}],"cuboid":[{"name":"k","val":[1,2,3,0,0,0,1,1,1,1]}]}}}}}}}"#
      ),
      (
        "sections",
        #"{"openlabel":{"metadata":{"schema_version":"1.0.0"},"ontologies":{"0":{"uri":"u","boundary_list":["a"],"boundary_mode":"exclude"}},"#
          + #""actions":{"0":{"name":"","type":"b","ontology_uid":"0"}},"tags":{"0":{"type":"b","ontology_uid":"0"}},"#
          + #""relations":{"0":{"name":"","type":"r","rdf_subjects":[{"uid":"0","type":"action"}],"rdf_objects":[]}}}}"#
      ),
    ].map { ($0, Array($1.utf8)) }
  }
}

private func readCOCO(_ bytes: [UInt8]) throws {
  let file = try LabelFile("fuzz.json", bytes, folder: nil)
  must(file.findings.list.count <= LabelFindings.most, "more findings than are listed")
  // OpenLABEL is deeper than COCO, and texts have a greatest depth.
  guard file.form == .coco, file.findings.errors == 0, (try? JSON.parse(bytes, limits: JSON.Limits(depth: 40))) != nil
  else { return }
  // What has no errors is written as both, and is still sound.
  let (there, again) = (MemoryOutput(), MemoryOutput())
  _ = try file.convert(to: .openlabel, there)
  let middle = try LabelFile("middle.json", there.bytes, folder: nil)
  must(middle.form == .openlabel, "not OpenLABEL")
  let wrong = middle.findings.list.first { $0.severity == .error }
  must(wrong == nil, "what was written has an error: \(wrong?.text ?? "")")
  _ = try middle.convert(to: .coco, again)
  let back = try LabelFile("back.json", again.bytes, folder: nil)
  must(back.findings.errors == 0, "what came back has an error: \(back.findings.list.first?.text ?? "")")
}

private func readOpenLABEL(_ bytes: [UInt8]) throws {
  let file = try LabelFile("fuzz.json", bytes, folder: nil)
  must(file.findings.list.count <= LabelFindings.most, "more findings than are listed")
  guard file.form == .openlabel, file.findings.errors == 0 else { return }
  _ = try file.convert(to: .coco, MemoryOutput())
}
