import Core
import Pipeline

extension FuzzTarget {
  /// The input is the text of a filter of `av-meta find`, taken as one of every kind.
  static let find = FuzzTarget(name: "find", run: readFilters) {
    let texts = [
      "light=night", "speed_mps >= 10.5", "road_name='A 9'", "pedestrian>=3", "weather=rain", "-start", "u281z",
      "170,-10,-170,10", "48.1,11.5,500m", "89.9999,180,1km",
    ]
    return texts.enumerated().map { ("filter\($0)", Array($1.utf8)) }
  }
}

private func readFilters(_ bytes: [UInt8]) throws {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  if let condition = try? SampleCondition(text) { must(condition.text == text, "a condition is not itself") }
  if let wanted = try? FindClass(text) {
    must(wanted.least >= 1 && !wanted.name.isEmpty, "an empty class")
  }
  if let tag = try? FindTag(text) { must(!tag.key.isEmpty, "a tag without key") }
  _ = try? FindOrder(text)
  for area in [try? FindArea(box: text), try? FindArea(near: text), try? FindArea(geohash: text)].compactMap(\.self) {
    for (latitude, longitude) in [(0.0, 0.0), (90, 180), (-90, -180), (48.1, 11.5)] {
      let isInside = area.contains(latitude: latitude, longitude: longitude)
      must(
        !isInside || area.mayContain(latitude: latitude, longitude: longitude),
        "a place outside of the boxes of \(text)")
    }
  }
}
