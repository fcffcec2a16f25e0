extension JSONObject {
  /// The record of an error: `{"schema":"av.error/1","type":"error","run":…,"item":…,…,"code":…,"msg":…}`.
  ///
  /// An error that is no `Problem` is one that this program should not make, and says so.
  package init(error: any Error, type: String = "error", run: String? = nil, item: String? = nil) {
    let problem = error as? any Problem
    self = ["schema": "av.error/1", "type": .string(type)]
    self["run"] = run.map { .string($0) }
    self["item"] = item.map { .string($0) }
    for fact in problem?.facts.members ?? [] { self[fact.key] = fact.value }
    self["code"] = .string((problem?.code ?? .bug).rawValue)
    self["retryable"] = .bool(problem?.isRetryable ?? false)
    self["msg"] = .string("\(error)")
    self["hint"] = problem?.hint.map { .string($0) }
  }
}
