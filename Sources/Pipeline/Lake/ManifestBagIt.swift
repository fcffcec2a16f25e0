import Core

// BagIt (RFC 8493): https://www.rfc-editor.org/rfc/rfc8493
//
//   bagit.txt            BagIt-Version: 1.0 / Tag-File-Character-Encoding: UTF-8
//   bag-info.txt         Label: value; a line that begins with a blank goes on
//   manifest-<alg>.txt   <hex> <blanks> data/<path>, with %0A %0D %25 for newline, return and percent
//   tagmanifest-<alg>.txt   the same for the files outside data/
//   data/                the payload
//   fetch.txt            not supported

extension Manifest {
  static func readBagIt(_ folder: Folder) throws -> Manifest {
    var manifest = Manifest(.bagit, names: [bagIt])
    guard let declaration = try text(bagIt, in: folder, &manifest) else { return manifest }
    manifest.checkDeclaration(declaration)
    if try folder.entry("fetch.txt") != nil {
      manifest.names.append("fetch.txt")
      manifest.note(
        .error, .fields, "fetch.txt", "files that are to be fetched are not supported",
        hint: "complete the bag first, then remove fetch.txt")
    }
    try manifest.readInfo(folder)
    for kind in ["manifest", "tagmanifest"] { try manifest.readLists(kind, folder) }
    if try folder.entry("data")?.kind != .folder {
      manifest.note(.error, .missing, "data", "there is no folder data")
    }
    manifest.checkLists()
    manifest.checkPaths()
    manifest.digest = Self.digest(of: manifest.payload)
    try manifest.takeOrigin(folder)
    return manifest
  }

