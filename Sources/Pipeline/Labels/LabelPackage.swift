import Artifacts
package import Core

/// Makes a package for a labelling partner: pictures or where they are, what is known of them, and what a machine saw.
///
/// ```
///   coco.json · openlabel.json     items and pre-labels
///   ids.json                       keys and their numbers
///   taxonomy.json                  classes
///   images/<stream>/<seq>.png      only where they are copied; clouds/ for scans
///   export.json · SHA256SUMS
/// ```
/// Nothing is in it but the chosen items. Items are held, some 400 bytes each; objects and text go through.
package struct LabelPackage: Sendable {
  package static let reportFile = "export.json"
  static let cocoFile = "coco.json", openLABELFile = "openlabel.json", taxonomyFile = "taxonomy.json"

  package let settings: LabelSettings
  package let jobs: Int
  /// Called now and then; may throw to stop.
  package var step: @Sendable () throws -> Void = {}

  package init(_ settings: LabelSettings, jobs: Int) { (self.settings, self.jobs) = (settings, jobs) }

  package func run(_ input: LabelInput, into folder: Folder) throws -> (
    report: LabelReport, contents: DatastreamContents
  ) {
    let samples = try SampleSource(input.folder)
    var plan = try LabelPlan(input, samples, settings, step)
    var output = SyncOutput(folder, jobs: jobs)
    if settings.copies { try LabelCopies(settings, jobs, step).copy(&plan, input, folder, &output) }
    var build = try LabelBuild(plan, samples, input, settings)
    try output.file(Self.taxonomyFile, Array((build.taxonomy.pretty + "\n").utf8))
    try build.write(in: folder, &output, step)
    try build.writeExport(in: folder, &output)
    let sums = DatastreamContents(output.sums)
    let lines = sums.files.map { "\($0.sha256 ?? "")  \($0.path)\n" }
    try output.file(ArtifactSums.list, Array(lines.joined().utf8))
    return (build.report, DatastreamContents(output.sums))
  }
}

/// What an export chose.
struct LabelPlan: Sendable {
  var frames: LabelFrames
  var selection: LabelSelection
  /// Of every sample; after classes, likeness and the greatest number.
  var isChosen: [Bool]
  /// Numbers of samples that each step left out.
  var left: [(step: String, samples: Int)]
  /// Pictures that could not be freed of what a camera wrote beside them, and what is wrong with the first.
  var withheld: (count: Int, first: String)?

  init(_ input: LabelInput, _ samples: SampleSource, _ settings: LabelSettings, _ step: () throws -> Void) throws {
    selection = try LabelSelection(input, settings)
    isChosen = try selection.choose(samples, input)
    left = selection.left
    let objects = try LabelObjects(input.enriched)
    var withClass: Set<Int64> = []
    if let classes = settings.classes {
      guard objects.areKnown else {
        throw SourceError(
          "samples", "no objects are known: items cannot be chosen by class",
          hint: "give the enriched datastream: av-enrich --objects", code: .missing)
      }
      // Of a sample, and of a stream's hash beside it.
      try objects.read(isChosen: isChosen, minScore: settings.minScore) { sample, objects in
        for object in objects where classes.contains(object.name) { withClass.insert(Self.key(sample, object.stream)) }
      }
    }
    frames = try LabelFrames(input, isChosen: isChosen, wanted: settings.streams)
    if settings.classes != nil {
      let streams = frames.streams
      filter("class") { frame in
        withClass.contains(Self.key(Int(frame.sample), streams[Int(frame.stream)]))
          || withClass.contains(Self.key(Int(frame.sample), ""))
      }
    }
    if let difference = settings.difference { try leaveAlike(difference, input, step) }
    if let most = settings.most {
      let own = Array(Set(frames.frames.map(\.sample))).sorted()
      let shuffle = settings.shuffle.map { seed in { (row: Int) in LabelSplit.chance(seed, samples.id(row)) } }
      let kept = Set(LabelSelection.most(most, of: own.map(Int.init), shuffle).map { Int32($0) })
      filter("max") { kept.contains($0.sample) }
    }
    var used = isChosen.map { _ in false }
    for frame in frames.frames { used[Int(frame.sample)] = true }
    isChosen = used
  }

