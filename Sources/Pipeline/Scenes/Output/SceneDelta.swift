import Artifacts
import Core

/// The scenes of many drives in one Delta table, partitioned by type: append-only, and each datastream once.
struct SceneDelta {
  /// In the zone of scenes.
  static let folder = "delta"

  private let folder: Folder
  private let run: String

  init(_ folder: Folder, run: String) { (self.folder, self.run) = (folder, run) }

  /// The fleet's table in a lake, made where there is none.
  init(_ lake: Lake, run: String) throws {
    let root = try lake.roots(of: "scenes")[0]
    self.init(try Folder(root).making(Self.folder), run: run)
  }

  /// Appends the scenes of a datastream unless they are there; `write` gives their batches.
  ///
  /// - Returns: what a person should know: a checkpoint that could not be written, which takes nothing back.
  /// - Throws: `DeltaError` for a table of others that does not fit, `SystemError`; once more is safe.
  @discardableResult
  func append(_ datastream: String, hasCut: Bool, _ write: ((Batch) throws -> Void) throws -> Void) throws -> String? {
    var sink = try DeltaAppend(
      to: folder, schema: SceneRow.schema(hasCut: hasCut), partition: "type",
      transaction: DeltaTransaction(application: "avtools:\(datastream)"), run: run)
    guard !sink.isDone else { return nil }
    try write { try sink.write($0) }
    try sink.finish()
    return sink.outcome?.checkpointFailure.map { "\($0)" }
  }
}

/// What scenes are written as.
package enum SceneTableFormat: String, Sendable, CaseIterable { case parquet, delta }
