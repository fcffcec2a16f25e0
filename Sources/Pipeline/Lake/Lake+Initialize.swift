import Core

extension Lake {
  /// What a new lake is asked to be.
  package struct Plan: Sendable {
    package var name: String?
    package var region: String?
    package var layout: String

    package init(name: String? = nil, region: String? = nil, layout: String = LakeLayout.presets[0].name) {
      self.name = name
      self.region = region
      self.layout = layout
    }
  }

  /// Makes a lake: the folder, the zones, `lineage/` and, last, a commented `lake.json5`.
  ///
  /// A lake that is there keeps its `lake.json5`, and gets the folders that it lacks. Returns the names of what was
  /// made, which are none the second time.
  package static func initialize(_ path: String, _ plan: Plan = Plan()) throws -> (lake: Lake, made: [String]) {
    let absolute = path.hasPrefix("/") ? path : try Folder.realPath(".") + "/" + path
    // The parents of a lake may be links; what lies below it is reached from the held folder.
    let normal = LakePath.normal(absolute)
    let parent = LakePath.normal(normal + "/..")
    if let name = LakePath.below(parent, normal), !name.isEmpty { _ = try Folder(parent).making(name) }
    let folder = try Folder(normal)
    var made: [String] = []
    if try folder.entry(settingsFile) == nil {
      let text = try settingsText(plan, folder: normal.split(separator: "/").last.map(String.init) ?? "lake")
      try makeZones(try LakeSettings(Configuration(Array(text.utf8), file: settingsFile), name: ""), folder, &made)
      let file = try AtomicFile(settingsFile, in: folder, run: "init")
      try file.write(Array(text.utf8).bytes)
      try file.commit()
      made.append(settingsFile)
    }
    let lake = try Lake(normal)
    try makeZones(lake.settings, folder, &made)
    return (lake, made)
  }

  /// Zones with roots of their own may be mounts: those are not made here.
  private static func makeZones(_ settings: LakeSettings, _ folder: Folder, _ made: inout [String]) throws {
    let zones = settings.zones.filter { settings.roots[$0] == nil }
    for name in ["lineage"] + zones where try folder.entry(name) == nil {
      _ = try folder.making(name)
      made.append(name + "/")
    }
  }

  /// The file, with all that can be said in it as comments.
  static func settingsText(_ plan: Plan, folder: String) throws -> String {
    do throws(LakeLayout.Failure) { _ = try LakeLayout(plan.layout) } catch {
      throw UsageError("--layout: \(error)")
    }
    let region =
      plan.region.map { "  region: \($0.jsonQuoted)," } ?? "  // region: \"eu\",          // for {region} in layouts"
    return """
      // A lake of avtools. JSON5; a key that is not known is an error. `av-meta config --show-origin` shows what counts.
      {
        schema: "\(LakeSettings.schema)",
        name: \((plan.name ?? folder).jsonQuoted),
      \(region)

        // Where a datastream's folder lies: "date-vehicle", "region", or a template of your own with {zone} {yyyy} {mm}
        // {dd} {vin} {measurement} {datastream} {region}. A change affects new datastreams only.
        layout: \(plan.layout.jsonQuoted),

        // Zones on other mounts: folders, absolute or relative to this file. Of several, the one with the most room
        // takes what is new. Make these folders yourself.
        // roots: { raw: ["raw", "../disk-b/raw"], archive: ["../cold/archive"] },

        // More zones than the usual ones.
        // zones: ["recompute"],

        // Keep a second copy of every measurement in `archive` before landing is cleared.
        archive: true,

        // Incomplete measurements stay in landing this long; then they are moved to archive/incomplete, never deleted.
        incomplete: { grace: "7d" },

        // Nothing is ever deleted unless a rule here says so and `av-meta lifecycle --apply` is run.
        retention: { "*": { keep: "forever" } },
        // retention: { extracted: { keep: "365d", then: "report" } },   // or "archive", "delete"
        // Of several rules for a zone the first counts whose kind and tag agree:
        // retention: { extracted: [ { tag: "campaign=7", keep: "forever" }, { kind: "lidar*", keep: "90d", then: "delete" } ] },

        // Who is responsible for which zones, and what others may use.
        // domains: {
        //   collection: { owner: "team-data", zones: ["landing", "raw"], publishes: ["raw"] },
        // },

        // Topics that every measurement of the fleet should have: as `expect` in a manifest.
        // expect: "topics.json5",

        // Other lakes that `av-meta` looks into as well.
        // lakes: [ { name: "us", root: "../lake-us" } ],
      }

      """
  }
}
