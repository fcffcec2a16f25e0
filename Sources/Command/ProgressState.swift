import Core

/// The numbers of progress, and how they read.
struct ProgressState: Sendable {
  /// All there is to do, where it is known.
  var totalBytes: Int64?
  var totalItems: Int?
  var bytes: Int64 = 0
  var items = 0
  var failed = 0
  var item = ""
  /// Where it stood during the last seconds, oldest first.
  private var samples: [(time: Int64, bytes: Int64)] = []

  /// The rate is a mean over so many nanoseconds.
  private static let window: Int64 = 5_000_000_000

  init(totalBytes: Int64? = nil, totalItems: Int? = nil) {
    self.totalBytes = totalBytes
    self.totalItems = totalItems
  }

  /// Remembers where it stands, for the rate.
  mutating func sample(at now: Int64) {
    samples.append((now, bytes))
    // One sample older than the window stays: the rate is from there to now.
    while samples.count > 2, samples[1].time <= now - Self.window { samples.removeFirst() }
  }

  /// Bytes a second.
  var rate: Double? {
    guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
    return Double(last.bytes - first.bytes) / (Double(last.time - first.time) / 1e9)
  }

  /// Nanoseconds until the end, if it goes on like this.
  var timeLeft: Int64? {
    guard let totalBytes, totalBytes >= bytes, let rate, rate >= 1 else { return nil }
    return Int64(exactly: (Double(totalBytes - bytes) / rate * 1e9).rounded())
  }

  /// `1.2G of 4.0G  30%  250M/s  11.0s left  3 of 9  1 failed  a.bag`, as much as fits.
  func line(width: Int) -> String {
    var parts = [totalBytes.map { "\(Measure.brief(size: bytes)) of \(Measure.brief(size: $0))" }]
    if totalBytes == nil { parts = [Measure.brief(size: bytes)] }
    if let totalBytes, totalBytes > 0 { parts.append("\(Int(Double(bytes) / Double(totalBytes) * 100))%") }
    parts.append(rate.map { "\(Measure.brief(size: Int64($0)))/s" })
    parts.append(timeLeft.map { "\(Measure.brief(duration: $0)) left" })
    if let totalItems { parts.append("\(items) of \(totalItems)") } else if items > 0 { parts.append("\(items) done") }
    if failed > 0 { parts.append("\(failed) failed") }
    let numbers = parts.compactMap(\.self).joined(separator: "  ")
    let room = width - numbers.count - 2
    let text = item.isEmpty || room < 12 ? numbers : numbers + "  " + shortened(item.shown, to: room)
    return shortened(text, to: width)
  }

  func record(run: String?) -> JSONObject {
    var object: JSONObject = ["schema": "av.progress/1", "type": "progress"]
    object["run"] = run.map { .string($0) }
    object["items"] = .count(items)
    object["of"] = totalItems.map { .count($0) }
    object["failed"] = .count(failed)
    object["bytes"] = .count(bytes)
    object["total"] = totalBytes.map { .count($0) }
    object["rate"] = rate.map { .integer(Int64($0)) }
    object["eta"] = timeLeft.map { .number((Double($0) / 1e8).rounded() / 10) }
    return object
  }
}
