package import Core

/// A simulated measurement: a folder with a bag, a CAN database and a manifest, and what is true about it.
///
/// The same values give the same bytes.
package struct Drive: Sendable {
  package var seconds: Double
  package var seed: Int
  package var vin: String
  package var compression: BagCompression
  package var defects: [Defect]
  /// The vehicle's signals and its bus also as `drive.mf4`.
  package var writesMDF4 = false
  /// The same as `drive.tdms`, with its index file.
  package var writesTDMS = false
  package var route = Route.town

  package init(
    seconds: Double = 20, seed: Int = 1, vin: String = "AVSAMPLE000000001", compression: BagCompression = .lz4,
    defects: [Defect] = []
  ) {
    (self.seconds, self.seed, self.vin) = (seconds, seed, vin)
    (self.compression, self.defects) = (compression, defects)
  }

  /// 2024-03-12T08:30:00Z and an hour for every seed, within a year.
  package var origin: Timestamp {
    let hours = Int64(((seed % 8760) + 8760) % 8760)
    return Timestamp(nanoseconds: (1_710_232_200 + 3600 * hours) * 1_000_000_000)
  }

  package var end: Timestamp { instant(seconds) }

  /// A UUIDv5 of the seed.
  package var measurement: Identifier { Identifier(namespace: .namespace, name: "sample-drive:\(seed)") }

  /// Where a drive is written to; `truth` and `detections` stay outside the folder, or are not written.
  package struct Place: Sendable {
    package var folder: String
    package var truth: String?
    package var detections: String?
    package var existing: Existing

    package init(
      _ folder: String, truth: String? = nil, detections: String? = nil, existing: Existing = .refuse
    ) {
      (self.folder, self.truth, self.detections, self.existing) = (folder, truth, detections, existing)
    }
  }

  /// Writes `drive.bag`, `vehicle.dbc`, files of other formats where they are wanted and, last, `manifest.json` into the folder, and what is true where it is wanted.
  package func write(to place: Place, jobs: Int) throws {
    let world = World(seconds: seconds, seed: UInt64(bitPattern: Int64(seed)), route: route)
    try Self.make(place.folder)
    let bag = try PatchableFile("\(place.folder)/drive.bag", place.existing)
    var result = try Recorder(world, origin: origin, defects: defects).record(
      to: bag, compression: compression, jobs: jobs)
    let database = "\(place.folder)/vehicle.dbc"
    try write(database, place.existing) { output throws(SystemError) in
      try output.write(Array(CANDatabase.text.utf8))
    }
    // A copy that was cut short: the manifest knows the whole file.
    var files = try [Manifest.File(bag.path), Manifest.File(database)]
    for (name, bytes) in measurements(world) {
      let path = "\(place.folder)/\(name)"
      try write(path, place.existing) { output throws(SystemError) in try output.write(bytes) }
      files.append(try Manifest.File(path))
    }
    try cut(bag, &result)
    try bag.close()
    let manifest = Manifest(self, files, result).json.pretty + "\n"
    try write("\(place.folder)/manifest.json", place.existing) { output throws(SystemError) in
      try output.write(Array(manifest.utf8))
    }
    let truth = Truth(self, world, result, bytes: bag.count)
    if let path = place.truth { try write(path, place.existing, truth.write) }
    if let path = place.detections { try write(path, place.existing, truth.writeDetections) }
  }

  /// Files of the formats that are wanted besides the bag.
  private func measurements(_ world: World) -> [(name: String, bytes: [UInt8])] {
    guard writesMDF4 || writesTDMS else { return [] }
    let frames = Recorder(world, origin: origin, defects: defects).frames()
    var files: [(name: String, bytes: [UInt8])] = []
    if writesMDF4 {
      files.append(("drive.mf4", MDF4Drive.bytes(world, origin: origin, seconds: seconds, frames: frames)))
    }
    if writesTDMS {
      let (data, index) = TDMSDrive.files(world, origin: origin, seconds: seconds, frames: frames)
      files += [("drive.tdms", data), ("drive.tdms_index", index)]
    }
    return files
  }

  private func write(
    _ path: String, _ existing: Existing, _ body: (any ByteOutput) throws(SystemError) -> Void
  ) throws(SystemError) {
    let output = try PatchableFile(path, existing)
    try body(output)
    try output.close()
  }

  /// An instant of the drive, from its seconds.
  func instant(_ time: Double) -> Timestamp {
    Timestamp(nanoseconds: origin.nanoseconds + Int64((time * 1e9).rounded()))
  }

  /// Makes a folder and its parents, below the first of them that is there.
  private static func make(_ path: String) throws(SystemError) {
    var missing: [Substring] = []
    var parts = path.split(separator: "/", omittingEmptySubsequences: true)
    while true {
      let there = (path.hasPrefix("/") ? "/" : "./") + parts.joined(separator: "/")
      do throws(SystemError) {
        let folder = try Folder(there)
        if !missing.isEmpty { _ = try folder.making(missing.joined(separator: "/")) }
        return
      } catch {
        guard error.code == .missing, let last = parts.popLast() else { throw error }
        missing.insert(last, at: 0)
      }
    }
  }

  private func cut(_ bag: PatchableFile, _ result: inout Recorder.Result) throws {
    for case .truncate(let bytes) in defects {
      let kept = max(0, bag.count - bytes)
      try bag.cut(to: kept)
      guard let open = result.chunks.first(where: { $0.position < kept && kept < $0.end }) else {
        count(result.chunks.filter { $0.end <= kept }, &result)
        continue
      }
      count(result.chunks.filter { $0.end <= kept }, &result)
      guard compression == .none else { continue }
      let rest = try FileReader(bag.path).bytes(at: open.position, count: kept - open.position)
      for connection in BagRecord.wholeMessages(inPlainChunk: rest) { result.tallies[connection].readable += 1 }
    }
  }

  private func count(_ chunks: [BagWriter.Chunk], _ result: inout Recorder.Result) {
    for index in result.tallies.indices { result.tallies[index].readable = chunks.reduce(0) { $0 + $1.counts[index] } }
  }
}

extension BagRecord {
  /// The connections of the messages that are whole in the beginning of a chunk's record.
  static func wholeMessages(inPlainChunk bytes: [UInt8]) -> [Int] {
    var found: [Int] = []
    var input = ByteCursor(bytes.bytes)
    do throws(ByteCursor.Failure) {
      _ = try input.slice(input.length32())
      // The chunk's own length is more than what is left.
      _ = try input.u32()
      while true {
        var header = try input.slice(input.length32())
        _ = try input.slice(input.length32())
        // Both messages and connections begin with `conn` and `op`.
        _ = try header.slice(9)
        let connection = Int(try header.u32())
        _ = try header.slice(7)
        if try header.u8() == Operation.message.rawValue { found.append(connection) }
      }
    } catch { return found }
  }
}
