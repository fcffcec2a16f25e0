import Core
import Recordings

extension FuzzTarget {
  /// The input is an MDF 4 file: opened, read in every form, checked.
  static let mdf4 = FuzzTarget(name: "mdf4", run: readRecording, seeds: mdf4Seeds)

  /// The input is the formula of a conversion: what is accepted gives a number for every number.
  static let formula = FuzzTarget(
    name: "formula",
    run: { bytes in
      let formula = try MDF4Formula(String(decoding: bytes, as: UTF8.self))
      let values = [0, 1, -1.5, 1e300, .infinity, .nan]
      must(formula.apply(values).count == values.count, "a number is missing")
    },
    seeds: {
      ["2*X*X+sin(X)-pow(X,2)/3", "-X1^2^-3", "sqrt(abs(X))*(1.5e-3+log10(X))", "X+FOO", "((X))"].enumerated().map {
        ("formula-\($0)", Array($1.utf8))
      }
    })
}

private func mdf4Seeds() throws -> [(name: String, bytes: [UInt8])] {
  [
    ("sorted", try MDF4Builder.usual()), ("unsorted", MDF4Builder.unsorted()), ("conversions", conversions()),
    ("list", try list()), ("unfinished-list", try list(unfinished: 0x17)), ("structure", structure()),
  ]
}

/// Each kind of conversion on the same byte, nested ones among them, and invalidation bits.
private func conversions() -> [UInt8] {
  var builder = MDF4Builder()
  let texts = ["off", "on", "2*X+sin(X)"].map { builder.text($0) }
  let linear = builder.conversion(1, [1, 2])
  let all = [
    linear, builder.conversion(2, [0, 1, 2, 0, 0, 3]), builder.conversion(3, [], [texts[2]]),
    builder.conversion(4, [0, 1, 5, 9]), builder.conversion(5, [0, 1, 5, 9]),
    builder.conversion(6, [0, 2, 7, 3, 5, 8, 9]),
    builder.conversion(7, [0, 1], [texts[0], texts[1], linear]),
    builder.conversion(8, [0, 1, 2, 3], [texts[0], linear, 0]),
  ]
  var channels = [MDF4Builder.Channel.time]
  for (number, conversion) in all.enumerated() {
    channels.append(
      .init(name: "c\(number)", dataType: 2, byte: 8, bits: 8, flags: number % 2 == 0 ? 2 : 0, conversion: conversion))
  }
  let field = builder.conversion(7, [0, 4], [texts[0], texts[1], 0])
  channels.append(
    .init(name: "bits", byte: 8, bits: 8, conversion: builder.conversion(11, [.init(bitPattern: 4)], [field])))
  let data = builder.block("DT", [], (0..<3).flatMap { builder.little(Double($0).bitPattern, 8) + [UInt8($0), 1] })
  _ = builder.dataGroup(builder.group(channels, cycles: 3, bytes: 9, invalidation: 1), data: data)
  return builder.bytes
}

/// Plain and packed fragments that records straddle, texts of any length beside them.
private func list(unfinished: UInt16? = nil) throws -> [UInt8] {
  var builder = MDF4Builder(unfinished: unfinished)
  let values = builder.block("SD", [], builder.little(2, 4) + [97, 98] + builder.little(0, 4))
  let channels = [MDF4Builder.Channel.time, .init(name: "s", type: 1, dataType: 6, byte: 8, data: values)]
  let dataGroup = builder.dataGroup(builder.group(channels, cycles: 2, bytes: 12))
  let records = builder.record(0, 0) + builder.record(1, 6)
  let links = [builder.block("DT", [], Array(records[..<5])), try builder.packed(Array(records[5...]))]
  let body = [0, 0, 0, 0] + builder.little(2, 4) + builder.little(0, 8) + builder.little(5, 8)
  let list = builder.block("DL", [0] + links, body)
  builder.setLink(2, of: dataGroup, to: builder.block("HL", [list], [0, 0, 0, 0, 0, 0, 0, 0]))
  if unfinished != nil { builder.block("DT", [], records) }
  return builder.bytes
}

/// A structure, an array, and columns apart from their invalidation bytes.
private func structure() -> [UInt8] {
  var builder = MDF4Builder(version: 420)
  let member = builder.channels([.init(name: "m", byte: 8, bits: 12), .init(name: "n", byte: 9, bit: 4, bits: 4)])
  let sizes = builder.little(2, 8) + builder.little(2, 8)
  let array = builder.block("CA", [0], [0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0] + sizes)
  let channels = [
    MDF4Builder.Channel.time, .init(name: "p", dataType: 10, byte: 8, bits: 32, composition: member),
    .init(name: "a", dataType: 1, byte: 8, bits: 8, flags: 2, composition: array),
  ]
  let data = builder.block("DV", [], builder.record(0, 1) + builder.record(1, 2))
  let flags = builder.block("DI", [], [0, 1])
  let list = builder.block(
    "LD", [0, data, flags], builder.little(1 << 31 | 1, 4) + builder.little(1, 4) + builder.little(2, 8))
  _ = builder.dataGroup(builder.group(channels, cycles: 2, bytes: 12, invalidation: 1), data: list)
  return builder.bytes
}
