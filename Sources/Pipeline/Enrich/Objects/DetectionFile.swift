import Core

/// Files of detections, told by their first bytes.
///
/// | format | told by | boxes |
/// |---|---|---|
/// | JSON lines `{t or frame or path, stream, objects: […]}` | an object a line | must be named |
/// | COCO results | a list | left, top, width, height |
/// | COCO | an object with the member `images` | left, top, width, height |
/// | OpenLABEL | an object with the member `openlabel` | middle, width, height |
/// | CSV with `xmin,ymin,xmax,ymax,confidence,name,source_image` | its header | corners |
package struct DetectionFile: Sendable, Equatable {
  var path: String
  var boxes: BoxConvention?
  /// The COCO file of the images and categories that results are of.
  var images: String?

  package init(path: String, boxes: BoxConvention? = nil, images: String? = nil) {
    (self.path, self.boxes, self.images) = (path, boxes, images)
  }

  func read() throws -> [DetectionFrame] { try frames(SourceFile.contents(path)) }

  package func frames(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    switch bytes.first(where: { $0 > UInt8(ascii: " ") }) {
    case UInt8(ascii: "["): return try LabelDetections(self).readResults(bytes)
    case UInt8(ascii: "{"):
      let firstLine = bytes.firstIndex(of: UInt8(ascii: "\n")).map { bytes[..<$0] } ?? bytes[...]
      // A document on one line, or on many.
      let first = try? JSON.parse(firstLine, limits: Self.limits)
      let isLine = first.map { $0["openlabel"] == nil && $0["images"] == nil } ?? false
      return try isLine ? DetectionLines(self).read(bytes) : LabelDetections(self).read(bytes)
    case nil: return []
    default: return try DetectionTable(self).read(bytes)
    }
  }

  static let limits = JSON.Limits(bytes: 1 << 30)

  func error(_ line: Int, _ problem: String, hint: String? = nil) -> SourceError {
    SourceError(line > 0 ? "\(path):\(line)" : path, problem, hint: hint)
  }

  func parse(_ bytes: [UInt8]) throws(SourceError) -> JSON {
    do throws(JSON.Failure) { return try JSON.parse(bytes, limits: Self.limits) } catch {
      throw SourceError("\(path):\(error.line):\(error.column)", error.problem)
    }
  }

  /// The convention that a format has, unless another was named.
  func convention(_ own: BoxConvention) throws(SourceError) -> BoxConvention {
    guard let boxes, boxes != own else { return own }
    throw SourceError(
      path, "boxes of this format are \(own.rawValue), not \(boxes.rawValue)", code: .configuration)
  }
}

/// A frame a line: `{"t": "2022-…Z", "stream": "camera/front", "objects": [{"class": "car", "bbox": [1, 2, 3, 4]}]}`.
private struct DetectionLines {
  let file: DetectionFile

  init(_ file: DetectionFile) { self.file = file }

