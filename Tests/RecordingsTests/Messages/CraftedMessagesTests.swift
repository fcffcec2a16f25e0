import Core
import Foundation
import Testing

@testable import Recordings

/// Recordings that are shared between projects and lie beside this one; tests that need them are skipped without.
private let shared: URL = {
  if let path = ProcessInfo.processInfo.environment["AV_SHARED_DATA"] { return URL(filePath: path) }
  return URL(filePath: #filePath).appending(path: "../../../../../shared/data").standardized
}()
private let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "rosbag-crafted").path)

/// The connections and messages of an undamaged bag without compression, and the trailing connections of any.
private struct PlainBag {
  struct Connection {
    var topic = ""
    var type = ""
    var md5sum = ""
    var definition: [UInt8] = []
  }

  var connections: [UInt32: Connection] = [:]
  var messages: [(connection: UInt32, data: [UInt8])] = []

  /// What is looked for.
  enum Extent { case everything, trailingConnections }

  init(_ url: URL, _ extent: Extent = .everything) throws {
    let bytes = [UInt8](try Data(contentsOf: url))
    walk(bytes.dropFirst(13), extent)
  }

  private mutating func walk(_ bytes: ArraySlice<UInt8>, _ extent: Extent) {
    var rest = bytes
    while let header = Self.take(&rest), let data = Self.take(&rest) {
      let fields = Self.fields(header)
      switch fields["op"]?.first {
      case 5 where extent == .everything && fields["compression"] == Array("none".utf8): walk(data, extent)
      case 7:
        let inner = Self.fields(data)
        connections[Self.u32(fields["conn"])] = Connection(
          topic: String(decoding: fields["topic"] ?? [], as: UTF8.self),
          type: String(decoding: inner["type"] ?? [], as: UTF8.self),
          md5sum: String(decoding: inner["md5sum"] ?? [], as: UTF8.self), definition: inner["message_definition"] ?? [])
      case 2: messages.append((Self.u32(fields["conn"]), Array(data)))
      default: break
      }
    }
  }

  private static func take(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let count = Int(u32(Array(bytes.prefix(4))))
    guard bytes.count >= 4 + count else { return nil }
    defer { bytes = bytes.dropFirst(4 + count) }
    return bytes.dropFirst(4).prefix(count)
  }

  private static func fields(_ header: ArraySlice<UInt8>) -> [String: [UInt8]] {
    var rest = header
    var fields: [String: [UInt8]] = [:]
    while let field = take(&rest), let equals = field.firstIndex(of: UInt8(ascii: "=")) {
      fields[String(decoding: field[..<equals], as: UTF8.self)] = Array(field[(equals + 1)...])
    }
    return fields
  }

  private static func u32(_ bytes: [UInt8]?) -> UInt32 {
    (bytes ?? []).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The messages of a topic, decoded, and how many did not.
  func decode(_ topic: String) throws -> (batch: Batch, failures: Int) {
    let (id, connection) = try #require(connections.first { $0.value.topic == topic })
    let decoder = try Ros1Decoder(
      definition: connection.definition, type: connection.type, md5sum: connection.md5sum)
    let columns = decoder.makeColumns()
    var failures = 0
    for message in messages where message.connection == id {
      do throws(ByteCursor.Failure) { try columns.append(message.data.bytes) } catch { failures += 1 }
    }
    return (columns.finish(), failures)
  }
}

@Suite(.enabled(if: hasShared, "the shared recordings are not there"))
struct CraftedMessagesTests {
  private func bag(_ name: String) throws -> PlainBag {
    try PlainBag(shared.appending(path: "rosbag-crafted").appending(path: name))
  }

  private func expected(_ key: String) throws -> [String: Any] {
    let data = try Data(contentsOf: shared.appending(path: "rosbag-crafted/sensor_expected.json"))
    return try #require((JSONSerialization.jsonObject(with: data) as? [String: Any])?[key] as? [String: Any])
  }

