import Artifacts
import Core

extension SyncTable {
  /// Opens the table of a stream; columns are read when they are asked for.
  init(_ place: TablePlace) throws {
    let parquet = try ParquetFile(FileReader(place.path, in: place.source.folder))
    let metadata = Dictionary(parquet.metadata.map { ($0.key, $0.value) }) { _, last in last }
    // Some writers leave groups without rows.
    let filled = parquet.groups.indices.filter { !parquet.groups[$0].isEmpty }
    self.init(
      name: place.name, path: place.path, folder: place.source.place, isIndex: place.isIndex,
      schema: Self.withUnits(parquet.schema, metadata), rows: parquet.rows, metadata: metadata,
      groups: filled.map { parquet.groups[$0] }
    ) { group, columns in try parquet.batch(columns: columns, group: filled[group]) }
  }

  /// Units are beside the columns: of signals of MDF4 and TDMS, and of CAN messages.
  private static func withUnits(_ schema: Schema, _ metadata: [String: String]) -> Schema {
    var units: [String: String] = [:]
    for key in ["avtools.signals", "avtools.can.signals"] {
      guard let text = metadata[key], let json = try? JSON.parse(Array(text.utf8)) else { continue }
      for signal in json.array ?? [] { if let name = signal["name"]?.string { units[name] = signal["unit"]?.string } }
      for signal in json.object?.members ?? [] { units[signal.key] = signal.value["unit"]?.string }
    }
    var schema = schema
    for index in schema.fields.indices where schema.fields[index].unit == nil {
      schema.fields[index].unit = units[schema.fields[index].name]
    }
    return schema
  }
}
