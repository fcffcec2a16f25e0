import Core

// Lists of `sha256sum` and its like (dialect `sums`), and folders without any (dialect `none`).
//
//   9c56…  drive.bag            GNU: digest, blank, blank or '*', name
//   \9c56…  odd\nname.bag       a first '\' says that the name has escapes: \\ \n \r
//   SHA256 (drive.bag) = 9c56…  BSD

extension Manifest {
  /// The name of a folder's list; of several `*.sha256` none is the list.
  static func sumsName(_ folder: Folder) throws -> String? {
    if try folder.entry(sums) != nil { return sums }
    let names = try folder.entries().map(\.name).filter { $0.lowercased().hasSuffix(".sha256") && !$0.hasPrefix(".") }
    return names.count == 1 ? names[0] : nil
  }

  static func readSums(_ folder: Folder) throws -> Manifest {
    let name = try sumsName(folder) ?? sums
    var manifest = Manifest(.sums, names: [name])
    guard let bytes = try text(name, in: folder, &manifest) else { return manifest }
    manifest.parseSums(bytes, of: name)
    return manifest
  }

  /// Takes the text of a list; `name` is what findings call it.
  package init(sums bytes: [UInt8], name: String = "SHA256SUMS") {
    self.init(.sums, names: [name])
    parseSums(bytes, of: name)
  }

  private mutating func parseSums(_ bytes: [UInt8], of name: String) {
    for line in ManifestLine.all(bytes) {
      guard let entry = SumsEntry(line.bytes) else {
        note(
          .error, .manifest, name, "line \(line.number) is no digest and name", offset: line.offset,
          expected: "64 hexadecimal digits, two blanks, a name",
          found: .string(String(Array(line.bytes).shown.prefix(80))))
        continue
      }
      guard let path = String(validating: entry.name, as: UTF8.self) else {
        note(.error, .path, entry.name.shown, "line \(line.number): the name is not UTF-8", offset: line.offset)
        continue
      }
      files.append(File(path, digests: [entry.algorithm: entry.digest]))
    }
    if files.isEmpty, findings.isEmpty {
      note(.error, .fields, name, "lists nothing", detail: bytes.isEmpty ? ValidationFinding.absent : nil)
    }
    // `sha256sum *` run where its own list is being written lists that as well.
    files.removeAll { $0.path == name || $0.path == "./" + name }
    for index in files.indices where files[index].path.hasPrefix("./") { files[index].path.removeFirst(2) }
    checkPaths()
    digest = Self.digest(of: files)
  }

  /// Every regular file, once nothing has changed for `quietPeriod` nanoseconds.
  static func readFiles(_ folder: Folder, quietPeriod: Int64) throws -> Manifest {
    var manifest = Manifest(.files, names: [])
    var newest: Int64 = .min
    try folder.walk { path, entry in
      if entry.kind == .file, entry.isText {
        manifest.files.append(File(path, bytes: entry.size))
        newest = max(newest, entry.identity.modified)
      }
      return true
    }
    if manifest.files.isEmpty {
      manifest.note(.error, .manifest, nil, "there are no files", detail: ValidationFinding.absent)
    }
    let quiet = Timestamp.now.nanoseconds.subtractingReportingOverflow(newest)
    if !manifest.files.isEmpty, !quiet.overflow, quiet.partialValue < quietPeriod {
      manifest.note(
        .error, .manifest, nil, "files changed \(quiet.partialValue / 1_000_000_000) s ago",
        detail: ValidationFinding.absent, expected: .string("no change for \(quietPeriod / 1_000_000_000) s"),
        hint: "--quiet-period says how long is long enough")
    }
    manifest.checkPaths()
    return manifest
  }
}

/// A line of a list of digests.
private struct SumsEntry {
  var algorithm: Digest
  var digest: String
  var name: [UInt8]

  init?(_ line: ArraySlice<UInt8>) {
    guard let entry = Self(bsd: line) ?? Self(gnu: line), !entry.name.isEmpty else { return nil }
    self = entry
  }

  private init?(gnu line: ArraySlice<UInt8>) {
    let isEscaped = line.first == UInt8(ascii: "\\")
    let line = isEscaped ? line.dropFirst() : line
    guard let blank = line.firstIndex(of: UInt8(ascii: " ")), line.index(after: blank) < line.endIndex,
      [UInt8(ascii: " "), UInt8(ascii: "*")].contains(line[blank + 1])
    else { return nil }
    let hex = String(decoding: line[..<blank], as: UTF8.self)
    guard let algorithm = Digest.named.first(where: { 2 * $0.count == hex.utf8.count }),
      let digest = Manifest.hex(hex, algorithm)
    else { return nil }
    let raw = line[(blank + 2)...]
    guard let name = isEscaped ? Self.unescaped(raw) : Array(raw) else { return nil }
    (self.algorithm, self.digest, self.name) = (algorithm, digest, name)
  }

  private init?(bsd line: ArraySlice<UInt8>) {
    let isEscaped = line.first == UInt8(ascii: "\\")
    let line = isEscaped ? line.dropFirst() : line
    let algorithm = Digest.named.first { line.starts(with: "\($0.rawValue.uppercased()) (".utf8) }
    guard let algorithm else { return nil }
    let tail = Array(") = ".utf8).count + 2 * algorithm.count
    let start = line.startIndex + algorithm.rawValue.utf8.count + 2
    let end = line.endIndex - tail
    guard start <= end, line[end...].starts(with: ") = ".utf8),
      let digest = Manifest.hex(String(decoding: line[(end + 4)...], as: UTF8.self), algorithm)
    else { return nil }
    guard let name = isEscaped ? Self.unescaped(line[start..<end]) : Array(line[start..<end]) else { return nil }
    (self.algorithm, self.digest, self.name) = (algorithm, digest, name)
  }

  /// `\\`, `\n` and `\r` for what they stand for; nil for anything else behind a backslash.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\\"): bytes.append(byte)
      case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "r"): bytes.append(UInt8(ascii: "\r"))
      default: return nil
      }
    }
    return bytes
  }
}

extension Digest {
  /// Those that lists name, the strongest first.
  static let named: [Digest] = [.sha512, .sha256, .sha1, .md5]
}

/// A line of a manifest that is text.
struct ManifestLine {
  var bytes: ArraySlice<UInt8>
  var number: Int
  var offset: Int

  /// The lines without their ends (`\n`, `\r\n`), empty ones and a byte order mark left out.
  static func all(_ text: [UInt8]) -> [ManifestLine] {
    let start = text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var lines: [ManifestLine] = []
    for (number, line) in text[start...].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if !bytes.isEmpty { lines.append(ManifestLine(bytes: bytes, number: number + 1, offset: line.startIndex)) }
    }
    return lines
  }
}
