/// A point cloud as `sensor_msgs/PointCloud2` carries it; its numbers are as recorded, and may be wrong.
///
/// Point (row, column) begins at `row * rowStep + column * pointStep`.
package struct Cloud: Sendable {
  package var width: Int
  /// 1 for clouds without order.
  package var height: Int
  package var fields: [CloudField]
  package var isBigEndian: Bool
  package var pointStep: Int
  package var rowStep: Int
  package var data: ArraySlice<UInt8>

  package init(
    width: Int, height: Int, fields: [CloudField], isBigEndian: Bool, pointStep: Int, rowStep: Int,
    data: ArraySlice<UInt8>
  ) {
    (self.width, self.height, self.fields, self.isBigEndian) = (width, height, fields, isBigEndian)
    (self.pointStep, self.rowStep, self.data) = (pointStep, rowStep, data)
  }
}

/// A field of a point, as `sensor_msgs/PointField` states it.
package struct CloudField: Sendable, Hashable {
  package var name: String
  /// Bytes from the beginning of the point.
  package var offset: Int
  /// 1 int8, 2 uint8, 3 int16, 4 uint16, 5 int32, 6 uint32, 7 float32, 8 float64; others occur.
  package var datatype: Int
  /// Values a point; old writers have 0 for 1.
  package var count: Int

  package init(name: String, offset: Int, datatype: Int, count: Int) {
    (self.name, self.offset, self.datatype, self.count) = (name, offset, datatype, count)
  }
}

/// What is wrong with a cloud of which the rest stands.
package enum CloudFinding: Sendable, Equatable, CustomStringConvertible {
  case unknownDatatype(field: String, datatype: Int)
  case fieldPastPoint(field: String, end: Int, pointStep: Int)
  /// Whole points that are there, where the data should hold more.
  case shortData(found: Int, needed: Int, points: Int)
  /// Fewer bytes from one row to the next than a row has; of one row that is harmless.
  case shortRowStep(Int, needed: Int)

  package var description: String {
    switch self {
    case .unknownDatatype(let field, let datatype): "field \(field) is left out: its datatype is \(datatype)"
    case .fieldPastPoint(let field, let end, let pointStep):
      "field \(field) is left out: it ends at byte \(end) of a point of \(pointStep)"
    case .shortData(let found, let needed, let points):
      "\(found) bytes of data, \(needed) needed: \(points) whole points"
    case .shortRowStep(let step, let needed): "row_step is \(step), a row needs \(needed)"
    }
  }
}

/// Why a cloud cannot be written at all; the others of its channel go on.
package enum CloudError: Error, Equatable, CustomStringConvertible {
  /// A number below 0 or above what 32 bits hold.
  case numbers(width: Int, height: Int, pointStep: Int, rowStep: Int)
  case noFields
  case shortRowStep(Int, needed: Int)
  /// Rows of an organised cloud are missing.
  case shortData(found: Int, needed: Int)
  /// The fields lie over each other many times.
  case overlap(kept: Int, pointStep: Int)

  package var description: String {
    switch self {
    case .numbers(let width, let height, let pointStep, let rowStep):
      "no cloud: \(width) x \(height) points, point_step \(pointStep), row_step \(rowStep)"
    case .noFields: "no cloud: no field can be read"
    case .shortRowStep(let step, let needed): "no cloud: row_step is \(step), a row needs \(needed)"
    case .shortData(let found, let needed):
      "no cloud: \(found) bytes of data, \(needed) needed by the rows of an organised cloud"
    case .overlap(let kept, let pointStep): "no cloud: its fields are \(kept) bytes of a point of \(pointStep)"
    }
  }
}
