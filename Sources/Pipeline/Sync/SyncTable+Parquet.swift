import Artifacts
import Core

extension SyncTable {
  /// Opens the table of a stream.
  init(_ place: TablePlace) throws {
    if place.isText { try self.init(text: place) } else { try self.init(parquet: place) }
  }

  /// Columns are read when they are asked for.
  private init(parquet place: TablePlace) throws {
    let parquet = try ParquetFile(FileReader(place.path, in: place.source.folder))
    let metadata = Dictionary(parquet.metadata.map { ($0.key, $0.value) }) { _, last in last }
    // Some writers leave groups without rows.
    let filled = parquet.groups.indices.filter { !parquet.groups[$0].isEmpty }
    self.init(
      name: place.name, path: place.path, folder: place.source.place, isIndex: place.isIndex,
      schema: parquet.schemaWithUnits, rows: parquet.rows, metadata: metadata,
      groups: filled.map { parquet.groups[$0] }
    ) { group, columns in try parquet.batch(columns: columns, group: filled[group]) }
  }
}
