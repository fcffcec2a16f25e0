import Artifacts
import Core

/// The label files of a package, written in one pass over items and one over objects.
struct LabelBuild {
  private let plan: LabelPlan
  private let samples: SampleSource
  private let input: LabelInput
  private let settings: LabelSettings
  private let exportID: String
  private var ids: LabelIDs
  private var categories: [LabelCategory] = []
  private var numbers: [String: Int] = [:]
  private let hasTaxonomy: Bool
  private let objects: LabelObjects
  private let surroundings: LabelSurroundings
  private let positions: [(lat: Double, lon: Double)]
  private var counts: [Int] = []
  /// Of the items in lists.
  private let order: [Int]
  private(set) var report = LabelReport()

  init(_ plan: LabelPlan, _ samples: SampleSource, _ input: LabelInput, _ settings: LabelSettings) throws {
    (self.plan, self.samples, self.input, self.settings) = (plan, samples, input, settings)
    ids = settings.ids ?? LabelIDs()
    objects = try LabelObjects(input.enriched)
    hasTaxonomy = settings.taxonomy != nil
    let words = [samples.measurement, settings.digest] + input.datastreams.sorted()
    exportID =
      input.exportID
      ?? "\(Identifier(namespace: .namespace, name: "export:\(JSON.array(words.map { .string($0) }).text)"))"
    var names: Set<String> = []
    if settings.taxonomy == nil {
      try objects.read(isChosen: plan.isChosen, minScore: settings.minScore) { _, objects in
        for object in objects { names.insert(object.name) }
      }
    }
    let own = settings.taxonomy?.categories ?? names.sorted().map { ($0, ["supercategory": ""]) }
    for (name, extra) in own {
      numbers[name] = categories.count
      categories.append(LabelCategory(id: ids.number(.categories, name).id, name: name, extra: extra))
    }
    counts = categories.map { _ in 0 }
    surroundings = try LabelSurroundings(input.enriched, isChosen: plan.isChosen)
    positions = try settings.includesIdentifiers ? Self.positions(input.enriched, samples.count) : []
    report.exportID = exportID
    report.measurement = samples.measurement
    report.left = plan.left
    report.absent = plan.frames.absent
    report.withheld = plan.withheld
    report.split = settings.split?.part(of: samples.measurement)
    order = Self.order(plan.frames.frames, samples, settings.shuffle)
  }

  private static func positions(_ enriched: Folder?, _ count: Int) throws -> [(lat: Double, lon: Double)] {
    guard let enriched else { return [] }
    let batch = try SourceTable("\(enriched.path)/\(Enrichment.tableFile)").columns([
      EgoColumn.latitude.rawValue, EgoColumn.longitude.rawValue,
    ])
    guard batch.count == count, let lat = batch.columns[0].numbers, let lon = batch.columns[1].numbers else {
      return []
    }
    return zip(lat, lon).map { ($0, $1) }
  }

  /// That of time, or one by chance, in which the items of a sample stay together.
  private static func order(_ frames: [LabelFrame], _ samples: SampleSource, _ seed: Int?) -> [Int] {
    guard let seed else { return Array(frames.indices) }
    let keys = frames.map { LabelSplit.chance(seed, samples.id(Int($0.sample))) }
    return frames.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
  }

  private var taxonomyURI: String { settings.taxonomy?.uri ?? OpenLABELSystems.taxonomy }

  var taxonomy: JSON {
    settings.taxonomy?.json ?? ["uri": .string(taxonomyURI), "categories": .array(categories.map(\.json))]
  }

  /// What every file says of the export.
  private var facts: JSONObject {
    var facts: JSONObject = [
      "exportId": .string(exportID), "measurementId": .string(samples.measurement), "taxonomy": .string(taxonomyURI),
      "frame_base": 0,
    ]
    facts["expires"] = settings.expires.map { .time($0) }
    facts["split"] = report.split.map { .string($0) }
    facts["watermark"] = settings.watermark.map { .string($0) }
    if settings.includesIdentifiers { facts["vin"] = input.vin.map { .string($0) } }
    return facts
  }

  // MARK: Label files

