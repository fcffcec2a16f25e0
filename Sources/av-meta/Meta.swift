import Command
import Core

@main struct Meta: VerbGroup {
  static let name = "av-meta"
  static let abstract = "Show what is in recordings and in a lake."
  static let discussion = """
    inspect looks into recordings, with or without a lake; the other commands make a lake, and show and verify what \
    its log says.
    """
  static let examples = [
    (line: "av-meta inspect drive.bag", comment: "What is in a bag"),
    (
      line: "av-meta inspect --json *.bag | jq -r '[.path, .messages, .complete] | @tsv'",
      comment: "One line a bag, for scripts"
    ),
    (line: "av-meta verify --lake lake --level hash", comment: "Whether everything is as the log says"),
  ]
  static let commands: [any Verb.Type] = [
    Inspect.self, Initialize.self, ShowCommand.self, LogCommand.self, Verify.self,
  ]
}
