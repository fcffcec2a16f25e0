import Artifacts
import Core

/// Detections in label files, by the readers of labels: COCO with annotations, COCO results with their file of images, and
/// OpenLABEL.
///
/// The detector ran on all images and frames that are listed. An object of OpenLABEL is on the frame's time, where that is
/// said, else the frame is the number of a sample; cuboids are in the vehicle's axes, others are left out.
struct LabelDetections {
  private let file: DetectionFile
  private static let vehicleSystems = ["", "vehicle", "base_link", OpenLABELSystems.vehicle]

  init(_ file: DetectionFile) { self.file = file }

  /// A document with images, or with a member `openlabel`.
  func read(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    let document = try file.parse(bytes)
    do throws(COCO.Failure) {
      if document["openlabel"] != nil { return try frames(ofOpenLABEL: document) }
      if document["images"] != nil { return try frames(of: COCO.labels(document)) }
    } catch { throw file.error(0, error.description) }
    throw file.error(0, "wanted a member 'openlabel', or 'images'")
  }

  /// A list of `{image_id, category_id, bbox, score}`.
  func readResults(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    guard let path = file.images else {
      throw SourceError(
        file.path, "results name images and categories by numbers only", hint: "give the file of images: --coco-images",
        code: .configuration)
    }
    let images = DetectionFile(path: path)
    var listed = try images.parse(SourceFile.contents(path)).object ?? [:]
    listed["annotations"] = []
    let set: LabelSet
    do throws(COCO.Failure) { set = try COCO.labels(.object(listed)) } catch {
      throw images.error(0, error.description)
    }
    do throws(COCO.Failure) { return try frames(of: COCO.results(file.parsed(bytes), of: set)) } catch {
      throw file.error(0, error.description)
    }
  }

  private func frames(of set: LabelSet) throws(COCO.Failure) -> [DetectionFrame] {
    try check(.size)
    var frames = set.items.map { DetectionFrame(key: .path($0.file), stream: nil, objects: [], line: 0) }
    for label in set.labels { frames[label.item].objects.append(try object(label, set, track: label.track)) }
    return frames
  }

  private func frames(ofOpenLABEL document: JSON) throws(COCO.Failure) -> [DetectionFrame] {
    try check(.center)
    let set = try OpenLABELReader.labels(document).set
    let labels = Dictionary(grouping: set.labels) { set.items[$0.item].frame }
    var frames: [DetectionFrame] = []
    for member in document["openlabel"]?["frames"]?.object?.members ?? [] {
      let number = Int(member.key) ?? 0
      var key = DetectionFrame.Key.sample(number)
      if let stamp = member.value["frame_properties"]?["timestamp"] {
        guard let time = stamp.timestamp else {
          throw COCO.Failure("frame \(number): '\(stamp.text.shown)' is no time")
        }
        key = .time(time.nanoseconds)
      }
      // By stream, so that each is a frame of its own; what names none is of the vehicle.
      var streams: [String: [DetectedObject]] = [:], order: [String] = []
      for label in labels[number] ?? [] {
        let isOfVehicle = Self.vehicleSystems.contains(label.system ?? "")
        guard label.box != nil || label.cuboid != nil && isOfVehicle else { continue }
        var own = label
        if !isOfVehicle { own.cuboid = nil }
        let stream = label.box != nil ? set.items[label.item].stream : ""
        if streams[stream] == nil { order.append(stream) }
        streams[stream, default: []].append(try object(own, set, track: label.track ?? label.uid))
      }
      if order.isEmpty { frames.append(DetectionFrame(key: key, stream: nil, objects: [], line: 0)) }
      for stream in order {
        frames.append(
          DetectionFrame(key: key, stream: stream.isEmpty ? nil : stream, objects: streams[stream] ?? [], line: 0))
      }
    }
    return frames
  }

  private func check(_ own: BoxConvention) throws(COCO.Failure) {
    guard let boxes = file.boxes, boxes != own else { return }
    throw COCO.Failure("boxes of this format are \(own.rawValue), not \(boxes.rawValue)")
  }

  private func object(_ label: Label, _ set: LabelSet, track: String?) throws(COCO.Failure) -> DetectedObject {
    var object = DetectedObject(name: set.categories[label.category].name)
    (object.score, object.track) = (label.score ?? .nan, track)
    if let numbers = label.box {
      guard let box = BoxConvention.size.box(numbers) else {
        throw COCO.Failure("object \(label.uid.shown) on \(set.items[label.item].file.shown) has no box")
      }
      object.box = box
    }
    if let numbers = label.cuboid, numbers.count == 10, numbers.allSatisfy(\.isFinite) {
      object.cuboid = DetectedObject.Cuboid(
        x: numbers[0], y: numbers[1], z: numbers[2], length: numbers[7], width: numbers[8], height: numbers[9],
        yaw: Quaternion.yaw(numbers[3], numbers[4], numbers[5], numbers[6]))
    }
    let attributes = COCO.rest(label.attributes, without: ["score", "track_id"])
    object.attributes = attributes.members.isEmpty ? nil : JSON.object(attributes).text
    return object
  }
}

extension DetectionFile {
  fileprivate func parsed(_ bytes: [UInt8]) throws(COCO.Failure) -> [JSON] {
    do throws(SourceError) { return try parse(bytes).array ?? [] } catch { throw COCO.Failure(error.description) }
  }
}
