import Core

/// How items are worked on.
///
/// A verb leaves out what it does not honour: `@OptionGroup(without: "dry-run", "force") var work: WorkOptions`.
package struct WorkOptions: Options {
  package static let title = "Work"

  @Option("Work on so many at once; else the processors at hand, at most 4", short: "j", value: "number")
  private var jobs: Count?
  @Flag("Print what would be done and write nothing", short: "n") package var dryRun
  @Flag("Redo what is complete and replace outputs", short: "f") package var force
  @Flag("Fail with status 4 when there is nothing to do") package var failIfEmpty
  @Option("Take no more items after so many failures", value: "number") private var maxErrors: Count?
  @Flag("Refuse input records that do not finish with an end record") package var requireEnd
  @Flag("Finish the output with an end record") package var end

  package init() {}

  /// How many items or chunks at once.
  package var jobCount: Int { min(jobs?.value ?? Processors.available, Self.mostJobs) }
  /// More threads than this only take memory.
  private static let mostJobs = 256
  /// After how many failures to stop; nil for never.
  package var errorLimit: Int? { maxErrors?.value }
}
