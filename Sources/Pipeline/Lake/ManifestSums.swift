import Core

// Lists of `sha256sum` and its like (dialect `sums`), and folders without any (dialect `none`).
//
//   9c56…  drive.bag            GNU: digest, blank, blank or '*', name
//   \9c56…  odd\nname.bag       a first '\' says that the name has escapes: \\ \n \r
//   SHA256 (drive.bag) = 9c56…  BSD
//
// `b3sum` writes the same, with as many digits as SHA-256 has: only the name of its list tells them apart.

/// A list of digests at the top of a folder, known by its name.
struct SumsList {
  var name: String
  /// Whether digests without a name of their own are BLAKE3.
  var isBlake3: Bool

  /// Nil for a name that is no list's.
  init?(_ name: String) {
    let endings = [".sha256", ".sha512", ".sha1", ".md5", ".b3", ".b3sum", ".blake3"]
    let lower = name.lowercased()
    guard
      ["SHA256SUMS", "SHA512SUMS", "SHA1SUMS", "MD5SUMS", "B3SUMS"].contains(name)
        || (endings.contains(where: lower.hasSuffix) && !name.hasPrefix("."))
    else { return nil }
    self.name = name
    isBlake3 = name == "B3SUMS" || endings.suffix(3).contains(where: lower.hasSuffix)
  }

  /// The lists of a folder, in the order of their names.
  static func all(_ folder: Folder) throws -> [SumsList] {
    try folder.entries().compactMap { $0.isText && $0.kind != .folder ? SumsList($0.name) : nil }
  }
}

extension Manifest {
  static func readSums(_ folder: Folder) throws -> Manifest {
    let lists = try SumsList.all(folder)
    var manifest = Manifest(.sums, names: lists.map(\.name))
    guard !lists.isEmpty else {
      manifest.note(.error, .manifest, sums, "there is no \(sums)", detail: ValidationFinding.absent)
      return manifest
    }
    for list in lists {
      guard let bytes = try text(list.name, in: folder, &manifest) else { continue }
      manifest.parse(bytes, of: list)
    }
    manifest.finishSums()
    return manifest
  }

  /// Takes the text of a list; `name` is what findings call it.
  package init(sums bytes: [UInt8], name: String = "SHA256SUMS") {
    self.init(.sums, names: [name])
    if let list = SumsList(name) { parse(bytes, of: list) }
    finishSums()
  }

  private mutating func parse(_ bytes: [UInt8], of list: SumsList) {
    var places: [String: Int] = [:]
    for (index, file) in files.enumerated() { places[file.path] = index }
    var (isEmpty, algorithms) = (true, Set<Digest>())
    for line in ManifestLine.Lines(bytes) {
      isEmpty = false
      guard let entry = SumsEntry(line.bytes, isBlake3: list.isBlake3) else {
        note(
          .error, .manifest, list.name, "line \(line.number) is no digest and name", offset: line.offset,
          expected: "64 hexadecimal digits, two blanks, a name",
          found: .string(String(Array(line.bytes.prefix(80)).shown.prefix(80))))
        continue
      }
      guard var path = String(validating: entry.name, as: UTF8.self) else {
        note(.error, .path, entry.name.shown, "line \(line.number): the name is not UTF-8", offset: line.offset)
        continue
      }
      if path.utf8.starts(with: "./".utf8) { path = String(decoding: path.utf8.dropFirst(2), as: UTF8.self) }
      // `sha256sum *` run where its own list is being written lists that as well.
      if path == list.name { continue }
      if let algorithm = entry.algorithm { algorithms.insert(algorithm) }
      guard let place = places[path], files[place].path.utf8.elementsEqual(path.utf8), !files[place].has(entry) else {
        places[path] = places[path] ?? files.count
        files.append(File(path))
        files[files.count - 1].take(entry)
        continue
      }
      files[place].take(entry)
    }
    if algorithms.contains(.md5) || algorithms.contains(.sha1) {
      note(
        .warning, .fields, list.name,
        "MD5 and SHA-1 prove nothing against intent; they are compared and not relied on")
    }
    if isEmpty {
      note(.error, .fields, list.name, "lists nothing", detail: bytes.isEmpty ? ValidationFinding.absent : nil)
    }
  }

  private mutating func finishSums() {
    if files.isEmpty, isUsable { note(.error, .fields, names.first, "lists nothing but itself") }
    // A list that another one lists is compared like any file.
    let listed = Set(files.map(\.path))
    names.removeAll { listed.contains($0) }
    checkPaths()
    checkAgreement()
    checkBlake3()
    digest = files.isEmpty || files.contains { $0.digests.isEmpty } ? "" : Self.digest(of: files)
  }

