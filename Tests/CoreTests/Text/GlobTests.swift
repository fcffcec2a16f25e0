import Testing

@testable import Core

@Test(
  arguments: [
    ("/imu", ["/imu"], ["/imu/data", "imu", "/imux", ""]),
    ("/camera/*/image", ["/camera/front/image", "/camera//image"], ["/camera/a/b/image", "/camera/image"]),
    ("/camera/**", ["/camera/front/image", "/camera/"], ["/camera", "/cameras/x"]),
    (
      "/camera/**/image", ["/camera/image", "/camera/a/image", "/camera/a/b/image"], ["/cameraimage", "/camera/ximage"]
    ),
    ("**/image", ["image", "/image", "/a/image", "a/b/image"], ["ximage", "/a/ximage"]),
    ("**image", ["image", "/a/ximage"], ["image2"]),
    ("**", ["", "a", "/a/b"], []),
    ("*", ["", "abc", "ü"], ["/", "a/b"]),
    ("imu?", ["imu0", "imuü"], ["imu", "imu/", "imu01"]),
    ("[ab]c", ["ac", "bc"], ["cc", "abc"]),
    ("[a-c0-9]", ["b", "5"], ["d", "-", ""]),
    ("[!a-c]", ["d", "é"], ["a", "/", ""]),
    ("[^a]", ["b"], ["a"]),
    ("[]a]", ["]", "a"], ["b"]),
    ("[!]a]", ["b"], ["]", "a"]),
    ("[a-]", ["a", "-"], ["b"]),
    ("[+-/]", ["+", "."], ["/"]),
    (#"[\]]"#, ["]"], [#"\"#]),
    ("[[:digit:]x]", ["7", "x"], ["d", ":"]),
    ("/{camera,lidar}/{front,rear}", ["/camera/front", "/lidar/rear"], ["/radar/front", "/camera/"]),
    ("a{,b{c,d}}e", ["ae", "abce", "abde"], ["abe", "abcde"]),
    ("{*,x/**}", ["a", "x/y/z"], ["y/z"]),
    (#"a\*\{b\\"#, [#"a*{b\"#], ["axx{b\\"]),
    (#"\!a"#, ["!a"], ["a"]),
    ("a,b", ["a,b"], ["a"]),
    ("", [""], ["a"]),
    ("ä*", ["äb", "ä"], ["a\u{308}b"]),
  ] as [(String, [String], [String])])
func aGlobMatches(_ pattern: String, _ names: [String], _ others: [String]) throws {
  let glob = try Glob(pattern)
  for name in names { #expect(glob.matches(name), "\(name)") }
  for name in others { #expect(!glob.matches(name), "\(name)") }
}

@Test(
  arguments: [
    ("image", ["/image", "images", "a/image/b"], ["imag", ""]),
    ("^/imu$", ["/imu"], ["/imu/", "x/imu"]),
    ("^/(camera|lidar)/", ["/camera/x", "/lidar/"], ["/radar/x", "x/camera/"]),
    ("a+b*c?$", ["a", "aabbc", "xac"], ["", "b"]),
    ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
    ("^a{2}$", ["aa"], ["a", "aaa"]),
    ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
    ("^(ab){0}$", [""], ["ab"]),
    (#"^\d+\.\w[^0-9/]$"#, ["12.aX"], ["12.a1", "12xaX", "1.a/"]),
    (#"^[\d_]+\S\D$"#, ["1_2ab"], ["x", "12 b", "12a3"]),
    ("^.$", ["a", "/", "\n", "😀"], ["", "ab"]),
    ("^(a|b|)$", ["a", "b", ""], ["ab"]),
    ("^(?:ab)+?$", ["ab", "abab"], ["", "a"]),
    ("^(a*)*b$", ["b", "aab"], ["a"]),
    ("^[[:alpha:]]+$", ["abC"], ["a1", ""]),
    ("()", ["", "x"], []),
    ("a|^$", ["a", "", "ba"], ["b"]),
    ("$^", [""], ["a"]),
  ] as [(String, [String], [String])])
func anExpressionIsFound(_ pattern: String, _ names: [String], _ others: [String]) throws {
  let glob = try Glob("re:" + pattern)
  for name in names { #expect(glob.matches(name), "\(name)") }
  for name in others { #expect(!glob.matches(name), "\(name)") }
}

@Test(
  arguments: [
    ("[a", "no ']' closes '['"), ("[]", "no ']' closes '['"), ("[z-a]", "the range 'z-a' is empty"),
    ("{a,b", "no '}' closes '{'"),
    ("a}", "nothing opens '}'"), (#"a\"#, "nothing follows the last backslash"), (#"[\"#, "no ']' closes '['"),
    ("[[:nix:]]", "no class of characters has the name that follows '[:'"), ("re:(a", "no ')' closes '('"),
    ("re:a)", "nothing opens ')'"), ("re:*a", "nothing stands before '*'"), ("re:(|+)", "nothing stands before '+'"),
    (#"re:(a)\1"#, #"'\1' is not known"#), ("re:(?=a)", "'(?' is only known as '(?:'"),
    ("re:a{x}", "no number follows '{'"),
    ("re:a{1,2", "no '}' closes '{'"), ("re:a{2,1}", "'{2,1}' is no number of repetitions up to 1000"),
    ("re:a{1001}", "'{1001,1001}' is no number of repetitions up to 1000"),
    ("re:((a{900}){900}){900}", "repetitions make it too long"),
    ("re:a**", "a repetition is repeated without brackets"), (#"re:\"#, "nothing follows the last backslash"),
    (String(repeating: "{", count: 65), "brackets in more than 64 levels"),
    ("re:" + String(repeating: "(", count: 65), "brackets in more than 64 levels"),
  ] as [(String, String)])
func aPatternThatMeansNothingIsRefused(_ pattern: String, _ problem: String) {
  #expect(throws: Glob.Failure(pattern: pattern, problem: problem)) { try Glob(pattern) }
}

@Test func aPatternMayNotBeEndless() {
  #expect(throws: Glob.Failure.self) { try Glob(String(repeating: "a", count: 4097)) }
}

@Test(arguments: [
  "re:^(a+)+$", "re:^(a|a)*$", "re:^(a|aa)+$", "re:(.*)(.*)(.*)(.*)x$", "re:^(a?){100}a{100}$",
  "re:(((){1000}){1000}){1000}b",
])
func noExpressionTakesForever(_ pattern: String) throws {
  #expect(try !Glob(pattern).matches(String(repeating: "a", count: 2000) + "!"))
}

@Test func noGlobTakesForever() throws {
  let glob = try Glob(String(repeating: "*a", count: 50) + "**b**b")
  #expect(!glob.matches(String(repeating: "a", count: 2000)))
}

@Test func excludedNamesAreOutWhateverTheOrder() throws {
  let names = ["/camera/front", "/camera/rear", "/imu"]
  #expect(names.filter(GlobSet.all.contains) == names)
  #expect(try names.filter(GlobSet(["/camera/*"]).contains) == ["/camera/front", "/camera/rear"])
  #expect(try names.filter(GlobSet(["!**/rear"]).contains) == ["/camera/front", "/imu"])
  #expect(try names.filter(GlobSet(["/camera/*", "!**/rear"]).contains) == ["/camera/front"])
  #expect(try names.filter(GlobSet(["!**/rear", "/camera/*"]).contains) == ["/camera/front"])
  #expect(try names.filter(GlobSet(["!re:cam"]).contains) == ["/imu"])
  #expect(try GlobSet(["/imu", "/gps", "!re:^x", "!/imu"]).unused(among: names) == ["/gps", "!re:^x"])
}
