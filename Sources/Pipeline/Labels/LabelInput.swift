import Artifacts
package import Core

/// A synchronised datastream and what else is known of its drive, for an export.
package struct LabelInput: Sendable {
  /// With `samples.parquet` and `sample_data.parquet`.
  package var folder: Folder
  /// Folders of extracted streams, which hold pictures and scans.
  package var drives: [Folder]
  /// With `enriched.parquet` and `objects.parquet`.
  package var enriched: Folder?
  package var scenes: [LabelScene]
  /// Tags of the measurement, with the times that they are of.
  package var tags: [LineageView.Tag] = []
  package var vin: String?
  /// The export's own id; nil to make one of the settings.
  package var exportID: String?
  /// What `base` says: where items are that are not copied.
  package var base: JSON = .null
  /// Ids of the datastreams that it was made of.
  package var datastreams: [String] = []

  package init(_ folder: Folder, drives: [Folder], enriched: Folder? = nil, scenes: [LabelScene] = []) {
    (self.folder, self.drives, self.enriched, self.scenes) = (folder, drives, enriched, scenes)
  }
}

/// One picture or scan of a sample, with what its stream's index says of the file.
struct LabelFrame: Sendable {
  var sample: Int32
  var stream: Int32
  /// In nanoseconds.
  var time: Int64
  /// In the index of the stream.
  var row: Int
  /// Index of the drive's folder.
  var drive: Int32 = 0
  /// Below the drive's folder.
  var file = ""
  var bytes = 0
  var width: Int32 = 0
  var height: Int32 = 0
  /// There may be millions of frames: a digest is kept as numbers.
  private var digest: (UInt64, UInt64, UInt64, UInt64)?

  init(sample: Int32, stream: Int32, time: Int64, row: Int) {
    (self.sample, self.stream, self.time, self.row) = (sample, stream, time, row)
  }

  /// In hexadecimal digits; empty where it is not known.
  var sha256: String {
    get {
      guard let digest else { return "" }
      return [digest.0, digest.1, digest.2, digest.3].flatMap { word in
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
      }.hex
    }
    set {
      guard let bytes = [UInt8](hex: newValue), bytes.count == 32 else { return digest = nil }
      func word(_ index: Int) -> UInt64 { bytes[8 * index..<8 * index + 8].reduce(0) { $0 << 8 | UInt64($1) } }
      digest = (word(0), word(1), word(2), word(3))
    }
  }
}

/// The frames of an export: those of chosen samples and streams, by sample and stream.
struct LabelFrames: Sendable {
  var streams: [String] = []
  /// The sensor's coordinate system in each stream's messages.
  var sensors: [String?] = []
  var frames: [LabelFrame] = []
  /// Frames of chosen samples without a file, such as those that were not written.
  var absent = 0

  private static let pictures = ["png", "jpg", "jpeg"], scans = ["pcd"]

  static func isPicture(_ path: String) -> Bool { has(path, pictures) }
  private static func has(_ path: String, _ suffixes: [String]) -> Bool {
    suffixes.contains { path.utf8.count > $0.utf8.count && path.lowercased().hasSuffix("." + $0) }
  }

