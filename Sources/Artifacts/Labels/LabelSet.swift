package import Core

/// Labels of pictures and scans, between the formats: what is converted goes through it.
///
/// Members that this version does not know are kept in `extra`, in their order.
package struct LabelSet: Sendable {
  /// Of COCO: `info`, `licenses`, and what else stands beside them.
  package var info: JSONObject = [:]
  package var licenses: [JSON] = []
  package var extra: JSONObject = [:]
  package var categories: [LabelCategory] = []
  package var items: [LabelItem] = []
  package var labels: [Label] = []
  /// What is said of the export that a file belongs to: `exportId`, `measurementId`, ….
  package var export: JSONObject = [:]

  package init() {}

  /// The index of a category of this name, made where there is none.
  package mutating func category(_ name: String) -> Int {
    if let index = categories.firstIndex(where: { $0.name == name }) { return index }
    categories.append(LabelCategory(id: (categories.map(\.id).max() ?? 0) + 1, name: name))
    return categories.count - 1
  }
}

/// A class of the taxonomy.
package struct LabelCategory: Sendable, Hashable {
  package var id: Int
  package var name: String
  /// `supercategory`, `keypoints`, `skeleton`.
  package var extra: JSONObject = [:]

  package init(id: Int, name: String, extra: JSONObject = [:]) { (self.id, self.name, self.extra) = (id, name, extra) }

  /// Names of its keypoints.
  package var keypoints: [String] { extra["keypoints"]?.array?.compactMap(\.string) ?? [] }

  package var json: JSON {
    .object(
      JSONObject([.init(key: "id", value: .count(id)), .init(key: "name", value: .string(name))] + extra.members))
  }
}

/// One picture or scan.
package struct LabelItem: Sendable, Hashable {
  /// In COCO; from 1.
  package var id: Int
  /// As the label file names it.
  package var file: String
  package var width: Int
  package var height: Int
  /// The number of the sample, from 0.
  package var frame: Int
  package var stream: String
  /// In nanoseconds, where it is known.
  package var time: Int64?
  /// Members of COCO's image beside id, file and size.
  package var extra: JSONObject = [:]

  package init(id: Int, file: String, width: Int, height: Int, frame: Int, stream: String, time: Int64? = nil) {
    (self.id, self.file, self.width, self.height) = (id, file, width, height)
    (self.frame, self.stream, self.time) = (frame, stream, time)
  }

  package var attributes: JSONObject { extra["attributes"]?.object ?? [:] }
  /// Only these have pixels.
  package var isPicture: Bool { width > 0 && height > 0 }
}

/// One object in one item.
package struct Label: Sendable, Hashable {
  /// In COCO, from 1; 0 where the file gives none.
  package var id: Int
  /// Index of its item and its category.
  package var item: Int
  package var category: Int
  /// Key of the object in OpenLABEL.
  package var uid: String
  /// Left, top, width, height in pixels.
  package var box: [Double]?
  package var segmentation: Segmentation?
  /// x, y, v of each keypoint of the category.
  package var keypoints: [Double]?
  /// x, y, z, qx, qy, qz, qw, length, width, height in metres.
  package var cuboid: [Double]?
  /// What the cuboid's axes are of.
  package var system: String?
  /// Occluded, truncated, track, score, ….
  package var attributes: JSONObject = [:]
  /// Members of COCO's annotation that are none of these: `area`, `iscrowd`, `num_keypoints`, ….
  package var extra: JSONObject = [:]

  package enum Segmentation: Sendable, Hashable {
    case polygons([[Double]])
    /// With whether the file had it as text.
    case mask(RunLengthMask, isText: Bool)
  }

  package init(id: Int, item: Int, category: Int, uid: String) {
    (self.id, self.item, self.category, self.uid) = (id, item, category, uid)
  }

  package var score: Double? { attributes["score"]?.number }
  package var track: String? { attributes["track_id"].flatMap { $0.string ?? $0.integer.map { "\($0)" } } }
}
