import Core

/// A drive as a bench or a logger records it: the vehicle's signals, and the frames of its bus.
struct MDF4Drive {
  private static let hertz = 50

  /// The whole file: a few kilobytes a second.
  static func bytes(_ world: World, origin: Timestamp, seconds: Double, frames: [Recorder.Frame]) -> [UInt8] {
    var writer = MDF4Writer(start: origin, comment: "simulated drive")
    writer.add(vehicle(world, seconds))
    writer.add(bus(frames))
    return writer.bytes
  }

  /// ```
  ///   t:f64  speed:f32  acceleration:f32  yaw rate:f32  steering:i16  brake:u8  engine:u16  indicator:2 bits
  /// ```
  private static func vehicle(_ world: World, _ seconds: Double) -> MDF4Writer.Group {
    var records = ByteWriter()
    for number in 0..<Int(seconds * Double(hertz)) {
      let time = Double(number) / Double(hertz)
      let values = VehicleValues(world, at: time)
      records.f64(time)
      for value in [values.speed, values.acceleration, values.yawRateDegrees] { records.f32(Float(value)) }
      records.i16(Int16((values.steeringWheelDegrees * 10).rounded().clamped(to: -32_768...32_767)))
      records.u8(UInt8((values.brakePressureBar * 2).rounded().clamped(to: 0...255)))
      records.u16(UInt16((values.engineSpeed * 4).rounded().clamped(to: 0...65_535)))
      records.u8(UInt8(values.indicator.clamped(to: 0...3)) << 2)
    }
    return MDF4Writer.Group(
      name: "vehicle", recordBytes: 26,
      channels: [
        .init(name: "t", form: .float, byte: 0, bits: 64, unit: "s", isMaster: true),
        .init(name: "Speed", form: .float, byte: 8, bits: 32, unit: "m/s"),
        .init(name: "Acceleration", form: .float, byte: 12, bits: 32, unit: "m/s^2"),
        .init(name: "YawRate", form: .float, byte: 16, bits: 32, unit: "deg/s"),
        .init(name: "SteeringWheelAngle", form: .signed, byte: 20, bits: 16, unit: "deg", scale: (0.1, 0)),
        .init(name: "BrakePressure", form: .unsigned, byte: 22, bits: 8, unit: "bar", scale: (0.5, 0)),
        .init(name: "EngineSpeed", form: .unsigned, byte: 23, bits: 16, unit: "rpm", scale: (0.25, 0)),
        .init(name: "Indicator", form: .unsigned, byte: 25, bits: 2, bit: 2, texts: ["off", "left", "right", "both"]),
      ], records: records.bytes)
  }

  /// Bus logging by the names of ASAM.
  ///
  /// ```
  ///   t:f64  channel:u8  id:29 bits  ide:1 bit  dlc:u8  length:u8  data[8]
  /// ```
  private static func bus(_ frames: [Recorder.Frame]) -> MDF4Writer.Group {
    var records = ByteWriter()
    for frame in frames {
      records.f64(Double(frame.time) / 1e9)
      records.u8(1)
      records.u32(frame.id | (frame.isExtended ? 1 << 29 : 0))
      records.u8(UInt8(frame.data.count))
      records.u8(UInt8(frame.data.count))
      records.append(frame.data)
      records.append(zeros: max(0, 8 - frame.data.count))
    }
    let name = "CAN_DataFrame"
    return MDF4Writer.Group(
      name: "CAN1", isBus: true, recordBytes: 23,
      channels: [
        .init(name: "Timestamp", form: .float, byte: 0, bits: 64, unit: "s", isMaster: true),
        .init(
          name: name, form: .bytes, byte: 8, bits: 120,
          members: [
            .init(name: "\(name).BusChannel", form: .unsigned, byte: 8, bits: 8),
            .init(name: "\(name).ID", form: .unsigned, byte: 9, bits: 29),
            .init(name: "\(name).IDE", form: .unsigned, byte: 12, bits: 1, bit: 5),
            .init(name: "\(name).DLC", form: .unsigned, byte: 13, bits: 8),
            .init(name: "\(name).DataLength", form: .unsigned, byte: 14, bits: 8),
            .init(name: "\(name).DataBytes", form: .bytes, byte: 15, bits: 64),
          ]),
      ], records: records.bytes)
  }
}