  private mutating func filter(_ step: String, _ isKept: (LabelFrame) -> Bool) {
    let before = Set(frames.frames.map(\.sample)).count
    frames.frames = frames.frames.filter(isKept)
    let now = Set(frames.frames.map(\.sample)).count
    if now < before { left.append((step, before - now)) }
  }

  private static func key(_ sample: Int, _ stream: String) -> Int64 {
    var hash: UInt32 = 2_166_136_261
    for byte in stream.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return Int64(sample) << 32 | Int64(hash)
  }

  /// Leaves out pictures that are nearly those that were kept before them in their stream.
  private mutating func leaveAlike(_ difference: Double, _ input: LabelInput, _ step: () throws -> Void) throws {
    var last: [Int32: PictureSketch] = [:], isKept = frames.frames.map { _ in true }
    for (index, frame) in frames.frames.enumerated() where LabelFrames.isPicture(frame.file) {
      let file = try FileReader(frame.file, in: input.drives[Int(frame.drive)])
      let bytes = try file.bytes(at: 0, count: file.count)
      guard PNG.recognises(bytes[...]) else {
        throw SourceError(
          file.path, "only PNG is looked into: JPEG pictures are told apart by motion",
          hint: "use --min-distance and --min-turn", code: .unsupported)
      }
      let sketch = try PictureSketch(bytes[...])
      if let before = last[frame.stream], sketch.difference(from: before) < difference {
        isKept[index] = false
      } else {
        last[frame.stream] = sketch
      }
      try step()
    }
    let all = frames.frames
    let kept = Set(all.indices.filter { isKept[$0] })
    var index = -1
    filter("difference") { _ in
      index += 1
      return kept.contains(index)
    }
  }

  /// A stream's name as folders: each part is a component that is safe.
  static func component(_ stream: String) -> String {
    stream.split(separator: "/").map { LakeLayout.component(String($0)) }.joined(separator: "/")
  }

  /// Where a copy lies in the package.
  static func path(of frame: LabelFrame, stream: String) -> String {
    let suffix = frame.file.utf8.split(separator: UInt8(ascii: ".")).last.map { String(Substring($0)) } ?? "bin"
    let kind = LabelFrames.isPicture(frame.file) ? "images" : "clouds"
    return "\(kind)/\(component(stream))/\(frame.sample).\(suffix)"
  }
}

/// What an export has, for people and the log.
package struct LabelReport: Sendable {
  package var exportID = ""
  package var measurement = ""
  package var items = 0
  package var samples = 0
  package var labels = 0
  /// Objects without an area, and others that no format takes.
  package var degenerate = 0
  package var absent = 0
  package var withheld: (count: Int, first: String)?
  package var split: String?
  package var streams: [(name: String, items: Int)] = []
  package var classes: [(name: String, labels: Int)] = []
  package var left: [(step: String, samples: Int)] = []
  package var range: TimeRange?

  var json: JSONObject {
    [
      "items": .count(items), "samples": .count(samples), "labels": .count(labels), "degenerate": .count(degenerate),
      "absent": .count(absent), "withheld": .count(withheld?.count ?? 0),
      "streams": .object(JSONObject(streams.map { .init(key: $0.name, value: .count($0.items)) })),
      "classes": .object(JSONObject(classes.map { .init(key: $0.name, value: .count($0.labels)) })),
      "left_out": .object(JSONObject(left.map { .init(key: $0.step, value: .count($0.samples)) })),
    ]
  }

  func facts(_ contents: DatastreamContents) -> JSONObject {
    var facts = contents.facts(range, rows: items)
    facts["split"] = split.map { .string($0) }
    return facts
  }
}
