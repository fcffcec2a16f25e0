/// The points of a cloud whose numbers have been checked against its data.
package struct CloudView: Sendable {
  /// A field that can be read.
  package struct Field: Sendable, Hashable {
    package var name: String
    package var offset: Int
    package var kind: SampleArray.Kind
    package var count: Int

    package var size: Int { count * kind.size }
  }

  package let width: Int
  package let height: Int
  package let fields: [Field]
  package let findings: [CloudFinding]
  let isBigEndian: Bool
  let pointStep: Int
  let rowStep: Int
  let data: ArraySlice<UInt8>

  /// How many times the bytes of a point its fields may be together.
  private static let overlap = 16

  /// How many points there are.
  package var count: Int { width * height }

  package init(_ cloud: Cloud) throws(CloudError) {
    let limit = Int(UInt32.max)
    guard (0...limit).contains(cloud.width), (0...limit).contains(cloud.height), (0...limit).contains(cloud.pointStep),
      (0...limit).contains(cloud.rowStep)
    else {
      throw .numbers(
        width: cloud.width, height: cloud.height, pointStep: cloud.pointStep, rowStep: cloud.rowStep)
    }
    var findings: [CloudFinding] = []
    fields = cloud.fields.compactMap { field in Self.readable(field, in: cloud, &findings) }
    guard !fields.isEmpty else { throw .noFields }
    // Fields may overlap, but 30,000 of them over one megabyte would be a bomb.
    let kept = fields.reduce(0) { $0 + $1.size }
    guard kept <= Self.overlap * cloud.pointStep else { throw .overlap(kept: kept, pointStep: cloud.pointStep) }
    let isEmpty = cloud.width == 0 || cloud.height == 0
    let size = try isEmpty ? (cloud.width, cloud.height) : Self.wholePoints(of: cloud, &findings)
    (width, height) = size
    self.findings = findings
    isBigEndian = cloud.isBigEndian
    pointStep = cloud.pointStep
    rowStep = cloud.rowStep
    data = cloud.data
  }

  /// Where a point begins in the data.
  func start(of point: Int) -> Int {
    let row = height == 1 ? 0 : point / width
    return row * rowStep + (point - row * width) * pointStep
  }

  private static func readable(_ field: CloudField, in cloud: Cloud, _ findings: inout [CloudFinding]) -> Field? {
    guard let kind = kind(field.datatype) else {
      findings.append(.unknownDatatype(field: field.name, datatype: field.datatype))
      return nil
    }
    let count = field.count == 0 ? 1 : field.count
    let (size, isTooLarge) = kind.size.multipliedReportingOverflow(by: count)
    let (end, isTooFar) = size.addingReportingOverflow(field.offset)
    guard !isTooLarge, !isTooFar, count > 0, field.offset >= 0, end <= cloud.pointStep else {
      findings.append(.fieldPastPoint(field: field.name, end: end, pointStep: cloud.pointStep))
      return nil
    }
    return Field(name: field.name, offset: field.offset, kind: kind, count: count)
  }

  private static func kind(_ datatype: Int) -> SampleArray.Kind? {
    switch datatype {
    case 1: .i1
    case 2: .u1
    case 3: .i2
    case 4: .u2
    case 5: .i4
    case 6: .u4
    case 7: .f4
    case 8: .f8
    default: nil
    }
  }

  /// Width and height of what is there; only a cloud without order may lose points at its end.
  private static func wholePoints(
    of cloud: Cloud, _ findings: inout [CloudFinding]
  ) throws(CloudError) -> (Int, Int) {
    let found = cloud.data.count
    // At most 2^64 each, which does not fit.
    let (rowBytes, isTooLong) = cloud.width.multipliedReportingOverflow(by: cloud.pointStep)
    guard !isTooLong else { throw .shortData(found: found, needed: .max) }
    if cloud.rowStep < rowBytes {
      guard cloud.height == 1 else { throw .shortRowStep(cloud.rowStep, needed: rowBytes) }
      findings.append(.shortRowStep(cloud.rowStep, needed: rowBytes))
    }
    let (before, isTooMany) = cloud.rowStep.multipliedReportingOverflow(by: cloud.height - 1)
    let (needed, isTooMuch) = before.addingReportingOverflow(rowBytes)
    guard !isTooMany, !isTooMuch else { throw .shortData(found: found, needed: .max) }
    if needed <= found { return (cloud.width, cloud.height) }
    guard cloud.height == 1 else { throw .shortData(found: found, needed: needed) }
    let points = found / cloud.pointStep
    findings.append(.shortData(found: found, needed: needed, points: points))
    return (points, 1)
  }
}
