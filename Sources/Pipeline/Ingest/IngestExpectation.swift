import Core

extension Ingestion {
  /// Tells how many bytes will be read and written for a measurement: its `files`, hashed here or not, and for each
  /// zone a copy and its reading back.
  func expect(_ manifest: Manifest, hashed: Bool) {
    let copies = lake.settings.archives ? 2 : 1
    let bytes = manifest.files.reduce(0) { $0.addingSaturated($1.bytes ?? 0) }
    let passes = 2 * copies + (hashed ? 1 : 0)
    plan.expects((0..<passes).reduce(0) { sum, _ in sum.addingSaturated(bytes) })
  }
}
