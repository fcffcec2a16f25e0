package import Core
package import Recordings

/// Which databases decode the frames of which bus, and what is made of them.
///
/// ```json5
/// can: {dbc: ["vehicle.dbc"],                          // every bus that is not named below
///       buses: {"/can/radar": ["radar.dbc"], "CAN 2": []},   // these and no others; none: not decoded
///       j1939: ["can1"], j1939_na: "null", check_range: false, form: "messages", frames: false}
/// ```
package struct CANSettings: Sendable {
  /// One table a message, or one row a value.
  package enum Form: String, Sendable, CaseIterable { case messages, long }
  /// What becomes of J1939's values for "not available" and "error".
  package enum Unavailable: String, Sendable, CaseIterable { case null, value }

  package private(set) var common: [Database] = []
  /// By the bus's plain name.
  package private(set) var buses: [String: [Database]] = [:]
  /// How the user called a bus, by plain name.
  private var spellings: [String: String] = [:]
  /// Buses of which every extended message is matched by its parameter group, by plain name.
  private var j1939: Set<String> = []
  private var unavailable = Unavailable.null
  /// Values beyond the databases' limits are null.
  package var checksRange = false
  package var form = Form.messages
  /// All frames are written as a table as well.
  package var writesFrames = false

  /// A database, and what tells it from others.
  package struct Database: Sendable {
    /// The file's name, without folders.
    package var name: String
    package var sha256: String
    package var content: DBC

    /// - Throws: `SystemError`; `CANSettingsError` when no message can be read.
    package init(path: String) throws {
      let file = try FileReader(path)
      guard file.count <= 64 << 20 else { throw CANSettingsError(path: path, problem: "is larger than 64 MB") }
      let bytes = try file.bytes(at: 0, count: file.count)
      name = path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? path
      sha256 = Digest.sha256(bytes).hex
      content = DBC(bytes)
      guard !content.messages.isEmpty else {
        let first = content.findings.first.map { ": \($0.message)" } ?? ""
        throw CANSettingsError(path: path, problem: "is no CAN database\(first)")
      }
    }
  }

  package init() {}

  /// Nothing is decoded.
  package var isEmpty: Bool { common.isEmpty && buses.values.allSatisfy(\.isEmpty) }

  /// Adds a database for one bus, or for all that have none of their own.
  package mutating func add(_ database: Database, bus: String? = nil) {
    guard let bus else { return common.append(database) }
    buses[Self.plain(bus), default: []].append(database)
    spellings[Self.plain(bus)] = bus
  }

  /// Databases of all of a bus's names, each once; none where one of them is to have none.
  func databases(for names: [String]) -> [Database] {
    var seen: Set<String> = []
    let own = names.map(Self.plain).filter { seen.insert($0).inserted }.compactMap { buses[$0] }
    guard !own.isEmpty else { return common }
    guard own.allSatisfy({ !$0.isEmpty }) else { return [] }
    var digests: Set<String> = []
    return own.joined().filter { digests.insert($0.sha256).inserted }
  }

  /// Databases of buses that have none of the names: the bus as it was called, and a database's name.
  func strays(_ names: some Sequence<String>) -> [(bus: String, database: String)] {
    let known = Set(names.map(Self.plain))
    return buses.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { bus in
      bus.value.map { (spellings[bus.key] ?? bus.key, $0.name) }
    }
  }

  func options(for names: [String]) -> CANDecoder.Options {
    var options = CANDecoder.Options()
    options.isJ1939 = names.contains { j1939.contains(Self.plain($0)) }
    options.keepsUnavailable = unavailable == .value
    options.checksRange = checksRange
    return options
  }

  /// `/can/rx`, `can_rx`; `CAN 2`, `can2`: the same bus.
  private static func plain(_ bus: String) -> String {
    let bytes = bus.utf8.drop { $0 == UInt8(ascii: "/") }.filter { $0 != UInt8(ascii: " ") }
    return String(decoding: bytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }, as: UTF8.self).lowercased()
  }

  var json: JSON {
    func list(_ databases: [Database]) -> JSON {
      .array(databases.map { ["name": .string($0.name), "sha256": .string($0.sha256)] })
    }
    let named = buses.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: list($0.value)) }
    var object: JSONObject = ["buses": .object(JSONObject(named))]
    // Only where it is set: datastreams from before it was known keep their ids.
    if checksRange { object["check_range"] = true }
    object["dbc"] = list(common)
    object["form"] = .string(form.rawValue)
    object["frames"] = .bool(writesFrames)
    object["j1939"] = .array(j1939.sorted().map { .string($0) })
    object["j1939_na"] = .string(unavailable.rawValue)
    return .object(object)
  }
}

extension CANSettings {
  init(_ table: Configuration) throws {
    self.init()
    common = try Self.databases(table, "dbc")
    if let named = try table.table("buses") {
      for bus in named.keys {
        buses[Self.plain(bus)] = try Self.databases(named, bus)
        spellings[Self.plain(bus)] = bus
      }
    }
    j1939 = Set(try (table.strings("j1939") ?? []).map(Self.plain))
    unavailable = try table.choice("j1939_na") ?? .null
    form = try table.choice("form") ?? .messages
    writesFrames = try table.bool("frames") ?? false
    checksRange = try table.bool("check_range") ?? false
  }

  private static func databases(_ table: Configuration, _ key: String) throws -> [Database] {
    try (table.paths(key) ?? []).map { path in
      do { return try Database(path: path) } catch let error as CANSettingsError {
        throw table.error(key, "\(error)")
      } catch let error as SystemError {
        throw table.error(key, "\(error)")
      }
    }
  }
}

/// A file that was named as a database, and cannot serve as one: nothing is touched.
package struct CANSettingsError: Problem {
  package var path: String
  package var problem: String

  package var code: ProblemCode { .configuration }
  package var exitCode: ExitCode { .usage }
  package var description: String { "\(path) \(problem)" }
}
