import Core

/// The sections beside elements and frames.
extension OpenLABELCheck {
  mutating func checkMetadata() {
    guard let json = root["metadata"] else { return }
    guard let metadata = json.object else { return add("O20", "/metadata", "wanted an object, found \(json.kind)") }
    guard checkMembers(metadata, "/metadata", required: ["schema_version"]) else { return }
    if metadata["schema_version"] != "1.0.0" {
      add("O20", "/metadata/schema_version", "wanted \"1.0.0\", found \(metadata["schema_version"]?.text ?? "")")
    }
  }

  mutating func checkOntologies() {
    for member in root["ontologies"]?.object?.members ?? [] {
      let place = "/ontologies/\(Self.part(member.key))"
      checkUID(member.key, place)
      var boundary = Boundary(types: [], isExclusive: false)
      if let object = member.value.object {
        checkMembers(object, place, required: ["uri"])
        boundary.types = Set(object["boundary_list"]?.array?.compactMap(\.string) ?? [])
        switch object["boundary_mode"]?.string {
        case "include"?: break
        case "exclude"?: boundary.isExclusive = true
        default:
          if object["boundary_list"] != nil { add("O20", place, "has a boundary_list without include or exclude") }
        }
      } else if member.value.string == nil {
        add("O20", place, "wanted a text or an object, found \(member.value.kind)")
      }
      ontologies[member.key] = boundary
    }
    for member in root["resources"]?.object?.members ?? [] {
      let place = "/resources/\(Self.part(member.key))"
      checkUID(member.key, place)
      if member.value.string == nil { add("O20", place, "wanted a text, found \(member.value.kind)") }
      resources.insert(member.key)
    }
  }

  mutating func checkSystems() {
    let list = objects(root["coordinate_systems"], "/coordinate_systems")
    systems = Set(list.map(\.key))
    var parents: [String: String] = [:], children: [String: [String]] = [:], roots: [String] = []
    for (name, system, place) in list
    where checkMembers(
      system, place, required: ["type", "parent"], allowed: ["children", "pose_wrt_parent", "uid"])
    {
      if !["scene_cs", "local_cs", "sensor_cs", "custom_cs", "geo"].contains(system["type"]?.string ?? "") {
        add(
          "O14", "\(place)/type",
          "type \(system["type"]?.text ?? "") is none of scene_cs, local_cs, sensor_cs, custom_cs")
      }
      let parent = system["parent"]?.string ?? ""
      parents[name] = parent
      if parent.isEmpty {
        roots.append(name)
      } else if !systems.contains(parent) {
        add("O14", "\(place)/parent", "coordinate system '\(parent.shown)' is not declared")
      }
      if let list = system["children"]?.array { children[name] = list.compactMap(\.string) }
      if let pose = system["pose_wrt_parent"] { checkPose(pose, "\(place)/pose_wrt_parent") }
    }
    if roots.count != 1, !list.isEmpty, list.count == parents.count, !hasCycle(parents) {
      add(
        "O14", "/coordinate_systems", "wanted one root, found \(roots.count): \(roots.sorted().joined(separator: ", "))"
      )
    }
    for name in parents.keys.sorted() {
      guard let listed = children[name] else { continue }
      let own = Set(parents.filter { $0.value == name }.keys)
      if Set(listed) != own {
        add(
          "O14", "/coordinate_systems/\(Self.part(name))/children",
          "lists \(listed.sorted().joined(separator: ", ")), and it is the parent of \(own.sorted().joined(separator: ", "))"
        )
      }
    }
    if hasCycle(parents) { add("O14", "/coordinate_systems", "parents go round in a circle") }
  }

  private func hasCycle(_ parents: [String: String]) -> Bool {
    parents.keys.contains { name in
      var place = name, steps = 0
      while let parent = parents[place], !parent.isEmpty, steps <= parents.count {
        (place, steps) = (parent, steps + 1)
      }
      return steps > parents.count
    }
  }

