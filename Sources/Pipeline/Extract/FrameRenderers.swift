import Artifacts
import Core
import Recordings

/// `sensor_msgs/Image` as PNG, NPY or as recorded.
struct ImageRenderer: FrameRenderer {
  let demosaicing: Demosaicing

  let fields = [
    Field("width", .int64, isNullable: true, unit: "px"), Field("height", .int64, isNullable: true, unit: "px"),
    Field("encoding", .string, isNullable: true), Field("step", .int64, isNullable: true, unit: "B"),
    Field("bayer", .string, isNullable: true),
  ]

  func render(_ batch: Batch, row: Int) -> Frame {
    guard let columns = ImageColumns(batch) else {
      return Frame(note: "the message lacks a field of sensor_msgs/Image")
    }
    let image = RecordedImage(
      width: columns.width(row), height: columns.height(row), encoding: columns.encoding(row),
      isBigEndian: columns.isBigEndian(row), step: columns.step(row), data: columns.data(row))
    var frame = Frame()
    var pattern: String?
    do {
      let converted = try image.converted(demosaicing)
      frame.suffix = converted.suffix
      pattern = converted.bayer.map { "\($0)" }
      if converted.isColourOrderAssumed { frame.note = "the order of the colours is assumed to be blue, green, red" }
      switch converted.content {
      case .picture(let picture): frame.content = .made(try PNG.encode(picture))
      case .array(let array): frame.content = .made(NPY.encode(array))
      case .raw(let bytes):
        frame.content = .recorded(bytes)
        frame.note = "encoding \(image.encoding.jsonQuoted) is not known; the data is as recorded"
      }
    } catch {
      frame.note = "\(error)"
    }
    frame.cells = [
      .integer(image.width), .integer(image.height), .text(image.encoding), .integer(image.step), .text(pattern),
    ]
    return frame
  }
}

/// `sensor_msgs/CompressedImage` as recorded; depth out of its wrapping.
struct CompressedImageRenderer: FrameRenderer {
  let fields = [
    Field("width", .int64, isNullable: true, unit: "px"), Field("height", .int64, isNullable: true, unit: "px"),
    Field("encoding", .string, isNullable: true),
  ]

  func render(_ batch: Batch, row: Int) -> Frame {
    guard let columns = CompressedImageColumns(batch) else {
      return Frame(note: "the message lacks a field of sensor_msgs/CompressedImage")
    }
    let image = CompressedImage(format: columns.format(row), data: columns.data(row))
    var frame = Frame()
    var size: (width: Int, height: Int)?
    do {
      let content = try image.content()
      size = content.size
      frame.suffix = content.suffix
      switch content {
      case .file(_, let bytes): frame.content = .recorded(bytes)
      case .depth(let picture): frame.content = .made(try PNG.encode(picture))
      case .metres(let array): frame.content = .made(NPY.encode(array))
      }
    } catch {
      frame.note = "\(error)"
    }
    frame.cells = [.integer(size?.width), .integer(size?.height), .text(image.format)]
    return frame
  }
}

/// `sensor_msgs/PointCloud2` as PCD.
struct CloudRenderer: FrameRenderer {
  let filter: CloudFilter

  let fields = [
    Field("points", .int64, isNullable: true), Field("points_recorded", .int64, isNullable: true),
    Field("width", .int64, isNullable: true), Field("height", .int64, isNullable: true),
    Field("fields", .string, isNullable: true),
  ]

  func render(_ batch: Batch, row: Int) -> Frame {
    guard let columns = CloudColumns(batch) else {
      return Frame(note: "the message lacks a field of sensor_msgs/PointCloud2")
    }
    let fields = columns.fields(row).map {
      CloudField(name: $0.name, offset: $0.offset, datatype: $0.datatype, count: $0.count)
    }
    let cloud = Cloud(
      width: columns.width(row), height: columns.height(row), fields: fields, isBigEndian: columns.isBigEndian(row),
      pointStep: columns.pointStep(row), rowStep: columns.rowStep(row), data: columns.data(row))
    var frame = Frame(suffix: PCD.suffix)
    do throws(CloudError) {
      let view = try CloudView(cloud)
      let kept = filter.keepsAll ? nil : view.kept(by: filter)
      if filter.keepsAll {
        frame.content = .made(PCD.encode(view))
      } else if let bytes = PCD.encode(view, filter) {
        frame.content = .made(bytes)
      } else {
        frame.note = "the cloud has no x, y and z to filter by"
      }
      if !view.findings.isEmpty { frame.note = view.findings.map { "\($0)" }.joined(separator: "; ") }
      let names = view.fields.map { "\($0.name):\($0.kind)\($0.count == 1 ? "" : "[\($0.count)]")" }
      frame.cells = [
        .integer(kept?.count ?? view.count), .integer(view.count), .integer(view.width), .integer(view.height),
        .text(names.joined(separator: " ")),
      ]
    } catch {
      frame.note = "\(error)"
      frame.cells = [.integer(0), .integer(0), .integer(cloud.width), .integer(cloud.height), .text(nil)]
    }
    return frame
  }
}
