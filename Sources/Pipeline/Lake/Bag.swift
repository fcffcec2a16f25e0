import Core

/// A bag (RFC 8493) around an upload: its files below `data/`, and tag files that follow from the measurement alone.
///
///     bagit.txt               version and encoding
///     bag-info.txt            what is known of the measurement
///     manifest-sha256.txt     every file of the upload, its own manifest among them
///     tagmanifest-sha256.txt  the three above
///     data/                   the upload, as it was
///
/// The same upload gives the same bytes: the bag's date is the measurement's, and nothing tells who made it.
struct Bag {
  /// What payload lies below.
  static let payload = "data/"
  /// Label of the dialect in which the upload said what it holds; ours, not the RFC's.
  static let originLabel = "Measurement-Dialect"

  private var info: [(label: String, value: String)] = []
  private var files: [DatastreamContents.File] = []

  /// `files` are those of the upload, by the paths that they had there.
  init(
    _ manifest: Manifest, measurement: String, start: Timestamp, end: Timestamp, region: String,
    files: [DatastreamContents.File]
  ) {
    self.files = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let bytes = files.reduce(0) { $0.addingSaturated($1.bytes) }
    info = [
      ("Payload-Oxum", "\(bytes).\(files.count)"), ("Bagging-Date", String("\(start)".prefix(10))),
      ("External-Identifier", measurement), ("VIN", manifest.vin), ("Region", region),
      ("Start", "\(start)"), ("End", "\(end)"), ("Driver", manifest.driver ?? ""), ("Notes", manifest.notes ?? ""),
      (Self.originLabel, Self.isShown(manifest) ? manifest.dialect.rawValue : ""),
    ]
  }

  /// Whether the bag's list shows the identity of the upload: lists without SHA-256, or of lists, have another one.
  private static func isShown(_ manifest: Manifest) -> Bool {
    manifest.dialect != .sums || manifest.files.allSatisfy { $0.sha256 != nil && SumsList($0.path) == nil }
  }

  /// Whether a path of a bag is payload.
  static func isPayload(_ path: String) -> Bool { path.utf8.starts(with: payload.utf8) }

  /// Where a file of a bag was in the upload; nil for a tag file.
  static func uploaded(_ path: String) -> String? {
    isPayload(path) ? String(decoding: path.utf8.dropFirst(payload.utf8.count), as: UTF8.self) : nil
  }

  /// The tag files by name.
  var texts: [String: [UInt8]] {
    var texts = [
      "bagit.txt": Array("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".utf8),
      "bag-info.txt": Array(infoText.utf8),
      "manifest-sha256.txt": Array(
        files.map { "\($0.sha256 ?? "")  \(Self.payload)\(Self.encoded($0.path))\n" }.joined().utf8),
    ]
    let lines = texts.sorted { $0.key < $1.key }.map { "\(Digest.sha256($0.value).hex)  \($0.key)\n" }
    texts["tagmanifest-sha256.txt"] = Array(lines.joined().utf8)
    return texts
  }

  private var infoText: String {
    info.filter { !$0.value.isEmpty }.map { "\($0.label): \(Self.folded($0.value))\n" }.joined()
  }

  /// Line ends go on in the next line, which begins with a blank; other control characters become blanks.
  static func folded(_ value: String) -> String {
    let lines = value.split { $0.isNewline }.map { line in
      let scalars = line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
      return String(scalars)
    }
    return lines.joined(separator: "\n  ")
  }

  /// Line ends and percent signs, and only those, as the RFC has them in manifests (§2.1.3).
  static func encoded(_ path: String) -> String {
    var text = ""
    for scalar in path.unicodeScalars {
      switch scalar {
      case "%": text += "%25"
      case "\n": text += "%0A"
      case "\r": text += "%0D"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
