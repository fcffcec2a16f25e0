import Command
import Core

@main struct LabelExport: WaitingVerb {
  static let name = "av-label-export"
  static let abstract = "Package frames for labelling partners and take returned labels."
  static let purpose = """
    It is going to package frames in place or copied, as COCO and OpenLABEL, and to take returned labels into the \
    labeled zone.
    """
}
