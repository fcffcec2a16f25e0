package import Core

/// Labels of an OpenLABEL document that has no errors of structure; `OpenLABELCheck` tells them.
///
/// A box and what has its stream and begins with its name are one label. What labels have no place for is counted.
package struct OpenLABELReader {
  private var set = LabelSet()
  /// Data that were not taken, by kind.
  package private(set) var left: [String: Int] = [:]
  private var items: [String: Int] = [:]
  private var types: [String: String] = [:]
  private var sizes: [String: (Int, Int)] = [:]
  private var pictureStreams: [String] = []

  package static func labels(_ document: JSON) throws(COCO.Failure) -> (set: LabelSet, left: [String: Int]) {
    guard let root = document["openlabel"]?.object else { throw COCO.Failure("wanted a member 'openlabel'") }
    var reader = OpenLABELReader()
    try reader.read(root)
    return (reader.set, reader.left)
  }

  private mutating func read(_ root: JSONObject) throws(COCO.Failure) {
    let own = root["metadata"]?["avtools"]?.object ?? [:]
    set.export = COCO.rest(own, without: ["coco"])
    if let coco = own["coco"]?.object {
      set.info = coco["info"]?.object ?? [:]
      set.licenses = coco["licenses"]?.array ?? []
      set.extra = coco["extra"]?.object ?? [:]
      for category in coco["categories"]?.array ?? [] {
        guard let id = category["id"]?.whole, let name = category["name"]?.string else { continue }
        set.categories.append(
          LabelCategory(id: id, name: name, extra: COCO.rest(category.object, without: ["id", "name"])))
      }
    }
    for stream in root["streams"]?.object?.members ?? [] {
      if stream.value["type"]?.string.map({ $0 == "camera" }) ?? true { pictureStreams.append(stream.key) }
      let properties = stream.value["stream_properties"]
      guard let lens = properties?["intrinsics_pinhole"] ?? properties?["intrinsics_fisheye"] else { continue }
      sizes[stream.key] = (
        lens["width_px"]?.number.flatMap { Int(exactly: $0) } ?? 0,
        lens["height_px"]?.number.flatMap { Int(exactly: $0) } ?? 0
      )
    }
    for object in root["objects"]?.object?.members ?? [] {
      types[object.key] = (object.value["type"] ?? object.value["name"])?.string ?? ""
    }
    for member in root["frames"]?.object?.members ?? [] {
      guard let number = Int(member.key), number >= 0 else {
        throw COCO.Failure("frame '\(member.key.shown)' has no number")
      }
      try read(frame: number, member.value)
    }
    // Both lists have no order of their own.
    let order = set.items.indices.sorted { (set.items[$0].id, $0) < (set.items[$1].id, $1) }
    var places = order.map { _ in 0 }
    for (place, index) in order.enumerated() { places[index] = place }
    set.items = order.map { set.items[$0] }
    for index in set.labels.indices { set.labels[index].item = places[set.labels[index].item] }
    let labels = set.labels.enumerated().sorted { ($0.element.id, $0.offset) < ($1.element.id, $1.offset) }
    set.labels = labels.map(\.element)
    // Where nothing says which file it is.
    for index in set.items.indices where set.items[index].file.isEmpty {
      let item = set.items[index]
      set.items[index].file = item.stream.isEmpty ? "\(item.frame)" : "\(item.stream)/\(item.frame)"
    }
    var next = max(0, set.items.map(\.id).max() ?? 0)
    for index in set.items.indices where set.items[index].id < 1 {
      next += 1
      set.items[index].id = next
    }
  }

  private mutating func read(frame number: Int, _ frame: JSON) throws(COCO.Failure) {
    let properties = frame["frame_properties"]
    for stream in properties?["streams"]?.object?.members ?? [] {
      let own = properties?["avtools"]?["items"]?[stream.key]
      let sync = stream.value["stream_properties"]?["sync"]
      var item = LabelItem(
        id: own?["id"]?.whole ?? 0, file: stream.value["uri"]?.string ?? "",
        width: own?["width"]?.whole ?? sizes[stream.key]?.0 ?? 0,
        height: own?["height"]?.whole ?? sizes[stream.key]?.1 ?? 0, frame: number, stream: stream.key,
        time: (sync?["timestamp"] ?? properties?["timestamp"])?.timestamp?.nanoseconds)
      item.extra = COCO.rest(own?.object, without: ["id", "width", "height"])
      items["\(number)/\(stream.key)"] = set.items.count
      set.items.append(item)
    }
    for object in frame["objects"]?.object?.members ?? [] {
      guard let type = types[object.key] else {
        throw COCO.Failure("frame \(number): object '\(object.key.shown)' is not declared")
      }
      guard let data = object.value["object_data"]?.object else { continue }
      try read(data, uid: object.key, type: type, frame: number)
    }
  }

  /// The item of a frame and stream, made where no list names it.
  private mutating func item(_ frame: Int, _ stream: String?) -> Int {
    let stream = stream ?? (pictureStreams.count == 1 ? pictureStreams[0] : "")
    if let item = items["\(frame)/\(stream)"] { return item }
    items["\(frame)/\(stream)"] = set.items.count
    set.items.append(
      LabelItem(
        id: 0, file: "", width: sizes[stream]?.0 ?? 0, height: sizes[stream]?.1 ?? 0, frame: frame, stream: stream))
    return set.items.count - 1
  }

  private mutating func read(_ data: JSONObject, uid: String, type: String, frame: Int) throws(COCO.Failure) {
    let category = set.category(type)
    var labels: [(name: String, label: Label)] = []
    func isPart(_ name: String, of whole: String) -> Bool { name == whole || name.hasPrefix(whole + "/") }
    for value in data["bbox"]?.array ?? [] {
      guard let center = value["val"]?.numbers, center.count == 4 else {
        throw COCO.Failure("frame \(frame): object '\(uid.shown)' has no box")
      }
      var label = Label(
        id: value["avtools"]?["id"]?.whole ?? 0, item: item(frame, value["coordinate_system"]?.string),
        category: category, uid: uid)
      label.box = OpenLABEL.box(center)
      // Only while nobody has moved it.
      if let exact = value["avtools"]?["bbox"]?.numbers, exact.count == 4, let box = label.box,
        zip(exact, box).allSatisfy({ abs($0 - $1) < 1e-5 })
      {
        label.box = exact
      }
      take(value, &label)
      labels.append((value["name"]?.string ?? "", label))
    }
    for value in data["cuboid"]?.array ?? [] {
      guard let numbers = value["val"]?.numbers.flatMap(LabelGeometry.cuboid) else {
        left["cuboid", default: 0] += 1
        continue
      }
      let system = value["coordinate_system"]?.string
      if labels.count == 1, labels[0].label.cuboid == nil, value["avtools"] == nil {
        (labels[0].label.cuboid, labels[0].label.system) = (numbers, system)
        continue
      }
      var label = Label(
        id: value["avtools"]?["id"]?.whole ?? 0, item: item(frame, system), category: category, uid: uid)
      (label.cuboid, label.system) = (numbers, system)
      take(value, &label)
      labels.append((value["name"]?.string ?? "", label))
    }
    for value in data["poly2d"]?.array ?? [] {
      guard let part = value["val"]?.numbers, part.count >= 6, value["mode"]?.string == "MODE_POLY2D_ABSOLUTE" else {
        left["poly2d", default: 0] += 1
        continue
      }
      let name = value["name"]?.string ?? "", own = item(frame, value["coordinate_system"]?.string)
      if let index = labels.firstIndex(where: { isPart(name, of: $0.name) && $0.label.item == own }) {
        if case .polygons(let parts)? = labels[index].label.segmentation {
          labels[index].label.segmentation = .polygons(parts + [part])
        } else {
          labels[index].label.segmentation = .polygons([part])
        }
      } else {
        var label = Label(id: 0, item: own, category: category, uid: uid)
        (label.segmentation, label.box) = (.polygons([part]), LabelGeometry.box(polygons: [part]))
        take(value, &label)
        labels.append((name, label))
      }
    }
    let foreign = (data["binary"]?.array ?? []).count { $0["encoding"] != "coco-rle" }
    if foreign > 0 { left["binary", default: 0] += foreign }
    for value in data["binary"]?.array ?? [] where value["encoding"] == "coco-rle" {
      let size = value["avtools"]?["size"]?.array?.compactMap(\.whole) ?? []
      guard size.count == 2 else { throw COCO.Failure("frame \(frame): a mask of object '\(uid.shown)' has no size") }
      let mask: RunLengthMask
      do throws(RunLengthMask.Failure) {
        mask = try RunLengthMask(height: size[0], width: size[1], compressed: value["val"]?.string ?? "")
      } catch { throw COCO.Failure("frame \(frame): object '\(uid.shown)': \(error)") }
      let name = value["name"]?.string ?? "", own = item(frame, value["coordinate_system"]?.string)
      let segmentation = Label.Segmentation.mask(mask, isText: value["avtools"]?["text"]?.bool ?? true)
      if let index = labels.firstIndex(where: { isPart(name, of: $0.name) && $0.label.item == own }) {
        labels[index].label.segmentation = segmentation
      } else {
        var label = Label(id: 0, item: own, category: category, uid: uid)
        (label.segmentation, label.box) = (segmentation, mask.box)
        take(value, &label)
        labels.append((name, label))
      }
    }
    for value in data["point2d"]?.array ?? [] {
      let name = value["name"]?.string ?? "", own = item(frame, value["coordinate_system"]?.string)
      guard let point = value["val"]?.numbers, point.count == 2,
        let index = labels.firstIndex(where: { isPart(name, of: $0.name) && $0.label.item == own })
      else {
        left["point2d", default: 0] += 1
        continue
      }
      let seen = value["attributes"]?["num"]?.array?.first { $0["name"] == "visibility" }?["val"]?.number ?? 2
      labels[index].label.keypoints = (labels[index].label.keypoints ?? []) + point + [seen]
    }
    for kind in ["rbbox", "poly3d", "point3d", "mat", "image", "mesh", "line_reference", "area_reference"] {
      let count = data[kind]?.array?.count ?? 0
      if count > 0 { left[kind, default: 0] += count }
    }
    set.labels += labels.map(\.label)
  }

  /// Attributes, and what is ours.
  private func take(_ value: JSON, _ label: inout Label) {
    for kind in ["boolean", "num", "text", "vec"] {
      for attribute in value["attributes"]?[kind]?.array ?? [] {
        if let name = attribute["name"]?.string { label.attributes[name] = attribute["val"] }
      }
    }
    guard let own = value["avtools"]?.object else { return }
    for member in own["attributes"]?.object?.members ?? [] { label.attributes[member.key] = member.value }
    label.extra = COCO.rest(own, without: ["id", "bbox", "attributes", "size", "text"])
  }
}

