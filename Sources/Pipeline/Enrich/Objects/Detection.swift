import Core

/// One object that a detector saw, in the pixels of its image and in metres of the vehicle's axes; NaN where not known.
struct DetectedObject: Sendable {
  var name: String
  var score = Double.nan
  var track: String?
  var box: Box?
  var cuboid: Cuboid?
  /// JSON.
  var attributes: String?

  /// Corners in pixels, from the top left corner of the image.
  struct Box: Sendable, Equatable { var left, top, right, bottom: Double }

  /// In metres and radians; x forward, y left, z up.
  struct Cuboid: Sendable, Equatable {
    var x, y, z: Double
    var length = Double.nan, width = Double.nan, height = Double.nan, yaw = Double.nan
  }
}

/// Everything that a detector said of one image or scan.
package struct DetectionFrame: Sendable {
  var key: Key
  var stream: String?
  var objects: [DetectedObject]
  /// In the file, from 1 on; 0 where lines mean nothing.
  var line: Int

  /// Which image or scan it is.
  enum Key: Sendable, Equatable {
    case time(Int64)
    /// The row of the stream's table.
    case row(Int)
    case path(String)
    /// The number of the sample.
    case sample(Int)
  }
}

/// How four numbers are a box; there is no telling from the numbers.
package enum BoxConvention: String, Sendable, CaseIterable {
  /// Left, top, right, bottom.
  case corners = "xyxy"
  /// Left, top, width, height.
  case size = "xywh"
  /// Middle, width, height.
  case center = "cxcywh"

  /// Nil for what is no box: not four numbers, or without an area.
  func box(_ numbers: [Double]) -> DetectedObject.Box? {
    guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else { return nil }
    let (a, b, c, d) = (numbers[0], numbers[1], numbers[2], numbers[3])
    let box =
      switch self {
      case .corners: DetectedObject.Box(left: a, top: b, right: c, bottom: d)
      case .size: DetectedObject.Box(left: a, top: b, right: a + c, bottom: b + d)
      case .center: DetectedObject.Box(left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2)
      }
    return box.right > box.left && box.bottom > box.top ? box : nil
  }
}

/// What objects are counted as.
package enum ObjectGroup: String, Sendable, CaseIterable {
  case vehicle, vulnerable, pedestrian, cyclist, light, sign, animal, other

  /// By the names of the usual data sets; `human.pedestrian.adult` and `Traffic Light` are understood.
  init(_ name: String) {
    let plain = String(
      decoding: name.lowercased().utf8.map {
        [UInt8(ascii: " "), UInt8(ascii: "-")].contains($0) ? UInt8(ascii: "_") : $0
      },
      as: UTF8.self)
    if let group = Self.known[plain] {
      self = group
      return
    }
    let parts = plain.split(separator: ".").map(String.init)
    self = parts.reversed().lazy.compactMap { Self.known[$0] }.first ?? .other
  }

  private static let known: [String: ObjectGroup] = {
    let names: [(ObjectGroup, String)] = [
      (
        .vehicle,
        "car truck bus van trailer train tram vehicle caravan lorry suv pickup taxi construction ambulance police emergency"
      ),
      (.vehicle, "construction_vehicle emergency_vehicle heavy_vehicle large_vehicle motor_vehicle other_vehicle"),
      (.pedestrian, "pedestrian person human adult child people police_officer construction_worker"),
      (.cyclist, "cyclist bicyclist bicycle rider bike"),
      (.vulnerable, "vulnerable motorcycle motorcyclist motorbike scooter moped wheelchair stroller personal_mobility"),
      (.light, "traffic_light light trafficlight"), (.sign, "traffic_sign sign stop_sign trafficsign"),
      (.animal, "animal dog cat horse sheep cow deer bird bear"),
    ]
    var known: [String: ObjectGroup] = [:]
    for (group, words) in names { for word in words.split(separator: " ") { known[String(word)] = group } }
    return known
  }()

  /// Whether it counts among those without a body of steel around them.
  var isVulnerable: Bool { self == .vulnerable || self == .pedestrian || self == .cyclist }
}
