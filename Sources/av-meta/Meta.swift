import Command
import Core

@main struct Meta: VerbGroup {
  static let name = "av-meta"
  static let abstract = "Show what is in recordings and in a lake."
  static let discussion = """
    inspect looks into recordings, with or without a lake; the other commands make a lake, search it, show and verify \
    what its log says, add to it, and apply its rules of retention.
    """
  static let examples = [
    (line: "av-meta inspect drive.bag", comment: "What is in a bag"),
    (
      line: "av-meta inspect --json *.bag | jq -r '[.path, .messages, .complete] | @tsv'",
      comment: "One line a bag, for scripts"
    ),
    (line: "av-meta find frames --lake lake --class pedestrian", comment: "All frames with pedestrians"),
    (line: "av-meta verify --lake lake --level hash", comment: "Whether everything is as the log says"),
    (line: "av-meta lifecycle --lake lake", comment: "What the rules of retention ask for"),
  ]
  static let commands: [any Verb.Type] = [
    Inspect.self, HeadCommand.self, Initialize.self, ConfigCommand.self, FindCommand.self, WhereCommand.self,
    ShowCommand.self,
    LogCommand.self, TagCommand.self, NoteCommand.self, AppendCommand.self, SupersedeCommand.self,
    RegisterCommand.self, Verify.self, LifecycleCommand.self, RunsCommand.self, ErrorsCommand.self,
    LineageCommand.self, ExplainCommand.self, CatalogCommand.self, ReportCommand.self, MetricsCommand.self,
  ]
}
