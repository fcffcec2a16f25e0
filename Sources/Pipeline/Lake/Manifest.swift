package import Core

/// What a measurement folder says it holds, whatever dialect says it (`dataops.md` §2).
///
/// Everything that is wrong with it is in `findings`; a manifest with an error among them must not be acted on.
package struct Manifest: Sendable {
  package var dialect: ManifestDialect
  /// The names of the files that make up the manifest: not data, and not extra.
  package var names: [String]
  /// SHA-256 in hexadecimal: of the bytes of `manifest.json`, of the sorted lines `hex  path` in other dialects.
  ///
  /// Empty while the digests of the files are not known (dialect `none`).
  package var digest = ""
  /// The id that it names.
  package var named: Identifier?
  /// Whether it names one that is none: then it has none.
  var isMisnamed = false
  package var vin = ""
  package var region: String?
  package var start: Timestamp?
  package var end: Timestamp?
  package var driver: String?
  package var notes: String?
  package var tags: [Tag] = []
  package var isSynthetic = false
  package var files: [File] = []
  package var expected: ExpectedTopics?
  package var findings: [ValidationFinding] = []
  /// `Payload-Oxum` of a bag as written, and the bytes that it promises.
  var oxum: String?
  var payloadBytes: Int?
  /// The dialect of the upload around which a bag of ours was made.
  var origin: ManifestDialect?
  /// Whether a bag is of a draft before 1.0.
  var isBagOfOldVersion = false
  private var counts: [String: Int] = [:]

  package init(_ dialect: ManifestDialect, names: [String]) {
    self.dialect = dialect
    self.names = names
  }

  /// A file of the measurement.
  package struct File: Sendable, Hashable {
    /// Relative to the folder, with `/`; safe to open beneath it.
    package var path: String
    package var bytes: Int?
    /// In lower-case hexadecimal, by algorithm.
    package var digests: [Digest: String]
    package var format: String?
    package var start: Timestamp?
    package var end: Timestamp?
    /// A digest that is listed and cannot be compared: no C library that is packaged has BLAKE3.
    var blake3: String?
    /// Another name that the entry may mean (BagIt writers disagree about `%`).
    package var otherPath: String?

    package init(_ path: String, bytes: Int? = nil, digests: [Digest: String] = [:]) {
      (self.path, self.bytes, self.digests) = (path, bytes, digests)
    }

    package var sha256: String? { digests[.sha256] }
  }

  /// What the test driver noted.
  package struct Tag: Sendable, Hashable {
    package var key: String
    package var value: String
    package var at: Timestamp?
  }

  /// The measurement's id: the one that it names, else one made from its digest; nil when there is neither.
  package var measurement: Identifier? {
    named ?? (digest.isEmpty || isMisnamed ? nil : .measurement(manifestDigest: digest))
  }

  /// Bytes of all files, as far as it tells.
  package var bytes: Int { files.reduce(0) { $0.addingReportingOverflow($1.bytes ?? 0).partialValue } }

  /// The digest of a list of files: SHA-256 of the sorted lines `hex  path`, each with a newline.
  ///
  /// Of several digests of a file, SHA-256 counts, then the longest.
  package static func digest(of files: [File]) -> String {
    let lines = files.compactMap { file in
      (file.sha256 ?? file.digests.values.max { ($0.utf8.count, $0) < ($1.utf8.count, $1) }).map {
        "\($0)  \(file.path)\n"
      }
    }
    return Digest.sha256(lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined()).hex
  }

  /// What one text can be wrong in is without end, a record is not: so many findings of a code are told one by one.
  static let mostFindings = 1000

  /// Adds a finding about the manifest or one of its entries.
  mutating func note(
    _ severity: ValidationFinding.Severity, _ code: ValidationFinding.Code, _ path: String? = nil, _ message: String,
    detail: String? = nil, offset: Int? = nil, expected: JSON? = nil, found: JSON? = nil, hint: String? = nil
  ) {
    let kind = "\(code) \(severity)"
    counts[kind, default: 0] += 1
    switch counts[kind, default: 0] {
    case ...Self.mostFindings:
      findings.append(
        ValidationFinding(
          severity, code, path, message, detail: detail, offset: offset, expected: expected, found: found, hint: hint))
    case Self.mostFindings + 1:
      findings.append(ValidationFinding(severity, code, nil, "there are more such findings than \(Self.mostFindings)"))
    default: break
    }
  }

  /// Whether anything is wrong with it that no look at the files can mend.
  package var isUsable: Bool { !findings.contains { $0.severity == .error } }
}

