import Artifacts
import Core

/// What an import leaves in the zone `labeled`: the files that came back, and their labels as a table and in both forms.
struct LabelReturnFiles {
  private let result: LabelReturn
  private let digest: String

  static let tableFile = "labels.parquet", report = "return_report.json"

  init(_ result: LabelReturn, digest: String) { (self.result, self.digest) = (result, digest) }

  /// The files of one return come below `original`, those of several below `original/1` and so on.
  func write(_ sources: [LabelSource], into folder: Folder, jobs: Int) throws -> DatastreamContents {
    var output = SyncOutput(folder, jobs: jobs)
    for source in sources {
      for file in source.files {
        let path = "original/\(source.prefix)\(file.path)"
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let reader = try FileReader(file.path, in: source.folder)
        let copy = try OutputFile(
          String(path[path.index(after: slash)...]), inStaged: folder.making(String(path[..<slash])), hashed: true)
        try copy.copy(reader)
        try reader.checkUnchanged()
        let written = try copy.commit()
        guard written.sha256?.hex == file.sha256 else {
          throw SourceError(reader.path, "changed while it was read", code: .changed)
        }
        output.note(path, written)
      }
    }
    let labels = sorted
    try output.table(Self.tableFile, Self.schema, sortedBy: "seq") { sink in
      for start in stride(from: 0, to: labels.count, by: 1 << 14) {
        try sink.write(batch(Array(labels[start..<min(start + 1 << 14, labels.count)]), first: start))
      }
    }
    var set = set(labels)
    set.numberLabels()
    for format in LabelFormat.allCases {
      let name = format == .coco ? LabelPackage.cocoFile : LabelPackage.openLABELFile
      let file = try OutputFile(name, inStaged: folder, hashed: true)
      switch format {
      case .coco: _ = try set.writeCOCO(to: file)
      case .openlabel: try set.writeOpenLABEL(to: file)
      }
      output.note(name, try file.commit())
    }
    return try ArtifactSums.write(result.json, as: Self.report, beside: output.sums, in: folder)
  }

  private var sorted: [LabelReturn.Returned] {
    let items = result.export.items
    return result.labels.enumerated().sorted { one, other in
      let (a, b) = (items[one.element.item], items[other.element.item])
      return (a.seq, a.stream, one.offset) < (b.seq, b.stream, other.offset)
    }.map(\.element)
  }

  /// The items that came back, with their labels.
  private func set(_ labels: [LabelReturn.Returned]) -> LabelSet {
    var set = LabelSet(), places: [Int: Int] = [:]
    set.categories = result.export.categories
    set.export = ["exportId": .string(result.export.id), "measurementId": .string(result.export.measurement)]
    set.export["taxonomy"] = .string(result.export.taxonomy)
    set.info = ["description": .string("labels of measurement \(result.export.measurement)"), "version": "1"]
    set.info["avtools"] = .object(set.export)
    set.licenses = [COCOWriter.ownLicense]
    for index in result.export.items.indices where result.rules[index] != nil {
      let sent = result.export.items[index]
      var item = LabelItem(
        id: index + 1, file: sent.path, width: sent.width, height: sent.height, frame: sent.seq, stream: sent.stream,
        time: sent.time)
      item.extra = [
        "license": 1,
        "attributes": [
          "item_id": .string(sent.itemID), "sample_id": .string(sent.sampleID), "seq": .count(sent.seq),
          "t": .time(Timestamp(nanoseconds: sent.time)), "stream": .string(sent.stream), "sha256": .string(sent.sha256),
        ],
      ]
      places[index] = set.items.count
      set.items.append(item)
    }
    for returned in labels {
      guard let place = places[returned.item] else { continue }
      var label = returned.label
      label.category = set.category(returned.name)
      label.item = place
      set.labels.append(label)
    }
    return set
  }

  // MARK: The table