  /// `isChosen` tells of each sample; without `wanted` all streams of pictures.
  init(_ input: LabelInput, isChosen: [Bool], wanted: GlobSet?) throws {
    let path = "\(input.folder.path)/sample_data.parquet"
    guard try input.folder.entry("sample_data.parquet")?.kind == .file else {
      throw SourceError(input.folder.path, "has no sample_data.parquet", hint: "av-sync makes it", code: .missing)
    }
    var numbers: [String: Int] = [:], isWanted: [Bool] = []
    // Growing takes twice the room; room that is not used is not there.
    frames.reserveCapacity(min(try ParquetFile(FileReader(path)).rows, 64 * isChosen.count))
    try SourceTable(path).read(["seq", "stream", "t_ns", "source_path", "source_row", "status"]) { batch in
      guard case .int64(let samples) = batch.columns[0].values, case .int64(let times) = batch.columns[2].values,
        case .int64(let rows) = batch.columns[4].values, case .text(let names) = batch.columns[1].values,
        case .text(let paths) = batch.columns[3].values, case .text(let states) = batch.columns[5].values
      else { throw SourceError(path, "its columns are not those of sample data") }
      func isThere(_ column: Int, _ row: Int) -> Bool { batch.columns[column].validity?[row] ?? true }
      for row in 0..<batch.count {
        guard isThere(0, row), isThere(2, row), isThere(3, row), isThere(4, row),
          let sample = Int(exactly: samples[row]), isChosen.indices.contains(sample),
          states[row].elementsEqual("ok".utf8)
        else { continue }
        let file = String(decoding: paths[row], as: UTF8.self)
        let isPicture = Self.isPicture(file)
        guard isPicture || Self.has(file, Self.scans) else { continue }
        let name = String(decoding: names[row], as: UTF8.self)
        let number: Int
        if let known = numbers[name] {
          number = known
        } else {
          number = streams.count
          numbers[name] = number
          streams.append(name)
          isWanted.append(wanted?.contains(name) ?? isPicture)
        }
        // Which streams there are is known also where no sample is chosen.
        guard isWanted[number], isChosen[sample] else { continue }
        frames.append(
          LabelFrame(
            sample: Int32(truncatingIfNeeded: sample), stream: Int32(truncatingIfNeeded: number), time: times[row],
            row: Int(exactly: rows[row]) ?? -1))
      }
    }
    if let wanted {
      let unused = wanted.unused(among: streams)
      guard unused.isEmpty else {
        throw SourceError(
          path, "no stream of pictures or scans is called '\(unused[0])'",
          hint: "there are \(streams.sorted().joined(separator: ", "))", code: .configuration)
      }
    }
    sensors = streams.map { _ in nil }
    try locate(in: input.drives)
    // By number of their names: texts are compared once a stream, and not once a frame.
    var ranks = streams.map { _ in 0 }
    for (rank, stream) in streams.indices.sorted(by: { streams[$0] < streams[$1] }).enumerated() {
      ranks[stream] = rank
    }
    func isBefore(_ one: LabelFrame, _ other: LabelFrame) -> Bool {
      (Int(one.sample), ranks[Int(one.stream)]) < (Int(other.sample), ranks[Int(other.stream)])
    }
    // Mostly they are in order; sorting takes as much room again.
    if !zip(frames, frames.dropFirst()).allSatisfy({ !isBefore($1, $0) }) { frames.sort(by: isBefore) }
  }

  /// What the index of each stream says; the index is read once, and only chosen rows are kept.
  private mutating func locate(in drives: [Folder]) throws {
    var places: [[Int32]] = streams.map { _ in [] }
    for (index, frame) in frames.enumerated() { places[Int(frame.stream)].append(Int32(truncatingIfNeeded: index)) }
    for (number, stream) in streams.enumerated() where !places[number].isEmpty {
      // In the order of the index.
      places[number].sort { frames[Int($0)].row < frames[Int($1)].row }
      var next = 0
      guard let drive = try drives.firstIndex(where: { try Self.hasIndex(stream, $0) }) else {
        throw SourceError(
          stream, "the folder of this stream is not there: its pictures cannot be found",
          hint: "name the extracted drive: --drive FOLDER", code: .missing)
      }
      var first = 0
      let names = ["file", "bytes", "sha256", "frame_id"]
      let table = try SourceTable("\(drives[drive].path)/\(stream)/index.parquet")
      let sizes = ["width", "height"].filter { table.field($0) != nil }
      try table.read(names + sizes) { batch in
        func text(_ column: Int, _ row: Int) -> String? {
          guard case .text(let texts) = batch.columns[column].values, batch.columns[column].validity?[row] ?? true
          else {
            return nil
          }
          return String(decoding: texts[row], as: UTF8.self)
        }
        let numbers = batch.columns.map { column in
          if case .int64(let values) = column.values { values } else { [Int64]() }
        }
        while next < places[number].count, case let place = Int(places[number][next]),
          frames[place].row < first + batch.count
        {
          let row = frames[place].row - first
          next += 1
          guard row >= 0 else { continue }
          if sensors[number] == nil { sensors[number] = text(3, row) }
          frames[place].drive = Int32(drive)
          frames[place].file = text(0, row) ?? ""
          frames[place].sha256 = text(2, row) ?? ""
          frames[place].bytes = numbers[1].isEmpty ? 0 : Int(numbers[1][row])
          if sizes.count == 2, Self.isPicture(frames[place].file) {
            frames[place].width = Int32(clamping: numbers[4].isEmpty ? 0 : numbers[4][row])
            frames[place].height = Int32(clamping: numbers[5].isEmpty ? 0 : numbers[5][row])
          }
        }
        first += batch.count
      }
    }
    let all = frames.count
    frames.removeAll { $0.file.isEmpty }
    absent = all - frames.count
  }

  private static func hasIndex(_ stream: String, _ drive: Folder) throws -> Bool {
    do throws(SystemError) { return try drive.entry("\(stream)/index.parquet") != nil } catch {
      guard error.code == .missing else { throw error }
      return false
    }
  }
}

extension SourceTable {
  /// Reads some columns in batches; a `SourceError` where one is not there.
  func read(_ names: [String], _ body: (Batch) throws -> Void) throws {
    for name in names where field(name) == nil { throw SourceError(path, "has no column '\(name)'") }
    try ParquetFile(FileReader(path)).read(columns: names, body)
  }
}
