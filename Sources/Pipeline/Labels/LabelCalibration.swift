import Artifacts
import Core

/// Where sensors are on the vehicle and how cameras see, as the drive recorded it: fixed transforms and camera infos.
struct LabelCalibration: Sendable {
  /// Of a sensor's coordinate system, to that of the vehicle: x, y, z, then a quaternion x, y, z, w.
  private var poses: [String: [Double]] = [:]
  private var lenses: [String: JSON] = [:]

  private static let vehicles: Set = ["base_link", "vehicle", "ego", OpenLABELSystems.vehicle]

  init(_ drives: [Folder]) throws {
    var links: [String: (parent: String, pose: [Double])] = [:]
    for drive in drives {
      for kind in try drive.entries() where kind.kind == .folder && kind.isText && !kind.name.hasPrefix(".") {
        for entry in try Folder(kind.name, in: drive).entries() where entry.kind == .file && entry.isText {
          guard entry.name.hasSuffix(".parquet") else { continue }
          let path = "\(drive.path)/\(kind.name)/\(entry.name)"
          if entry.name.contains("tf_static") { try Self.links(path, &links) }
          if entry.name.contains("camera_info") { try takeLens(path) }
        }
      }
    }
    for name in links.keys {
      var pose = [0, 0, 0, 0, 0, 0, 1.0], place = name, steps = 0
      while let link = links[place], steps < 32 {
        pose = Self.joined(link.pose, pose)
        (place, steps) = (link.parent, steps + 1)
        guard !Self.vehicles.contains(place) else {
          poses[name] = pose
          break
        }
      }
    }
  }

  /// The transforms of `tf2_msgs/TFMessage`.
  private static func links(_ path: String, _ links: inout [String: (parent: String, pose: [Double])]) throws {
    let table = try SourceTable(path)
    guard table.field("transforms") != nil else { return }
    let batch = try table.columns(["transforms"])
    guard case .list(_, let element) = batch.columns[0].values, case .structure(let members) = element.values,
      case .list(.structure(let fields))? = table.field("transforms")?.type
    else { return }
    func member(_ column: Column?, _ fields: [Field], _ name: String) -> (column: Column, fields: [Field])? {
      guard let column, case .structure(let members) = column.values,
        let index = fields.firstIndex(where: { $0.name == name }), index < members.count
      else { return nil }
      if case .structure(let inner) = fields[index].type { return (members[index], inner) }
      return (members[index], [])
    }
    guard !members.isEmpty, let header = member(element, fields, "header"),
      let parents = member(header.column, header.fields, "frame_id")?.column.texts,
      let children = member(element, fields, "child_frame_id")?.column.texts,
      let transform = member(element, fields, "transform"),
      let translation = member(transform.column, transform.fields, "translation"),
      let rotation = member(transform.column, transform.fields, "rotation")
    else { return }
    let numbers =
      ["x", "y", "z"].map { member(translation.column, translation.fields, $0)?.column.numbers ?? [] }
      + ["x", "y", "z", "w"].map { member(rotation.column, rotation.fields, $0)?.column.numbers ?? [] }
    for row in 0..<element.count {
      let pose = numbers.map { row < $0.count ? $0[row] : .nan }
      guard let parent = parents[row], let child = children[row], pose.allSatisfy(\.isFinite) else { continue }
      links[child] = (parent, pose)
    }
  }

  /// Of `sensor_msgs/CameraInfo`, in ROS 1's capital or ROS 2's small letters.
  private mutating func takeLens(_ path: String) throws {
    let table = try SourceTable(path)
    func name(_ names: String...) -> String? { names.first { table.field($0) != nil } }
    guard let matrix = name("P", "p"), let distortion = name("D", "d"), let width = name("width"),
      let height = name("height"), let frame = name("header.frame_id", "frame_id")
    else { return }
    let batch = try table.columns([matrix, distortion, width, height, frame])
    guard batch.count > 0, let sensor = batch.columns[4].texts[0],
      let camera = Self.list(batch.columns[0]), camera.count == 12, camera[0] > 0
    else { return }
    var lens: JSONObject = ["camera_matrix": .array(camera.map { .number($0) })]
    var coefficients = Self.list(batch.columns[1]) ?? []
    // The standard wants five at least.
    while coefficients.count < 5 { coefficients.append(0) }
    if coefficients.count <= 14 { lens["distortion_coeffs"] = .array(coefficients.map { .number($0) }) }
    let size = [batch.columns[2], batch.columns[3]].map { $0.numbers?.first ?? 0 }
    guard size.allSatisfy({ $0 > 0 && $0 < 1e6 }) else { return }
    lens["width_px"] = .count(Int(size[0]))
    lens["height_px"] = .count(Int(size[1]))
    lenses[sensor] = ["intrinsics_pinhole": .object(lens)]
  }

  /// The numbers of the first row.
  private static func list(_ column: Column) -> [Double]? {
    guard case .list(let offsets, let element) = column.values, offsets.count > 1, let all = element.numbers else {
      return nil
    }
    let own = Array(all[offsets[0]..<offsets[1]])
    return own.allSatisfy(\.isFinite) ? own : nil
  }

  /// The pose of something in b's axes, in those that b has the pose `a` in.
  private static func joined(_ a: [Double], _ b: [Double]) -> [Double] {
    let (x, y, z, w) = (a[3], a[4], a[5], a[6])
    // v + 2 q × (q × v + w v)
    let cx = y * b[2] - z * b[1] + w * b[0], cy = z * b[0] - x * b[2] + w * b[1], cz = x * b[1] - y * b[0] + w * b[2]
    let px = b[0] + 2 * (y * cz - z * cy), py = b[1] + 2 * (z * cx - x * cz), pz = b[2] + 2 * (x * cy - y * cx)
    let qx = w * b[3] + x * b[6] + y * b[5] - z * b[4]
    let qy = w * b[4] - x * b[5] + y * b[6] + z * b[3]
    let qz = w * b[5] + x * b[4] - y * b[3] + z * b[6]
    let qw = w * b[6] - x * b[3] - y * b[4] - z * b[5]
    return [a[0] + px, a[1] + py, a[2] + pz, qx, qy, qz, qw]
  }

  func pose(of sensor: String?) -> JSON? {
    guard let pose = sensor.flatMap({ poses[$0] }) else { return nil }
    let numbers = pose.map { JSON.number($0) }
    return ["quaternion": .array(Array(numbers[3...])), "translation": .array(Array(numbers[..<3]))]
  }

  func lens(of sensor: String?) -> JSON? { sensor.flatMap { lenses[$0] } }
}
