import Testing

@testable import Artifacts
@testable import Core

/// The parts of a PCD file, by a reader of the format's description.
struct ReadPCD {
  var lines: [String: [String]] = [:]
  var body: [UInt8] = []

  init(_ file: [UInt8]) throws {
    var rest = file[...]
    while true {
      let end = try #require(rest.firstIndex(of: UInt8(ascii: "\n")))
      let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ").map(String.init)
      rest = rest[(end + 1)...]
      lines[words[0]] = Array(words.dropFirst())
      if words[0] == "DATA" { break }
    }
    body = Array(rest)
  }
}

/// Bytes of numbers, one after another.
private func packed(_ build: (inout ByteWriter) -> Void) -> [UInt8] {
  var writer = ByteWriter()
  build(&writer)
  return writer.bytes
}

private let xyz = [
  CloudField(name: "x", offset: 0, datatype: 7, count: 1), CloudField(name: "y", offset: 4, datatype: 7, count: 1),
  CloudField(name: "z", offset: 8, datatype: 7, count: 1),
]

private func cloud(
  _ points: [(Float, Float, Float)], width: Int? = nil, height: Int = 1, step: Int = 12, rowPadding: Int = 0
) -> Cloud {
  let width = width ?? points.count
  let data = packed { writer in
    for (index, point) in points.enumerated() {
      writer.f32(point.0)
      writer.f32(point.1)
      writer.f32(point.2)
      writer.append(zeros: step - 12)
      if (index + 1) % max(1, width) == 0 { writer.append(zeros: rowPadding) }
    }
  }
  return Cloud(
    width: width, height: height, fields: xyz, isBigEndian: false, pointStep: step, rowStep: width * step + rowPadding,
    data: data[...])
}

@Suite struct PCDTests {
  @Test func aCloudWithoutPaddingIsItsHeaderAndItsData() throws {
    let cloud = cloud([(1, 2, 3), (4, 5, 6)])
    let file = PCD.encode(try CloudView(cloud))
    let header = """
      # .PCD v0.7 - Point Cloud Data file format
      VERSION 0.7
      FIELDS x y z
      SIZE 4 4 4
      TYPE F F F
      COUNT 1 1 1
      WIDTH 2
      HEIGHT 1
      VIEWPOINT 0 0 0 1 0 0 0
      POINTS 2
      DATA binary

      """
    #expect(file == Array(header.utf8) + cloud.data)
  }

  @Test func paddingBetweenFieldsPointsAndRowsIsDropped() throws {
    let points: [(Float, Float, Float)] = [(1, 2, 3), (4, 5, 6), (7, 8, 9), (10, 11, 12), (.nan, 14, 15), (16, 17, 18)]
    let dense = try ReadPCD(PCD.encode(CloudView(cloud(points, width: 3, height: 2))))
    let padded = try ReadPCD(PCD.encode(CloudView(cloud(points, width: 3, height: 2, step: 21, rowPadding: 5))))
    #expect(padded.body == dense.body)
    #expect(padded.lines == dense.lines)
    #expect(padded.lines["WIDTH"] == ["3"] && padded.lines["HEIGHT"] == ["2"] && padded.lines["POINTS"] == ["6"])
  }

  @Test func everyDatatypeInAnyOrderHasItsSizeAndType() throws {
    // Fields from the last to the first, each with a byte before it.
    let sizes = [1, 1, 2, 2, 4, 4, 4, 8]
    var fields: [CloudField] = [], offset = 0, expected: [UInt8] = []
    let data = (0..<80).map { UInt8($0) }
    for (index, size) in sizes.enumerated() {
      fields.insert(CloudField(name: "f\(index + 1)", offset: offset + 1, datatype: index + 1, count: index % 2), at: 0)
      expected = Array(data[offset + 1..<offset + 1 + size]) + expected
      offset += size + 1
    }
    let cloud = Cloud(
      width: 2, height: 1, fields: fields, isBigEndian: false, pointStep: offset, rowStep: 2 * offset, data: data[...])
    let file = try ReadPCD(PCD.encode(CloudView(cloud)))
    #expect(file.lines["FIELDS"] == ["f8", "f7", "f6", "f5", "f4", "f3", "f2", "f1"])
    #expect(file.lines["SIZE"] == ["8", "4", "4", "4", "2", "2", "1", "1"])
    #expect(file.lines["TYPE"] == ["F", "F", "U", "I", "U", "I", "U", "I"])
    #expect(file.lines["COUNT"] == Array(repeating: "1", count: 8))
    #expect(file.body == expected + expected.map { $0 + UInt8(offset) })
  }

