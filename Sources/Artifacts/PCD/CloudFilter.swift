import Core

/// Which points of a cloud are kept; all their fields stay.
///
/// The filters work in this order: every nth point as recorded, then the distance, then one point a voxel. Distance and
/// voxels need x, y and z; points without a place (NaN) are dropped by them.
package struct CloudFilter: Sendable, Hashable {
  /// Every nth point, beginning with the first.
  package var stride = 1
  /// Distance from the sensor's origin, in the cloud's unit.
  package var distance: ClosedRange<Double>?
  /// Edge of the cubes of which each keeps its first point, in the cloud's unit.
  package var voxel: Double?

  package init(stride: Int = 1, distance: ClosedRange<Double>? = nil, voxel: Double? = nil) {
    precondition(stride > 0 && voxel.map { $0 > 0 } ?? true, "a stride and a voxel have a size")
    self.stride = stride
    self.distance = distance
    self.voxel = voxel
  }

  package var keepsAll: Bool { stride == 1 && distance == nil && voxel == nil }
}

extension CloudView {
  /// The values of a field's first element for the given points, as numbers.
  package func numbers(_ field: Field, of points: [Int]) -> [Double] {
    let single = Field(name: field.name, offset: field.offset, kind: field.kind, count: 1)
    var bytes: [UInt8] = []
    bytes.append(records: data.bytes, at: points.map { start(of: $0) }, RecordPlan([single], of: self))
    let raw = bytes.bytes
    return switch field.kind {
    case .i1: [Int8](littleEndian: raw).map { Double($0) }
    case .u1: bytes.map { Double($0) }
    case .i2: [Int16](littleEndian: raw).map { Double($0) }
    case .u2, .f2: [UInt16](littleEndian: raw).map { Double($0) }
    case .i4: [Int32](littleEndian: raw).map { Double($0) }
    case .u4: [UInt32](littleEndian: raw).map { Double($0) }
    case .i8: [Int64](littleEndian: raw).map { Double($0) }
    case .u8: [UInt64](littleEndian: raw).map { Double($0) }
    case .f4: [Float](littleEndian: raw).map { Double($0) }
    case .f8: [Double](littleEndian: raw)
    }
  }

  /// The numbers of the points that a filter keeps, in their order; nil if it needs x, y and z and one is missing.
  package func kept(by filter: CloudFilter) -> [Int]? {
    let points = Array(Swift.stride(from: 0, to: count, by: filter.stride))
    guard filter.distance != nil || filter.voxel != nil else { return points }
    guard let x = fields.first(where: { $0.name == "x" }), let y = fields.first(where: { $0.name == "y" }),
      let z = fields.first(where: { $0.name == "z" })
    else { return nil }
    let places = Places(x: numbers(x, of: points), y: numbers(y, of: points), z: numbers(z, of: points))
    var chosen = Array(points.indices.filter { places.isFinite($0) })
    if let distance = filter.distance { chosen = places.within(distance, of: chosen) }
    if let voxel = filter.voxel { chosen = places.firstOfVoxels(of: voxel, of: chosen) }
    return chosen.map { points[$0] }
  }
}

private struct Places {
  var x, y, z: [Double]

  func isFinite(_ index: Int) -> Bool { x[index].isFinite && y[index].isFinite && z[index].isFinite }

  func within(_ distance: ClosedRange<Double>, of chosen: [Int]) -> [Int] {
    chosen.filter { index in
      distance.contains((x[index] * x[index] + y[index] * y[index] + z[index] * z[index]).squareRoot())
    }
  }

  func firstOfVoxels(of edge: Double, of chosen: [Int]) -> [Int] {
    var voxels = VoxelSet(capacity: chosen.count)
    return chosen.filter { index in
      voxels.insert(SIMD4(cell(x[index], edge), cell(y[index], edge), cell(z[index], edge), 0))
    }
  }

  /// The number of a voxel along an axis; beyond 2^62 all are one.
  private func cell(_ place: Double, _ edge: Double) -> Int64 {
    let limit = Double(1 << 62 as Int64)
    return Int64(max(-limit, min(limit, (place / edge).rounded(.down))))
  }
}

/// Which voxels are taken: open addressing over a table of twice as many places, hashed the same in every run.
private struct VoxelSet {
  private var table: [Int32]
  private var keys: [SIMD4<Int64>] = []

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    table = [Int32](repeating: -1, count: size)
    keys.reserveCapacity(capacity)
  }

  /// Whether the key was not there yet.
  mutating func insert(_ key: SIMD4<Int64>) -> Bool {
    let mask = table.count - 1
    var place = Int(truncatingIfNeeded: hash(key)) & mask
    while table[place] >= 0 {
      if keys[Int(table[place])] == key { return false }
      place = (place + 1) & mask
    }
    table[place] = Int32(truncatingIfNeeded: keys.count)
    keys.append(key)
    return true
  }

  private func hash(_ key: SIMD4<Int64>) -> UInt64 {
    var value: UInt64 = 0
    for axis in 0..<3 {
      value = (value ^ UInt64(bitPattern: key[axis])) &* 0x9e37_79b9_7f4a_7c15
      value ^= value >> 29
    }
    return value
  }
}
