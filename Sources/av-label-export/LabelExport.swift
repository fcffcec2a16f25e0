import Artifacts
import Command
import Core
import Pipeline
import Runs

@main struct LabelExport: Verb {
  static let name = "av-label-export"
  static let abstract = "Package frames for labelling partners and take returned labels."
  static let discussion = """
    An operand is a folder of samples as av-sync makes it, and --output the package that is made of it; no lake is \
    needed. Without operands, datastream and scene records are read on standard input, and each measurement \
    becomes one package in the zone shared of the lake: made once for the same samples, scenes and settings.

    A package holds coco.json and openlabel.json with the chosen pictures and what a detector saw in them, ids.json, \
    taxonomy.json, export.json and SHA256SUMS. Pictures stay where they are, and are named by their path below the \
    extracted drive, unless --copy puts them into the package: images/STREAM/SEQ.png, clouds/STREAM/SEQ.pcd. Nothing \
    but the chosen items is in it; VIN and positions are left out unless --include-identifiers says otherwise, and copied \
    JPEG and PNG files lose Exif, XMP, IPTC, comments, texts and what stands behind their end; pixels, colour profiles \
    and the orientation stay as they are. The log gets a share event.

    --split puts each drive as a whole into a part of a data set: the split of its images and of its package. It hangs \
    on the drive alone, so that neighbours never come to lie in two parts, and what is added later moves nothing.

    Samples are chosen by scene, tag, time and --where; then every n-th, a rate, and the way that the vehicle has gone since the \
    last; then items by class and by how much the picture has changed; at last at most so many. Scenes with an end \
    before a sample do not have it. Numbers of images, annotations and categories begin at 1; with --ids, the ids.json \
    of an export before, keys keep their numbers and new ones go on.

    --import takes what a partner returns, a file or a folder with COCO or OpenLABEL: items are recognised by item_id, \
    file name, the end of it, digest, or stream and number, and each label is compared with what was sent. \
    Everything wrong is told with the record that it is about: items that were not sent, unknown classes, boxes outside \
    of their picture, labels that are there twice, frames that are off by one. With an error nothing is imported, unless \
    --accept-valid takes the rest. The labels become a new datastream in the zone labeled: labels.parquet, coco.json, \
    openlabel.json, return_report.json, and the returned files as they are in original/. Nothing is overwritten. Of several \
    returns that are named together the labels are compared: where boxes overlap by half they are one object, the first \
    return's box stays, other classes are both kept with a finding, and what only one of them has is told.

    --check judges any COCO or OpenLABEL file, beyond what their schemas do: a line a finding, with its code, the JSON \
    pointer of the record, and what was expected and found. --convert writes one as the other.
    """
  static let texts = ManualTexts(
    memory: """
      About 400 bytes a chosen picture, and the index of one stream at a time; objects and label files go through. With \
      --ids also the keys of that file. --check, --convert and --import hold a label file whole, some ten times its size.
      """)
  static let stopsCleanly = true
  static let examples = [
    (
      line: "av-label-export synced --drive drive --enriched enriched --copy -o package",
      comment: "All pictures, with detections"
    ),
    (
      line: "av-label-export synced --drive drive --enriched enriched --rate 2Hz --min-distance 5m -o package",
      comment: "Fewer, and none twice while the car stands"
    ),
    (line: "av-label-export --import returned --export package -o labeled", comment: "Labels that came back"),
    (line: "av-label-export --check package/coco.json", comment: "Judge a file"),
    (
      line: "av-scenes --lake lake <enriched.jsonl | av-label-export --lake lake --scene hard_brake --partner acme",
      comment: "In a lake"
    ),
  ]

  @Operand("Folder of samples; records on standard input when there is none", value: "samples") var inputs: [String]
  @Option("Where the package or the labels go: a new folder, or the converted file", short: "o", value: "path")
  var output: String?
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var drive: DriveOptions
  @OptionGroup var package: PackageOptions
  @OptionGroup var back: ReturnOptions
  @OptionGroup var files: InputOptions
  @OptionGroup var lake: LakeOptions
  @OptionGroup var work: WorkOptions
  @OptionGroup var shown: OutputOptions

  func run() throws -> ExitCode {
    guard [back.check, !back.import.isEmpty, back.convert != nil].count(where: { $0 }) < 2 else {
      throw UsageError("--check, --convert and --import are three things to do")
    }
    if back.check { return try check() }
    if let path = back.convert { return try convert(path) }
    // The signal tells, at the end.
    do {
      if !back.import.isEmpty {
        guard inputs.isEmpty else { throw UsageError("--import takes its file or folder, and no samples") }
        return try ImportRun(back, lake: lake, work: work, shown: shown).run(back.import, to: output)
      }
      return try export()
    } catch is Interruption { return .success }
  }