extension LabelSet {
  /// Objects get the number of the first label of their track, so that no two share one.
  package mutating func numberObjects() {
    var tracks: [String: String] = [:], taken: Set<String> = []
    for index in labels.indices {
      let label = labels[index], item = items[label.item]
      var uid = "\(label.id)"
      if let track = label.track {
        let key = "\(label.category)/\(track)"
        uid = tracks[key] ?? uid
        tracks[key] = uid
      }
      // A second label of a track in one picture is an object of its own.
      if !taken.insert("\(item.frame)/\(item.stream)/\(uid)").inserted { uid = "\(label.id)" }
      labels[index].uid = uid
    }
  }

  /// Writes it as OpenLABEL, with what only COCO has room for under `metadata.avtools`.
  package func writeOpenLABEL(to output: any ByteOutput) throws {
    var set = self
    set.numberObjects()
    var own = export
    var coco: JSONObject = ["info": .object(info), "licenses": .array(licenses)]
    coco["categories"] = .array(categories.map(\.json))
    if !extra.members.isEmpty { coco["extra"] = .object(extra) }
    own["coco"] = .object(coco)
    var streams: JSONObject = [:], systems = OpenLABELSystems()
    for item in items where streams[item.stream] == nil {
      let isCloud = !item.isPicture
      streams[item.stream] = ["type": isCloud ? "lidar" : "camera"]
      systems.add(sensor: item.stream)
    }
    for system in Set(labels.compactMap(\.system)).sorted() { systems.add(sensor: system) }
    var writer = try OpenLABELWriter(
      to: output, metadata: ["schema_version": "1.0.0", "avtools": .object(own)],
      taxonomy: export["taxonomy"]?.string ?? OpenLABELSystems.taxonomy, categories: categories, streams: streams,
      systems: systems.json)
    var byItem: [Int: [Int]] = [:]
    for (index, label) in set.labels.enumerated() { byItem[label.item, default: []].append(index) }
    let order = items.indices.sorted { (items[$0].frame, $0) < (items[$1].frame, $1) }
    var start = 0
    while start < order.count {
      let frame = items[order[start]].frame
      let end = order[start...].firstIndex { items[$0].frame != frame } ?? order.count
      let own = Array(order[start..<end])
      let labels = own.enumerated().flatMap { place, item in
        (byItem[item] ?? []).map { (label: set.labels[$0], item: place) }
      }
      try writer.write(frame: frame, items: own.map { items[$0] }, labels: labels)
      start = end
    }
    try writer.finish()
  }
}

/// The coordinate systems of a file: the scene, the vehicle, and sensors on it.
package struct OpenLABELSystems: Sendable {
  package static let taxonomy = "urn:avtools:taxonomy:1"
  package static let scene = "odom", vehicle = "vehicle-iso8855"
  private var sensors: [(name: String, pose: JSON?)] = []

  package init() {}

  /// `pose` is where it is on the vehicle; nil where nothing says it.
  package mutating func add(sensor name: String, pose: JSON? = nil) {
    guard name != Self.scene, name != Self.vehicle, !sensors.contains(where: { $0.name == name }) else { return }
    sensors.append((name, pose))
  }

  package var json: JSONObject {
    var systems: JSONObject = [
      Self.scene: ["type": "scene_cs", "parent": "", "children": [.string(Self.vehicle)]],
      Self.vehicle: [
        "type": "local_cs", "parent": .string(Self.scene), "children": .array(sensors.map { .string($0.name) }),
      ],
    ]
    for (name, pose) in sensors {
      var system: JSONObject = ["type": "sensor_cs", "parent": .string(Self.vehicle), "children": []]
      system["pose_wrt_parent"] = pose
      systems[name] = .object(system)
    }
    return systems
  }
}
