import Artifacts
import Core

extension ParquetFile {
  /// The schema with the units that stand beside the columns: of signals of MDF4 and TDMS, of CAN messages, and of what
  /// av-enrich writes.
  var schemaWithUnits: Schema {
    var units: [String: String] = [:]
    for key in ["avtools.signals", "avtools.columns", "avtools.can.signals"] {
      guard let text = self[key], let json = try? JSON.parse(text) else { continue }
      for signal in json.array ?? [] { if let name = signal["name"]?.string { units[name] = signal["unit"]?.string } }
      for signal in json.object?.members ?? [] { units[signal.key] = signal.value["unit"]?.string }
    }
    var schema = schema
    for index in schema.fields.indices {
      schema.fields[index].unit = units[schema.fields[index].name] ?? schema.fields[index].unit
    }
    return schema
  }
}