  func read(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    var frames: [DetectionFrame] = [], number = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard line.contains(where: { $0 > UInt8(ascii: " ") }) else { continue }
      let json: JSON
      do throws(JSON.Failure) { json = try JSON.parse(line, limits: DetectionFile.limits) } catch {
        throw SourceError("\(file.path):\(number):\(error.column)", error.problem)
      }
      let objects = try (json["objects"]?.array ?? []).map { try object($0, number) }
      frames.append(
        DetectionFrame(key: try key(json, number), stream: json["stream"]?.string, objects: objects, line: number))
    }
    return frames
  }

  private func key(_ json: JSON, _ line: Int) throws(SourceError) -> DetectionFrame.Key {
    if let path = json["path"]?.string { return .path(path) }
    if let frame = json["frame"]?.integer, let row = Int(exactly: frame), row >= 0 { return .row(row) }
    guard let time = json["t"]?.timestamp else {
      throw file.error(line, "wanted a time t (RFC 3339 or integer nanoseconds), a frame or a path")
    }
    return .time(time.nanoseconds)
  }

  private func object(_ json: JSON, _ line: Int) throws(SourceError) -> DetectedObject {
    guard let name = json["class"]?.string else { throw file.error(line, "an object has no class") }
    var object = DetectedObject(name: name)
    object.score = json["score"]?.number ?? .nan
    object.track = json["track_id"].flatMap { $0.string ?? $0.integer.map { "\($0)" } }
    if let value = json["bbox"], value != .null {
      guard let convention = file.boxes else {
        throw SourceError(
          file.path, "its boxes may be corners, size or centre: nothing in the file says which",
          hint: "say --boxes xyxy, xywh or cxcywh", code: .configuration)
      }
      guard let numbers = value.array?.map({ $0.number ?? .nan }), let box = convention.box(numbers) else {
        throw file.error(line, "\(value.text.prefix(60)) is no box of four numbers \(convention.rawValue)")
      }
      object.box = box
    }
    object.cuboid = try json["cuboid"].flatMap { value throws(SourceError) in try cuboid(value, line) }
    object.attributes = json["attributes"].flatMap { $0.object?.members.isEmpty == false ? $0.text : nil }
    return object
  }

  /// Nil for one in another frame than the vehicle's: where that is, is not known here.
  private func cuboid(_ json: JSON, _ line: Int) throws(SourceError) -> DetectedObject.Cuboid? {
    guard json != .null, ["vehicle", "vehicle-iso8855", "base_link", "ego"].contains(json["frame"]?.string ?? "") else {
      return nil
    }
    func numbers(_ key: String, _ count: Int) throws(SourceError) -> [Double]? {
      guard let value = json[key], value != .null else { return nil }
      let numbers = (value.array ?? []).compactMap(\.number).filter(\.isFinite)
      guard numbers.count == count, value.array?.count == count else {
        throw file.error(line, "\(key) of a cuboid must be \(count) numbers")
      }
      return numbers
    }
    guard let center = try numbers("center", 3) else { throw file.error(line, "a cuboid has no center") }
    var cuboid = DetectedObject.Cuboid(x: center[0], y: center[1], z: center[2])
    if let size = try numbers("size", 3) { (cuboid.length, cuboid.width, cuboid.height) = (size[0], size[1], size[2]) }
    if let turn = try numbers("quaternion", 4) { cuboid.yaw = Quaternion.yaw(turn[0], turn[1], turn[2], turn[3]) }
    return cuboid
  }
}

/// Turns of x, y, z, w.
enum Quaternion {
  /// About the z axis, in radians.
  static func yaw(_ x: Double, _ y: Double, _ z: Double, _ w: Double) -> Double {
    Mathematics.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
  }
}

/// `_c0,xmin,ymin,xmax,ymax,confidence,class,name,source_image`, as detectors of AWS's kit write it.
private struct DetectionTable {
  let file: DetectionFile

  init(_ file: DetectionFile) { self.file = file }

  func read(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    let convention = try file.convention(.corners)
    let table = try TextTables.csv(bytes, file: file.path)
    func column(_ name: String) throws(SourceError) -> Column {
      guard let column = table[name] else { throw file.error(1, "wanted a column '\(name)'") }
      return column
    }
    let corners = try ["xmin", "ymin", "xmax", "ymax"].map { name in
      guard let numbers = try column(name).numbers else { throw file.error(1, "column '\(name)' has no numbers") }
      return numbers
    }
    let scores = table["confidence"]?.numbers
    let (names, images) = (try column("name").texts, try column("source_image").texts)
    var frames: [DetectionFrame] = [], places: [String: Int] = [:]
    for row in 0..<table.count {
      // The header is line 1.
      guard let image = images[row] else { throw file.error(row + 2, "has no source_image") }
      if places[image] == nil {
        places[image] = frames.count
        frames.append(DetectionFrame(key: .path(image), stream: nil, objects: [], line: row + 2))
      }
      var object = DetectedObject(name: names[row] ?? "")
      object.score = scores?[row] ?? .nan
      guard let box = convention.box(corners.map { $0[row] }) else { throw file.error(row + 2, "has no box") }
      object.box = box
      if let place = places[image] { frames[place].objects.append(object) }
    }
    return frames
  }
}
