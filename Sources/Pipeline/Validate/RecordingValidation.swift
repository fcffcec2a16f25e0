package import Core

/// Validates a single recording, that belongs to no measurement.
package enum RecordingValidation {
  /// Looks at a file that a person named; `path` is what its record calls it.
  ///
  /// Bad is what cannot be read as a whole; everything else is a warning.
  package static func validate(_ file: FileReader, path: String, _ plan: ValidationPlan) throws -> Validation {
    var result = Validation(path: path, level: plan.level)
    (result.files, result.bytes) = (1, file.count)
    guard plan.level >= .hash else { return result }
    let check = try RecordingCheck(recording: path, file, plan)
    result.findings = check.findings(isSynthetic: false)
    if let summary = check.summary {
      result.recordings = [summary]
      (result.start, result.end) = (summary.range?.start, summary.range?.end)
      if plan.level == .deep, let expected = plan.expected {
        result.findings += TopicCheck(expected, [summary]).findings
      }
    }
    return result
  }
}
