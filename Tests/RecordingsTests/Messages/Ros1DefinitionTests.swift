import Core
import Testing

@testable import Recordings

private let line = "\n" + String(repeating: "=", count: 80) + "\n"
private let header = "\(line)MSG: std_msgs/Header\nuint32 seq\ntime stamp\nstring frame_id\n"

private func schema(_ text: String, _ type: String = "my_pkg/All") throws -> Schema {
  try Ros1Decoder(definition: Array(text.utf8), type: type).schema
}

struct Ros1DefinitionTests {
  @Test(arguments: [
    ("uint32 a", [Field("a", .uint32)]),
    ("  uint32\t a  # twice\r\n\r\n# nothing\r\nfloat64 b\r\n", [Field("a", .uint32), Field("b", .float64)]),
    ("byte a\nchar b\nbool c", [Field("a", .int8), Field("b", .uint8), Field("c", .bool)]),
    ("uint8[] a\nchar[] b\nuint8[4] c\nchar[4] d", ["a", "b", "c", "d"].map { Field($0, .bytes) }),
    ("int8[] a\nbyte[] b\nbool[3] c", [Field("a", .list(.int8)), Field("b", .list(.int8)), Field("c", .list(.bool))]),
    (
      "time t\nduration[2] d\nstring[] s",
      [Field("t", .time), Field("d", .list(.duration)), Field("s", .list(.string))]
    ),
    ("int32 A=1\nstring S= x # y\nint32 A_=-2 # z\nuint8 UPPER", [Field("UPPER", .uint8)]),
    ("string name # a = b", [Field("name", .string)]),
    ("# nothing but a comment", []),
    ("uint8[0] a\nuint8 b", [Field("b", .uint8)]),
    (
      "Header header\nint8 a" + header,
      [
        Field("header.seq", .uint32), Field("header.stamp", .time), Field("header.frame_id", .string),
        Field("a", .int8),
      ]
    ),
  ]) func aDefinitionGivesColumns(_ text: String, _ fields: [Field]) throws {
    #expect(try schema(text).fields == fields)
  }

