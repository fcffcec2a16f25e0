import Core
import Testing

@testable import Pipeline

@Suite struct SettingsListingTests {
  @Test func everyValueSaysWhereItIsFrom() throws {
    let scratch = try ScratchFolder()
    let path = try Lake.initialize(scratch.path + "/lake").lake.path
    try scratch.write(
      """
      {
        name: 'fleet',
        roots: { raw: ['raw', '../b'] },
        retention: { extracted: [{ keep: '3d' }] },
        lakes: [{ name: 'far', root: '../far' }],
      }
      """, "lake/lake.json5")
    try scratch.makeFolder("b")
    let entries = try SettingsListing.entries(of: Lake(path))
    let known = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0) })
    #expect(known["name"]?.origin == "lake.json5:2" && known["name"]?.value == "fleet")
    #expect(known["roots.raw"]?.value.array?.count == 2 && known["roots.raw"]?.origin == "lake.json5:3")
    #expect(known["roots.error"]?.origin == "default" && known["roots.error"]?.value == [.string(path + "/error")])
    #expect(known["retention.extracted"]?.origin == "lake.json5:4")
    #expect(known["lakes.far"]?.value == "../far")
    #expect(known["archive"] == .init(key: "archive", value: true, origin: "default"))
    #expect(known["incomplete.grace"]?.value == "7d" && known["region"]?.value == .null)
    #expect(known["writer"]?.value.string?.isEmpty == false)
  }
}
