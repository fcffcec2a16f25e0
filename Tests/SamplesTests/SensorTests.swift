import Core
import Testing

@testable import Samples

private let world = World(seconds: 20, seed: 1)
private let messages = Messages(world: world, origin: Timestamp(nanoseconds: 0))

/// The message's bytes from a place on; `header` of a frame named in three letters has 19 bytes.
private func message(_ stream: String, _ count: Int, seconds: Double) throws -> [UInt8] {
  let emitter = try #require(Emitter.all.first { Stream.all[$0.stream].name == stream })
  var noise = Noise(1, 300, UInt64(count))
  return try messages.bytes(emitter, count, at: seconds, stamp: Timestamp(nanoseconds: 0), &noise)
}

private func double(_ bytes: [UInt8], _ offset: Int) -> Double { Double(bitPattern: bytes.bytes.u64(at: offset)) }

@Test func theImuIntegratesToSpeedAndHeading() throws {
  var speed = world.ego(at: 0).speed, heading = world.ego(at: 0).heading
  for count in 0..<2000 {
    let time = (Double(count) + 0.5) / 100
    let bytes = try message("imu", count, seconds: time)
    // Header 19, quaternion 32, covariance 72: angular velocity; 24 and covariance 72 more: acceleration.
    heading += double(bytes, 19 + 104 + 16) / 100
    speed += double(bytes, 19 + 200) / 100
    if count % 200 == 199 {
      let ego = world.ego(at: time + 0.005)
      #expect(abs(speed - ego.speed) < 0.1)
      #expect(abs(heading - ego.heading) < 0.01)
    }
  }
  let resting = try message("imu", 1, seconds: world.script.legs[0].stand + 0.5)
  #expect(abs(double(resting, 19 + 200 + 16) - 9.81) < 0.3)
}

@Test func speedOnTheBusIsTheSpeedInIntelOrder() throws {
  let dynamics = try #require(CANDatabase.messages.first { $0.name == "VehicleDynamics" })
  for step in 0..<200 {
    let ego = world.ego(at: Double(step) / 10)
    let data = dynamics.data(VehicleValues(world, at: Double(step) / 10), count: step)
    let raw = Double(UInt16(data[0]) | UInt16(data[1]) << 8)
    #expect(abs(raw * 0.01 / 3.6 - ego.speed) <= 0.005 / 3.6 + 1e-9)
    // Bits 28 to 43, signed.
    let bits = data.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let yaw = Double(Int16(truncatingIfNeeded: bits >> 28)) * 0.005
    #expect(abs(yaw - ego.yawRate * 180 / .pi) <= 0.0025 + 1e-9)
    #expect(bits >> 56 & 15 == UInt64(step % 16))
  }
}

@Test func theSteeringAngleIsInMotorolaOrder() throws {
  let steering = try #require(CANDatabase.messages.first { $0.name == "Steering" })
  let time = world.script.legs[0].turn + Script.turnDuration / 2
  let data = steering.data(VehicleValues(world, at: time), count: 5)
  let angle = Double(Int16(bitPattern: UInt16(data[0]) << 8 | UInt16(data[1]))) * 0.1
  let ego = world.ego(at: time)
  #expect(abs(Mathematics.tan(angle / 15 * .pi / 180) / 2.7 * ego.speed - ego.yawRate) < 0.001)
  #expect(angle > 100, "a turn to the left is positive")
  #expect(data[4] & 15 == 5)
}

@Test func pagesTakeTurns() throws {
  let status = try #require(CANDatabase.messages.first { $0.name == "Status" })
  #expect((0..<4).map { status.data(VehicleValues(world, at: 1), count: $0)[0] } == [0, 1, 2, 0])
}

@Test func theDatabaseDescribesWhatIsSent() {
  let text = CANDatabase.text
  #expect(
    text.contains("BO_ 257 VehicleDynamics: 8 ESP\n SG_ VehicleSpeed : 0|16@1+ (0.01,0) [0|655.35] \"km/h\" Logger\n"))
  #expect(text.contains(" SG_ SteeringAngle : 7|16@0- (0.1,0) [-3276.8|3276.7] \"deg\" Logger\n"))
  #expect(text.contains(" SG_ Page M : 0|8@1+ (1,0) [0|255] \"\" Logger\n"))
  #expect(text.contains(" SG_ FuelLevel m1 : 8|8@1+ (0.4,0) [0|102] \"%\" Logger\n"))
  #expect(text.contains("BO_ 2566844672 CruiseControl: 8 ECM\n"))
  #expect(text.contains("VAL_ 692 Gear 0 \"P\" 1 \"R\" 2 \"N\" 3 \"D\" ;\n"))
}

@Test func theFixFollowsTheVehicle() throws {
  let origin = Geodesy.position(of: Vector(x: 0, y: 0))
  for time in [0.0, 7.0, 19.0] {
    let bytes = try message("gps", 0, seconds: time)
    let antenna = world.ego(at: time).frame.outside(Vector(x: Mounting.gps.x, y: 0))
    // Header 19, status 3. A degree of latitude has 111.2 km here.
    let north = (double(bytes, 22) - origin.latitude) * 111_200
    #expect(abs(north - antenna.y) < 0.5 + abs(antenna.y) * 0.002)
  }
}

@Test func theBusIsNeverSilentForLong() {
  let times = Emitter.all.filter { Stream.all[$0.stream].name == "can" }.flatMap { emitter in
    (0..<emitter.count(before: 1_000_000_000)).map { emitter.time($0) }
  }.sorted()
  let longest = zip(times, times.dropFirst()).map { $1 - $0 }.max()
  #expect((longest ?? 0) < 6_000_000)
}