  @Test func theTrapsOfDefinitionsAreRead() throws {
    let bag = try bag("definition_traps.bag")
    let (batch, failures) = try bag.decode("/def")
    #expect(failures == 0)
    func value(_ name: String) -> Value? { batch[name]?.value(0) }
    func float(_ value: Double) -> Value { .bits(value.bitPattern) }
    #expect(value("header.seq") == .bits(7))
    #expect(value("header.stamp") == .bits(1_700_000_000_000_000_005))
    #expect(value("header.frame_id") == .bytes(Array("map".utf8)))
    guard case .list(let fixed)? = value("fixed"), case .bits(let last)? = fixed.last else {
      Issue.record("fixed is not a list")
      return
    }
    #expect(Array(fixed.prefix(2)) == [float(1), float(2.5)] && Double(bitPattern: last).isNaN && fixed.count == 3)
    #expect(value("blob") == .bytes([0x00, 0xff, 0x01]))
    #expect(value("d") == .bits(UInt64(bitPattern: -1_000_000_000 + 5)))
    #expect(value("t") == .bits(1_000_000_002))
    #expect(value("c") == .bits(255))
    #expect(value("ok") == .bits(1))
    #expect(
      value("names") == .list([.bytes([0xff, 0xfe] + Array(" not utf8".utf8)), .bytes(Array("two".utf8))]))
    #expect(value("leaf.y") == .bits(UInt64(Float(0.1).bitPattern)))
    guard case .list(let subs)? = value("subs"), case .structure(let first)? = subs.first, subs.count == 2,
      case .list(let two) = first[1], case .structure(let leaf) = two[1]
    else {
      Issue.record("subs is not a list of structures")
      return
    }
    #expect(first[0] == .bits(UInt64(UInt16(bitPattern: -3))))
    #expect(leaf == [.bits(.max)])
    let definition = try #require(bag.connections.values.first { $0.topic == "/def" })
    #expect(
      try Ros1Definition(definition.definition, type: definition.type).messages[0].constants.map(\.value)
        == ["1", "-2", "a # kept b"].map { Array($0.utf8) })
  }

  @Test func anEmptyDefinitionIsThatOfEmptyMessagesOnly() throws {
    let bag = try bag("empty_definition.bag")
    #expect(try bag.decode("/e").batch.count == 1)
    #expect(throws: Ros1Definition.Failure.noText) { try bag.decode("/rosjava") }
  }

  @Test func aMessageThatIsTooShortFailsAlone() throws {
    let (batch, failures) = try bag("short_message.bag").decode("/a")
    #expect(batch.count == 1 && failures == 1)
  }

  @Test func imagesAreAsTheyWerePut() throws {
    let bag = try bag("images.bag")
    var seen = 0
    for case (let topic, let image as [String: Any]) in try expected("images") where image["bad"] == nil {
      let images = try #require(ImageColumns(bag.decode(topic).batch), "\(topic)")
      #expect(images.height(0) == image["height"] as? Int, "\(topic)")
      #expect(images.width(0) == image["width"] as? Int, "\(topic)")
      #expect(images.step(0) == image["step"] as? Int, "\(topic)")
      #expect(images.encoding(0) == image["encoding"] as? String, "\(topic)")
      #expect((images.isBigEndian(0) ? 1 : 0) == image["is_bigendian"] as? Int, "\(topic)")
      seen += 1
    }
    #expect(seen > 20)
    for case (let topic, let image as [String: Any]) in try expected("compressed") {
      let images = try #require(CompressedImageColumns(bag.decode(topic).batch), "\(topic)")
      #expect(images.format(0) == image["format"] as? String, "\(topic)")
      if let count = image["bytes"] as? Int { #expect(images.data(0).count == count, "\(topic)") }
    }
  }

  @Test func cloudsAreAsTheyWerePut() throws {
    let bag = try bag("clouds.bag")
    for case (let topic, let cloud as [String: Any]) in try expected("clouds") {
      let clouds = try #require(CloudColumns(bag.decode(topic).batch), "\(topic)")
      #expect(clouds.height(0) == cloud["height"] as? Int, "\(topic)")
      #expect(clouds.width(0) == cloud["width"] as? Int, "\(topic)")
      #expect(clouds.pointStep(0) == cloud["point_step"] as? Int, "\(topic)")
      #expect(clouds.isBigEndian(0) == cloud["big_endian"] as? Bool, "\(topic)")
      let names = Set(clouds.fields(0).map(\.name))
      #expect(names.isSuperset(of: (cloud["truth"] as? [String: Any] ?? [:]).keys), "\(topic)")
    }
  }

  @Test func theSumsOfAllConnectionsAreThoseOfROS() throws {
    let folder = shared.appending(path: "rosbag")
    var sums: Set<String> = []
    for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where url.pathExtension != "tsv" {
      for connection in try PlainBag(url, .trailingConnections).connections.values where connection.md5sum != "*" {
        let definition = try Ros1Definition(
          connection.definition, type: connection.type, md5sum: connection.md5sum)
        #expect(definition.md5sum == connection.md5sum, "\(url.lastPathComponent) \(connection.type)")
        _ = try Ros1Decoder(definition)
        sums.insert(connection.md5sum)
      }
    }
    #expect(sums.count >= 30)
  }
}