  mutating func write(in folder: Folder, _ output: inout SyncOutput, _ step: () throws -> Void) throws {
    let coco =
      settings.formats.contains(.coco) ? try OutputFile(LabelPackage.cocoFile, inStaged: folder, hashed: true) : nil
    let openFile =
      settings.formats.contains(.openlabel)
      ? try OutputFile(LabelPackage.openLABELFile, inStaged: folder, hashed: true) : nil
    var numbering = LabelIDWriter(try OutputFile(LabelIDs.file, inStaged: folder, hashed: true))
    var cocoWriter = try coco.map { output in
      var info: JSONObject = [
        "description": .string("measurement \(samples.measurement)"), "url": "", "version": "1",
        "year": .integer(Int64(year)), "contributor": "", "date_created": "",
      ]
      info["avtools"] = .object(facts)
      return try COCOWriter(to: output, info: info, licenses: [COCOWriter.ownLicense])
    }
    var openLABEL = try openFile.map { try openLABELWriter(to: $0) }

    try numbering.begin(.images, ids)
    var imageIDs = Array(repeating: 0, count: plan.frames.frames.count)
    for index in order {
      let frame = plan.frames.frames[index]
      let key = "\(sampleID(frame))/\(plan.frames.streams[Int(frame.stream)])"
      let (id, isNew) = ids.number(.images, key)
      if isNew { try numbering.put(key, id) }
      imageIDs[index] = id
      let item = item(frame, id)
      if item.isPicture { try cocoWriter?.write(item) }
      try step()
    }
    try numbering.begin(.annotations, ids)
    var next = 0
    // The items of each sample, with labels or without.
    func items(upTo sample: Int, _ body: (Range<Int>) throws -> Void) throws {
      while next < plan.frames.frames.count, Int(plan.frames.frames[next].sample) < sample {
        let first = next
        while next < plan.frames.frames.count, plan.frames.frames[next].sample == plan.frames.frames[first].sample {
          next += 1
        }
        try body(first..<next)
      }
    }
    let isChosen = plan.isChosen
    var tracks = LabelTracks()
    try objects.read(isChosen: isChosen, minScore: settings.minScore) { sample, objects in
      try items(upTo: sample) { try openLABEL?.write(frame($0, imageIDs), inside: marks($0)) }
      try items(upTo: sample + 1) { own in
        let labels = try labels(objects, own, &numbering, &tracks)
        for (label, item) in labels where label.box != nil {
          try cocoWriter?.write(label, image: imageIDs[own.lowerBound + item], category: categories[label.category].id)
        }
        try openLABEL?.write(frame(own, imageIDs), labels, inside: marks(own))
        try step()
      }
    }
    try items(upTo: .max) { try openLABEL?.write(frame($0, imageIDs), inside: marks($0)) }
    try numbering.begin(.categories, ids)
    for category in categories where !ids.before(.categories).contains(where: { $0.key == category.name }) {
      try numbering.put(category.name, category.id)
    }
    if var writer = cocoWriter, let coco {
      try writer.finish(categories)
      output.note(LabelPackage.cocoFile, try coco.commit())
      cocoWriter = nil
    }
    if var writer = openLABEL, let openFile {
      try writer.finish()
      output.note(LabelPackage.openLABELFile, try openFile.commit())
      openLABEL = nil
    }
    output.note(LabelIDs.file, try numbering.finish())
    finishReport()
  }

  private var year: Int { samples.times.first.map { Timestamp(nanoseconds: $0).day.year } ?? 1970 }

  private func sampleID(_ frame: LabelFrame) -> String { samples.id(Int(frame.sample)) }

  private func item(_ frame: LabelFrame, _ id: Int) -> LabelItem {
    let stream = plan.frames.streams[Int(frame.stream)]
    var item = LabelItem(
      id: id, file: settings.copies ? LabelPlan.path(of: frame, stream: stream) : frame.file, width: Int(frame.width),
      height: Int(frame.height), frame: Int(frame.sample), stream: stream, time: frame.time)
    let time = "\(Timestamp(nanoseconds: frame.time))"
    var attributes: JSONObject = [
      "item_id": .string(itemID(frame)), "sample_id": .string(sampleID(frame)), "seq": .count(Int(frame.sample)),
      "t": .string(time), "stream": .string(stream),
    ]
    attributes["split"] = report.split.map { .string($0) }
    if !frame.sha256.isEmpty { attributes["sha256"] = .string(frame.sha256) }
    if !positions.isEmpty, positions[Int(frame.sample)].lat.isFinite {
      attributes["lat"] = .number(positions[Int(frame.sample)].lat)
      attributes["lon"] = .number(positions[Int(frame.sample)].lon)
    }
    item.extra = [
      "license": 1, "date_captured": .string(time.prefix(10) + " " + time.dropFirst(11).prefix(8)), "coco_url": "",
      "flickr_url": "", "attributes": .object(attributes),
    ]
    return item
  }

  private func itemID(_ frame: LabelFrame) -> String {
    let words = [sampleID(frame), plan.frames.streams[Int(frame.stream)]].map(\.jsonQuoted)
    return "\(Identifier(namespace: .namespace, name: "item:[\(words.joined(separator: ","))]"))"
  }

