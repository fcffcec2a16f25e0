import Artifacts
import Core

/// Detected objects as labels, sample by sample, from `objects.parquet`.
struct LabelObjects {
  /// An object of one sample.
  struct Object {
    var stream: String
    var index: Int
    var name: String
    var track: String?
    var score: Double
    /// Left, top, right, bottom; NaN where there is none.
    var corners: [Double]
    /// x, y, z, length, width, height, yaw.
    var cuboid: [Double]
    var attributes: JSONObject

    /// Left, top, width and height, to thousandths; nil for what has no area.
    var box: [Double]? {
      guard corners.allSatisfy(\.isFinite) else { return nil }
      let (left, top) = (LabelGeometry.rounded(corners[0]), LabelGeometry.rounded(corners[1]))
      let width = LabelGeometry.rounded(corners[2] - left), height = LabelGeometry.rounded(corners[3] - top)
      return width > 0 && height > 0 ? [left, top, width, height] : nil
    }

    var hasCorners: Bool { !corners.allSatisfy(\.isNaN) }

    /// x, y, z, qx, qy, qz, qw, length, width, height; nil where a size is missing.
    var solid: [Double]? {
      guard cuboid.allSatisfy(\.isFinite), cuboid[3...5].allSatisfy({ $0 > 0 }) else { return nil }
      let place = cuboid.map { LabelGeometry.rounded($0) }, half = cuboid[6] / 2
      let turn = [Mathematics.sin(half), Mathematics.cos(half)].map { LabelGeometry.rounded($0, 9) }
      return [place[0], place[1], place[2], 0, 0, turn[0], turn[1], place[3], place[4], place[5]]
    }
  }

  private static let texts = ["stream", "class", "track_id", "attributes"]
  private static let numbers = [
    "score", "x_min", "y_min", "x_max", "y_max", "x_m", "y_m", "z_m", "length_m", "width_m", "height_m", "yaw_rad",
  ]
  private let path: String?

  init(_ enriched: Folder?) throws {
    guard let enriched, try enriched.entry(Enrichment.objectsFile)?.kind == .file else {
      path = nil
      return
    }
    path = "\(enriched.path)/\(Enrichment.objectsFile)"
  }

  var areKnown: Bool { path != nil }

  /// Hands on the objects of one sample after the other, in their order, those of `isChosen` samples and `minScore`.
  func read(isChosen: [Bool], minScore: Double, _ body: (_ sample: Int, _ objects: [Object]) throws -> Void) throws {
    guard let path else { return }
    var waiting: [Object] = [], sample = -1
    try SourceTable(path).read(["seq", "object_index"] + Self.texts + Self.numbers) { batch in
      guard case .int64(let samples) = batch.columns[0].values, case .int32(let indices) = batch.columns[1].values
      else {
        throw SourceError(path, "its columns are not those of objects")
      }
      let values = batch.columns[6...].map { $0.numbers ?? [] }
      guard values.allSatisfy({ $0.count == batch.count }) else {
        throw SourceError(path, "its columns are not those of objects")
      }
      func text(_ column: Int, _ row: Int) -> String? {
        guard case .text(let texts) = batch.columns[column].values, batch.columns[column].validity?[row] ?? true else {
          return nil
        }
        return String(decoding: texts[row], as: UTF8.self)
      }
      for row in 0..<batch.count {
        guard let own = Int(exactly: samples[row]), isChosen.indices.contains(own), isChosen[own] else { continue }
        guard own >= sample else { throw SourceError(path, "its rows are not sorted by seq") }
        if own != sample {
          if !waiting.isEmpty { try body(sample, waiting) }
          (waiting, sample) = ([], own)
        }
        // One without a score was not made by a machine that doubts.
        guard !(values[0][row] < minScore) else { continue }
        let attributes = text(5, row).flatMap { try? JSON.parse($0).object } ?? [:]
        waiting.append(
          Object(
            stream: text(2, row) ?? "", index: Int(indices[row]), name: text(3, row) ?? "", track: text(4, row),
            score: values[0][row], corners: values[1...4].map { $0[row] }, cuboid: values[5...11].map { $0[row] },
            attributes: attributes))
      }
    }
    if !waiting.isEmpty { try body(sample, waiting) }
  }
}
