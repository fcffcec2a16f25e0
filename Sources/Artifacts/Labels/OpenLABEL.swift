package import Core

/// ASAM OpenLABEL 1.0 files written frame by frame (labels.md 3).
///
/// ```
///   openlabel.metadata · ontologies · coordinate_systems · streams
///            .frames.<n>.frame_properties · objects.<uid>.object_data · actions
///            .frame_intervals · objects.<uid> · actions.<uid> · relations · tags
/// ```
/// Memory is a frame, and for each object its class and the frames that it is in.
package struct OpenLABELWriter {
  private let output: any ByteOutput
  private var buffer: [UInt8] = []
  private var frames = FrameIntervals()
  private var objects: [Int: Object] = [:]
  /// Objects in one frame only, which most are that nobody tracks.
  private var single: [(uid: Int, category: Int32, frame: Int32)] = []
  private var intervals: [FrameIntervals]
  private var last = Int64.min
  private let marks: [OpenLABELMark]
  private let categories: [LabelCategory]
  private let tags: [OpenLABELMark]

  private struct Object {
    var category: Int
    var frames = FrameIntervals()
  }

  /// `streams` and `systems` are the sections of those names.
  package init(
    to output: any ByteOutput, metadata: JSONObject, taxonomy: String, categories: [LabelCategory],
    streams: JSONObject, systems: JSONObject, marks: [OpenLABELMark] = [], tags: [OpenLABELMark] = []
  ) throws {
    self.output = output
    (self.marks, self.tags) = (marks, tags)
    self.categories = categories
    intervals = marks.map { _ in FrameIntervals() }
    var metadata = metadata
    if metadata["schema_version"] == nil { metadata["schema_version"] = "1.0.0" }
    var types = categories.map(\.name)
    for mark in marks + tags where !types.contains(mark.type) { types.append(mark.type) }
    var ontology: JSONObject = ["uri": .string(taxonomy)]
    // An empty list would forbid nothing, or everything.
    if !types.isEmpty {
      ontology["boundary_list"] = .array(types.map { .string($0) })
      ontology["boundary_mode"] = "include"
    }
    buffer += Array(#"{"openlabel":{"metadata":"#.utf8)
    JSON.object(metadata).append(to: &buffer)
    put("ontologies", ["0": .object(ontology)])
    if !systems.members.isEmpty { put("coordinate_systems", .object(systems)) }
    put("streams", .object(streams))
    buffer += Array(#","frames":{"#.utf8)
  }

  private mutating func put(_ key: String, _ value: JSON) {
    buffer.append(UInt8(ascii: ","))
    buffer.appendJSON(key)
    buffer.append(UInt8(ascii: ":"))
    value.append(to: &buffer)
  }

  /// Writes the next frame; they come in order.
  ///
  /// `labels` are of `items`; `inside` are indices of the marks that the frame is in.
  package mutating func write(
    frame: Int, items: [LabelItem], labels: [(label: Label, item: Int)], inside: [Int] = []
  ) throws {
    if !frames.isEmpty { buffer.append(UInt8(ascii: ",")) }
    buffer.append(UInt8(ascii: "\n"))
    frames.add(frame)
    // Times of frames go up; what does not is only said of its stream.
    let time = items.compactMap(\.time).min().flatMap { $0 > last ? $0 : nil }
    last = time ?? last
    var members: JSONObject = ["frame_properties": OpenLABEL.properties(items, at: time)]
    var order: [String] = [], data: [String: [(kind: String, value: JSON)]] = [:]
    for (label, item) in labels {
      if data[label.uid] == nil {
        order.append(label.uid)
        note(label, frame)
      }
      data[label.uid, default: []] += OpenLABEL.data(label, stream: items[item].stream, categories[label.category])
    }
    if !order.isEmpty {
      members["objects"] = .object(
        JSONObject(
          order.map { uid in
            var kinds: [String] = [], lists: [String: [JSON]] = [:]
            for (kind, value) in data[uid] ?? [] {
              if lists[kind] == nil { kinds.append(kind) }
              lists[kind, default: []].append(value)
            }
            let own = JSONObject(kinds.map { .init(key: $0, value: .array(lists[$0] ?? [])) })
            return .init(key: uid, value: ["object_data": .object(own)])
          }))
    }
    for kind in OpenLABELMark.Kind.allCases {
      let own = inside.filter { marks[$0].kind == kind }
      guard !own.isEmpty else { continue }
      for index in own { intervals[index].add(frame) }
      members[kind.rawValue] = .object(JSONObject(own.map { .init(key: "\($0)", value: [:]) }))
    }
    buffer.appendJSON("\(frame)")
    buffer.append(UInt8(ascii: ":"))
    JSON.object(members).append(to: &buffer)
    guard buffer.count > 1 << 16 else { return }
    try output.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func note(_ label: Label, _ frame: Int) {
    guard let uid = Int(label.uid) else { return }
    if label.track == nil {
      single.append((uid, Int32(label.category), Int32(clamping: frame)))
    } else {
      objects[uid, default: Object(category: label.category)].frames.add(frame)
    }
  }

  package mutating func finish() throws {
    buffer.append(UInt8(ascii: "}"))
    put("frame_intervals", frames.json)
    buffer += Array(#","objects":{"#.utf8)
    var isFirst = true
    func element(_ uid: Int, _ category: Int, _ intervals: JSON) -> (String, JSON) {
      let type = categories[category].name
      return (
        "\(uid)",
        ["name": .string("\(type)-\(uid)"), "type": .string(type), "ontology_uid": "0", "frame_intervals": intervals]
      )
    }
    var tracked = objects.sorted { $0.key < $1.key }[...]
    single.sort { $0.uid < $1.uid }
    var index = 0
    while index < single.count || !tracked.isEmpty {
      let own: (String, JSON)
      if index < single.count, tracked.first.map({ single[index].uid < $0.key }) ?? true {
        var frames = FrameIntervals()
        frames.add(Int(single[index].frame))
        own = element(single[index].uid, Int(single[index].category), frames.json)
        index += 1
      } else if let object = tracked.popFirst() {
        own = element(object.key, object.value.category, object.value.frames.json)
      } else {
        break
      }
      if !isFirst { buffer.append(UInt8(ascii: ",")) }
      isFirst = false
      buffer.append(UInt8(ascii: "\n"))
      buffer.appendJSON(own.0)
      buffer.append(UInt8(ascii: ":"))
      own.1.append(to: &buffer)
      if buffer.count > 1 << 16 {
        try output.write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    buffer.append(UInt8(ascii: "}"))
    for kind in OpenLABELMark.Kind.allCases {
      let used = marks.indices.filter { marks[$0].kind == kind && !intervals[$0].isEmpty }
      guard !used.isEmpty else { continue }
      put(
        kind.rawValue,
        .object(JSONObject(used.map { .init(key: "\($0)", value: marks[$0].json(intervals[$0].json)) })))
    }
    if !tags.isEmpty {
      put("tags", .object(JSONObject(tags.enumerated().map { .init(key: "\($0.offset)", value: $0.element.tag) })))
    }
    buffer += Array("}}\n".utf8)
    try output.write(buffer)
    buffer = []
  }
}

/// What some frames are in, such as a scene or weather; without frames, a tag of the file.
package struct OpenLABELMark: Sendable {
  package enum Kind: String, Sendable, CaseIterable { case actions, contexts }

  package var kind: Kind
  package var name: String
  package var type: String
  /// Numbers that describe it.
  package var numbers: [(name: String, value: Double)]
  /// Texts, such as its id.
  package var texts: [(name: String, value: String)]

  package init(
    _ kind: Kind, name: String, type: String, numbers: [(name: String, value: Double)] = [],
    texts: [(name: String, value: String)] = []
  ) {
    (self.kind, self.name, self.type, self.numbers, self.texts) = (kind, name, type, numbers, texts)
  }

  private var data: JSONObject {
    var data: JSONObject = [:]
    if !numbers.isEmpty { data["num"] = .array(numbers.map { ["name": .string($0.name), "val": .number($0.value)] }) }
    if !texts.isEmpty { data["text"] = .array(texts.map { ["name": .string($0.name), "val": .string($0.value)] }) }
    return data
  }

  func json(_ intervals: JSON) -> JSON {
    var object: JSONObject = [
      "name": .string(name), "type": .string(type), "ontology_uid": "0", "frame_intervals": intervals,
    ]
    if !data.members.isEmpty { object["\(kind.rawValue.dropLast())_data"] = .object(data) }
    return .object(object)
  }

  var tag: JSON {
    var object: JSONObject = ["type": .string(type), "ontology_uid": "0"]
    if !data.members.isEmpty { object["tag_data"] = .object(data) }
    return .object(object)
  }
}

/// Numbers of frames that come in order, as ranges.
struct FrameIntervals: Sendable {
  private var ranges: [ClosedRange<Int>] = []
  var isEmpty: Bool { ranges.isEmpty }

  mutating func add(_ frame: Int) {
    guard let last = ranges.last else { return ranges.append(frame...frame) }
    if frame == last.upperBound + 1 {
      ranges[ranges.count - 1] = last.lowerBound...frame
    } else if frame > last.upperBound {
      ranges.append(frame...frame)
    }
  }

  var json: JSON {
    .array(ranges.map { ["frame_start": .count($0.lowerBound), "frame_end": .count($0.upperBound)] })
  }
}

/// Labels as data of OpenLABEL's frames, and back.
package enum OpenLABEL {
  static func properties(_ items: [LabelItem], at time: Int64?) -> JSON {
    var streams: [JSONObject.Member] = [], own: [JSONObject.Member] = []
    for item in items {
      var stream: JSONObject = ["uri": .string(item.file)]
      if let time = item.time {
        stream["stream_properties"] = [
          "sync": ["frame_stream": .count(item.frame), "timestamp": .string("\(Timestamp(nanoseconds: time))")]
        ]
      }
      streams.append(.init(key: item.stream, value: .object(stream)))
      var members: [JSONObject.Member] = [.init(key: "id", value: .count(item.id))]
      if item.isPicture {
        members.append(.init(key: "width", value: .count(item.width)))
        members.append(.init(key: "height", value: .count(item.height)))
      }
      own.append(.init(key: item.stream, value: .object(JSONObject(members + item.extra.members))))
    }
    var properties: JSONObject = [:]
    if let time { properties["timestamp"] = .string("\(Timestamp(nanoseconds: time))") }
    properties["streams"] = .object(JSONObject(streams))
    properties["avtools"] = ["items": .object(JSONObject(own))]
    return .object(properties)
  }

  /// The data of one label: a box, and what else it has, by names that begin with the stream's.
  static func data(_ label: Label, stream: String, _ category: LabelCategory) -> [(kind: String, value: JSON)] {
    var data: [(String, JSON)] = []
    let system: JSON = .string(stream)
    var (attributes, left) = split(label.attributes)
    var own: JSONObject = ["id": .count(label.id)]
    for member in label.extra.members { own[member.key] = member.value }
    if !left.members.isEmpty { own["attributes"] = .object(left) }
    if let box = label.box {
      let center = [box[0] + box[2] / 2, box[1] + box[3] / 2, box[2], box[3]]
      // What comes back from the middle may be another double.
      if OpenLABEL.box(center) != box { own["bbox"] = .numbers(box) }
      var value: JSONObject = ["name": .string(stream), "val": .numbers(center), "coordinate_system": system]
      if !attributes.members.isEmpty { value["attributes"] = .object(attributes) }
      value["avtools"] = .object(own)
      data.append(("bbox", .object(value)))
      (attributes, own) = ([:], [:])
    }
    if let cuboid = label.cuboid {
      var value: JSONObject = ["name": .string("\(stream)/cuboid"), "val": .numbers(cuboid)]
      value["coordinate_system"] = label.system.map { .string($0) }
      if !attributes.members.isEmpty { value["attributes"] = .object(attributes) }
      if !own.members.isEmpty { value["avtools"] = .object(own) }
      data.append(("cuboid", .object(value)))
    }
    switch label.segmentation {
    case nil: break
    case .polygons(let parts)?:
      for (index, part) in parts.enumerated() {
        data.append(
          (
            "poly2d",
            [
              "name": .string("\(stream)/\(index)"), "val": .numbers(part), "mode": "MODE_POLY2D_ABSOLUTE",
              "closed": true, "coordinate_system": system,
            ]
          ))
      }
    case .mask(let mask, let isText)?:
      data.append(
        (
          "binary",
          [
            "name": .string(stream), "val": .string(mask.compressed), "encoding": "coco-rle", "data_type": "mask",
            "coordinate_system": system,
            "avtools": ["size": [.count(mask.height), .count(mask.width)], "text": .bool(isText)],
          ]
        ))
    }
    if let keypoints = label.keypoints {
      // Names that say which.
      let names = Set(category.keypoints).count == category.keypoints.count ? category.keypoints : []
      for index in stride(from: 0, to: keypoints.count - 2, by: 3) {
        let name = index / 3 < names.count ? names[index / 3] : "\(index / 3)"
        data.append(
          (
            "point2d",
            [
              "name": .string("\(stream)/\(name)"), "val": .numbers(Array(keypoints[index..<index + 2])),
              "coordinate_system": system,
              "attributes": ["num": [["name": "visibility", "val": .number(keypoints[index + 2])]]],
            ]
          ))
      }
    }
    return data
  }

  /// Left, top, width and height from the middle; decimals that people write come back as they were.
  static func box(_ center: [Double]) -> [Double] {
    [
      LabelGeometry.rounded(center[0] - center[2] / 2, 6), LabelGeometry.rounded(center[1] - center[3] / 2, 6),
      center[2], center[3],
    ]
  }

  /// What OpenLABEL has kinds for, and the rest.
  private static func split(_ attributes: JSONObject) -> (own: JSONObject, rest: JSONObject) {
    var kinds: [String: [JSON]] = [:], rest: JSONObject = [:]
    for member in attributes.members {
      let kind: String
      switch member.value {
      case .bool: kind = "boolean"
      case .integer, .unsigned, .number: kind = "num"
      case .string: kind = "text"
      case .array(let list)
      where !list.isEmpty && (list.allSatisfy { $0.number != nil } || list.allSatisfy { $0.string != nil }):
        kind = "vec"
      case .array, .object, .null:
        rest[member.key] = member.value
        continue
      }
      kinds[kind, default: []].append(["name": .string(member.key), "val": member.value])
    }
    let own = ["boolean", "num", "text", "vec"].compactMap { kind in
      kinds[kind].map { JSONObject.Member(key: kind, value: .array($0)) }
    }
    return (JSONObject(own), rest)
  }
}
