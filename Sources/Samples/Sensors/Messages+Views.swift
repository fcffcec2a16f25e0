import Core

/// Cameras, lidar and radar.
extension Messages {
  func putImage(_ camera: Camera, _ encoding: String, _ time: Double, _ message: inout ByteWriter) {
    let isMosaic = encoding.hasPrefix("bayer")
    let picture = camera.picture(of: world, at: time, order: isMosaic ? .rgb : .bgr)
    message.u32(UInt32(picture.height))
    message.u32(UInt32(picture.width))
    message.string32(encoding)
    message.u8(0)
    message.u32(UInt32(isMosaic ? picture.width : 3 * picture.width))
    message.bytes32(isMosaic ? picture.mosaic : picture.bytes)
  }

  func putPicture(_ time: Double, _ message: inout ByteWriter) throws {
    message.string32("bgr8; png compressed bgr8")
    message.bytes32(try Camera.side.picture(of: world, at: time, order: .rgb).png())
  }

  /// The layout that most drivers of such a lidar have: gaps after z and behind the time.
  func putScan(_ time: Double, _ noise: inout Noise, _ message: inout ByteWriter) {
    let points = Lidar().scan(of: world, at: time, &noise)
    let fields: [(String, UInt32, UInt8)] = [
      ("x", 0, 7), ("y", 4, 7), ("z", 8, 7), ("intensity", 16, 7), ("ring", 20, 4), ("time", 24, 7),
    ]
    message.u32(1)
    message.u32(UInt32(points.count))
    message.u32(UInt32(fields.count))
    for (name, offset, type) in fields {
      message.string32(name)
      message.u32(offset)
      message.u8(type)
      message.u32(1)
    }
    message.u8(0)
    message.u32(32)
    message.u32(UInt32(32 * points.count))
    message.u32(UInt32(32 * points.count))
    for point in points {
      message.f32(point.x)
      message.f32(point.y)
      message.f32(point.z)
      message.u32(0)
      message.f32(point.intensity)
      message.u32(UInt32(point.ring))
      message.f32(point.time)
      message.u32(0)
    }
    message.u8(1)
  }

  func putTracks(_ time: Double, _ noise: inout Noise, _ message: inout ByteWriter) {
    let tracks = Radar().tracks(in: world, at: time, &noise)
    message.u32(UInt32(tracks.count))
    for track in tracks {
      message.append(Identifier(namespace: .namespace, name: "radar:\(world.seed):\(track.agent.id)").bytes)
      message.doubles(track.place.x, track.place.y, track.agent.kind.size.height / 2 - Radar.z)
      message.doubles(track.velocity.x, track.velocity.y, 0)
      message.doubles(0, 0, 0)
      let size = track.agent.kind.size
      message.doubles(size.length, size.width, size.height)
      message.u16(track.velocity.length < 0.1 ? 1 : 2)
      for variance in [0.04, 0.04, 0.01, 0.01] as [Float] {
        for value in [variance, 0, 0, variance, 0, variance] { message.f32(value) }
      }
    }
  }
}
