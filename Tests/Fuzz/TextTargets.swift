import Core
import Pipeline

extension FuzzTarget {
  /// The input is JSON or JSON5: what is written of what was read must read back as the same.
  static let json = FuzzTarget(name: "json", run: roundTripJSON) {
    [
      ("scalars", #"[null,true,false,0,-0,-1,1e3,0.1,18446744073709551615,9223372036854775808,1e400]"#),
      ("strings", #"{"a":"\u00e9\ud83d\ude00\n\"\\\/","b":{"":[{}]},"é":"€"}"#),
      ("json5", "// c\n{a:'x\\\ny',$b:+.5,c:0xFF,d:[1,],/* */e:-Infinity,f:NaN,g:5.,}\n"),
    ].map { ($0, Array($1.utf8)) }
  }

  /// The input is a configuration: read as a lake's, and key by key as every kind of value.
  static let configuration = FuzzTarget(name: "configuration", run: readConfiguration) {
    [
      (
        "lake",
        "{name:'x',layout:'region',roots:{raw:['/a','/b']},retention:{raw:{keep:'90d',then:'archive'}},"
          + "incomplete:{grace:'7d'},domains:{d:{owner:'o',zones:['raw'],publishes:[]}},lineage:{rotate_bytes:'1M'}}"
      ),
      ("values", "{s:'t',n:1.5,l:['a','*b'],t:'2024-05-01T12:00:00Z',d:'1h30m',r:'2Hz',m:'5km',b:true,z:[{y:1},{}]}"),
    ].map { ($0, Array($1.utf8)) }
  }

  /// The input is a word: a time, an amount, an identifier, a name.
  static let text = FuzzTarget(name: "text", run: readWord) {
    [
      "2024-05-01T12:00:00.123456789+02:00", "@1700000000.5", "1700000000000000000", "1d2h30m", "-250ms", "1.5GiB",
      "2kHz", "20cm", "84c48e80-1758-5a7d-be96-80b10363ba27", #"a\x41"#, "\u{202e}é\u{1b}[0m",
    ].enumerated().map { ("word-\($0)", Array($1.utf8)) }
  }

  /// The input is a pattern, and on the following lines names.
  static let glob = FuzzTarget(name: "glob", run: match) {
    [
      ("levels", "/camera/**/{image,raw}_?[a-z!]\n/camera/a/b/image_1x\n/camera/raw_"), ("not", "!*\\*[!a-]\na*b"),
      ("expression", "re:^(?:a|b+?){2,3}[^\\d\\W]+$\nabab_x"), ("star", "********a\naaaaaaaaaaaaaaaaaaaaaaaa"),
    ].map { ($0, Array($1.utf8)) }
  }
}

private func roundTripJSON(_ bytes: [UInt8]) throws {
  let strict = Result { () throws(JSON.Failure) in try JSON.parse(bytes) }
  let lenient = Result { () throws(JSON.Failure) in try JSON.parse(bytes, dialect: .json5) }
  switch (strict, lenient) {
  case (.success(let value), .success(let other)): must(value == other, "JSON5 reads JSON otherwise")
  case (.success, .failure(let failure)): must(false, "JSON5 refuses JSON: \(failure)")
  case (.failure(let failure), _): must((0...bytes.count).contains(failure.offset), "a failure behind the end")
  }
  let value = try lenient.get()
  guard isFinite(value) else { return }
  for text in [value.text, value.pretty] {
    let again = Result { () throws(JSON.Failure) in try JSON.parse(text) }
    must((try? again.get()) == value, "what was written reads otherwise: \(text.prefix(400))")
  }
  let canonical = value.canonical
  must((try? JSON.parse(canonical))?.canonical == canonical, "canonical text is not its own: \(canonical.prefix(400))")
}

/// Infinities and NaN have no JSON.
private func isFinite(_ value: JSON) -> Bool {
  switch value {
  case .number(let number): number.isFinite
  case .array(let elements): elements.allSatisfy(isFinite)
  case .object(let object): object.members.allSatisfy { isFinite($0.value) }
  case .null, .bool, .integer, .unsigned, .string: true
  }
}

private func readConfiguration(_ bytes: [UInt8]) throws {
  let values = try Configuration(bytes, file: "fuzz")
  readValues(values, depth: 0)
  let settings = try LakeSettings(Configuration(bytes, file: "fuzz"), name: "fuzz")
  let path = settings.layout.path(
    .init(
      zone: "raw", datastream: "d", measurement: settings.name, vin: "../v", region: settings.region ?? "",
      start: Timestamp(nanoseconds: 0)))
  must(!path.split(separator: "/").contains(".."), "a layout leaves the lake: \(path)")
}

private func readValues(_ table: Configuration, depth: Int) {
  for key in table.keys.prefix(64) {
    _ = try? table.string(key)
    _ = try? table.integer(key)
    _ = try? table.number(key)
    _ = try? table.duration(key)
    _ = try? table.size(key)
    _ = try? table.rate(key)
    _ = try? table.distance(key)
    _ = try? table.time(key)
    _ = try? table.globs(key)
    _ = try? table.choice(key, of: DatastreamState.self)
    if depth < 8, let inner = try? table.table(key) { readValues(inner, depth: depth + 1) }
    for inner in (try? table.tables(key) ?? []) ?? [] where depth < 8 { readValues(inner, depth: depth + 1) }
  }
  _ = try? table.finish()
}

private func readWord(_ bytes: [UInt8]) throws {
  let text = String(decoding: bytes, as: UTF8.self)
  if let time = Timestamp(text) {
    must(Timestamp(time.description) == time, "\(time.nanoseconds) is written as \(time)")
    _ = time.day
  }
  if let duration = Measure.duration(text) {
    must(Measure.duration(Measure.text(duration: duration)) == duration, "duration \(duration)")
    _ = Measure.brief(duration: duration)
  }
  if let size = Measure.size(text) {
    must(Measure.size(Measure.text(size: size)) == size, "size \(size)")
    _ = Measure.brief(size: size) + Measure.brief(count: size)
  }
  if let rate = Measure.rate(text) {
    must(Measure.rate(Measure.text(rate: rate)) == rate, "rate \(rate)")
    _ = Measure.brief(number: rate)
  }
  if let distance = Measure.distance(text) {
    must(Measure.distance(Measure.text(distance: distance)) == distance, "distance \(distance)")
  }
  if let identifier = Identifier(text) { must(Identifier(identifier.description) == identifier, "\(identifier)") }
  must(!bytes.shown.unicodeScalars.contains { $0.value < 0x20 || 0x7f...0x9f ~= $0.value }, "a control is shown")
  let name = String(name: bytes)
  must((try? JSON.parse(name.jsonQuoted)) == .string(name), "a name is quoted otherwise")
  let component = LakeLayout.component(name)
  must(!component.contains("/") && !component.hasPrefix(".") && !component.isEmpty, "component \(component)")
  _ = try LakeLayout(text)
}

private func match(_ bytes: [UInt8]) throws {
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  let names = lines.dropFirst().map(String.init)
  let set = try GlobSet([String(lines[0])])
  for name in names { _ = set.contains(name) }
  _ = set.unused(among: names)
  let glob = try Glob(String(lines[0]))
  must(glob.matches("x") == (try Glob(glob.description)).matches("x"), "a pattern is another when read again")
}
