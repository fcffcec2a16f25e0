import Core

/// The manifest that a logger writes when everything else is there.
struct Manifest {
  struct File {
    var name: String
    var bytes: Int
    var sha256: String

    /// Reads the file to its end.
    init(_ path: String) throws(SystemError) {
      let reader = try FileReader(path)
      name = path.split(separator: "/").last.map { String($0) } ?? ""
      bytes = reader.count
      sha256 = try Self.digest(reader)
    }

    private static func digest(_ reader: FileReader) throws(SystemError) -> String {
      var hasher = Digest.Hasher(.sha256)
      for start in stride(from: 0, to: reader.count, by: 1 << 20) {
        let piece = try reader.bytes(at: start, count: min(1 << 20, reader.count - start))
        hasher.update(piece.bytes)
      }
      return hasher.finish().hex
    }
  }

  private let drive: Drive
  private let files: [File]
  private let result: Recorder.Result

  init(_ drive: Drive, _ files: [File], _ result: Recorder.Result) {
    self.drive = drive
    self.files = files
    self.result = result
  }

  var json: JSON {
    [
      "schema": "av.manifest/1", "measurement": .string("\(drive.measurement)"), "vin": .string(drive.vin),
      "region": "eu", "start": .string("\(drive.origin)"), "end": .string("\(drive.end)"), "driver": "sim",
      "notes": "simulated drive, dry, daylight",
      "tags": [
        ["key": "route", "value": "simulated town"],
        ["key": "event", "value": "start of drive", "at": .string("\(drive.origin)")],
      ],
      "software": ["logger": "sample-drive 1"], "synthetic": true,
      "files": .array(
        files.map { file in
          var object: JSONObject = [
            "path": .string(file.name), "bytes": .count(file.bytes), "sha256": .string(file.sha256),
          ]
          if file.name.hasSuffix(".mf4") { object["format"] = "mdf4" }
          if file.name.hasSuffix(".tdms") { object["format"] = "tdms" }
          guard file.name.hasSuffix(".bag") else { return .object(object) }
          object["format"] = "rosbag2.0"
          if let range = records {
            object["start"] = .string("\(range.start)")
            object["end"] = .string("\(range.end)")
          }
          return .object(object)
        }),
      "expect": ["tolerance": 0.1, "max_gap": 2.5, "topics": .array(Stream.all.filter { $0.hertz > 0 }.map(topic))],
    ]
  }

  /// From the first to the last message recorded.
  private var records: TimeRange? {
    let ranges = result.tallies.compactMap(\.records)
    guard let first = ranges.first else { return nil }
    return ranges.reduce(first) { $0.extended(to: $1.start).extended(to: $1.end) }
  }

  private func topic(_ stream: Stream) -> JSON {
    var object: JSONObject = [
      "topic": .string(stream.topic), "channel": .string(stream.name), "type": .string(stream.type), "required": true,
    ]
    // Frames of a bus come in bursts, each message with a rate of its own: their sum is no rate to expect.
    if stream.name != "can" { object["hz"] = .number(Double(stream.hertz)) }
    if !stream.frame.isEmpty { object["frame_id"] = .string(stream.frame) }
    if stream.name.hasPrefix("lidar") { object["scan_ms"] = .number(Lidar.period * 1000) }
    return .object(object)
  }
}
