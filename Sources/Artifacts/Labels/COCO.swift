package import Core

/// COCO 1.0 instances: `{info, licenses, images, annotations, categories}` (labels.md 2).
///
/// Images, then annotations, then categories are written as they come, so that memory is one of them.
package struct COCOWriter {
  private let output: any ByteOutput
  private var buffer: [UInt8] = []
  private var section = Section.images
  private var isFirst = true

  private enum Section { case images, annotations }

  package init(to output: any ByteOutput, info: JSONObject, licenses: [JSON]) throws {
    self.output = output
    buffer += Array(#"{"info":"#.utf8)
    JSON.object(info).append(to: &buffer)
    buffer += Array(#","licenses":"#.utf8)
    JSON.array(licenses).append(to: &buffer)
    buffer += Array(#","images":["#.utf8)
  }

  package static let ownLicense: JSON = ["id": 1, "name": "proprietary", "url": ""]

  package mutating func write(_ item: LabelItem) throws {
    precondition(section == .images, "images come first")
    try append(COCO.json(item))
  }

  /// Ids of `label`'s item and category.
  package mutating func write(_ label: Label, image: Int, category: Int) throws {
    try beginAnnotations()
    try append(COCO.json(label, image: image, category: category))
  }

  package mutating func finish(_ categories: [LabelCategory], extra: JSONObject = [:]) throws {
    try beginAnnotations()
    buffer += Array(#"],"categories":"#.utf8)
    JSON.array(categories.map(\.json)).append(to: &buffer)
    for member in extra.members {
      buffer.append(UInt8(ascii: ","))
      buffer.appendJSON(member.key)
      buffer.append(UInt8(ascii: ":"))
      member.value.append(to: &buffer)
    }
    buffer += Array("}\n".utf8)
    try output.write(buffer)
    buffer = []
  }

  private mutating func beginAnnotations() throws {
    guard section == .images else { return }
    (section, isFirst) = (.annotations, true)
    buffer += Array(#"],"annotations":["#.utf8)
  }

  private mutating func append(_ json: JSON) throws {
    if !isFirst { buffer.append(UInt8(ascii: ",")) }
    isFirst = false
    buffer.append(UInt8(ascii: "\n"))
    json.append(to: &buffer)
    guard buffer.count > 1 << 16 else { return }
    try output.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }
}

/// COCO files read, and their objects as JSON.
package enum COCO {
  static func json(_ item: LabelItem) -> JSON {
    .object(
      JSONObject(
        [
          .init(key: "id", value: .count(item.id)), .init(key: "file_name", value: .string(item.file)),
          .init(key: "width", value: .count(item.width)), .init(key: "height", value: .count(item.height)),
        ] + item.extra.members))
  }

  static func json(_ label: Label, image: Int, category: Int) -> JSON {
    var members: [JSONObject.Member] = [
      .init(key: "id", value: .count(label.id)), .init(key: "image_id", value: .count(image)),
      .init(key: "category_id", value: .count(category)),
    ]
    if let box = label.box { members.append(.init(key: "bbox", value: .numbers(box))) }
    members += label.extra.members
    if let segmentation = label.segmentation {
      members.append(.init(key: "segmentation", value: json(segmentation)))
    }
    if let keypoints = label.keypoints { members.append(.init(key: "keypoints", value: .numbers(keypoints))) }
    if !label.attributes.members.isEmpty { members.append(.init(key: "attributes", value: .object(label.attributes))) }
    return .object(JSONObject(members))
  }

  static func json(_ segmentation: Label.Segmentation) -> JSON {
    switch segmentation {
    case .polygons(let parts): return .array(parts.map { .numbers($0) })
    case .mask(let mask, let isText):
      let counts: JSON = isText ? .string(mask.compressed) : .array(mask.runs.map { .count($0) })
      return ["size": [.count(mask.height), .count(mask.width)], "counts": counts]
    }
  }

  /// Why a file cannot be read as labels; `COCOCheck` says more.
  package struct Failure: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
  }

  private static let handledImage: Set = ["id", "file_name", "width", "height"]
  private static let handledAnnotation: Set = ["id", "image_id", "category_id", "bbox"]

  /// A document that has no errors of structure; `COCOCheck` tells them.
  package static func labels(_ json: JSON) throws(Failure) -> LabelSet {
    var set = LabelSet()
    guard let root = json.object else { throw Failure("wanted an object") }
    for member in root.members {
      switch member.key {
      case "info": set.info = member.value.object ?? [:]
      case "licenses": set.licenses = member.value.array ?? []
      case "images", "annotations", "categories": break
      default: set.extra[member.key] = member.value
      }
    }
    set.export = set.info["avtools"]?.object ?? [:]
    var categories: [Int: Int] = [:], images: [Int: Int] = [:]
    for category in json["categories"]?.array ?? [] {
      guard let id = category["id"]?.whole, let name = category["name"]?.string else {
        throw Failure("a category has no id or no name")
      }
      categories[id] = set.categories.count
      set.categories.append(
        LabelCategory(id: id, name: name, extra: rest(category.object, without: ["id", "name"])))
    }
    for image in json["images"]?.array ?? [] {
      guard let id = image["id"]?.whole, let file = image["file_name"]?.string else {
        throw Failure("an image has no id or no file_name")
      }
      images[id] = set.items.count
      set.items.append(item(image, id, file))
    }
    // Without samples, or with two pictures of one stream in one, the place in the list is the frame.
    if Set(set.items.map { "\($0.frame)/\($0.stream)" }).count < set.items.count
      || set.items.contains(where: { $0.frame < 0 })
    {
      for index in set.items.indices { (set.items[index].frame, set.items[index].stream) = (index, "images") }
    }
    for annotation in json["annotations"]?.array ?? [] {
      guard let id = annotation["id"]?.whole, let item = annotation["image_id"]?.whole.flatMap({ images[$0] }),
        let category = annotation["category_id"]?.whole.flatMap({ categories[$0] })
      else { throw Failure("an annotation has no id, or its image or category is not there") }
      set.labels.append(try label(annotation, id, item, category))
    }
    return set
  }

  private static func item(_ image: JSON, _ id: Int, _ file: String) -> LabelItem {
    let attributes = image["attributes"]
    var item = LabelItem(
      id: id, file: file, width: image["width"]?.whole ?? 0, height: image["height"]?.whole ?? 0,
      frame: attributes?["seq"]?.integer.flatMap { 0..<1 << 40 ~= $0 ? Int($0) : nil } ?? -1,
      stream: attributes?["stream"]?.string ?? "images", time: attributes?["t"]?.timestamp?.nanoseconds)
    item.extra = rest(image.object, without: handledImage)
    return item
  }

  private static func label(_ annotation: JSON, _ id: Int, _ item: Int, _ category: Int) throws(Failure) -> Label {
    var label = Label(id: id, item: item, category: category, uid: "\(id)")
    var handled = handledAnnotation
    if let box = annotation["bbox"]?.numbers, box.count == 4 { label.box = box } else { handled.remove("bbox") }
    if let value = annotation["segmentation"], let segmentation = try segmentation(value) {
      label.segmentation = segmentation
      handled.insert("segmentation")
    }
    if let keypoints = annotation["keypoints"]?.numbers {
      label.keypoints = keypoints
      handled.insert("keypoints")
    }
    if let attributes = annotation["attributes"]?.object, !attributes.members.isEmpty {
      label.attributes = attributes
      handled.insert("attributes")
    }
    label.extra = rest(annotation.object, without: handled)
    return label
  }

  /// Detections as COCO's evaluation takes them, `{image_id, category_id, bbox, score}`, of the images and categories of a set.
  package static func results(_ list: [JSON], of set: LabelSet) throws(Failure) -> LabelSet {
    var set = set
    let images = Dictionary(set.items.enumerated().map { ($0.element.id, $0.offset) }) { one, _ in one }
    let categories = Dictionary(set.categories.enumerated().map { ($0.element.id, $0.offset) }) { one, _ in one }
    set.labels = []
    set.labels.reserveCapacity(list.count)
    for (number, result) in list.enumerated() {
      guard let item = result["image_id"]?.whole.flatMap({ images[$0] }) else {
        throw Failure("result \(number): image \(result["image_id"]?.text ?? "null") is not there")
      }
      guard let category = result["category_id"]?.whole.flatMap({ categories[$0] }) else {
        throw Failure("result \(number): category \(result["category_id"]?.text ?? "null") is not there")
      }
      var label = try label(result, number + 1, item, category)
      guard label.box != nil else { throw Failure("result \(number): has no box of four numbers") }
      label.attributes["score"] = result["score"]
      set.labels.append(label)
    }
    return set
  }

  /// Nil for what is none: an empty list, null.
  static func segmentation(_ json: JSON) throws(Failure) -> Label.Segmentation? {
    if let parts = json.array {
      let polygons = parts.compactMap(\.numbers)
      guard polygons.count == parts.count, !polygons.isEmpty else { return nil }
      return .polygons(polygons)
    }
    guard let size = json["size"]?.array?.compactMap(\.whole), size.count == 2, let counts = json["counts"] else {
      return nil
    }
    do throws(RunLengthMask.Failure) {
      if let text = counts.string {
        return .mask(try RunLengthMask(height: size[0], width: size[1], compressed: text), isText: true)
      }
      let runs = counts.array?.compactMap(\.whole) ?? []
      guard runs.count == counts.array?.count else { throw RunLengthMask.Failure("its counts are no whole numbers") }
      return .mask(try RunLengthMask(height: size[0], width: size[1], runs: runs), isText: false)
    } catch { throw Failure(error.description) }
  }

  package static func rest(_ object: JSONObject?, without keys: Set<String>) -> JSONObject {
    JSONObject((object?.members ?? []).filter { !keys.contains($0.key) })
  }
}

extension LabelSet {
  /// Writes it as COCO; labels without pixels are left out, and their number is the result.
  package func writeCOCO(to output: any ByteOutput) throws -> Int {
    var writer = try COCOWriter(to: output, info: info, licenses: licenses.isEmpty ? [COCOWriter.ownLicense] : licenses)
    for item in items where item.isPicture { try writer.write(item) }
    var left = 0
    for label in labels {
      guard items[label.item].isPicture, let box = label.box, box[2] > 0, box[3] > 0 else {
        left += 1
        continue
      }
      try writer.write(label, image: items[label.item].id, category: categories[label.category].id)
    }
    try writer.finish(categories, extra: extra)
    return left
  }
}
