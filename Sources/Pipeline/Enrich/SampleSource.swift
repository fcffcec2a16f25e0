import Artifacts
import Core

/// The samples of a synchronised datastream, as `samples.parquet` has them.
struct SampleSource: Sendable {
  static let file = "samples.parquet"

  let times: [Int64]
  let measurement: String
  private let ids: Texts
  private let numbers: [Int64]

  init(_ folder: Folder) throws {
    let path = "\(folder.path)/\(Self.file)"
    guard try folder.entry(Self.file)?.kind == .file else {
      throw SourceError(folder.path, "has no \(Self.file)", hint: "av-sync makes it", code: .missing)
    }
    let table = try SourceTable(path)
    let batch = try table.columns(["sample_id", "measurement_id", "seq", "t_ns"])
    guard case .text(let ids) = batch.columns[0].values, case .int64(let numbers) = batch.columns[2].values,
      case .int64(let times) = batch.columns[3].values, batch.columns.allSatisfy({ $0.validity == nil })
    else { throw SourceError(path, "its keys are not those of samples, or some are missing") }
    let measurements = Set(batch.columns[1].texts.compactMap { $0 })
    guard measurements.count <= 1 else { throw SourceError(path, "has samples of \(measurements.count) measurements") }
    guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw SourceError(path, "its rows are not sorted by t_ns")
    }
    (self.ids, self.numbers, self.times) = (ids, numbers, times)
    measurement = measurements.first ?? ""
  }

  var count: Int { times.count }

  func id(_ row: Int) -> String { String(decoding: ids[row], as: UTF8.self) }

  func ids(_ rows: Range<Int>) -> Column {
    let offsets = ids.offsets[rows.lowerBound...rows.upperBound]
    let first = offsets.first ?? 0, last = offsets.last ?? 0
    return Column(.text(Texts(offsets: offsets.map { $0 - first }, bytes: Array(ids.bytes[first..<last]))))
  }

  /// The columns of the group of keys.
  func keys(_ rows: Range<Int>, vin: String?) -> [Column] {
    [
      ids(rows), .constant(measurement, count: rows.count), Column(.int64(Array(numbers[rows]))),
      Column(.int64(Array(times[rows]))), Column(.int64(times[rows].map(Timestamp.microseconds))),
      vin.map { .constant($0, count: rows.count) } ?? .missing(.string, count: rows.count),
    ]
  }
}
