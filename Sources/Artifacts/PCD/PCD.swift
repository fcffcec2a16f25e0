import Core

/// Point Cloud Data, version 0.7, binary.
///
/// https://pointclouds.org/documentation/tutorials/pcd_file_format.html
///
/// ```
///   # .PCD v0.7 - Point Cloud Data file format
///   VERSION 0.7
///   FIELDS x y z intensity ring       in the message's order
///   SIZE 4 4 4 4 2                    bytes of a value
///   TYPE F F F F U                    I signed, U unsigned, F floating point
///   COUNT 1 1 1 1 1
///   WIDTH 1024
///   HEIGHT 64
///   VIEWPOINT 0 0 0 1 0 0 0
///   POINTS 65536
///   DATA binary
///   values, little-endian, point after point, without padding
/// ```
package enum PCD {
  package static let suffix = "pcd"

  /// The file of all points of a cloud, organised as recorded.
  package static func encode(_ cloud: CloudView) -> [UInt8] {
    var bytes = header(cloud, width: cloud.width, height: cloud.height)
    let plan = RecordPlan(cloud.fields, of: cloud)
    guard cloud.count > 0 else { return bytes }
    for row in 0..<cloud.height {
      let start = cloud.start(of: row * cloud.width)
      bytes.append(
        records: cloud.data.bytes.extracting(droppingFirst: start), stride: cloud.pointStep, count: cloud.width, plan)
    }
    return bytes
  }

  /// The file of the points that a filter keeps, without order; nil if it needs x, y and z and one is missing.
  package static func encode(_ cloud: CloudView, _ filter: CloudFilter) -> [UInt8]? {
    guard !filter.keepsAll else { return encode(cloud) }
    guard let points = cloud.kept(by: filter) else { return nil }
    var bytes = header(cloud, width: points.count, height: 1)
    let plan = RecordPlan(cloud.fields, of: cloud)
    bytes.append(records: cloud.data.bytes, at: points.map { cloud.start(of: $0) }, plan)
    return bytes
  }

  /// The file of a cloud of x, y and z without points.
  package static var empty: [UInt8] {
    Array(
      ("# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
        + "WIDTH 0\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 0\nDATA binary\n").utf8)
  }

  private static func header(_ cloud: CloudView, width: Int, height: Int) -> [UInt8] {
    let fields = cloud.fields
    func line(_ name: String, _ value: (CloudView.Field) -> String) -> String {
      "\(name) \(fields.map(value).joined(separator: " "))\n"
    }
    let text =
      "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\n" + line("FIELDS") { plain($0.name) }
      + line("SIZE") { "\($0.kind.size)" } + line("TYPE") { $0.kind.rawValue.prefix(1).uppercased() }
      + line("COUNT") { "\($0.count)" } + "WIDTH \(width)\nHEIGHT \(height)\nVIEWPOINT 0 0 0 1 0 0 0\n"
      + "POINTS \(width * height)\nDATA binary\n"
    return Array(text.utf8)
  }

  /// A name as one word: blanks and controls would end it, and an empty one would not be there.
  private static func plain(_ name: String) -> String {
    let word = name.unicodeScalars.map { scalar in
      scalar.properties.isWhitespace || scalar.properties.generalCategory == .control ? "_" : scalar
    }
    return word.isEmpty ? "unnamed" : String(String.UnicodeScalarView(word))
  }
}

extension RecordPlan {
  /// Fields of a cloud, packed and little-endian.
  init(_ fields: [CloudView.Field], of cloud: CloudView) {
    self.init()
    for field in fields {
      append(offset: field.offset, width: field.size, reversing: cloud.isBigEndian ? field.kind.size : 1)
    }
  }
}
