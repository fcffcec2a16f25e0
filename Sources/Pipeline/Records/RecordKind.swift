/// The kinds of records that the tools exchange; `av.<kind>/1` is a record's schema.
package enum RecordKind: String, Sendable, CaseIterable {
  case recording, validation, measurement, datastream, message, frame, scene, label, error, progress, end, run, event
  case finding, verification, lifecycle, explanation, product

  package var schema: String { "av.\(rawValue)/1" }
}