  private func frame(_ own: Range<Int>, _ imageIDs: [Int]) -> [LabelItem] {
    own.map { item(plan.frames.frames[$0], imageIDs[$0]) }
  }

  /// Indices of the scenes that a sample is in, and of what was around it.
  private func marks(_ own: Range<Int>) -> [Int] {
    let sample = Int(plan.frames.frames[own.lowerBound].sample), time = samples.times[sample]
    let scenes = plan.selection.scenes.indices.filter { index in
      let scene = plan.selection.scenes[index]
      return scene.start <= time && (time < scene.end || time == scene.start)
    }
    return scenes + surroundings.of(sample).map { plan.selection.scenes.count + $0 }
  }

  /// The labels of a sample; each has the place of its item among the sample's.
  private mutating func labels(
    _ objects: [LabelObjects.Object], _ own: Range<Int>, _ numbering: inout LabelIDWriter, _ tracks: inout LabelTracks
  ) throws -> [(label: Label, item: Int)] {
    var labels: [(Label, Int)] = []
    let streams = own.map { plan.frames.streams[Int(plan.frames.frames[$0].stream)] }
    let isPicture = own.map { plan.frames.frames[$0].width > 0 }
    var taken: Set<String> = []
    for object in objects {
      guard let category = numbers[object.name] else { continue }
      let place = streams.firstIndex(of: object.stream)
      let isSolid = object.solid != nil && settings.formats.contains(.openlabel)
      // What belongs to another stream than the chosen ones is of the vehicle's axes, or not of these items.
      guard place != nil || isSolid else { continue }
      let box = place.map { isPicture[$0] } == true ? object.box : nil
      guard box != nil || isSolid else {
        report.degenerate += 1
        continue
      }
      let key = "\(samples.id(Int(plan.frames.frames[own.lowerBound].sample)))/\(object.stream)/\(object.index)"
      let (id, isNew) = ids.number(.annotations, key)
      if isNew { try numbering.put(key, id) }
      var label = Label(id: id, item: place ?? 0, category: category, uid: "")
      label.uid = tracks.uid(of: object.track, category: category, id: id)
      // A second object of a track in one picture is an object of its own.
      if !taken.insert("\(object.stream)/\(label.uid)").inserted { label.uid = "\(id)" }
      label.box = box
      if isSolid { (label.cuboid, label.system) = (object.solid, OpenLABELSystems.vehicle) }
      if let box {
        label.segmentation = .polygons([LabelGeometry.corners(box).map { LabelGeometry.rounded($0) }])
        label.extra = ["area": .number(LabelGeometry.rounded(box[2] * box[3])), "iscrowd": 0]
      }
      label.attributes = object.attributes
      label.attributes["track_id"] = object.track.map { .string($0) }
      if object.score.isFinite { label.attributes["score"] = .number(LabelGeometry.rounded(object.score, 6)) }
      label.attributes["source"] = "model"
      counts[category] += 1
      report.labels += 1
      labels.append((label, place ?? 0))
    }
    return labels
  }

  private func openLABELWriter(to output: OutputFile) throws -> OpenLABELWriter {
    let calibration = try LabelCalibration(input.drives)
    var streams: JSONObject = [:], systems = OpenLABELSystems()
    for (number, stream) in plan.frames.streams.enumerated().sorted(by: { $0.element < $1.element }) {
      guard let first = plan.frames.frames.first(where: { Int($0.stream) == number }) else { continue }
      let sensor = plan.frames.sensors[number]
      var facts: JSONObject = ["type": LabelFrames.isPicture(first.file) ? "camera" : "lidar", "uri": .string(stream)]
      facts["stream_properties"] = calibration.lens(of: sensor)
      streams[stream] = .object(facts)
      systems.add(sensor: stream, pose: calibration.pose(of: sensor))
    }
    var own = facts
    own["coco"] = ["categories": .array(categories.map(\.json))]
    if let id = input.datastreams.first { own["datastreamId"] = .string(id) }
    // A rule may have stored where its scene was.
    let places = [EgoColumn.latitude, .longitude, .altitude].map(\.rawValue)
    let scenes = plan.selection.scenes.enumerated().map { number, scene in
      OpenLABELMark(
        .actions, name: "\(scene.type)-\(number)", type: scene.type,
        numbers: scene.numbers.filter { settings.includesIdentifiers || !places.contains($0.key) }
          .sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
        texts: scene.id.isEmpty ? [] : [("scene_id", scene.id)])
    }
    return try OpenLABELWriter(
      to: output,
      metadata: [
        "schema_version": "1.0.0", "name": .string(samples.measurement), "annotator": "av-label-export",
        "avtools": .object(own),
      ], taxonomy: taxonomyURI, categories: categories, streams: streams, systems: systems.json,
      marks: scenes + surroundings.marks, tags: tags)
  }

