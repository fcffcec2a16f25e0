import Core

/// Paths as text, without asking the file system.
enum LakePath {
  /// An absolute path without `.`, `..`, double or trailing slashes.
  static func normal(_ path: String) -> String {
    var parts: [Substring] = []
    for part in Self.parts(path) where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// What stands between slashes.
  ///
  /// By bytes, as the system does it: a slash before a combining mark is one too.
  static func parts(_ path: String) -> [Substring] {
    path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)
  }

  /// `path` seen from `base`, which is absolute and normal.
  static func absolute(_ path: String, from base: String) -> String {
    normal(path.hasPrefix("/") ? path : base + "/" + path)
  }

  /// What follows `base` in `path`, empty for `base` itself; nil when `path` is not in it; both are normal.
  static func below(_ base: String, _ path: String) -> String? {
    if path == base { return "" }
    let prefix = (base == "/" ? base : base + "/").utf8
    return path.utf8.starts(with: prefix) ? String(path.utf8.dropFirst(prefix.count)) : nil
  }

  /// Everything before the last part; empty for a single part.
  static func parent(_ path: String) -> String {
    parts(path).dropLast().joined(separator: "/")
  }

  /// The last part.
  static func last(_ path: String) -> String { parts(path).last.map(String.init) ?? path }
}
