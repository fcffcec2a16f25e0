import CSystem

/// Which version of the tools this is; all of them share it.
package enum Version {
  package static let number = "0.1.0"
  /// The day of the release, for manuals: days since 1970-01-01.
  package static let day = 20_454
  /// The version of the records between the tools, the `1` of `av.<kind>/1`.
  package static let records = 1
  /// The version of the lineage log.
  package static let log = 1

  package static var compiler: String {
    #if compiler(>=6.4)
    "Swift 6.4 or later"
    #elseif compiler(>=6.3.1)
    "Swift 6.3.1"
    #elseif compiler(>=6.3)
    "Swift 6.3"
    #else
    "Swift 6.2"
    #endif
  }

  /// The commit it was built from, where the build was told: `-Xcc '-DAV_COMMIT="…"'`.
  package static var commit: String? {
    let text = unsafe String(cString: av_commit())
    return text.isEmpty ? nil : text
  }
}