/// How a folder says what it holds.
package enum ManifestDialect: String, Sendable, CaseIterable {
  /// `manifest.json` of ours.
  case av
  /// RFC 8493.
  case bagit
  /// `SHA256SUMS`, `*.sha256` and their like; several must agree.
  case sums
  /// No manifest: every file belongs to it once nothing has changed for a while.
  case files = "none"
}

extension Manifest {
  /// Names, at the top of a folder, that begin a dialect.
  package static let native = "manifest.json"
  static let bagIt = "bagit.txt"
  static let sums = "SHA256SUMS"
  /// No manifest of a sane measurement is larger.
  static let largest = 64 << 20

  /// Reads a folder's manifest; nil dialect means whichever is there, in the order of `ManifestDialect`.
  ///
  /// - Throws: `SystemError` when something cannot be read; what is wrong with the text are findings.
  package static func read(
    _ folder: Folder, _ dialect: ManifestDialect? = nil, quietPeriod: Int64 = 600_000_000_000
  ) throws -> Manifest {
    switch try dialect ?? detect(folder) {
    case .av:
      var manifest = try readNative(folder)
      if dialect == nil, try folder.entry(bagIt) != nil, !manifest.files.contains(where: { $0.path == bagIt }) {
        manifest.note(
          .error, .manifest, bagIt,
          "\(native) and \(bagIt) both say what the folder holds, and neither names the other",
          hint: "--dialect av or --dialect bagit says which one counts")
      }
      return manifest
    case .bagit: return try readBagIt(folder)
    case .sums: return try readSums(folder)
    case .files: return try readFiles(folder, quietPeriod: quietPeriod)
    case nil:
      var manifest = Manifest(.av, names: [])
      manifest.note(
        .error, .manifest, nil, "there is no manifest", detail: ValidationFinding.absent,
        hint: "\(native) is written last; without one, --dialect none takes every file")
      return manifest
    }
  }

  private static func detect(_ folder: Folder) throws -> ManifestDialect? {
    if try folder.entry(native) != nil { return .av }
    if try folder.entry(bagIt) != nil { return .bagit }
    return try SumsList.all(folder).isEmpty ? nil : .sums
  }

  /// The text of a manifest's file; nil, with the finding, when it is not there, not a file or too large.
  static func text(_ name: String, in folder: Folder, _ manifest: inout Manifest) throws -> [UInt8]? {
    guard let entry = try folder.entry(name) else {
      manifest.note(.error, .manifest, name, "there is no \(name)", detail: ValidationFinding.absent)
      return nil
    }
    guard entry.kind == .file else {
      manifest.note(.error, .kind, name, "is \(entry.kind.article), not a regular file")
      return nil
    }
    let file = try FileReader(name, in: folder)
    guard file.count <= largest else {
      manifest.note(.error, .manifest, name, "has \(file.count) bytes, more than \(largest)")
      return nil
    }
    let bytes = try file.bytes(at: 0, count: file.count)
    try file.checkUnchanged()
    return bytes
  }
}

extension FolderEntry.Kind {
  /// `a folder`, for messages.
  var article: String {
    switch self {
    case .file: "a file"
    case .folder: "a folder"
    case .link: "a symbolic link"
    case .other: "a device, pipe or socket"
    }
  }
}