  /// One form: a matrix, a quaternion, or angles.
  mutating func checkPose(_ json: JSON, _ place: String) {
    guard let pose = json.object else { return add("O20", place, "wanted an object, found \(json.kind)") }
    let forms = ["matrix4x4", "quaternion", "euler_angles"].filter { pose[$0] != nil }
    guard forms.count == 1, let form = forms.first else {
      return add("O20", place, "wanted one of matrix4x4, quaternion or euler_angles, found \(forms.count)")
    }
    let wanted = ["matrix4x4": 16, "quaternion": 4, "euler_angles": 3][form] ?? 0
    guard let numbers = pose[form]?.numbers, numbers.count == wanted else {
      return add("O20", "\(place)/\(form)", "wanted \(wanted) numbers, found \(pose[form]?.text.prefix(80) ?? "")")
    }
    if form != "matrix4x4", pose["translation"]?.numbers?.count != 3 {
      add("O20", "\(place)/translation", "wanted 3 numbers, found \(pose["translation"]?.text.prefix(80) ?? "none")")
    }
    if form == "quaternion" { checkQuaternion(numbers, "\(place)/quaternion") }
  }

  mutating func checkStreams() {
    for (name, stream, place) in objects(root["streams"], "/streams") {
      checkMembers(
        stream, place, allowed: ["type", "uri", "description", "stream_properties"])
      if let type = stream["type"], !["camera", "lidar", "radar", "gps_imu", "other"].contains(type.string ?? "") {
        add("O20", "\(place)/type", "type \(type.text) is none of camera, lidar, radar, gps_imu, other")
      }
      streams[name] = Stream()
      guard let properties = stream["stream_properties"]?.object else { continue }
      checkIntrinsics(properties, name, "\(place)/stream_properties")
    }
  }

  /// O7.
  private mutating func checkIntrinsics(_ properties: JSONObject, _ name: String, _ place: String) {
    let counts: [(form: String, lists: [(String, ClosedRange<Int>)])] = [
      ("intrinsics_pinhole", [("camera_matrix", 12...12), ("distortion_coeffs", 5...14)]),
      ("intrinsics_fisheye", [("lens_coeffs", 4...5)]),
    ]
    for (form, lists) in counts {
      guard let intrinsics = properties[form] else { continue }
      for (key, range) in lists {
        guard let value = intrinsics[key] else { continue }
        let count = value.numbers?.count ?? 0
        if !range.contains(count) || value.numbers?.allSatisfy(\.isFinite) != true {
          let wanted = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
          add("O7", "\(place)/\(form)/\(key)", "wanted \(wanted) numbers, found \(count)")
        }
      }
      let (width, height) = (intrinsics["width_px"]?.number, intrinsics["height_px"]?.number)
      if let width, let height, width > 0, height > 0 {
        streams[name]?.size = (width, height)
      } else if width.map({ !($0 > 0) }) ?? false || height.map({ !($0 > 0) }) ?? false {
        add("O7", "\(place)/\(form)", "an image of \(width ?? 0) × \(height ?? 0) pixels")
      }
    }
  }

  mutating func checkTags() {
    for (uid, tag, place) in objects(root["tags"], "/tags") {
      checkUID(uid, place)
      // Which ontology is missing is told by O15, not by the structure.
      checkMembers(tag, place, id: uid, required: ["type"])
      guard tag["ontology_uid"] != nil else {
        add("O15", place, id: uid, "has no ontology_uid")
        continue
      }
      checkOntology(tag, place, id: uid, code: "O15")
    }
  }

  mutating func checkRelations() {
    for (uid, relation, place) in objects(root["relations"], "/relations") {
      checkUID(uid, place)
      checkMembers(
        relation, place, id: uid, required: ["name", "type", "rdf_subjects", "rdf_objects"],
        allowed: ["ontology_uid", "resource_uid", "frame_intervals"])
      checkOntology(relation, place, id: uid)
      for key in ["rdf_subjects", "rdf_objects"] {
        for (index, end) in (relation[key]?.array ?? []).enumerated() {
          let own = "\(place)/\(key)/\(index)", name = end["uid"]?.string ?? end["uid"]?.text ?? "none"
          guard
            let kind = Kind.allCases.first(where: {
              $0.singular == end["type"]?.string || $0.rawValue == end["type"]?.string
            })
          else {
            add(
              "O20", own, id: uid,
              "wanted a uid and the type object, action, event or context, found \(end.text.prefix(80))")
            continue
          }
          if elements[kind]?[name] == nil {
            add("O13", own, id: uid, "\(kind.singular) '\(name.shown)' is not declared")
          }
        }
      }
      relations[uid] = Element(
        type: relation["type"]?.string ?? "",
        intervals: intervals(relation["frame_intervals"], "\(place)/frame_intervals", id: uid))
    }
  }
}