  private func export() throws -> ExitCode {
    var list = try files.inputs(inputs, missing: .isStandardInput, value: "samples")
    let all = try list.rest()
    let paths = all.compactMap { if case .path(let path) = $0 { path } else { nil } }
    var labels = LabelPackage(try settings(), jobs: work.jobCount)
    labels.step = { if Signals.requested != nil { throw Interruption() } }
    guard !paths.isEmpty else {
      guard output == nil else { throw UsageError("--output is for a folder; packages of a lake go into the lake") }
      guard drive.isEmpty else {
        throw UsageError("--drive, --enriched and --vin are for a folder; the lake knows them")
      }
      return try RecordRun(Self.name, lake: lake, work: work, shown: shown)
        .export(labels, work, shown.log)
    }
    guard paths.count == 1, all.count == 1 else { throw UsageError("one folder of samples at a time") }
    guard let output else { throw UsageError("where to? use -o FOLDER") }
    guard selection.tag.isEmpty else { throw UsageError("--tag is for a lake, which knows tags") }
    let folders = LabelFolders(
      labels, to: output, drives: drive.drive, enriched: drive.enriched,
      scenes: try selection.scenes.flatMap { try LabelScene.read(file: $0) }, vin: drive.vin, isForced: work.force)
    if work.dryRun {
      try Console.record(folders.plan(paths[0]).line)
      return .success
    }
    let (report, record) = try folders.run(paths[0])
    report.tell(shown.log)
    if shown.printsRecords { try Console.record(record.line) }
    return work.failIfEmpty && report.items == 0 ? .nothing : .success
  }

  private func settings() throws -> LabelSettings {
    var settings = LabelSettings()
    try selection.apply(to: &settings)
    try package.apply(to: &settings)
    return settings
  }

  /// Every operand is a file.
  private func check() throws -> ExitCode {
    var list = try files.inputs(inputs, missing: .isRefused, value: "file")
    var tally = Tally(shown.log, atMost: work.errorLimit)
    while !tally.isFull, let input = try list.next() {
      guard case .path(let path) = input else { throw UsageError("--check needs names of files") }
      do {
        let file = try LabelFile(path, images: back.cocoImages)
        for finding in file.findings.list {
          var object = finding.json
          // What the finding names is of the file that was judged.
          if let picture = object["file"] { object["picture"] = picture }
          object["file"] = .string(path)
          try Console.record(Record(.finding, object).line)
          shown.log.tell(finding, path)
        }
        try Console.record(
          Record(
            .validation,
            [
              "path": .string(path), "format": .string(file.form.rawValue),
              "verdict": file.findings.errors == 0 ? "good" : "bad", "errors": .count(file.findings.errors),
              "warnings": .count(file.findings.warnings), "codes": file.findings.json,
            ]
          ).line)
        tally.done(file.findings.errors == 0 ? .success : .items)
      } catch {
        try Console.record(tally.failed(error, item: path))
      }
    }
    return tally.code(failIfEmpty: work.failIfEmpty)
  }

  private func convert(_ path: String) throws -> ExitCode {
    guard inputs.isEmpty else { throw UsageError("--convert takes its file, and no samples") }
    guard package.format.count == 1, let format = LabelFormat(rawValue: package.format[0]) else {
      throw UsageError("into what? use --format coco or --format openlabel")
    }
    let file = try LabelFile(path)
    for finding in file.findings.list where finding.severity == .error { shown.log.tell(finding, path) }
    let lost = try file.convert(to: format, at: output, isForced: work.force)
    if lost > 0 { shown.log.warn("\(path): \(lost) labels or shapes have no place in \(format.rawValue)") }
    return lost > 0 ? .loss : .success
  }
}

/// An error of a label file, for people.
private struct Fault: Problem {
  var description: String
  var code: ProblemCode { .record }
  var exitCode: ExitCode { .items }
}

extension Log {
  /// A finding, for people.
  func tell(_ finding: LabelFinding, _ path: String) {
    if finding.severity == .error {
      fail(Fault(description: "\(path.shown)\(finding.text)"))
    } else {
      warn("\(path.shown)\(finding.text)")
    }
  }
}

extension LabelReport {
  /// Says what a person should know.
  func tell(_ log: Log) {
    if let withheld {
      log.warn(
        "\(withheld.count) pictures could not be freed of metadata and are left out, first \(withheld.first); "
          + "--include-identifiers sends them as they are")
    }
    if absent > 0 { log.warn("\(absent) messages of chosen samples have no file, and are left out") }
    if degenerate > 0 { log.warn("\(degenerate) objects have no area, or none in these items, and are left out") }
    if items == 0 {
      log.warn("nothing is left of the samples: \(left.map { "\($0.step) \($0.samples)" }.joined(separator: ", "))")
    }
  }
}
