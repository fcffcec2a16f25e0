import Testing

@testable import Core
@testable import Pipeline

private func rules(_ text: String) throws -> RuleSet {
  try RuleSet([RuleFile(Configuration(Array(text.utf8), file: "r.json5"), file: "r.json5").rules])
}

@Test(arguments: [
  (
    "{rules: [{id: 'a', version: '1', type: 'a', enter: 'x >'}]}",
    "r.json5:1:52: 'rules[0].enter' is refused at character 4"
  ),
  ("{rules: [{id: 'a', version: '1', type: 'a', entre: 'x'}]}", "'rules[0].enter' is missing"),
  ("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x', min: 3}]}", "unknown key 'min'"),
  ("{rules: [{id: 'a', version: '1', type: 'a', enter: 'meann(x, 1) > 1'}]}", "did you mean 'mean'"),
  ("{rules: [{id: '../a', version: '1', type: 'a', enter: 'x'}]}", "must be letters"),
  (
    "{rules: [{id: 'a', version: '1', type: 'a', enter: 'x'}, {id: 'a', version: '1', type: 'a', enter: 'x'}]}",
    "that of another rule"
  ),
  ("{let: {u: 'v', v: 'u'}, rules: []}", "names itself"),
  ("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x', during: 'b'}]}", "names the rule 'b', which is not there"),
  (
    "{rules: [{id: 'a', version: '1', type: 'a', enter: 'x', during: 'b'}, {id: 'b', version: '1', type: 'a', enter: 'x', overlaps: 'a'}]}",
    "needs its own scenes"
  ),
  ("{rules: [{id: 'a', version: '1', type: 'a', sequence: [{rule: 'a'}]}]}", "needs its own scenes"),
  (
    "{rules: [{id: 'a', version: '1', type: 'a', sequence: [{enter: 'x'}], span: 'first.begin..last.end'}]}",
    "must be as 'first.start..last.end'"
  ),
  ("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x', pad_s: [1]}]}", "two numbers"),
  ("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x', layer: 'egoo'}]}", "did you mean 'ego'"),
  ("{schema: 'av.rules/2', rules: []}", "must be 'av.rules/1'"), ("{}", "'rules' is missing"),
])
func mistakesInRulesNameTheirPlace(_ text: String, _ problem: String) throws {
  let error = #expect(throws: ConfigurationError.self) { try rules(text) }
  #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
}

@Test func namesStandForExpressions() throws {
  let set = try rules(
    """
    {let: {kph: 'speed_mps * 3.6', fast: 'kph > most'},
     rules: [{id: 'a', version: '1', type: 'a', params: {most: 130}, enter: 'fast and not slow', requires: 'lanes'}]}
    """)
  guard case .condition(let enter, _) = set.rules[0].base else { return }
  #expect("\(enter)" == "((speed_mps * 3.6) > 130) and (not slow)")
  #expect(set.rules[0].columns(hasObjects: false).map(\.name) == ["lanes", "slow", "speed_mps"])
}

@Test func aRuleIsKnownByWhatItSays() throws {
  let one = try rules("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x > 1'}]}")
  let same = try rules(
    "{let: {y: 'x'}, rules: [{id: 'a', type: 'a', version: '1', text: 'words', enter: 'y>1.0', exit: 'not (x > 1)', gap_s: 0}]}"
  )
  let other = try rules("{rules: [{id: 'a', version: '1', type: 'a', enter: 'x > 1.5'}]}")
  #expect(one.digest == same.digest)
  #expect(one.digest != other.digest)
}

@Test func laterFilesReplaceRules() throws {
  let first = try RuleFile(
    Configuration(
      Array(
        "{rules: [{id: 'a', version: '1', type: 'a', sequence: [{enter: 'x'}]}, {id: 'b', version: '1', type: 'b', enter: 'x'}]}"
          .utf8), file: "1"), file: "1")
  let second = try RuleFile(
    Configuration(
      Array(
        "{rules: [{id: 'a', version: '2', type: 'a', enter: 'y'}, {id: 'b', version: '1', type: 'b', enter: 'x', enabled: false}]}"
          .utf8), file: "2"), file: "2")
  let set = try RuleSet([first.rules, second.rules])
  #expect(set.rules.map(\.id) == ["a"])
  #expect(set.rules[0].version == "2")
}

@Test func rulesWithoutTheirColumnsAreNamed() throws {
  let set = try rules(
    """
    {rules: [{id: 'a', version: '1', type: 'a', enter: 'speed > 1'}, {id: 'b', version: '1', type: 'b', enter: 'x > 1', during: 'a'},
      {id: 'c', version: '1', type: 'c', enter: 'x > 1', not_during: 'a'}, {id: 'd', version: '1', type: 'd', per: 'track', enter: 'x > 1'}]}
    """)
  let binding = try RuleBinding(set, types: ["speed_mps": .number, "x": .number], objectTypes: [:], hasObjects: false)
  #expect(binding.rules.map(\.id) == ["c"])
  #expect(binding.skipped.map(\.rule.id) == ["a", "b", "d"])
  #expect(binding.skipped.map(\.missing) == [["speed"], ["rule a"], ["objects.parquet"]])
  #expect(binding.skipped[0].nearest["speed"] == "speed_mps" || binding.skipped[0].nearest.isEmpty)
  #expect(throws: ConfigurationError.self) {
    _ = try RuleBinding(set, types: ["speed": .text, "x": .number], objectTypes: [:], hasObjects: false)
  }
}

@Test func theBuiltInRulesAreRulesAndSayWhatTheyMean() throws {
  let settings = try SceneSettings()
  #expect(settings.ruleCount > 45)
  for rule in settings.rules.rules where !rule.isStep { #expect(rule.text?.isEmpty == false, "\(rule.id)") }
}
