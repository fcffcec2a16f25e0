package import Core

/// What `lake.json5` says (`dataops.md` §8); a key that is not here is an error with its line.
package struct LakeSettings: Sendable {
  package static let schema = "av.lake/1"
  /// The zones of every lake; more are declared by `zones`.
  package static let standardZones = [
    "landing", "raw", "archive", "error", "extracted", "synchronized", "enriched", "scenes", "labeled", "shared",
  ]

  package var name: String
  package var layout: LakeLayout
  package var region: String?
  package var zones: [String]
  /// Roots of the zones that do not lie in the lake under their own name, as written.
  package var roots: [String: [String]]
  /// How long an incomplete measurement stays in landing, in nanoseconds.
  package var incompleteGrace: Int64
  /// Whether ingest keeps a second copy.
  package var archives: Bool
  /// Of each zone the rules in their order: the first that a datastream meets is its own.
  package var retention: [String: [Retention]]
  package var domains: [String: Domain]
  /// The file with topics that every measurement of the fleet should have, as written.
  package var expect: String?
  /// Other lakes that queries look into.
  package var lakes: [Federated]
  /// Size at which a log file is closed, in bytes.
  package var rotateBytes: Int

  /// How long a zone's datastreams are kept, and what then happens to them.
  package struct Retention: Sendable, Hashable {
    package enum Action: String, Sendable, CaseIterable { case report, archive, delete }

    /// In nanoseconds; nil is forever.
    package var keep: Int64?
    package var then: Action
    /// Only datastreams of these kinds; nil is all.
    package var kind: Glob?
    /// Only datastreams that have this tag, or whose measurement has it: `key` or `key=value`; nil is all.
    package var tag: FindTag?
  }

  /// Who is responsible for some zones, and which of them others may use.
  package struct Domain: Sendable, Hashable {
    package var owner: String?
    package var contact: String?
    package var zones: [String]
    package var publishes: [String]
    /// What it offers others; one product a published zone unless it says more.
    package var products: [LakeProduct]
  }

  /// Another lake.
  package struct Federated: Sendable, Hashable {
    package var name: String
    package var root: String
  }

  /// Reads `lake.json5`; `name` is the lake's where the file has none.
  package init(_ file: Configuration, name folder: String) throws(ConfigurationError) {
    if let schema = try file.string("schema"), schema != Self.schema {
      throw file.error("schema", "is '\(schema.shown)', and this avtools reads '\(Self.schema)'")
    }
    name = try file.string("name") ?? folder
    region = try file.string("region")
    let template = try file.string("layout") ?? LakeLayout.presets[0].name
    do throws(LakeLayout.Failure) { layout = try LakeLayout(template) } catch {
      throw file.error("layout", "is refused: \(error)")
    }
    zones = Self.standardZones
    for zone in try file.strings("zones") ?? [] where !zones.contains(zone) {
      guard LakeLayout.component(zone) == zone else {
        throw file.error("zones", "has '\(zone.shown)', which is no name")
      }
      zones.append(zone)
    }
    roots = try Self.roots(file, zones)
    let incomplete = try file.table("incomplete")
    incompleteGrace = try incomplete?.duration("grace") ?? 7 * 86_400 * 1_000_000_000
    archives = try file.bool("archive") ?? true
    retention = try Self.retention(file, zones)
    domains = try Self.domains(file, zones)
    expect = try file.string("expect")
    lakes = try (file.tables("lakes") ?? []).map { (lake) throws(ConfigurationError) in
      Federated(name: try lake.required("name", lake.string), root: try lake.required("root", lake.string))
    }
    let lineage = try file.table("lineage")
    rotateBytes = Int(clamping: try lineage?.size("rotate_bytes") ?? 256 << 20)
    try file.finish()
  }

  private static func roots(_ file: Configuration, _ zones: [String]) throws(ConfigurationError) -> [String: [String]] {
    guard let table = try file.table("roots") else { return [:] }
    var roots: [String: [String]] = [:]
    // A key that is no zone is not asked for, and so `finish` finds it.
    for zone in zones {
      guard let paths = try table.strings(zone) else { continue }
      guard !paths.isEmpty, !paths.contains("") else { throw table.error(zone, "needs a folder") }
      roots[zone] = paths
    }
    return roots
  }

  /// Rules for zones; `incomplete` are uploads that stay so, `superseded` datastreams in that state, `*` is the rest.
  private static func retention(
    _ file: Configuration, _ zones: [String]
  ) throws(ConfigurationError) -> [String: [Retention]] {
    guard let table = try file.table("retention") else { return [:] }
    var rules: [String: [Retention]] = [:]
    // A key that is none of these is not asked for, and so `finish` finds it.
    for key in zones + ["incomplete", "superseded", "*"] {
      guard let value = table.value(key) else { continue }
      let tables = value.array == nil ? [try table.table(key)].compactMap(\.self) : try table.tables(key) ?? []
      rules[key] = try tables.map(rule)
    }
    return rules
  }

  private static func rule(_ table: Configuration) throws(ConfigurationError) -> Retention {
    let isForever = try table.string("keep") == "forever"
    let keep = isForever ? nil : try table.required("keep", table.duration)
    var rule = Retention(keep: keep, then: try table.choice("then") ?? .report)
    if let kind = try table.string("kind") {
      do throws(Glob.Failure) { rule.kind = try Glob(kind) } catch { throw table.error("kind", "is refused: \(error)") }
    }
    if let tag = try table.string("tag") {
      do throws(UsageError) { rule.tag = try FindTag(tag) } catch { throw table.error("tag", "is refused: \(error)") }
    }
    return rule
  }

  private static func domains(
    _ file: Configuration, _ zones: [String]
  ) throws(ConfigurationError) -> [String: Domain] {
    guard let table = try file.table("domains") else { return [:] }
    var domains: [String: Domain] = [:]
    for key in table.keys {
      guard let domain = try table.table(key) else { continue }
      let owned = try domain.strings("zones") ?? []
      let published = try domain.strings("publishes") ?? []
      for (name, list) in [("zones", owned), ("publishes", published)] {
        if let unknown = list.first(where: { !zones.contains($0) }) {
          throw domain.error(name, "has '\(unknown.shown)', which is no zone of this lake")
        }
      }
      let products = try domain.tables("products")?.map { (table) throws(ConfigurationError) in
        try LakeProduct(table, zones)
      }
      domains[key] = Domain(
        owner: try domain.string("owner"), contact: try domain.string("contact"), zones: owned,
        publishes: published, products: products ?? published.map { LakeProduct(zone: $0) })
    }
    return domains
  }
}
