import Command
import Core

@main struct Scenes: WaitingVerb {
  static let name = "av-scenes"
  static let abstract = "Find scenes by declarative rules."
  static let purpose = """
    It is going to find hard braking, lane changes, stops, cut-ins and more in enriched samples, and to write the \
    scenes as Parquet or as a Delta table.
    """
}
