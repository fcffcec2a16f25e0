import Core

/// Frames, and what must agree with them: intervals and pointers.
extension OpenLABELCheck {
  private static let members: Set = [
    "frame_properties", "objects", "actions", "events", "contexts", "relations",
  ]

  mutating func checkFrames() {
    var numbered: [(number: Int, frame: JSONObject, place: String)] = []
    for (key, frame, place) in objects(root["frames"], "/frames") {
      guard !key.isEmpty, key.utf8.allSatisfy({ 48...57 ~= $0 }), let number = Int(key) else {
        add("O20", place, "its key is not the number of a frame")
        continue
      }
      if "\(number)" != key { add("O19", place, "its key is not canonical") }
      checkMembers(frame, place, allowed: Self.members)
      numbered.append((number, frame, place))
    }
    numbered.sort { $0.number < $1.number }
    frames = numbered.map(\.number)
    var last: Timestamp?
    for (number, frame, place) in numbered {
      checkProperties(frame["frame_properties"], place + "/frame_properties", &last)
      for kind in Kind.allCases { checkElements(kind, of: frame, number, place) }
      for (uid, _, own) in objects(frame["relations"], place + "/relations") {
        if relations[uid] == nil { add("O2", own, id: uid, "relation '\(uid.shown)' is not declared") }
        relations[uid]?.occurrences.append(number)
      }
    }
  }

  private mutating func checkElements(_ kind: Kind, of frame: JSONObject, _ number: Int, _ place: String) {
    let key = "\(kind.singular)_data"
    for (uid, element, own) in objects(frame[kind.rawValue], "\(place)/\(kind.rawValue)") {
      guard var known = elements[kind]?[uid] else {
        add("O2", own, id: uid, "\(kind.singular) '\(uid.shown)' is not declared")
        continue
      }
      checkMembers(element, own, id: uid, allowed: [key])
      // Held here only, so that it is changed in place.
      elements[kind]?[uid] = nil
      known.occurrences.append(number)
      if let data = element[key] { checkData(data, kind, "\(own)/\(key)", id: uid, frame: number, &known) }
      elements[kind]?[uid] = known
    }
  }

  private mutating func checkProperties(_ json: JSON?, _ place: String, _ last: inout Timestamp?) {
    guard let json else { return }
    guard let properties = json.object else { return add("O20", place, "wanted an object, found \(json.kind)") }
    checkTime(properties["timestamp"], place + "/timestamp")
    if let time = properties["timestamp"]?.timestamp {
      if let last, time <= last { add("O12", place + "/timestamp", "\(time) is not after \(last)") }
      last = time
    }
    for (name, stream, own) in objects(properties["streams"], place + "/streams") {
      guard let known = streams[name] else {
        add("O12", own, "stream '\(name.shown)' is not declared")
        continue
      }
      let sync = stream["stream_properties"]?["sync"]
      checkTime(sync?["timestamp"], own + "/stream_properties/sync/timestamp")
      guard let number = sync?["frame_stream"]?.integer else { continue }
      if let last = known.lastNumber, number < last {
        add("O12", own + "/stream_properties/sync/frame_stream", "\(number) comes after \(last)")
      }
      streams[name]?.lastNumber = number
    }
    for (name, transform, own) in objects(properties["transforms"], place + "/transforms")
    where checkMembers(transform, own, id: name, required: ["src", "dst", "transform_src_to_dst"]) {
      for key in ["src", "dst"] where !systems.contains(transform[key]?.string ?? "") {
        add("O5", "\(own)/\(key)", id: name, "coordinate system \(transform[key]?.text ?? "") is not declared")
      }
      if let pose = transform["transform_src_to_dst"] { checkPose(pose, own + "/transform_src_to_dst") }
    }
  }

  /// O6 and O8.
  mutating func checkIntervals() {
    if let own = intervals(root["frame_intervals"], "/frame_intervals", code: "O6") {
      if let problem = Self.difference(own, frames) { add("O6", "/frame_intervals", problem.text) }
    } else if root["frame_intervals"] == nil, !frames.isEmpty {
      add("O6", "/frame_intervals", "is missing, and there are \(frames.count) frames", .warning)
    }
    for kind in Kind.allCases {
      for (uid, element) in (elements[kind] ?? [:]).sorted(by: { $0.key < $1.key }) {
        checkIntervals(element, "/\(kind.rawValue)/\(Self.part(uid))", id: uid)
      }
    }
    for (uid, relation) in relations.sorted(by: { $0.key < $1.key }) {
      checkIntervals(relation, "/relations/\(Self.part(uid))", id: uid)
    }
  }

  private mutating func checkIntervals(_ element: Element, _ place: String, id: String) {
    // Where no frame names it, its intervals say all that there is to say.
    guard let own = element.intervals, !element.occurrences.isEmpty,
      let difference = Self.difference(own, element.occurrences)
    else { return }
    add("O8", place + "/frame_intervals", id: id, difference.text, difference.isMissing ? .error : .warning)
  }

  /// How intervals and frames differ; `isMissing` when a frame is in no interval.
  static func difference(_ intervals: [ClosedRange<Int>], _ frames: [Int]) -> (text: String, isMissing: Bool)? {
    var covered = 0, index = 0
    for frame in frames {
      while index < intervals.count, intervals[index].upperBound < frame { index += 1 }
      guard index < intervals.count, intervals[index].contains(frame) else {
        return ("frame \(frame) is in no interval", true)
      }
      covered += 1
    }
    let wanted = intervals.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) + 1 }
    return wanted == covered ? nil : ("\(wanted) frames are in the intervals, and it is in \(covered)", false)
  }

  /// O9.
  mutating func checkPointers() {
    for kind in Kind.allCases {
      for (uid, element, place) in objects(root[kind.rawValue], "/\(kind.rawValue)") {
        let key = "\(kind.singular)_data_pointers"
        for (name, pointer, own) in objects(element[key], "\(place)/\(key)") {
          checkPointer(name, pointer, own, id: uid, elements[kind]?[uid]?.data[name] ?? [])
        }
      }
    }
  }

  private mutating func checkPointer(_ name: String, _ pointer: JSONObject, _ place: String, id: String, _ all: [Datum])
  {
    guard checkMembers(pointer, place, id: id, required: ["type", "frame_intervals"]) else { return }
    let type = pointer["type"]?.string ?? ""
    let data = all.filter { $0.type == type }
    guard !data.isEmpty else {
      return add("O9", place, id: id, "there is no \(type.shown) '\(name.shown)'")
    }
    guard let own = intervals(pointer["frame_intervals"], place + "/frame_intervals", id: id, code: "O9") else {
      return
    }
    let frames = data.compactMap(\.frame)
    if !frames.isEmpty, let difference = Self.difference(own, frames) {
      return add("O9", place + "/frame_intervals", id: id, difference.text)
    }
    for member in pointer["attribute_pointers"]?.object?.members ?? []
    where !data.contains(where: { $0.attributes[member.key] == member.value.string }) {
      add(
        "O9", "\(place)/attribute_pointers/\(Self.part(member.key))", id: id,
        "no attribute '\(member.key.shown)' is \(member.value.text)")
    }
  }
}
