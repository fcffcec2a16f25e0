package import Core

/// What counts of a lake's settings, and where each value is from (CL-37).
package enum SettingsListing {
  package struct Entry: Sendable, Hashable {
    /// As in `lake.json5`, the keys of tables joined by dots; `writer` is where this host writes the log.
    package var key: String
    package var value: JSON
    /// `lake.json5:12`, the name of a variable, or `default`.
    package var origin: String

    /// `av.setting/1`.
    package var line: String {
      JSON.object(
        ["schema": "av.setting/1", "type": "setting", "key": .string(key), "value": value, "origin": .string(origin)]
      ).text
    }
  }

  package static func entries(of lake: Lake) throws -> [Entry] {
    let file = try Configuration(path: "\(lake.path)/\(Lake.settingsFile)"), settings = lake.settings
    var entries: [Entry] = []
    func add(_ key: String, _ value: JSON, _ table: Configuration?, _ name: String? = nil) {
      let line = table?.line(of: name ?? key)
      entries.append(
        Entry(key: key, value: value, origin: line.map { "\(Lake.settingsFile):\($0)" } ?? "default"))
    }
    add("name", .string(settings.name), file)
    add("region", settings.region.map(JSON.string) ?? .null, file)
    add("layout", .string(settings.layout.template), file)
    let roots = try file.table("roots")
    for zone in settings.zones {
      add("roots.\(zone)", .array(try lake.roots(of: zone).map(JSON.string)), roots, zone)
    }
    add("archive", .bool(settings.archives), file)
    add(
      "incomplete.grace", .string(Measure.text(duration: settings.incompleteGrace)), try file.table("incomplete"),
      "grace")
    for name in ["retention", "domains"] {
      let table = try file.table(name)
      for key in table?.keys ?? [] { add("\(name).\(key)", table?.value(key) ?? .null, table, key) }
    }
    add("expect", settings.expect.map(JSON.string) ?? .null, file)
    for named in settings.lakes { add("lakes.\(named.name)", .string(named.root), file, "lakes") }
    add("lineage.rotate_bytes", .count(settings.rotateBytes), try file.table("lineage"), "rotate_bytes")
    let variable = Environment.value("AV_WRITER")
    entries.append(
      Entry(
        key: "writer", value: .string(LineageLog.writerName(variable ?? Host.name)),
        origin: variable == nil ? "host name" : "AV_WRITER"))
    return entries
  }
}
