import Core

/// Objects, actions, events and contexts, and the data they have.
extension OpenLABELCheck {
  mutating func checkElements(_ kind: Kind) {
    for (uid, element, place) in objects(root[kind.rawValue], "/\(kind.rawValue)") {
      checkUID(uid, place)
      var allowed: Set = ["ontology_uid", "resource_uid", "frame_intervals", "\(kind.singular)_data"]
      allowed.insert("\(kind.singular)_data_pointers")
      if kind == .objects { allowed.insert("coordinate_system") }
      checkMembers(element, place, id: uid, required: ["name", "type"], allowed: allowed)
      checkOntology(element, place, id: uid)
      checkSystem(element["coordinate_system"], place, id: uid)
      var known = Element(
        type: element["type"]?.string ?? "",
        intervals: intervals(element["frame_intervals"], "\(place)/frame_intervals", id: uid))
      if let data = element["\(kind.singular)_data"] {
        checkData(data, kind, "\(place)/\(kind.singular)_data", id: uid, frame: nil, &known)
      }
      elements[kind, default: [:]][uid] = known
    }
  }

  private mutating func checkSystem(_ json: JSON?, _ place: String, id: String) {
    guard let json else { return }
    if !systems.contains(json.string ?? "") {
      add("O5", "\(place)/coordinate_system", id: id, "coordinate system \(json.text) is not declared")
    }
  }

  private static let plain: Set = ["boolean", "num", "text", "vec"]
  private static let shapes: Set = [
    "bbox", "rbbox", "cuboid", "poly2d", "poly3d", "point2d", "point3d", "mat", "binary", "image", "mesh",
    "line_reference", "area_reference",
  ]

  /// Data of an element, at the top or in a frame.
  mutating func checkData(
    _ json: JSON, _ kind: Kind, _ place: String, id: String, frame: Int?, _ element: inout Element
  ) {
    guard let data = json.object else { return add("O20", place, id: id, "wanted an object, found \(json.kind)") }
    let allowed = kind == .objects ? Self.plain.union(Self.shapes) : Self.plain
    for member in data.members {
      let list = "\(place)/\(Self.part(member.key))"
      guard allowed.contains(member.key) else {
        add("O20", list, id: id, "is no kind of data of \(kind.rawValue)")
        continue
      }
      guard let values = member.value.array else {
        add("O20", list, id: id, "wanted a list, found \(member.value.kind)")
        continue
      }
      var names: Set<String> = []
      for (index, value) in values.enumerated() {
        let own = "\(list)/\(index)"
        guard let object = value.object else {
          add("O20", own, id: id, "wanted an object, found \(value.kind)")
          continue
        }
        let name = object["name"]?.string
        if let name {
          if !names.insert(name).inserted { add("O18", own, id: id, "a second \(member.key) '\(name.shown)'") }
        } else if member.key != "vec" || object["name"] != nil {
          add("O20", own, id: id, "has no name")
        }
        if object["val"] == nil, member.key != "mesh" { add("O20", own, id: id, "has no val") }
        checkValue(object, member.key, own, id: id)
        let attributes = checkAttributes(object["attributes"], "\(own)/attributes", id: id)
        if let name {
          element.data[name, default: []].append(Datum(type: member.key, frame: frame, attributes: attributes))
        }
      }
    }
  }

  private mutating func checkAttributes(_ json: JSON?, _ place: String, id: String) -> [String: String] {
    var kinds: [String: String] = [:]
    for member in json?.object?.members ?? [] {
      guard Self.plain.contains(member.key), let list = member.value.array else {
        add("O20", "\(place)/\(Self.part(member.key))", id: id, "wanted lists boolean, num, text or vec")
        continue
      }
      for (index, value) in list.enumerated() {
        guard let name = value["name"]?.string, value["val"] != nil else {
          add("O20", "\(place)/\(member.key)/\(index)", id: id, "has no name or no val")
          continue
        }
        kinds[name] = member.key
      }
    }
    return kinds
  }

  /// O4, O5, O10, O11 and O17 of one value.
  private mutating func checkValue(_ object: JSONObject, _ type: String, _ place: String, id: String) {
    if Self.shapes.contains(type) { checkSystem(object["coordinate_system"], place, id: id) }
    guard let value = object["val"] else { return }
    let numbers = value.numbers
    switch type {
    case "bbox", "rbbox":
      let wanted = type == "bbox" ? 4 : 5
      guard let numbers, numbers.count == wanted else {
        return add("O20", "\(place)/val", id: id, "wanted \(wanted) numbers, found \(value.text.prefix(80))")
      }
      guard type == "bbox" else { return }
      let size = streams[object["coordinate_system"]?.string ?? ""]?.size
      let (right, bottom) = (numbers[0] + numbers[2] / 2, numbers[1] + numbers[3] / 2)
      if !(numbers[2] > 0 && numbers[3] > 0) {
        add("O17", "\(place)/val", id: id, "a box of \(numbers[2]) × \(numbers[3])", .warning)
      } else if let size,
        right - numbers[2] < -1 || bottom - numbers[3] < -1 || right > size.width + 1 || bottom > size.height + 1
      {
        add("O17", "\(place)/val", id: id, "\(value.text) leaves the image of \(size.width) × \(size.height)", .warning)
      }
    case "cuboid":
      guard let numbers, [9, 10].contains(numbers.count), numbers.allSatisfy(\.isFinite) else {
        return add("O10", "\(place)/val", id: id, "wanted 10 or 9 numbers, found \(value.text.prefix(80))")
      }
      if numbers.suffix(3).contains(where: { !($0 > 0) }) {
        add("O10", "\(place)/val", id: id, "a size of \(JSON.numbers(Array(numbers.suffix(3))).text)")
      }
      if numbers.count == 10 { checkQuaternion(Array(numbers[3..<7]), "\(place)/val", id: id) }
    case "poly2d": checkPolygon(object, place, id: id)
    case "poly3d":
      guard let numbers, numbers.count.isMultiple(of: 3) else {
        return add("O4", "\(place)/val", id: id, "wanted three numbers a point, found \(value.array?.count ?? 0)")
      }
      if object["closed"]?.bool == true, numbers.count < 9 {
        add("O4", place, id: id, "closed, with \(numbers.count / 3) points")
      }
    default: break
    }
  }

  private mutating func checkPolygon(_ object: JSONObject, _ place: String, id: String) {
    guard checkMembers(object, place, id: id, required: ["mode", "closed"]) else { return }
    let mode = object["mode"]?.string ?? object["mode"]?.text ?? ""
    guard mode == "MODE_POLY2D_ABSOLUTE" else {
      if !["MODE_POLY2D_SRF6DCC", "MODE_POLY2D_RS6FCC", "MODE_POLY2D_RELATIVE"].contains(mode) {
        add("O4", "\(place)/mode", id: id, "mode '\(mode.shown)' is not known")
      }
      return
    }
    guard let numbers = object["val"]?.numbers, numbers.count.isMultiple(of: 2) else {
      return add("O4", "\(place)/val", id: id, "wanted two numbers a point, found \(object["val"]?.array?.count ?? 0)")
    }
    if object["closed"]?.bool == true, numbers.count < 6 {
      add("O4", place, id: id, "closed, with \(numbers.count / 2) points")
    }
  }
}
