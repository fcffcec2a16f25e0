import Core

/// Objects of ASAM OpenLABEL 1.0 files: boxes by their middle, cuboids, a frame a sample.
///
/// ```
///   openlabel.objects.<uid>             name, type
///   openlabel.frames.<n>.objects.<uid>.object_data.bbox[]     val [cx, cy, w, h]
///                                                 .cuboid[]   val [x, y, z, qx, qy, qz, qw, l, w, h]
///   openlabel.frames.<n>.frame_properties.timestamp           else n is the number of the sample
/// ```
struct OpenLABELObjects {
  private let file: DetectionFile

  init(_ file: DetectionFile) { self.file = file }

  func read(_ bytes: [UInt8]) throws -> [DetectionFrame] {
    let convention = try file.convention(.center)
    guard let root = try file.parse(bytes)["openlabel"] else { throw file.error(0, "wanted a member 'openlabel'") }
    var types: [String: String] = [:]
    for member in root["objects"]?.object?.members ?? [] {
      types[member.key] = member.value["type"]?.string ?? member.value["name"]?.string
    }
    var frames: [DetectionFrame] = []
    for member in root["frames"]?.object?.members ?? [] {
      let place = "frame \(member.key.shown)"
      let key: DetectionFrame.Key
      if let stamp = member.value["frame_properties"]?["timestamp"] {
        guard let time = stamp.timestamp else { throw file.error(0, "\(place): '\(stamp.text)' is no time") }
        key = .time(time.nanoseconds)
      } else {
        guard let number = Int(member.key), number >= 0 else { throw file.error(0, "\(place) has no number") }
        key = .sample(number)
      }
      // By stream, so that each is a frame of its own; what names none is of the vehicle.
      var streams: [String: [DetectedObject]] = [:], order: [String] = []
      for item in member.value["objects"]?.object?.members ?? [] {
        guard let type = types[item.key] else {
          throw file.error(0, "\(place): object \(item.key.shown) is not declared")
        }
        for (object, stream) in try objects(item.value["object_data"], type, item.key, convention, place) {
          if streams[stream] == nil { order.append(stream) }
          streams[stream, default: []].append(object)
        }
      }
      if order.isEmpty { frames.append(DetectionFrame(key: key, stream: nil, objects: [], line: 0)) }
      for stream in order {
        frames.append(
          DetectionFrame(key: key, stream: stream.isEmpty ? nil : stream, objects: streams[stream] ?? [], line: 0))
      }
    }
    return frames
  }

  private func objects(
    _ data: JSON?, _ type: String, _ uid: String, _ convention: BoxConvention, _ place: String
  ) throws(SourceError) -> [(DetectedObject, stream: String)] {
    var found: [(DetectedObject, String)] = []
    for item in data?["bbox"]?.array ?? [] {
      let numbers = item["val"]?.array?.map { $0.number ?? .nan } ?? []
      guard let box = convention.box(numbers) else { throw file.error(0, "\(place): object \(uid.shown) has no box") }
      var object = DetectedObject(name: type)
      (object.box, object.track) = (box, uid)
      found.append((object, item["coordinate_system"]?.string ?? ""))
    }
    for item in data?["cuboid"]?.array ?? [] {
      let numbers = item["val"]?.array?.compactMap(\.number).filter(\.isFinite) ?? []
      guard numbers.count == 10 || numbers.count == 9 else {
        throw file.error(0, "\(place): object \(uid.shown): a cuboid has 10 or 9 numbers, not \(numbers.count)")
      }
      let size = numbers.count - 3
      var object = DetectedObject(name: type)
      object.track = uid
      object.cuboid = DetectedObject.Cuboid(
        x: numbers[0], y: numbers[1], z: numbers[2], length: numbers[size], width: numbers[size + 1],
        height: numbers[size + 2],
        yaw: numbers.count == 10 ? Quaternion.yaw(numbers[3], numbers[4], numbers[5], numbers[6]) : numbers[5])
      let system = item["coordinate_system"]?.string ?? ""
      // Others are not the vehicle's axes.
      if ["", "vehicle-iso8855", "vehicle", "base_link"].contains(system) { found.append((object, "")) }
    }
    return found
  }
}
