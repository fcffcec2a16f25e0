import Command
import Core

@main struct Enrich: WaitingVerb {
  static let name = "av-enrich"
  static let abstract = "Join telemetry, weather, map, sun position and detected objects to samples."
  static let purpose = """
    It is going to join, in time and space, what is known from elsewhere to the synchronized samples of a \
    measurement.
    """
}