  @Test func bigEndianNumbersAreTurnedOneByOne() throws {
    let fields = [
      CloudField(name: "p", offset: 0, datatype: 4, count: 2), CloudField(name: "t", offset: 4, datatype: 8, count: 1),
      CloudField(name: "b", offset: 12, datatype: 2, count: 3),
    ]
    let data: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    let cloud = Cloud(
      width: 1, height: 1, fields: fields, isBigEndian: true, pointStep: 15, rowStep: 15, data: data[...])
    let file = try ReadPCD(PCD.encode(CloudView(cloud)))
    #expect(file.body == [2, 1, 4, 3, 12, 11, 10, 9, 8, 7, 6, 5, 13, 14, 15])
    #expect(file.lines["COUNT"] == ["2", "1", "3"])
  }

  @Test func overlappingFieldsAreBothDelivered() throws {
    let fields = [
      CloudField(name: "rgb", offset: 0, datatype: 7, count: 1),
      CloudField(name: "rgba", offset: 0, datatype: 6, count: 1),
    ]
    // A signalling NaN, which a number would not survive.
    let data: [UInt8] = [1, 0, 0xA0, 0x7F]
    let cloud = Cloud(
      width: 1, height: 1, fields: fields, isBigEndian: false, pointStep: 4, rowStep: 4, data: data[...])
    #expect(try ReadPCD(PCD.encode(CloudView(cloud))).body == data + data)
  }

  @Test func fieldsThatCannotBeReadAreSkippedAndReported() throws {
    var source = cloud([(1, 2, 3), (4, 5, 6)])
    source.fields += [
      CloudField(name: "weird", offset: 0, datatype: 9, count: 1),
      CloudField(name: "late", offset: 9, datatype: 7, count: 1),
      CloudField(name: "huge", offset: 0, datatype: 8, count: .max),
      CloudField(name: "before", offset: -4, datatype: 8, count: 1),
    ]
    let view = try CloudView(source)
    #expect(view.fields.map(\.name) == ["x", "y", "z"])
    #expect(view.findings.count == 4)
    #expect(view.findings[0] == .unknownDatatype(field: "weird", datatype: 9))
    #expect(view.findings[1] == .fieldPastPoint(field: "late", end: 13, pointStep: 12))
    source.fields = []
    #expect(throws: CloudError.noFields) { try CloudView(source) }
  }

  @Test func shortDataLeavesTheWholePointsOfACloudWithoutOrder() throws {
    var source = cloud([(1, 2, 3), (4, 5, 6), (7, 8, 9)])
    source.data = source.data.dropLast(5)
    let view = try CloudView(source)
    #expect(view.findings == [.shortData(found: 31, needed: 36, points: 2)])
    let file = try ReadPCD(PCD.encode(view))
    #expect(file.lines["WIDTH"] == ["2"] && file.body == Array(source.data.prefix(24)))
    (source.width, source.height, source.rowStep) = (1, 3, 12)
    #expect(throws: CloudError.shortData(found: 31, needed: 36)) { try CloudView(source) }
  }

  @Test func theLastRowMayLackItsPaddingAndOneRowNeedsNoRowStep() throws {
    var source = cloud([(1, 2, 3), (4, 5, 6)], width: 1, height: 2, rowPadding: 4)
    source.data = source.data.dropLast(4)
    #expect(try CloudView(source).findings.isEmpty)
    var single = cloud([(1, 2, 3), (4, 5, 6)])
    single.rowStep = 0
    #expect(try CloudView(single).findings == [.shortRowStep(0, needed: 24)])
    (single.width, single.height) = (1, 2)
    #expect(throws: CloudError.shortRowStep(0, needed: 12)) { try CloudView(single) }
  }

  @Test func aCloudWithoutPointsIsAValidFile() throws {
    for (width, height) in [(0, 1), (0, 0), (5, 0)] {
      let file = try ReadPCD(PCD.encode(CloudView(cloud([], width: width, height: height))))
      #expect(file.lines["POINTS"] == ["0"] && file.lines["WIDTH"] == ["\(width)"] && file.body.isEmpty)
    }
  }

  @Test func aNameIsOneWord() throws {
    var source = cloud([(1, 2, 3)])
    source.fields[0].name = "my x"
    source.fields[1].name = ""
    source.fields[2].name = "a\n\u{2003}b"
    #expect(try ReadPCD(PCD.encode(CloudView(source))).lines["FIELDS"] == ["my_x", "unnamed", "a__b"])
  }

  @Test func fieldsThatLieOverEachOtherManyTimesAreRefused() {
    var source = cloud([(1, 2, 3)])
    source.fields = (0..<100).map { CloudField(name: "f\($0)", offset: 0, datatype: 1, count: 12) }
    #expect(throws: CloudError.overlap(kept: 1_200, pointStep: 12)) { try CloudView(source) }
  }

