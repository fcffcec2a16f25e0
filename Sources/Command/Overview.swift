import Core

/// Renders avtools(7): what all tools share.
enum Overview {
  static func render(date: String) -> String {
    var lines = Manual.head("avtools", section: 7, "tools for the measurement data of automated driving", date)
    lines += [".Sh DESCRIPTION"] + MDoc.paragraphs(description)
    lines += [".Sh ENVIRONMENT"] + MDoc.paragraphs(environment) + [".Sh EXIT STATUS"] + Manual.exitStatus
    lines += [".Sh DIAGNOSTICS"] + MDoc.paragraphs(diagnostics) + [".Bl -tag -width AV-BUSY-001"]
    lines += ProblemCode.allCases.flatMap { [".It \($0.rawValue)"] + MDoc.text($0.meaning) } + [".El"]
    lines += [".Sh SEE ALSO"]
    lines += Manual.references(
      ["enrich", "extract", "ingest", "label-export", "meta", "scenes", "sync", "validate"].map { "av-\($0)(1)" })
    return lines.joined(separator: "\n") + "\n"
  }

  private static let description = """
    The tools keep the recordings of test vehicles in a lake of files, and turn them into tables, images and scenes. \
    Each does one step, reads names or records, and writes records, so that they join in a pipe and with the tools \
    of the system.

    A lake is a folder with the file lake.json5 and a folder for each zone: landing, raw, archive, error, extracted, \
    synchronized, enriched, scenes, labeled, shared. What was done is in the lineage log of the lake, a file of JSON \
    lines for each writing host; the state of everything follows from it.

    A record is a line of JSON with a schema and a type. Tools print records where standard output is not a \
    terminal, or with --json. Times are in UTC with nine digits after the second; integers beyond 2^53 are strings. \
    Fields that a tool does not know pass through.

    To run a command again is how to recover: what is complete is skipped.
    """

  private static let environment = """
    Every option has a variable, named after it: AV_LAKE for --lake. The command line comes before the variable. \
    NO_COLOR, CLICOLOR_FORCE and TERM decide about colour, COLUMNS about the width of tables. SOURCE_DATE_EPOCH is \
    the date of generated manuals. AV_WRITER is the name of the writing host in the lineage log.
    """

  private static let diagnostics = """
    An error is one line on standard error: the name of the tool, the place, what could not be done, why, and a code. \
    With --log-format json it is an object; the one that ended the command has the type exit_error. Programs should \
    look at the code, which stays, and not at the text. The codes are:
    """
}
