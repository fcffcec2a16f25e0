package import Core

/// A simulated measurement: a folder with a bag, a CAN database and a manifest, and what is true about it.
///
/// The same values give the same bytes. Files that are there are never replaced.
package struct Drive: Sendable {
  package var seconds: Double
  package var seed: Int
  package var vin: String
  package var compression: BagCompression
  package var defects: [Defect]

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

  /// Writes `drive.bag`, `vehicle.dbc` and, last, `manifest.json` into a folder, and what is true where it is wanted.
  package func write(to folder: String, truth: String?, detections: String?, jobs: Int) throws {
    let world = World(seconds: seconds, seed: UInt64(bitPattern: Int64(seed)))
    _ = try Folder.made(folder)
    let bag = try FileOutput("\(folder)/drive.bag")
    var result = try Recorder(world, origin: origin, defects: defects).record(
      to: bag, compression: compression, jobs: jobs)
    let database = try FileOutput("\(folder)/vehicle.dbc")
    try database.write(Array(CANDatabase.text.utf8))
    try database.close()
    // A copy that was cut short: the manifest knows the whole file.
    let files = try [Manifest.File(bag.path), Manifest.File(database.path)]
    try cut(bag, &result)
    try bag.close()
    let manifest = try FileOutput("\(folder)/manifest.json")
    try manifest.write(Array((Manifest(self, files, result).json.pretty + "\n").utf8))
    try manifest.close()
    if let truth {
      let output = try FileOutput(truth)
      try Truth(self, world, result, bytes: bag.count).write(to: output)
      try output.close()
    }
    if let detections {
      let output = try FileOutput(detections)
      try Truth(self, world, result, bytes: bag.count).writeDetections(to: output)
      try output.close()
    }
  }

  /// An instant of the drive, from its seconds.
  func instant(_ time: Double) -> Timestamp {
    Timestamp(nanoseconds: origin.nanoseconds + Int64((time * 1e9).rounded()))
  }

  private func cut(_ bag: FileOutput, _ result: inout Recorder.Result) throws {
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