  /// Types of the scenes, and the driver's tags that were asked for.
  private var tags: [OpenLABELMark] {
    let types = Set(plan.selection.scenes.map(\.type)).sorted()
    let own = input.tags.filter { tag in
      settings.tags.contains { $0 == tag.key || $0 == "\(tag.key)=\(tag.value)" }
    }
    return types.map { OpenLABELMark(.actions, name: $0, type: $0) }
      + own.map { OpenLABELMark(.actions, name: $0.key, type: $0.key, texts: [("value", $0.value)]) }
  }

  // MARK: The list of items

  private mutating func finishReport() {
    let frames = plan.frames.frames
    report.items = frames.count
    report.samples = plan.isChosen.count { $0 }
    var counted = plan.frames.streams.map { _ in 0 }
    for frame in frames { counted[Int(frame.stream)] += 1 }
    report.streams = zip(plan.frames.streams, counted).filter { $0.1 > 0 }.sorted { $0.0 < $1.0 }.map { ($0, $1) }
    report.classes = zip(categories, counts).filter { $0.1 > 0 }.map { ($0.name, $1) }
    if let first = frames.map(\.time).min(), let last = frames.map(\.time).max() {
      report.range = TimeRange(start: Timestamp(nanoseconds: first), end: Timestamp(nanoseconds: last))
    }
  }

  func writeExport(in folder: Folder, _ output: inout SyncOutput) throws {
    let file = try OutputFile(LabelPackage.reportFile, inStaged: folder, hashed: true)
    var object: JSONObject = ["schema": "av.export/1"]
    for member in facts.members { object[member.key] = member.value }
    object["tool"] = .string("av-label-export \(Version.number)")
    object["datastreams"] = .array(input.datastreams.map { .string($0) })
    object["mode"] = settings.copies ? "copy" : "in-place"
    object["base"] = settings.copies ? "." : input.base
    object["partner"] = settings.partner.map { .string($0) }
    object["purpose"] = settings.purpose.map { .string($0) }
    object["labels"] = .array(settings.formats.map(\.rawValue).sorted().map { .string("\($0).json") })
    object["counts"] = .object(report.json)
    var buffer: [UInt8] = []
    JSON.object(object).append(to: &buffer)
    // The list of items is too long to be a value.
    buffer.removeLast()
    buffer += Array(#","items":["#.utf8)
    for (place, index) in order.enumerated() {
      let frame = plan.frames.frames[index]
      if place > 0 { buffer.append(UInt8(ascii: ",")) }
      buffer.append(UInt8(ascii: "\n"))
      let stream = plan.frames.streams[Int(frame.stream)]
      var item: JSONObject = [
        "item_id": .string(itemID(frame)), "sample_id": .string(sampleID(frame)), "seq": .count(Int(frame.sample)),
        "t": .time(Timestamp(nanoseconds: frame.time)), "stream": .string(stream),
        "path": .string(settings.copies ? LabelPlan.path(of: frame, stream: stream) : frame.file),
        "bytes": .count(frame.bytes), "sha256": .string(frame.sha256),
      ]
      if frame.width > 0 {
        item["width"] = .count(Int(frame.width))
        item["height"] = .count(Int(frame.height))
      }
      JSON.object(item).append(to: &buffer)
      if buffer.count > 1 << 16 {
        try file.write(buffer)
        buffer.removeAll(keepingCapacity: true)
      }
    }
    buffer += Array("]}\n".utf8)
    try file.write(buffer)
    output.note(LabelPackage.reportFile, try file.commit())
  }
}

/// Which object of OpenLABEL a track is: that of its first label.
struct LabelTracks {
  private var objects: [String: String] = [:]

  mutating func uid(of track: String?, category: Int, id: Int) -> String {
    guard let track else { return "\(id)" }
    let key = "\(category)/\(track)"
    if let uid = objects[key] { return uid }
    objects[key] = "\(id)"
    return "\(id)"
  }
}

extension OpenLABELWriter {
  fileprivate mutating func write(
    _ items: [LabelItem], _ labels: [(label: Label, item: Int)] = [], inside: [Int]
  ) throws {
    guard let frame = items.first?.frame else { return }
    try write(frame: frame, items: items, labels: labels, inside: inside)
  }
}
