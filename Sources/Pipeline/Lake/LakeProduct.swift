package import Core

/// A data product that a domain publishes: some datastreams, under a name that others may rely on (`lineage.md` §6).
package struct LakeProduct: Sendable, Hashable {
  package var name: String
  package var zone: String
  /// The kinds of its datastreams, by glob; nil is all.
  package var kind: Glob?
  /// `key=value` pairs that a datastream or its measurement must have.
  package var tags: [String]
  package var version: String?
  /// Where it is not the domain's.
  package var owner: String?
  /// How old the newest datastream may be, in nanoseconds.
  package var maxAge: Int64?
  /// How others get at it, for people.
  package var access: String?
  /// Names of products that it is made of, besides those that the log tells of.
  package var inputs: [String]

  /// All that a domain publishes of a zone.
  init(zone: String) {
    (name, self.zone, tags, inputs) = (zone, zone, [], [])
  }

  /// One of a domain's `products`.
  init(_ table: Configuration, _ zones: [String]) throws(ConfigurationError) {
    name = try table.required("name", table.string)
    zone = try table.required("zone", table.string)
    guard zones.contains(zone) else { throw table.error("zone", "is '\(zone.shown)', which is no zone of this lake") }
    if let pattern = try table.string("kind") {
      do throws(Glob.Failure) { kind = try Glob(pattern) } catch { throw table.error("kind", "is refused: \(error)") }
    }
    tags = try table.strings("tags") ?? []
    version = try table.string("version")
    owner = try table.string("owner")
    maxAge = try table.duration("max_age")
    access = try table.string("access")
    inputs = try table.strings("inputs") ?? []
  }

  /// Whether it has datastreams of a zone and kind, where their tags agree.
  func holds(_ zone: String, _ kind: String) -> Bool { zone == self.zone && self.kind?.matches(kind) ?? true }
}
