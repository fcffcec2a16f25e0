import Core

/// Detections as COCO's evaluation takes them: a list of `{image_id, category_id, bbox, score}`.
///
/// Images and names of categories are in a file of their own. The detector ran on all images that are listed there.
struct COCOResults {
  private let file: DetectionFile

  init(_ file: DetectionFile) { self.file = file }

  func read(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    let convention = try file.convention(.size)
    guard let path = file.images else {
      throw SourceError(
        file.path, "results name images and categories by numbers only", hint: "give the file of images: --coco-images",
        code: .configuration)
    }
    let images = DetectionFile(path: path)
    let listed = try images.parse(SourceFile.contents(path))
    var names: [Int64: String] = [:], places: [Int64: Int] = [:], frames: [DetectionFrame] = []
    for category in listed["categories"]?.array ?? [] {
      if let id = category["id"]?.integer { names[id] = category["name"]?.string ?? "" }
    }
    for image in listed["images"]?.array ?? [] {
      guard let id = image["id"]?.integer, let name = image["file_name"]?.string else {
        throw images.error(0, "an image has no id or no file_name")
      }
      places[id] = frames.count
      frames.append(DetectionFrame(key: .path(name), stream: nil, objects: [], line: 0))
    }
    for (number, result) in (try file.parse(bytes).array ?? []).enumerated() {
      func fail(_ problem: String) -> SourceError { file.error(0, "result \(number): \(problem)") }
      guard let id = result["image_id"]?.integer, let place = places[id] else {
        throw fail("image \(result["image_id"]?.text ?? "null") is not in \(path)")
      }
      guard let category = result["category_id"]?.integer, let name = names[category] else {
        throw fail("category \(result["category_id"]?.text ?? "null") is not in \(path)")
      }
      guard let numbers = result["bbox"]?.array?.map({ $0.number ?? .nan }), let box = convention.box(numbers) else {
        throw fail("has no box of four numbers xywh")
      }
      var object = DetectedObject(name: name)
      (object.box, object.score) = (box, result["score"]?.number ?? .nan)
      frames[place].objects.append(object)
    }
    return frames
  }
}