  static let schema: Schema = {
    func text(_ name: String, isNullable: Bool = true) -> Field { Field(name, .string, isNullable: isNullable) }
    func number(_ name: String, _ unit: String? = nil) -> Field { Field(name, .float64, isNullable: true, unit: unit) }
    return Schema(
      [
        text("label_id", isNullable: false), text("item_id", isNullable: false), text("sample_id", isNullable: false),
        Field("seq", .int64), Field("t_ns", .int64, unit: "ns"), Field("ts", .timestamp),
        text("stream", isNullable: false), text("class", isNullable: false), text("kind", isNullable: false),
        text("track_id"),
      ] + ["x_min", "y_min", "width", "height"].map { number($0, "px") } + [
        Field("polygon", .list(.float64), isNullable: true), text("rle"),
      ] + ["cx", "cy", "cz"].map { number($0, "m") } + ["qx", "qy", "qz", "qw"].map { number($0) }
        + ["length", "width_m", "height_m"].map { number($0, "m") } + [
          text("coordinate_system"), number("score"), text("source", isNullable: false), text("annotator"),
          text("attributes"), text("original_id", isNullable: false),
        ])
  }()

  private func batch(_ labels: [LabelReturn.Returned], first: Int) -> Batch {
    let items = labels.map { result.export.items[$0.item] }
    let boxes = labels.map { $0.label.box ?? [.nan, .nan, .nan, .nan] }
    let solids = labels.map { $0.label.cuboid ?? Array(repeating: .nan, count: 10) }
    var offsets = [0], corners: [Double] = [], hasPolygon: [Bool] = [], masks: [String?] = []
    for (label, item) in zip(labels, items) {
      switch label.label.segmentation {
      // One part is a polygon; several are what they cover.
      case .polygons(let parts)? where parts.count == 1:
        corners += parts[0]
        hasPolygon.append(true)
        masks.append(nil)
      case .polygons(let parts)?:
        hasPolygon.append(false)
        masks.append(try? RunLengthMask(polygons: parts, height: item.height, width: item.width).compressed)
      case .mask(let mask, _)?:
        hasPolygon.append(false)
        masks.append(mask.compressed)
      case nil:
        hasPolygon.append(false)
        masks.append(nil)
      }
      offsets.append(corners.count)
    }
    let times = items.map(\.time)
    var columns: [Column] = [
      .words(labels.indices.map { id(labels[$0], items[$0], first + $0) }), .words(items.map(\.itemID)),
      .words(items.map(\.sampleID)), Column(.int64(items.map { Int64($0.seq) })), Column(.int64(times)),
      Column(.int64(times.map(Timestamp.microseconds))), .words(items.map(\.stream)), .words(labels.map(\.name)),
      .words(labels.map { Self.kind($0.label) }), .words(labels.map(\.label.track)),
    ]
    columns += (0..<4).map { place in .known(boxes.map { $0[place] }) }
    columns += [
      Column(.list(offsets: offsets, element: Column(.float64(corners))), validity: hasPolygon), .words(masks),
    ]
    columns += (0..<10).map { place in .known(solids.map { $0[place] }) }
    columns += [
      .words(labels.map(\.label.system)), .known(labels.map { $0.label.score ?? .nan }),
      .words(labels.map { $0.label.attributes["source"]?.string ?? "human" }),
      .words(labels.map { _ in result.annotator }),
      .words(labels.map { $0.label.attributes.members.isEmpty ? nil : JSON.object($0.label.attributes).text }),
      .words(labels.map(\.originalID)),
    ]
    return Batch(schema: Self.schema, columns: columns, count: labels.count)
  }

  private func id(_ label: LabelReturn.Returned, _ item: LabelExportFile.Item, _ number: Int) -> String {
    let words = [digest, item.itemID, label.originalID, "\(number)"].map(\.jsonQuoted).joined(separator: ",")
    return "\(Identifier(namespace: .namespace, name: "label:[\(words)]"))"
  }

  private static func kind(_ label: Label) -> String {
    if label.keypoints != nil { return "keypoints" }
    switch label.segmentation {
    case .mask?: return "mask"
    case .polygons(let parts)?:
      let isBox =
        parts.count == 1
        && label.box.map { LabelGeometry.corners($0).elementsEqual(parts[0]) { abs($0 - $1) < 0.01 } } == true
      return isBox ? "bbox" : "polygon"
    case nil: return label.box != nil ? "bbox" : "cuboid"
    }
  }
}
