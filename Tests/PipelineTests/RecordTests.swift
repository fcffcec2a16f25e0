import Core
import Foundation
import Testing

@testable import Pipeline

@Suite struct RecordTests {
  func items(_ text: String, end: RecordStream.End = .optional) throws -> [String] {
    let scratch = try ScratchFolder()
    try scratch.write(text, "in")
    var stream = RecordStream([scratch.path + "/in"], end: end)
    var items: [String] = []
    while let item = try stream.next() {
      switch item {
      case .record(let record, let place):
        items.append("record \(place.split(separator: ":").last ?? ""): \(record.line)")
      case .foreign(let record, _): items.append("foreign: \(record.line)")
      case .warning(let text): items.append("warning: \(text.drop { $0 != " " }.dropFirst())")
      case .problem(let error): items.append("problem: \(error.description.dropFirst(scratch.path.count + 4))")
      }
    }
    return items
  }

  @Test func unknownFieldsAndTheirOrderPassThrough() throws {
    let line = #"{"zz":1,"type":"datastream","id":"d","x":{"b":[1.5,null],"a":"9007199254740993"},"measurement":"m"}"#
    #expect(try items(line + "\n") == ["record 1: " + line])
  }

  @Test func anEmptyInputIsNothing() throws { #expect(try items("") == []) }

  @Test(arguments: 1..<40) func aLineThatIsCutIsNeverActedOn(_ cut: Int) throws {
    let first = "{\"type\":\"measurement\",\"id\":\"m\"}\n"
    let text = first + "{\"type\":\"measurement\",\"id\":\"mm\"}xxxxxxx"
    let items = try items(String(text.prefix(first.count + cut)))
    #expect(items.count == 2)
    #expect(items[0].hasPrefix("record 1"))
    #expect(items[1] == "problem: 2: the last line has no newline: it may be cut, and is not acted on")
  }

  @Test func linesThatAreNoRecordsAreNamedAndTheOthersRead() throws {
    let text = """
      {"type":"scene"}
      {"type":"scene"
      [1]

      {"id":"x"}
      {"schema":"av.scene/2","type":"scene"}
      {"schema":"av.scene/1","type":"scene","n":1}

      """
    #expect(
      try items(text) == [
        #"record 1: {"type":"scene"}"#, "problem: 2:16: not JSON: wanted ',' or '}', found the end",
        "problem: 3: not a record: no object", "problem: 5: not a record: has no type",
        "problem: 6: has schema av.scene/2, and this avtools reads av.scene/1",
        #"record 7: {"schema":"av.scene/1","type":"scene","n":1}"#,
      ])
  }

  @Test func unknownTypesPassWithOneWarningEach() throws {
    let text = "{\"type\":\"a\"}\n{\"type\":\"b\"}\n{\"type\":\"a\"}\n"
    #expect(
      try items(text) == [
        "warning: records of type 'a' are not known here and are passed on", "foreign: {\"type\":\"a\"}",
        "warning: records of type 'b' are not known here and are passed on", "foreign: {\"type\":\"b\"}",
        "foreign: {\"type\":\"a\"}",
      ])
  }

  @Test(arguments: [
    ("", 1), ("S", 1), ("E0", 0), ("SE1", 0), ("SE2", 1), ("SSE1", 1), ("SE1S", 1), ("SE1SSE2", 0), ("E", 1),
  ])
  func anEndIsRequiredAndCounts(_ shape: String, _ problems: Int) throws {
    var text = ""
    for (index, letter) in shape.enumerated() {
      let next = shape.dropFirst(index + 1).first
      switch letter {
      case "S": text += "{\"type\":\"scene\"}\n"
      case "E":
        text +=
          next.flatMap(\.wholeNumberValue).map { "{\"type\":\"end\",\"count\":\($0)}\n" } ?? "{\"type\":\"end\"}\n"
      default: break
      }
    }
    let items = try items(text, end: .required)
    #expect(items.count { $0.hasPrefix("problem") } == problems)
    #expect(items.count { $0.hasPrefix("record") } == shape.count { $0 == "S" })
  }

  @Test func aWrongCountIsNoticedEvenWhenNobodyAsked() throws {
    #expect(try items("{\"type\":\"end\",\"count\":3}\n") == ["problem: 1: says 3 records, and there were 0"])
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var lines: [String] = []
    var output = RecordOutput(end: .counted) { lines.append($0) }
    try output.put(Record(.scene, ["id": "s", "note": "a\nb"]))
    try output.put(.failure(RecordError("x", "bad"), run: "r", item: "s"))
    try output.finish()
    #expect(lines.last == #"{"schema":"av.end/1","type":"end","count":2}"#)
    let items = try items(lines.map { $0 + "\n" }.joined(), end: .required)
    #expect(items.count == 2 && items.allSatisfy { $0.hasPrefix("record") })
  }

  @Test func aFailureSaysWhatAMachineNeeds() {
    let record = Record.failure(SystemError("raw/x", cannot: "rename", code: 28), run: "r", item: "m1")
    #expect(
      record.line == """
        {"schema":"av.error/1","type":"error","run":"r","item":"m1","op":"rename","path":"raw/x","errno":"ENOSPC",\
        "code":"AV-IO-003","retryable":true,"msg":"raw/x: cannot rename: No space left on device",\
        "hint":"make room and run it again; what is complete is skipped"}
        """)
  }

  @Test func aDatastreamRecordIsRead() throws {
    let json = try JSON.parse(
      """
      {"type":"datastream","id":"d","measurement":"m","zone":"raw","state":"Copy Complete","path":"raw/x","vin":"V",
      "start":"2022-09-30T08:36:40.000000123Z","end":1664527300000000000,"more":1}
      """)
    let stream = try DatastreamRecord(Record(try #require(json.object)), at: "-:1")
    #expect(stream.state == .copyComplete)
    #expect(stream.start == Timestamp(nanoseconds: 1_664_527_000_000_000_123))
    #expect(stream.end == Timestamp(nanoseconds: 1_664_527_300_000_000_000))
    #expect(stream.record["more"] == 1)
  }

  @Test(arguments: ["id", "measurement", "zone", "state", "path"]) func aDatastreamRecordHasToBeWhole(_ key: String) {
    var object: JSONObject = [
      "type": "datastream", "id": "d", "measurement": "m", "zone": "raw", "state": "COPY_COMPLETE", "path": "raw/x",
    ]
    object[key] = nil
    let error = #expect(throws: RecordError.self) { try DatastreamRecord(Record(object), at: "-:7") }
    #expect(error?.description == "-:7: a datastream record has no \(key)")
    object[key] = "?"
    guard key == "state" else { return }
    #expect(throws: RecordError.self) { try DatastreamRecord(Record(object), at: "-:7") }
  }
}
