package import Core

/// Judges a COCO file as strictly as its consumers do: C1 to C11 of labels.md 2.5.
package struct COCOCheck {
  /// What is known of the picture that a `file_name` names.
  package enum Picture: Sendable, Equatable {
    /// Nobody looked, or its size cannot be told.
    case unknown
    case missing
    case size(width: Int, height: Int)
  }

  /// Larger numbers are no pixels.
  private static let largest = 1e9
  private var findings = LabelFindings()
  private let picture: (String) -> Picture
  private var images: [Int: (file: String, width: Int, height: Int)] = [:]
  private var categories: [Int: Int] = [:]
  private var licenses: Set<Int> = []
  /// Sections that are lists; that one is not is told once.
  private var has: Set<String> = []

  private init(_ picture: @escaping (String) -> Picture) { self.picture = picture }

  /// Findings in a document; `picture` looks at a file beside it.
  package static func findings(
    in document: JSON, picture: @escaping (String) -> Picture = { _ in .unknown }
  ) -> LabelFindings {
    var check = COCOCheck(picture)
    check.check(document)
    return check.findings
  }

  /// Findings in a list of results, `[{image_id, category_id, bbox, score}]`, of the images of another document.
  package static func findings(inResults results: [JSON], of document: JSON) -> LabelFindings {
    var check = COCOCheck { _ in .unknown }
    check.check(document)
    check.findings = LabelFindings()
    for (index, result) in results.enumerated() { check.checkAnnotation(result, "/\(index)", isResult: true) }
    return check.findings
  }

  private mutating func check(_ document: JSON) {
    guard document.object != nil else {
      return findings.add(LabelFinding("C1", at: "", "wanted an object with images, annotations and categories"))
    }
    if document["info"]?.object == nil {
      findings.add(LabelFinding("C1", at: "/info", document["info"] == nil ? "is missing" : "wanted an object"))
    }
    var sections: [String: [JSON]] = [:]
    for name in ["licenses", "images", "categories", "annotations"] {
      guard let list = document[name]?.array else {
        let found = document[name] == nil ? "is missing" : "wanted a list, found \(document[name]?.kind ?? "nothing")"
        findings.add(LabelFinding("C1", at: "/\(name)", found))
        continue
      }
      for (index, element) in list.enumerated() where element.object == nil {
        findings.add(LabelFinding("C1", at: "/\(name)/\(index)", "wanted an object, found \(element.kind)"))
      }
      sections[name] = list
      has.insert(name)
    }
    checkLicenses(sections["licenses"] ?? [])
    checkImages(sections["images"] ?? [])
    checkCategories(sections["categories"] ?? [])
    var ids = Ids(section: "annotations")
    for (index, annotation) in (sections["annotations"] ?? []).enumerated() where annotation.object != nil {
      _ = ids.take(annotation, index, &findings)
      checkAnnotation(annotation, "/annotations/\(index)", isResult: false)
    }
  }

  /// Numbers from 1, each once in a section.
  private struct Ids {
    let section: String
    private var seen: [Int: Int] = [:]
    init(section: String) { self.section = section }

    mutating func take(_ record: JSON, _ index: Int, _ findings: inout LabelFindings) -> Int? {
      let place = "/\(section)/\(index)"
      guard let id = record["id"]?.whole, id >= 1 else {
        let found = record["id"]?.text ?? "none"
        findings.add(LabelFinding("C2", at: place + "/id", id: found, "wanted a whole number from 1, found \(found)"))
        return record["id"]?.whole
      }
      if let first = seen[id] {
        findings.add(
          LabelFinding("C2", at: place + "/id", id: "\(id)", "is the id of /\(section)/\(first) as well"))
      } else {
        seen[id] = index
      }
      return id
    }
  }

  private mutating func checkLicenses(_ list: [JSON]) {
    var ids = Ids(section: "licenses")
    for (index, license) in list.enumerated() where license.object != nil {
      if let id = ids.take(license, index, &findings) { licenses.insert(id) }
    }
  }

  private mutating func checkImages(_ list: [JSON]) {
    var ids = Ids(section: "images"), names: [String: Int] = [:]
    for (index, image) in list.enumerated() where image.object != nil {
      let place = "/images/\(index)"
      let id = ids.take(image, index, &findings), shown = id.map { "\($0)" }
      let name = image["file_name"]?.string ?? ""
      func fail(_ code: String, _ member: String, _ problem: String) -> LabelFinding {
        LabelFinding(code, at: "\(place)/\(member)", id: shown, file: name, problem)
      }
      let (width, height) = (image["width"]?.whole ?? 0, image["height"]?.whole ?? 0)
      if width < 1 || height < 1 {
        let found = "\(image["width"]?.text ?? "none") × \(image["height"]?.text ?? "none")"
        findings.add(fail("C1", width < 1 ? "width" : "height", "wanted whole numbers of pixels, found \(found)"))
      }
      if has.contains("licenses"), let license = image["license"], license.whole.map({ !licenses.contains($0) }) ?? true
      {
        findings.add(fail("C3", "license", "license \(license.text) is not there"))
      }
      if let problem = Self.problem(ofName: image["file_name"]) {
        findings.add(fail("C9", "file_name", problem))
      } else if let first = names[name] {
        findings.add(fail("C9", "file_name", "is the file of /images/\(first) as well"))
      } else {
        names[name] = index
        switch picture(name) {
        case .unknown: break
        case .missing: findings.add(fail("C9", "file_name", "the picture is not there"))
        case .size(let realWidth, let realHeight) where (realWidth, realHeight) != (width, height):
          findings.add(
            fail("C9", "width", "says \(width) × \(height) pixels, the picture has \(realWidth) × \(realHeight)"))
        case .size: break
        }
      }
      if let id, images[id] == nil { images[id] = (name, width, height) }
    }
  }

  /// Nil for a relative path that stays below.
  package static func problem(ofName json: JSON?) -> String? {
    guard let name = json?.string else { return "wanted a text, found \(json?.text ?? "none")" }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !parts.contains(""), !parts.contains(".."), !parts.contains("."), !name.contains("\\"),
      !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), parts.allSatisfy({ $0.utf8.count <= 255 })
    else { return "'\(name.shown)' is not a relative path that stays below" }
    return nil
  }

  private mutating func checkCategories(_ list: [JSON]) {
    var ids = Ids(section: "categories"), names: [String: Int] = [:]
    for (index, category) in list.enumerated() where category.object != nil {
      let place = "/categories/\(index)"
      let id = ids.take(category, index, &findings), shown = id.map { "\($0)" }
      let keypoints = category["keypoints"]?.array
      if let id, categories[id] == nil { categories[id] = keypoints?.count ?? 0 }
      guard let name = category["name"]?.string, !name.isEmpty else {
        findings.add(
          LabelFinding("C1", at: place + "/name", id: shown, "wanted a text, found \(category["name"]?.text ?? "none")")
        )
        continue
      }
      if let first = names[name] {
        findings.add(
          LabelFinding(
            "C10", .warning, at: place + "/name", id: shown, "'\(name.shown)' is /categories/\(first) as well"))
      }
      names[name] = names[name] ?? index
      let count = keypoints?.count ?? 0
      for (number, pair) in (category["skeleton"]?.array ?? []).enumerated() {
        let ends = pair.array?.compactMap(\.whole) ?? []
        guard ends.count != 2 || !ends.allSatisfy({ 1...max(count, 1) ~= $0 && count > 0 }) else { continue }
        findings.add(
          LabelFinding(
            "C8", at: "\(place)/skeleton/\(number)", id: shown, "\(pair.text) are not two keypoints of 1 to \(count)"))
      }
    }
  }

  private mutating func checkAnnotation(_ annotation: JSON, _ place: String, isResult: Bool) {
    let imageID = annotation["image_id"], categoryID = annotation["category_id"]
    let image = imageID?.whole.flatMap { images[$0] }
    let id = annotation["id"].map { $0.string ?? $0.text }
    func add(_ code: String, _ severity: LabelFinding.Severity, _ member: String, _ problem: String) {
      findings.add(
        LabelFinding(
          code, severity, at: "\(place)/\(member)", id: id, image: imageID?.text, file: image?.file, problem))
    }
    if image == nil, has.contains("images") {
      add("C3", .error, "image_id", "image \(imageID?.text ?? "none") is not there")
    }
    let keypointCount = categoryID?.whole.flatMap { categories[$0] }
    if keypointCount == nil, has.contains("categories") {
      add("C3", .error, "category_id", "category \(categoryID?.text ?? "none") is not there")
    }
    if isResult, annotation["score"]?.number.map({ !(0...1 ~= $0) }) ?? true {
      add("C1", .error, "score", "wanted a number of 0 to 1, found \(annotation["score"]?.text ?? "none")")
    }
    let box = annotation["bbox"]?.numbers
    if let box, box.count == 4, box.allSatisfy({ abs($0) < Self.largest }), box[2] > 0, box[3] > 0 {
      if let image, image.width > 0, image.height > 0 {
        let (right, bottom) = (box[0] + box[2], box[1] + box[3])
        if box[0] < -1 || box[1] < -1 || right > Double(image.width) + 1 || bottom > Double(image.height) + 1 {
          add("C4", .warning, "bbox", "\(JSON.numbers(box).text) leaves the image of \(image.width) × \(image.height)")
        }
      }
    } else if !isResult || annotation["segmentation"] == nil {
      add(
        "C4", .error, "bbox", "wanted [x, y, width, height] with an area, found \(annotation["bbox"]?.text ?? "none")")
    }
    Self.checkShape(annotation, image.map { ($0.width, $0.height) }, box, isResult: isResult, add)
    if let keypoints = annotation["keypoints"] {
      Self.checkKeypoints(keypoints, annotation["num_keypoints"], keypointCount ?? 0, add)
    }
  }

  private typealias Add = (_ code: String, _ severity: LabelFinding.Severity, _ member: String, _ problem: String) ->
    Void

  private static func checkShape(
    _ annotation: JSON, _ size: (width: Int, height: Int)?, _ box: [Double]?, isResult: Bool, _ add: Add
  ) {
    var area: Double?, isMask = false
    if let segmentation = annotation["segmentation"] {
      if let parts = segmentation.array {
        let polygons = parts.map { $0.numbers ?? [] }
        if let wrong = polygons.firstIndex(where: {
          $0.count < 6 || $0.count % 2 == 1 || !$0.allSatisfy { abs($0) < largest }
        }) {
          let found = parts[wrong].number == nil ? "\(polygons[wrong].count) numbers" : "a number: the list is flat"
          add(
            "C6", .error, "segmentation/\(wrong)", "wanted a list of 6 numbers or more, x and y in turn, found \(found)"
          )
        } else if parts.isEmpty {
          add("C6", .error, "segmentation", "is empty: wanted polygons or a mask")
        } else {
          area = LabelGeometry.area(polygons: polygons)
        }
      } else {
        isMask = true
        do throws(COCO.Failure) {
          guard case .mask(let mask, _)? = try COCO.segmentation(segmentation) else {
            throw COCO.Failure("wanted polygons, or a mask of size and counts, found \(segmentation.kind)")
          }
          if let size, size != (mask.width, mask.height) {
            throw COCO.Failure("a mask of \(mask.width) × \(mask.height) in an image of \(size.width) × \(size.height)")
          }
          area = Double(mask.area)
        } catch { add("C6", .error, "segmentation", error.description) }
      }
    } else if let box, box.count == 4, box[2] > 0, box[3] > 0 {
      area = box[2] * box[3]
    }
    guard !isResult else { return }
    if let found = annotation["area"]?.number {
      if !(found > 0) {
        add("C5", .warning, "area", "wanted more than 0, found \(found)")
      } else if let area, abs(found - area) > 0.01 * max(area, found) {
        add("C5", .warning, "area", "is \(found), and that of its shape \(LabelGeometry.rounded(area))")
      }
    } else {
      add("C5", .warning, "area", "wanted a number, found \(annotation["area"]?.text ?? "none")")
    }
    switch annotation["iscrowd"]?.whole {
    case 0?: break
    case 1?: if !isMask { add("C7", .warning, "iscrowd", "is 1, and the segmentation is no mask") }
    default: add("C7", .error, "iscrowd", "wanted 0 or 1, found \(annotation["iscrowd"]?.text ?? "none")")
    }
  }

  private static func checkKeypoints(_ keypoints: JSON, _ number: JSON?, _ count: Int, _ add: Add) {
    guard let numbers = keypoints.numbers, numbers.count == 3 * count, numbers.allSatisfy({ abs($0) < largest }) else {
      return add(
        "C8", .error, "keypoints", "wanted 3 numbers for each of \(count), found \(keypoints.array?.count ?? 0)")
    }
    var seen = 0
    for index in stride(from: 2, to: numbers.count, by: 3) {
      guard [0, 1, 2].contains(numbers[index]) else {
        return add("C8", .error, "keypoints/\(index)", "wanted a visibility of 0, 1 or 2, found \(numbers[index])")
      }
      seen += numbers[index] > 0 ? 1 : 0
    }
    if number?.whole != seen {
      add("C8", .error, "num_keypoints", "is \(number?.text ?? "missing"), and \(seen) are visible or hidden")
    }
  }
}

extension JSON {
  /// What a value is, for messages.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer, .unsigned, .number: "a number"
    case .string: "a text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}