  /// Lists of several algorithms are of the same files; lists themselves may be missing in others.
  private mutating func checkAgreement() {
    let data = files.filter { SumsList($0.path) == nil }
    let algorithms = Set(data.flatMap(\.digests.keys))
    let hasBlake3 = data.contains { $0.blake3 != nil }
    for file in data where file.digests.count < algorithms.count || (hasBlake3 && file.blake3 == nil) {
      note(.error, .fields, file.path, "is not in the lists of every algorithm")
    }
  }

  /// What only BLAKE3 vouches for is not vouched for here, and must not be called hashed: `FolderValidation` refuses it
  /// from level hash on.
  private mutating func checkBlake3() {
    guard files.contains(where: { $0.blake3 != nil }) else { return }
    note(
      .warning, .fields, nil, "BLAKE3 digests are not compared: names and completeness are checked, contents are not",
      hint: "list the files with sha256sum as well")
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
      return !isTooDeep(path)
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

extension Manifest.File {
  /// Whether it has a digest of the entry's algorithm: an entry too many.
  fileprivate func has(_ entry: SumsEntry) -> Bool {
    entry.algorithm.map { digests[$0] != nil } ?? (blake3 != nil)
  }

  fileprivate mutating func take(_ entry: SumsEntry) {
    if let algorithm = entry.algorithm { digests[algorithm] = entry.digest } else { blake3 = entry.digest }
  }
}

/// A line of a list of digests.
private struct SumsEntry {
  /// Nil for BLAKE3.
  var algorithm: Digest?
  var digest: String
  var name: [UInt8]

  init?(_ line: ArraySlice<UInt8>, isBlake3: Bool) {
    guard let entry = Self(bsd: line) ?? Self(gnu: line, isBlake3: isBlake3), !entry.name.isEmpty else { return nil }
    self = entry
  }

  private init?(gnu line: ArraySlice<UInt8>, isBlake3: Bool) {
    let isEscaped = line.first == UInt8(ascii: "\\")
    let line = isEscaped ? line.dropFirst() : line
    guard let blank = line.prefix(129).firstIndex(of: UInt8(ascii: " ")), line.index(after: blank) < line.endIndex,
      [UInt8(ascii: " "), UInt8(ascii: "*")].contains(line[blank + 1])
    else { return nil }
    let hex = String(decoding: line[..<blank], as: UTF8.self)
    if isBlake3 {
      algorithm = nil
    } else {
      guard let known = Digest.named.first(where: { 2 * $0.count == hex.utf8.count }) else { return nil }
      algorithm = known
    }
    // BLAKE3 has as many digits as SHA-256.
    guard let digest = Manifest.hex(hex, algorithm ?? .sha256) else { return nil }
    let raw = line[(blank + 2)...]
    guard let name = isEscaped ? Self.unescaped(raw) : Array(raw) else { return nil }
    (self.digest, self.name) = (digest, name)
  }

  private init?(bsd line: ArraySlice<UInt8>) {
    let isEscaped = line.first == UInt8(ascii: "\\")
    let line = isEscaped ? line.dropFirst() : line
    guard let (word, algorithm) = Self.words.first(where: { line.starts(with: $0.word.utf8) }) else { return nil }
    let tail = ") = ".utf8.count + 2 * (algorithm ?? .sha256).count
    let start = line.startIndex + word.utf8.count
    let end = line.endIndex - tail
    guard start <= end, line[end...].starts(with: ") = ".utf8),
      let digest = Manifest.hex(String(decoding: line[(end + 4)...], as: UTF8.self), algorithm ?? .sha256)
    else { return nil }
    guard let name = isEscaped ? Self.unescaped(line[start..<end]) : Array(line[start..<end]) else { return nil }
    (self.algorithm, self.digest, self.name) = (algorithm, digest, name)
  }

  private static let words: [(word: String, algorithm: Digest?)] =
    Digest.named.map { ("\($0.rawValue.uppercased()) (", $0) } + [("BLAKE3 (", nil)]

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

  /// The lines of a text without their ends (`\n`, `\r\n`), empty ones and a byte order mark left out.
  ///
  /// One at a time: a text of nothing but line ends would fill the memory with its lines.
  struct Lines: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var number = 0

    init(_ text: [UInt8]) { rest = text.starts(with: [0xef, 0xbb, 0xbf]) ? text[3...] : text[...] }

    mutating func next() -> ManifestLine? {
      while !rest.isEmpty {
        number += 1
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[Swift.min(end + 1, rest.endIndex)...]
        let bytes = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        if !bytes.isEmpty { return ManifestLine(bytes: bytes, number: number, offset: line.startIndex) }
      }
      return nil
    }
  }
}
