import Command
import Core

@main struct Sync: WaitingVerb {
  static let name = "av-sync"
  static let abstract = "Bring streams onto one time line."
  static let purpose = """
    It is going to estimate the offset and drift of clocks, match and resample the streams of a measurement, and \
    report what was dropped.
    """
}
