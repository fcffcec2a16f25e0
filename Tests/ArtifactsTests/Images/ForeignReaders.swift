import Foundation
import Testing

@testable import Artifacts
@testable import Core

/// Writes files for readers that are not ours: each picture as PNG and its samples as NPY, so that one checks both.
///
/// `AV_IMAGES_OUT=folder swift test --filter pictureFiles`, then
/// `for f in folder/*.png: numpy.array_equal(PIL.Image.open(f), numpy.load(f + ".npy").squeeze())`
@Test(.enabled(if: ProcessInfo.processInfo.environment["AV_IMAGES_OUT"] != nil, "AV_IMAGES_OUT names no folder"))
func pictureFiles() throws {
  let folder = URL(filePath: try #require(ProcessInfo.processInfo.environment["AV_IMAGES_OUT"]))
  for (width, height) in [(1, 1), (5, 3), (640, 480), (1_919, 41)] {
    for (channels, bits) in [(1, 8), (2, 8), (3, 8), (4, 8), (1, 16)] {
      for effort in [PNG.Effort.fast, .level(6)] {
        let picture = samplePicture(width, height, channels: channels, bits: bits)
        var samples = picture.bytes
        if bits == 16 { samples.reverse(groupsOf: 2) }
        let array = SampleArray(
          width: width, height: height, channels: channels, kind: bits == 8 ? .u1 : .u2, bytes: samples)
        let name = "\(width)x\(height)-\(channels)-\(bits)-\(effort == .fast ? "fast" : "level6").png"
        try Data(PNG.encode(picture, effort)).write(to: folder.appending(path: name))
        try Data(NPY.encode(array)).write(to: folder.appending(path: name + ".npy"))
      }
    }
  }
}