  @Test func noNumberTraps() {
    var random = Seeded(11)
    let numbers = [0, 1, 2, 3, 5, 12, 13, 40, 255, 1 << 16, Int(UInt32.max), -1, .max]
    func any() -> Int { numbers[Int(random.next() % UInt64(numbers.count))] }
    for _ in 0..<5_000 {
      let fields = (0..<3).map { _ in
        CloudField(name: "x", offset: any(), datatype: Int(random.next() % 10), count: any())
      }
      let data = [UInt8](repeating: 1, count: Int(random.next() % 100))
      let source = Cloud(
        width: any(), height: any(), fields: fields, isBigEndian: random.oneIn(2), pointStep: any(), rowStep: any(),
        data: data[...])
      guard let view = try? CloudView(source) else { continue }
      let file = PCD.encode(view)
      #expect(file.count < 1_000 + 16 * max(1, data.count))
      #expect(PCD.encode(view, CloudFilter(stride: 2)) != nil)
    }
  }
}

@Suite struct CloudFilterTests {
  private let points: [(Float, Float, Float)] = [
    (0.1, 0, 0), (0.4, 0, 0), (1.2, 0, 0), (.nan, 0, 0), (-0.1, 0, 0), (0.2, 0.3, 0), (0, 0, 30), (1.3, 0.1, 0.1),
  ]

  @Test func aVoxelKeepsItsFirstPoint() throws {
    let view = try CloudView(cloud(points))
    #expect(view.kept(by: CloudFilter(voxel: 1)) == [0, 2, 4, 6])
    #expect(view.kept(by: CloudFilter(voxel: 0.25)) == [0, 1, 2, 4, 5, 6, 7])
    // So far out that all voxels on a side are one.
    #expect(view.kept(by: CloudFilter(voxel: 1e-300)) == [0, 4, 5, 6, 7])
  }

  @Test func aDistanceIncludesItsEndsAndDropsWhatHasNoPlace() throws {
    let view = try CloudView(cloud(points))
    #expect(view.kept(by: CloudFilter(distance: 0...30)) == [0, 1, 2, 4, 5, 6, 7])
    #expect(view.kept(by: CloudFilter(distance: 1...2)) == [2, 7])
  }

  @Test func aStrideCountsThePointsAsRecorded() throws {
    let view = try CloudView(cloud(points, width: 4, height: 2, rowPadding: 3))
    #expect(view.kept(by: CloudFilter(stride: 3)) == [0, 3, 6])
    #expect(view.kept(by: CloudFilter(stride: 3, distance: 1...50)) == [6])
  }

  @Test func keptPointsHaveAllTheirFields() throws {
    let source = cloud(points, width: 4, height: 2, step: 17, rowPadding: 3)
    let view = try CloudView(source)
    let filtered = try ReadPCD(try #require(PCD.encode(view, CloudFilter(distance: 1...2))))
    let all = try ReadPCD(PCD.encode(view))
    #expect(filtered.lines["WIDTH"] == ["2"] && filtered.lines["HEIGHT"] == ["1"] && filtered.lines["POINTS"] == ["2"])
    #expect(filtered.body == Array(all.body[24..<36]) + Array(all.body[84..<96]))
    #expect(PCD.encode(view, CloudFilter()) == PCD.encode(view))
  }

  @Test func withoutXThereIsNoDistance() throws {
    var source = cloud(points)
    source.fields[0].name = "range"
    let view = try CloudView(source)
    #expect(view.kept(by: CloudFilter(voxel: 1)) == nil)
    #expect(PCD.encode(view, CloudFilter(distance: 0...1)) == nil)
    #expect(view.kept(by: CloudFilter(stride: 4)) == [0, 4])
  }

  @Test func numbersOfEveryDatatypeAreRead() throws {
    let fields = (1...8).map { CloudField(name: "f\($0)", offset: 8 * ($0 - 1), datatype: $0, count: 1) }
    let data = packed { writer in
      for value: Int8 in [-5, 5] {
        writer.i8(value)
        writer.append(zeros: 7)
        writer.u8(5)
        writer.append(zeros: 7)
        writer.i16(Int16(value))
        writer.append(zeros: 6)
        writer.u16(5)
        writer.append(zeros: 6)
        writer.i32(Int32(value))
        writer.append(zeros: 4)
        writer.u32(5)
        writer.append(zeros: 4)
        writer.f32(Float(value))
        writer.append(zeros: 4)
        writer.f64(Double(value))
      }
    }
    let view = try CloudView(
      Cloud(width: 2, height: 1, fields: fields, isBigEndian: false, pointStep: 64, rowStep: 128, data: data[...]))
    for (index, field) in view.fields.enumerated() {
      #expect(view.numbers(field, of: [1, 0]) == [5, [1, 3, 5].contains(index) ? 5 : -5], "\(field)")
    }
  }
}
