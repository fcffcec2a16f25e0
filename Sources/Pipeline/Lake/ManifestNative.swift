import Core

// `manifest.json`, schema `av.manifest/1` (`dataops.md` §2.1): strict JSON; unknown keys are kept by those who keep the
// file, and ignored here.

extension Manifest {
  package static let schema = "av.manifest/1"

  static func readNative(_ folder: Folder) throws -> Manifest {
    var manifest = Manifest(.av, names: [native])
    guard let bytes = try text(native, in: folder, &manifest) else { return manifest }
    manifest.parseNative(bytes)
    return manifest
  }

  /// Takes the text of a `manifest.json`.
  package init(native bytes: [UInt8]) {
    self.init(.av, names: [Self.native])
    parseNative(bytes)
  }

  private mutating func parseNative(_ bytes: [UInt8]) {
    digest = Digest.sha256(bytes).hex
    let json: JSON
    do throws(JSON.Failure) { json = try JSON.parse(bytes, limits: JSON.Limits(bytes: Self.largest)) } catch {
      // A file that has its name but not its bytes is still being written.
      let isEmpty = bytes.isEmpty
      note(
        .error, .manifest, Self.native, "\(error.line):\(error.column): \(error.problem)",
        detail: isEmpty ? ValidationFinding.absent : nil, offset: error.offset, expected: .string(error.wanted),
        found: .string(error.found))
      return
    }
    guard let object = json.object else {
      return note(.error, .manifest, Self.native, "not an object", expected: "an object")
    }
    parseFields(object)
    parseFiles(object)
    checkPaths()
    if let value = object["expect"], value != .null {
      do throws(ExpectedTopics.Failure) { expected = try ExpectedTopics(value) } catch { refuse(error.problem) }
    }
  }

  private mutating func refuse(_ message: String, expected: JSON? = nil, found: JSON? = nil, hint: String? = nil) {
    note(.error, .fields, Self.native, message, expected: expected, found: found, hint: hint)
  }

  private mutating func parseFields(_ object: JSONObject) {
    if object["schema"] != .string(Self.schema) {
      refuse("'schema' is not \(Self.schema)", expected: .string(Self.schema), found: object["schema"] ?? .null)
    }
    if let value = object["measurement"] {
      named = value.string.flatMap { Identifier($0) }
      isMisnamed = named == nil
      if isMisnamed {
        refuse(
          "'measurement' is not a UUID", expected: "a UUID", found: value,
          hint: "correct it where it was made: it is never repaired here")
      }
    }
    parseVIN(object["vin"])
    region = text(object, "region")
    driver = text(object, "driver")
    notes = text(object, "notes")
    start = time(object, "start", in: "")
    end = time(object, "end", in: "")
    if let start, let end, end < start {
      refuse("'end' is before 'start'", expected: .time(start), found: .time(end))
    }
    if let value = object["synthetic"] {
      isSynthetic = value.bool ?? false
      if value.bool == nil { refuse("'synthetic' must be true or false", found: value) }
    }
    parseTags(object["tags"])
  }

  private mutating func parseVIN(_ value: JSON?) {
    guard let value, let text = value.string else {
      return refuse(value == nil ? "'vin' is missing" : "'vin' must be a text", expected: "a text", found: value)
    }
    guard VehicleNumber.isName(text) else {
      return refuse("'vin' must be 1 to 64 of A-Z a-z 0-9 . _ -", found: value)
    }
    vin = text
  }

  private mutating func text(_ object: JSONObject, _ key: String) -> String? {
    guard let value = object[key], value != .null else { return nil }
    if value.string == nil { refuse("'\(key)' must be a text", found: value) }
    return value.string
  }

  private mutating func time(_ object: JSONObject, _ key: String, in place: String) -> Timestamp? {
    guard let value = object[key], value != .null else { return nil }
    if value.timestamp == nil {
      refuse("'\(place)\(key)' is not a time", expected: "RFC 3339, as 2022-09-30T08:36:40Z", found: value)
    }
    return value.timestamp
  }

  private mutating func parseTags(_ value: JSON?) {
    guard let value, value != .null else { return }
    guard let elements = value.array else { return refuse("'tags' must be a list", found: value) }
    for (index, element) in elements.enumerated() {
      guard let object = element.object, let key = object["key"]?.string, !key.isEmpty,
        let text = object["value"]?.string
      else {
        refuse("'tags[\(index)]' must have a key and a value, both texts", found: element)
        continue
      }
      tags.append(Tag(key: key, value: text, at: time(object, "at", in: "tags[\(index)].")))
    }
  }

  private mutating func parseFiles(_ object: JSONObject) {
    guard let elements = object["files"]?.array else {
      return refuse("'files' must be a list", expected: "a list", found: object["files"])
    }
    if elements.isEmpty { refuse("'files' lists nothing") }
    for (index, element) in elements.enumerated() {
      if let file = file(element, "files[\(index)]") { files.append(file) }
    }
  }

  private mutating func file(_ element: JSON, _ place: String) -> File? {
    guard let object = element.object, let path = object["path"]?.string else {
      refuse("'\(place).path' must be a text", found: element)
      return nil
    }
    var file = File(path)
    if let bytes = object["bytes"]?.integer.flatMap({ Int(exactly: $0) }), bytes >= 0 {
      file.bytes = bytes
    } else {
      refuse("'\(place).bytes' must be a number of bytes", found: object["bytes"] ?? .null)
    }
    for algorithm in [Digest.sha256, .sha512, .sha1, .md5] {
      guard let value = object[algorithm.rawValue] else { continue }
      if let hex = value.string.flatMap({ Self.hex($0, algorithm) }) {
        file.digests[algorithm] = hex
      } else {
        refuse("'\(place).\(algorithm.rawValue)' must be \(2 * algorithm.count) hexadecimal digits", found: value)
      }
    }
    if object["sha256"] == nil { refuse("'\(place).sha256' is missing", expected: "64 hexadecimal digits") }
    if file.digests[.md5] != nil || file.digests[.sha1] != nil {
      note(.warning, .fields, path, "MD5 and SHA-1 prove nothing against intent; they are compared and not relied on")
    }
    if let value = object["format"], value != .null {
      file.format = value.string
      if value.string == nil { refuse("'\(place).format' must be a text", found: value) }
    }
    file.start = time(object, "start", in: place + ".")
    file.end = time(object, "end", in: place + ".")
    return file
  }
}

/// Vehicle identification numbers.
package enum VehicleNumber {
  /// 1 to 64 of `[A-Za-z0-9._-]`: what paths and records carry.
  package static func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text != "." && text != ".."
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// What is wrong with it as a real one (ISO 3779): 17 of A-Z and 0-9 without I, O and Q.
  ///
  /// The check digit at place 9 is used in North America and China only, so it is not asked for.
  package static func problem(_ text: String) -> String? {
    guard text.utf8.count == 17 else { return "has \(text.utf8.count) characters, not 17" }
    let letters = Set("ABCDEFGHJKLMNPRSTUVWXYZ0123456789".utf8)
    return text.utf8.allSatisfy(letters.contains) ? nil : "has other characters than A-Z and 0-9 without I, O and Q"
  }
}