  private mutating func checkDeclaration(_ bytes: [UInt8]) {
    let lines = ManifestLine.Lines(bytes).prefix(2).map { String(decoding: $0.bytes.prefix(256), as: UTF8.self) }
    let version = lines.first.flatMap { Self.field($0, "BagIt-Version") }
    isBagOfOldVersion = version != "1.0"
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      note(.error, .manifest, Self.bagIt, "begins with a byte order mark", offset: 0)
    } else if version == nil || !["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"].contains(version) {
      note(
        .error, .manifest, Self.bagIt, "is no declaration of a version that is known", expected: "BagIt-Version: 1.0",
        found: .string(lines.first ?? ""))
    } else if lines.count < 2 || Self.field(lines[1], "Tag-File-Character-Encoding")?.uppercased() != "UTF-8" {
      note(
        .error, .manifest, Self.bagIt, "tag files must be UTF-8", expected: "Tag-File-Character-Encoding: UTF-8",
        found: .string(lines.count > 1 ? lines[1] : ""))
    }
  }

  /// The value of `label: value`.
  private static func field(_ line: String, _ label: String) -> String? {
    guard let colon = line.firstIndex(of: ":"), line[..<colon] == label else { return nil }
    return trimmed(line[line.index(after: colon)...])
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }

  /// Reads `bag-info.txt`: `Payload-Oxum`, and what we know of a measurement under our own labels.
  private mutating func readInfo(_ folder: Folder) throws {
    let name = "bag-info.txt"
    guard try folder.entry(name) != nil, let bytes = try Self.text(name, in: folder, &self) else { return }
    names.append(name)
    var fields: [(label: String, value: String)] = []
    for line in ManifestLine.Lines(bytes) {
      let text = String(decoding: line.bytes, as: UTF8.self)
      if text.first == " " || text.first == "\t", !fields.isEmpty {
        fields[fields.count - 1].value += " " + Self.trimmed(text[...])
      } else if let colon = text.firstIndex(of: ":") {
        fields.append((text[..<colon].lowercased(), Self.trimmed(text[text.index(after: colon)...])))
      } else {
        note(.error, .fields, name, "line \(line.number) is no label and value", offset: line.offset)
      }
    }
    for (label, value) in fields { take(label, value, from: name) }
  }

  private mutating func take(_ label: String, _ value: String, from name: String) {
    switch label {
    case "payload-oxum": oxum = value
    case Bag.originLabel.lowercased(): origin = ManifestDialect(rawValue: value)
    case "measurement", "external-identifier":
      // Other archives have identifiers of their own kind here.
      named = Identifier(value) ?? named
      if label == "measurement", Identifier(value) == nil {
        isMisnamed = true
        note(.error, .fields, name, "'Measurement' is not a UUID", found: .string(value))
      }
    case "vin":
      if VehicleNumber.isName(value) {
        vin = value
      } else {
        note(.error, .fields, name, "'VIN' must be 1 to 64 of A-Z a-z 0-9 . _ -", found: .string(value))
      }
    case "region": region = value
    case "driver": driver = value
    case "notes": notes = value
    case "start", "end":
      guard let time = Timestamp(value) else {
        return note(.error, .fields, name, "'\(label)' is not a time", found: .string(value))
      }
      if label == "start" { start = time } else { end = time }
    default: break
    }
  }

  /// Reads `manifest-<alg>.txt` or `tagmanifest-<alg>.txt` of every algorithm that is known.
  private mutating func readLists(_ kind: String, _ folder: Folder) throws {
    var entries: [String: Int] = [:]
    for (index, file) in files.enumerated() { entries[file.path] = index }
    let present = try folder.entries().map(\.name).filter { $0.hasPrefix(kind + "-") && $0.hasSuffix(".txt") }
    for name in present {
      names.append(name)
      let word = name.dropFirst(kind.utf8.count + 1).dropLast(".txt".utf8.count)
      guard let algorithm = Digest.named.first(where: { $0.rawValue == word }) else {
        note(.warning, .fields, name, "digests of \(word) are not checked")
        continue
      }
      guard let bytes = try Self.text(name, in: folder, &self) else { continue }
      if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
        note(.error, .manifest, name, "begins with a byte order mark", offset: 0)
      }
      parseList(bytes, name, algorithm, isPayload: kind == "manifest", &entries)
    }
    let known = Digest.named.map { "\(kind)-\($0.rawValue).txt" }
    if kind == "manifest", !present.contains(where: known.contains) {
      // Digests that are never compared will not come by waiting; a manifest that is not there yet may.
      note(
        .error, .manifest, nil, "there is no manifest-<algorithm>.txt of an algorithm that is known",
        detail: present.isEmpty ? ValidationFinding.absent : nil, expected: "manifest-sha256.txt",
        found: present.first.map(JSON.string))
    }
  }

  private mutating func parseList(
    _ bytes: [UInt8], _ name: String, _ algorithm: Digest, isPayload: Bool, _ entries: inout [String: Int]
  ) {
    if algorithm == .md5 || algorithm == .sha1 {
      note(.warning, .fields, name, "MD5 and SHA-1 prove nothing against intent; they are compared and not relied on")
    }
    var listed: Set<String> = []
    for line in ManifestLine.Lines(bytes) {
      guard let text = String(validating: line.bytes, as: UTF8.self) else {
        note(
          .error, .path, Array(line.bytes.prefix(400)).shown, "line \(line.number) of \(name) is not UTF-8",
          offset: line.offset)
        continue
      }
      guard let blank = text.firstIndex(where: { $0 == " " || $0 == "\t" }),
        let hex = Self.hex(String(text[..<blank]), algorithm)
      else {
        note(
          .error, .manifest, name, "line \(line.number) is no digest and path", offset: line.offset,
          expected: .string("\(2 * algorithm.count) hexadecimal digits, blanks, a path"),
          found: .string(String(text.prefix(80))))
        continue
      }
      // md5sum marks binary files by '*', and some tools write './'.
      var literal = text[blank...].drop { $0 == " " || $0 == "\t" || $0 == "*" }
      if literal.hasPrefix("./") { literal = literal.dropFirst(2) }
      let path = Self.decoded(literal)
      if isPayload, !Bag.isPayload(path) {
        note(.error, .path, path, "lies outside data/")
        continue
      }
      guard listed.insert(path).inserted else {
        note(.error, .path, path, "listed twice in \(name)")
        continue
      }
      if let index = entries[path] {
        files[index].digests[algorithm] = hex
      } else {
        entries[path] = files.count
        var file = File(path, digests: [algorithm: hex])
        file.otherPath = path.utf8.elementsEqual(literal.utf8) ? nil : String(literal)
        files.append(file)
      }
    }
  }

  /// `%0A`, `%0D` and `%25`, of either case, for what they stand for.
  private static func decoded(_ text: Substring) -> String {
    guard text.contains("%") else { return String(text) }
    var result = ""
    var rest = text
    while let percent = rest.firstIndex(of: "%") {
      result += rest[..<percent]
      let code = rest[percent...].prefix(3)
      let character: Character? =
        switch code.uppercased() {
        case "%0A": "\n"
        case "%0D": "\r"
        case "%25": "%"
        default: nil
        }
      if let character { result.append(character) } else { result += code.prefix(1) }
      rest = rest[rest.index(percent, offsetBy: character == nil ? 1 : 3)...]
    }
    return result + rest
  }

  private var payload: [File] { files.filter { Bag.isPayload($0.path) } }

  /// A bag around an upload is that upload: it has its digest, and what the upload's own manifest says besides.
  ///
  /// Nothing is believed that the payload, whose digests are compared, does not bear out.
  private mutating func takeOrigin(_ folder: Folder) throws {
    guard let origin, isUsable else { return }
    let inner = payload.map { file in
      var file = file
      file.path = Bag.uploaded(file.path) ?? file.path
      return file
    }
    switch origin {
    case .av:
      let path = Bag.payload + Self.native
      guard let listed = inner.first(where: { $0.path == Self.native })?.sha256,
        let bytes = try Self.text(path, in: folder, &self)
      else { return }
      let native = Manifest(native: bytes)
      digest = listed
      (expected, tags, isSynthetic) = (native.expected, native.tags, native.isSynthetic)
    case .sums: digest = Self.digest(of: inner.filter { SumsList($0.path) == nil })
    case .files: digest = Self.digest(of: inner)
    case .bagit: break
    }
  }

  /// Every manifest of the payload lists every file (RFC 8493 §2.1.3), and tag files are no payload.
  private mutating func checkLists() {
    let payload = payload
    let algorithms = Set(payload.flatMap(\.digests.keys))
    for file in payload where file.digests.count < algorithms.count {
      // Drafts before 1.0 allowed lists that complete each other.
      note(isBagOfOldVersion ? .warning : .error, .fields, file.path, "is not in every manifest-<algorithm>.txt")
    }
    if payload.isEmpty, isUsable { note(.error, .fields, nil, "lists no payload") }
    // Tag files are part of the manifest, not data: they may be listed, and then are compared.
    let listed = Set(files.map(\.path))
    names.removeAll { listed.contains($0) }
    guard let oxum else { return }
    let parts = oxum.split(separator: ".").map { Int($0) }
    guard parts.count == 2, let bytes = parts[0], let count = parts[1] else {
      return note(
        .error, .fields, "bag-info.txt", "'Payload-Oxum' is not bytes.count", expected: "bytes.count",
        found: .string(oxum))
    }
    if count != payload.count {
      note(
        .error, .fields, "bag-info.txt", "'Payload-Oxum' counts \(count) files, the manifest lists \(payload.count)",
        expected: .count(count), found: .count(payload.count))
    }
    payloadBytes = bytes
  }
}
