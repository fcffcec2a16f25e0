package import Core

/// The columns of `sensor_msgs/Image`, by name.
///
/// All views are nil for batches that lack a column of theirs, and take rows below `Batch.count`.
package struct ImageColumns: Sendable {
  private let height, width, encoding, isBigEndian, step, data: Column

  package init?(_ batch: Batch) {
    guard let height = batch.integers("height"), let width = batch.integers("width"),
      let encoding = batch.texts("encoding"), let isBigEndian = batch.integers("is_bigendian"),
      let step = batch.integers("step"), let data = batch.texts("data")
    else { return nil }
    (self.height, self.width, self.encoding) = (height, width, encoding)
    (self.isBigEndian, self.step, self.data) = (isBigEndian, step, data)
  }

  package func height(_ row: Int) -> Int { height.integer(row) ?? 0 }
  package func width(_ row: Int) -> Int { width.integer(row) ?? 0 }
  package func encoding(_ row: Int) -> String { String(decoding: encoding.bytes(row), as: UTF8.self) }
  package func isBigEndian(_ row: Int) -> Bool { isBigEndian.integer(row) ?? 0 != 0 }
  /// Bytes from one row of pixels to the next.
  package func step(_ row: Int) -> Int { step.integer(row) ?? 0 }
  package func data(_ row: Int) -> ArraySlice<UInt8> { data.bytes(row) }
}

/// The columns of `sensor_msgs/CompressedImage`, by name.
package struct CompressedImageColumns: Sendable {
  private let format, data: Column

  package init?(_ batch: Batch) {
    guard let format = batch.texts("format"), let data = batch.texts("data") else { return nil }
    (self.format, self.data) = (format, data)
  }

  /// Free text; what the data is, only the data tells.
  package func format(_ row: Int) -> String { String(decoding: format.bytes(row), as: UTF8.self) }
  package func data(_ row: Int) -> ArraySlice<UInt8> { data.bytes(row) }
}

/// The columns of `sensor_msgs/PointCloud2`, by name.
package struct CloudColumns: Sendable {
  private let height, width, isBigEndian, pointStep, rowStep, data, isDense: Column
  private let offsets: [Int]
  private let names, fieldOffsets, datatypes, counts: Column

  package init?(_ batch: Batch) {
    guard let height = batch.integers("height"), let width = batch.integers("width"),
      let isBigEndian = batch.integers("is_bigendian"), let pointStep = batch.integers("point_step"),
      let rowStep = batch.integers("row_step"), let data = batch.texts("data"),
      let isDense = batch.integers("is_dense")
    else { return nil }
    guard let index = batch.schema.fields.firstIndex(where: { $0.name == "fields" }),
      case .list(.structure(let members)) = batch.schema.fields[index].type,
      case .list(let offsets, let element) = batch.columns[index].values, case .structure(let columns) = element.values
    else { return nil }
    let fields = Batch(schema: Schema(members), columns: columns, count: element.count)
    guard let names = fields.texts("name"), let fieldOffsets = fields.integers("offset"),
      let datatypes = fields.integers("datatype"), let counts = fields.integers("count")
    else { return nil }
    (self.height, self.width, self.isBigEndian, self.pointStep) = (height, width, isBigEndian, pointStep)
    (self.rowStep, self.data, self.isDense, self.offsets) = (rowStep, data, isDense, offsets)
    (self.names, self.fieldOffsets, self.datatypes, self.counts) = (names, fieldOffsets, datatypes, counts)
  }

  /// A field of a point, as `sensor_msgs/PointField` states it.
  package struct PointField: Sendable, Hashable {
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

  package func height(_ row: Int) -> Int { height.integer(row) ?? 0 }
  package func width(_ row: Int) -> Int { width.integer(row) ?? 0 }
  package func isBigEndian(_ row: Int) -> Bool { isBigEndian.integer(row) ?? 0 != 0 }
  package func pointStep(_ row: Int) -> Int { pointStep.integer(row) ?? 0 }
  package func rowStep(_ row: Int) -> Int { rowStep.integer(row) ?? 0 }
  package func isDense(_ row: Int) -> Bool { isDense.integer(row) ?? 0 != 0 }
  package func data(_ row: Int) -> ArraySlice<UInt8> { data.bytes(row) }

  package func fields(_ row: Int) -> [PointField] {
    (offsets[row]..<offsets[row + 1]).map { field in
      PointField(
        name: String(decoding: names.bytes(field), as: UTF8.self), offset: fieldOffsets.integer(field) ?? 0,
        datatype: datatypes.integer(field) ?? 0, count: counts.integer(field) ?? 0)
    }
  }
}

/// The columns of `sensor_msgs/NavSatFix`, by name.
package struct FixColumns: Sendable {
  private let latitudes, longitudes, altitudes: [Double]
  private let status: Column?
  private let covariance: (offsets: [Int], values: [Double])?

  package init?(_ batch: Batch) {
    guard case .float64(let latitudes)? = batch["latitude"]?.values,
      case .float64(let longitudes)? = batch["longitude"]?.values,
      case .float64(let altitudes)? = batch["altitude"]?.values
    else { return nil }
    (self.latitudes, self.longitudes, self.altitudes) = (latitudes, longitudes, altitudes)
    status = batch.integers("status.status")
    if case .list(let offsets, let element)? = batch["position_covariance"]?.values,
      case .float64(let values) = element.values
    {
      covariance = (offsets, values)
    } else {
      covariance = nil
    }
  }

  /// Degrees north.
  package func latitude(_ row: Int) -> Double { latitudes[row] }
  /// Degrees east.
  package func longitude(_ row: Int) -> Double { longitudes[row] }
  /// Metres above the ellipsoid; NaN where unknown.
  package func altitude(_ row: Int) -> Double { altitudes[row] }
  /// −1 no fix, 0 a fix, 1 with satellite, 2 with ground augmentation; nil without such a column.
  package func status(_ row: Int) -> Int? { status?.integer(row) }
  /// Row by row, east north up, in square metres.
  package func covariance(_ row: Int) -> ArraySlice<Double>? {
    covariance.map { $0.values[$0.offsets[row]..<$0.offsets[row + 1]] }
  }
}

extension Batch {
  /// The column of a name, if it holds integers or truth values.
  fileprivate func integers(_ name: String) -> Column? {
    guard let column = self[name] else { return nil }
    switch column.values {
    case .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: return column
    case .float32, .float64, .text, .list, .structure: return nil
    }
  }

  /// The column of a name, if it holds text or bytes.
  fileprivate func texts(_ name: String) -> Column? {
    guard let column = self[name], case .text = column.values else { return nil }
    return column
  }
}

extension Column {
  fileprivate func integer(_ row: Int) -> Int? {
    switch values {
    case .bool(let values), .uint8(let values): Int(values[row])
    case .int8(let values): Int(values[row])
    case .int16(let values): Int(values[row])
    case .int32(let values): Int(values[row])
    case .int64(let values): Int(values[row])
    case .uint16(let values): Int(values[row])
    case .uint32(let values): Int(values[row])
    case .uint64(let values): Int(exactly: values[row])
    case .float32, .float64, .text, .list, .structure: nil
    }
  }

  fileprivate func bytes(_ row: Int) -> ArraySlice<UInt8> {
    guard case .text(let texts) = values else { return [] }
    return texts[row]
  }
}
