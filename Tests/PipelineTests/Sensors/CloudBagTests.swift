import Testing

@testable import Artifacts
@testable import Core
@testable import Recordings

/// Every cloud of the crafted bag becomes the points that it was made of.
@Suite(.enabled(if: SensorBag.isHere, "no shared data")) struct CloudBagTests {
  @Test func everyFieldOfEveryPointIsDelivered() throws {
    let messages = try SensorBag.messages("clouds.bag")
    for (topic, truth) in try SensorBag.truth("clouds") {
      let message = try #require(messages[topic], "\(topic)")
      let columns = try #require(CloudColumns(message), "\(topic)")
      let fields = columns.fields(0).map { field in
        CloudField(name: field.name, offset: field.offset, datatype: field.datatype, count: field.count)
      }
      let view = try CloudView(
        Cloud(
          width: columns.width(0), height: columns.height(0), fields: fields, isBigEndian: columns.isBigEndian(0),
          pointStep: columns.pointStep(0), rowStep: columns.rowStep(0), data: columns.data(0)))
      let skipped = truth["skipped_fields"]?.array?.count ?? 0
      #expect(fields.count - view.fields.count == skipped, "\(topic)")
      #expect(view.findings.isEmpty == (skipped == 0 && truth["bad"]?.bool != true), "\(topic)")
      try expect(file: PCD.encode(view), of: view, toHold: try #require(truth["truth"]?.object), topic)
    }
  }

  /// Reads the values of the file's body, field by field, and compares them with the truth.
  private func expect(file: [UInt8], of view: CloudView, toHold truth: JSONObject, _ topic: String) throws {
    let header = Array("DATA binary\n".utf8)
    let end = try #require(file.indices.first { file[$0...].starts(with: header) }) + header.count
    var values = [String: [JSON]](uniqueKeysWithValues: view.fields.map { ($0.name, []) })
    let body = Array(file[end...])
    var cursor = ByteCursor(body.bytes)
    for _ in 0..<view.count {
      for field in view.fields {
        var numbers: [JSON] = []
        for _ in 0..<field.count { numbers.append(try number(field.kind, from: &cursor)) }
        values[field.name]?.append(numbers.count == 1 ? numbers[0] : .array(numbers))
      }
    }
    try cursor.finish()
    #expect(Set(values.keys) == Set(truth.members.map(\.key)), "\(topic)")
    for member in truth.members {
      #expect(JSON.array(values[member.key] ?? []) == member.value, "\(topic) \(member.key)")
    }
  }

  private func number(_ kind: SampleArray.Kind, from cursor: inout ByteCursor) throws -> JSON {
    let value =
      switch kind {
      case .i1: Double(try cursor.i8())
      case .u1: Double(try cursor.u8())
      case .i2: Double(try cursor.i16())
      case .u2: Double(try cursor.u16())
      case .i4: Double(try cursor.i32())
      case .u4: Double(try cursor.u32())
      case .f4: Double(try cursor.f32())
      case .f8: try cursor.f64()
      case .f2, .u8, .i8: Double.nan
      }
    return value.isNaN ? .null : .number(value)
  }
}
