import Foundation
import Testing

@testable import Core
@testable import Recordings

/// A frame as NI-XNET logs it, little-endian.
private func frame(_ time: UInt64, _ id: UInt32, type: UInt8 = 0, _ data: [UInt8]) -> [UInt8] {
  let size = max(8, (data.count + 7) & ~7)
  return TDMSSketch.bytes(time + 116_444_736_000_000_000) + TDMSSketch.bytes(id) + [type, 0, 0, UInt8(data.count)]
    + data
    + Array(repeating: 0, count: size - data.count)
}

/// Bytes as a channel of frames, in chunks of `size`.
private func log(_ bytes: [UInt8], chunk size: Int) -> TDMSSketch {
  var sketch = TDMSSketch()
  let properties = ["NI_network_protocol", "NI_network_frame_byte_order"].map {
    ($0, UInt32(7), TDMSSketch.bytes(UInt32(0)))
  }
  sketch.add([TDMSSketch.object("/'g'/'bus'", type: 5, count: UInt64(size), properties)], data: bytes)
  return sketch
}

@Test(arguments: [1, 7, 1000]) func framesOfABusAreATableWhereverTheirBytesAreCut(_ chunk: Int) throws {
  let long = Array(0..<12) as [UInt8]
  let bytes =
    frame(10, 0x123, [1, 2, 3]) + frame(20, 0x2000_0456, long) + frame(30, 0x7, type: 1, [])
    + frame(40, 0x7, type: 0x18, Array(repeating: 9, count: 64))
  let scratch = try ScratchFile(log(bytes, chunk: chunk).bytes, name: "a.tdms")
  let reader = try Format.open(FileReader(scratch.path))
  let channel = try #require(reader.recording.channels.first)
  #expect(channel.kind == .can)
  #expect(channel.messages == 4)
  #expect(channel.range?.end.nanoseconds == 4000)
  let reading = try TDMSReading(reader)
  #expect(reading.times["g"] == [1000, 2000, 3000, 4000])
  #expect(reading.columns["g|id"] == ["291", "1110", "7", "7"])
  #expect(reading.columns["g|is_extended"] == ["false", "true", "false", "false"])
  #expect(reading.columns["g|is_remote"] == ["false", "false", "true", "false"])
  #expect(reading.columns["g|len"] == ["3", "12", "0", "64"])
  var frames: CANFrames?
  var positions: [Int64] = []
  _ = try reader.read(Selection(), jobs: 1) { batch in
    frames = CANFrames(batch.batch)
    positions = batch.positions.map { $0 + batch.container }
  }
  #expect(frames?.ids == [0x123, 0x8000_0456, 7, 7])
  #expect(frames?.data[1].elementsEqual(long) == true)
  let place = Int(try #require(positions.last))
  #expect(Array(log(bytes, chunk: chunk).bytes[place..<place + 8]) == Array(bytes[80..<88]))
}

@Test func aFrameThatIsCutIsCounted() throws {
  let bytes = frame(10, 1, [1]) + frame(20, 2, [2]).dropLast()
  let reading = try TDMSReading(log(bytes, chunk: 1))
  #expect(reading.columns["g|id"] == ["1"])
  #expect(reading.codes.contains("frame-cut"))
  #expect(reading.outcome == .lossy)
}

@Test(.enabled(if: SharedData.isHere, "no shared data")) func aLogOfNIXNETHasTheFramesOfTheSurvey() throws {
  let path = "\(SharedData.folder ?? "")/tdms/NIVeriStandAdd-Ons__xnet_8108_log.tdms"
  let reader = try Format.open(FileReader(path))
  let number = try #require(reader.recording.channels.firstIndex { $0.kind == .can })
  let reading = try TDMSReading(reader, Selection(channels: [number]))
  let name = reader.recording.channels[number].name
  #expect(reading.columns["\(name)|id"] == Array(repeating: "\(0x710)", count: 1001))
  #expect(reading.times[name]?.first.map { "\(Timestamp(nanoseconds: $0))" } == "2013-05-07T13:12:30.616657300Z")
}