  @Test func namesResolveInThePackageOfTheirOwnDefinitionFirst() throws {
    let text =
      "Sub[] subs\nother_pkg/Leaf leaf\(line)MSG: my_pkg/Sub\nint16 v\nLeaf[2] two\(line)MSG: my_pkg/Leaf\nuint64 x"
      + "\(line)MSG: other_pkg/Leaf\nfloat32 y"
    let leaf = FieldType.structure([Field("x", .uint64)])
    #expect(
      try schema(text).fields == [
        Field("subs", .list(.structure([Field("v", .int16), Field("two", .list(leaf))]))), Field("leaf.y", .float32),
      ])
  }

  @Test func namesResolveByTheOnlyShortNameThen() throws {
    #expect(try schema("Leaf a\(line)MSG: elsewhere/Leaf\nuint8 x").fields == [Field("a.x", .uint8)])
    #expect(throws: Ros1Definition.Failure.missing(type: "Leaf", of: "my_pkg/All")) {
      try schema("Leaf a\(line)MSG: elsewhere/Leaf\nuint8 x\(line)MSG: nowhere/Leaf\nuint8 y")
    }
  }

  @Test(arguments: ["Header", "std_msgs/Header", "roslib/Header"], ["std_msgs/Header", "roslib/Header"])
  func headersOfOldAndNewBagsAreTheSame(_ name: String, _ definition: String) throws {
    let text = "\(name) head\n\(line)MSG: \(definition)\nuint32 seq\ntime stamp\nstring frame_id"
    let decoder = try Ros1Decoder(definition: Array(text.utf8), type: "p/T")
    #expect(decoder.schema.fields.map(\.name) == ["head.seq", "head.stamp", "head.frame_id"])
    #expect(decoder.hasHeaderStamp)
  }

  @Test func aHeaderThatIsNotTheFirstFieldHasNoStampAtByteFour() throws {
    #expect(!(try Ros1Decoder(definition: Array(("int8 a\nHeader h" + header).utf8), type: "p/T").hasHeaderStamp))
    #expect(!(try Ros1Decoder(definition: Array(("Header[] h" + header).utf8), type: "p/T").hasHeaderStamp))
    #expect(!(try Ros1Decoder(definition: Array("int8 a".utf8), type: "p/T").hasHeaderStamp))
  }

  @Test func messagesWithoutFieldsHaveNoColumnsButTheirNumber() throws {
    let empty = "\(line)MSG: std_msgs/Empty\n"
    #expect(
      try schema("std_msgs/Empty a\nstd_msgs/Empty[3] b\nstd_msgs/Empty[] c" + empty).fields == [Field("c", .uint32)])
  }

  @Test func namesOfROS2AreTheSame() throws {
    let text = "geometry_msgs/msg/Leaf a\n\(line)MSG: geometry_msgs/msg/Leaf\nuint8 x"
    #expect(try schema(text, "p/msg/T").fields == [Field("a.x", .uint8)])
  }

  @Test func constantsAreKeptAndBytesNeedNotBeText() throws {
    let text = [UInt8]("# caf".utf8) + [0xe9] + [UInt8]("\r\nstring S= a # kept ".utf8) + [0xff] + [UInt8]("\r\n".utf8)
    let root = try Ros1Definition(text + [UInt8]("byte B = -2 # c\nstring E=\nint8 x".utf8), type: "p/T").messages[0]
    #expect(
      root.constants == [
        .init(type: "string", name: "S", value: Array("a # kept ".utf8) + [0xff]),
        .init(type: "byte", name: "B", value: Array("-2".utf8)), .init(type: "string", name: "E", value: []),
      ])
    #expect(root.fields.map(\.name) == ["x"])
  }

  @Test(arguments: [
    ("", Ros1Definition.Failure.noText), (" \r\n\n", .noText),
    ("Leaf a", .missing(type: "Leaf", of: "p/T")),
    ("T a", .recursive(type: "p/T")), ("T[] a", .recursive(type: "p/T")),
    ("A a\(line)MSG: p/A\nB[2] b\(line)MSG: p/B\nA a", .recursive(type: "p/A")),
    ("int8 a\nint8", .line(2, #""int8" is not a field"#)),
    ("int8 a b", .line(1, #""int8 a b" is not a field"#)),
    ("int8[<=3] a", .line(1, #""int8[<=3] a" is not a field"#)),
    ("int8[-3] a", .line(1, #""int8[-3] a" is not a field"#)),
    ("int8[3 a", .line(1, #""int8[3 a" is not a field"#)),
    ("int8[99999999999999999999] a", .line(1, "99999999999999999999 elements are too many")),
    ("int8 3a", .line(1, #""int8 3a" is not a field"#)),
    ("a/b/C d", .line(1, #""a/b/C d" is not a field"#)),
    ("Leaf A=3", .line(1, #""Leaf A=3" is not a constant"#)),
    ("int8 a\nint16 a", .line(2, "p/T has two fields a")),
    ("int8 a\(line)int8 b", .line(3, #"wanted MSG: and a type, not "int8 b""#)),
    ("float64[4000000000] a\nfloat64 b", .tooLarge("a message takes more than 4 GiB")),
    ("A[70000] a\(line)MSG: p/A\nint8[70000] b", .tooLarge("a message takes more than 4 GiB")),
  ]) func whatCannotBeUsedSaysWhy(_ text: String, _ failure: Ros1Definition.Failure) {
    #expect(throws: failure) { try Ros1Decoder(definition: Array(text.utf8), type: "p/T") }
  }

  @Test func anEmptyTextIsATypeWithoutFieldsWhereNameOrSumSaySo() throws {
    #expect(try Ros1Decoder(definition: [], type: "std_msgs/Empty").schema.fields.isEmpty)
    let sum = "d41d8cd98f00b204e9800998ecf8427e"
    #expect(try Ros1Decoder(definition: [], type: "x/Y", md5sum: sum).schema.fields.isEmpty)
    #expect(throws: Ros1Definition.Failure.noText) { try Ros1Decoder(definition: [], type: "x/Y", md5sum: "*") }
  }

  @Test(arguments: ["", "int8 x"]) func aTypeThatDoublesAtEachOf60LevelsIsRefusedAtOnce(_ leaf: String) {
    var text = "T1 a\nT1 b"
    for level in 1..<60 { text += "\(line)MSG: p/T\(level)\nT\(level + 1) a\nT\(level + 1) b" }
    text += "\(line)MSG: p/T60\n\(leaf)"
    #expect(throws: Ros1Definition.Failure.tooLarge("p/T has more than 4096 columns")) {
      try Ros1Definition(Array(text.utf8), type: "p/T")
    }
  }

  @Test(arguments: ["", "[]"]) func aChainOf10000TypesIsRefusedWithoutRecursingThatDeep(_ brackets: String) {
    var text = "T1\(brackets) a"
    for level in 1..<10_000 { text += "\(line)MSG: p/T\(level)\nT\(level + 1)\(brackets) a" }
    text += "\(line)MSG: p/T10000\nint8 a"
    #expect(throws: Ros1Definition.Failure.tooLarge("types nest deeper than 64")) {
      try Ros1Definition(Array(text.utf8), type: "p/T")
    }
  }

  @Test func textsAndNamesHaveALength() {
    #expect(throws: Ros1Definition.Failure.tooLarge("it has 1048577 bytes")) {
      try Ros1Definition([UInt8](repeating: 10, count: 1 << 20) + [35], type: "p/T")
    }
    #expect(throws: Ros1Definition.Failure.self) {
      try Ros1Definition(Array(("int8 " + String(repeating: "a", count: 256)).utf8), type: "p/T")
    }
  }

  @Test func arraysInArraysAreReadToADepth() throws {
    func text(_ depth: Int) -> String {
      "T1[] a" + (1..<depth).map { "\(line)MSG: p/T\($0)\nT\($0 + 1)[] a" }.joined()
        + "\(line)MSG: p/T\(depth)\nint8[] a"
    }
    _ = try schema(text(16), "p/T")
    #expect(throws: Ros1Definition.Failure.tooLarge("arrays nest deeper than 16")) { try schema(text(17), "p/T") }
  }

  @Test func wantedColumnsAreThoseOfTheSchema() throws {
    let text = "Header header\nuint8[] data\nfloat64 x" + header
    let decoder = try Ros1Decoder(definition: Array(text.utf8), type: "p/T", columns: ["x", "header.stamp", "no"])
    #expect(decoder.schema.fields.map(\.name) == ["header.stamp", "x"])
  }
}
