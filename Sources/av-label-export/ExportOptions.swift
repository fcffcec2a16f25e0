import Command
import Core
import Pipeline

/// Which samples and items.
struct SelectionOptions: Options {
  static let title = "Selection"

  @Option("Scenes whose samples are taken: scenes.parquet, or records", value: "file", completion: .file)
  var scenes: [String]
  @Option("Only scenes of this type", value: "glob") var scene: [String]
  @Option("Only what has this tag, in its time", value: "key[=value]") var tag: [String]
  @Option("Streams of pictures and scans; else all pictures", value: "glob") var stream: [String]
  @Option("Only items with an object of this class", value: "glob") var `class`: [String]
  @Option("Least score of an object; else 0.25", value: "number") var minScore: Double?
  @Option("From this time on", value: "time") var from: String?
  @Option("Before this time", value: "time") var until: String?
  @Option("Every so many samples", value: "number") var every: Count?
  @Option("At most so many samples a second", value: "rate") var rate: Hertz?
  @Option("Only when the vehicle has gone so far since the last", value: "distance") var minDistance: Metres?
  @Option("Or has turned so many degrees", value: "degrees") var minTurn: Double?
  @Option("Only pictures that differ so much from the last, 0 to 1: mean of grey", value: "number")
  var minDifference: Double?
  @Option("At most so many samples, evenly chosen", value: "number") var max: Count?
  @Option("Only samples at which this holds, as rules of av-scenes say it", value: "condition") var `where`: [String]
  @Option("Items in an order by chance, of which --max takes the first", value: "seed") var shuffle: Count?

  func apply(to settings: inout LabelSettings) throws {
    if !scene.isEmpty { settings.sceneTypes = try globs(scene) }
    if !stream.isEmpty { settings.streams = try globs(stream) }
    if !`class`.isEmpty { settings.classes = try globs(`class`) }
    settings.tags = tag
    if let minScore {
      guard 0...1 ~= minScore else { throw UsageError("--min-score must be 0 to 1") }
      settings.minScore = minScore
    }
    settings.from = try from.map { try time($0, "--from") }
    settings.until = try until.map { try time($0, "--until") }
    settings.every = every?.value
    if let rate {
      guard let period = SyncSettings.period(of: rate.value) else { throw UsageError("--rate must be more than 0") }
      settings.period = period
    }
    settings.distance = minDistance?.value
    if let minTurn {
      guard minTurn > 0 else { throw UsageError("--min-turn must be more than 0") }
      settings.turn = minTurn * .pi / 180
    }
    if let minDifference {
      guard 0...1 ~= minDifference else { throw UsageError("--min-difference must be 0 to 1") }
      settings.difference = minDifference
    }
    settings.most = max?.value
    settings.conditions = try `where`.map { try SampleCondition($0) }
    settings.shuffle = shuffle?.value
  }
}

/// What else is known of the drive, where no lake knows it.
struct DriveOptions: Options {
  static let title = "Drive"

  @Option("Folder of extracted streams that the samples were made from", value: "folder", completion: .directory)
  var drive: [String]
  @Option("Enriched samples: objects and motion", value: "folder", completion: .directory) var enriched: String?
  @Option("The vehicle", value: "vin") var vin: String?

  var isEmpty: Bool { drive.isEmpty && enriched == nil && vin == nil }
}

/// What the package is.
struct PackageOptions: Options {
  static let title = "Package"

  @Option("Form of labels; else both", value: "form", completion: .oneOf(LabelFormat.allCases.map(\.rawValue)))
  var format: [String]
  @Flag("Copy pictures and scans into the package; else they stay in place") var copy
  @Option("Classes, attributes and their values, as JSON5", value: "file", completion: .file) var taxonomy: String?
  @Option("Numbers of an export before: its ids.json", value: "file", completion: .file) var ids: String?
  @Option("Who gets it", value: "name") var partner: String?
  @Option("What for", value: "text") var purpose: String?
  @Option("Until when the partner may have it: a day or time", value: "time") var expires: String?
  @Option("Mark that every file of the package carries", value: "text") var watermarkId: String?
  @Flag("Let VIN and positions go along, and copies be as they were recorded") var includeIdentifiers
  @Option("Say which part of a data set the drive is in, by chance but always the same", value: "train=0.8,val=0.2")
  var split: String?

  func apply(to settings: inout LabelSettings) throws {
    if !format.isEmpty {
      settings.formats = Set(
        try format.map { text in
          guard let format = LabelFormat(rawValue: text) else {
            throw UsageError("--format is coco or openlabel, not '\(text)'")
          }
          return format
        })
    }
    settings.copies = copy
    settings.taxonomy = try taxonomy.map { try LabelTaxonomy(Configuration(path: $0)) }
    settings.ids = try ids.map { try LabelIDs(path: $0) }
    settings.partner = partner
    settings.purpose = purpose
    settings.expires = try expires.map { try time($0.utf8.count == 10 ? $0 + "T00:00:00Z" : $0, "--expires") }
    settings.watermark = watermarkId
    settings.includesIdentifiers = includeIdentifiers
    settings.split = try split.map { text in try used { try LabelSplit(text) } }
  }
}

/// Labels that are there already.
struct ReturnOptions: Options {
  static let title = "Returned labels"

  @Option(
    "Take labels that came back: a file or folder; several are compared and become one", value: "path",
    completion: .file)
  var `import`: [String]
  @Option("The export that they are of: a package, or its id in the lake; else they say it", value: "export")
  var export: String?
  @Flag("A class that was not asked for is an error") var strict
  @Flag("Import what is right, where something is wrong") var acceptValid
  @Flag("What came back of the export before is superseded") var supersede
  @Flag("Judge the label files that are named, and write nothing") var check
  @Option("Images and categories of COCO results, for --check", value: "file", completion: .file)
  var cocoImages: String?
  @Option("Write a label file in the other form: --format says which", value: "file", completion: .file)
  var convert: String?
}

/// What is wrong with an option is told before anything is done.
private func used<Value>(_ make: () throws -> Value) throws -> Value {
  do { return try make() } catch let error as SourceError {
    throw UsageError(error.hint.map { "\(error.description); \($0)" } ?? error.description)
  }
}

private func globs(_ patterns: [String]) throws(UsageError) -> GlobSet {
  do throws(Glob.Failure) { return try GlobSet(patterns) } catch { throw UsageError("\(error)") }
}

private func time(_ text: String, _ option: String) throws(UsageError) -> Timestamp {
  guard let time = Timestamp(text) else {
    throw UsageError("\(option) must be a time such as 2024-05-01T12:00:00Z, not '\(text)'")
  }
  return time
}
