import Command
import Core
import Samples

@main struct SampleDrive: Verb {
  static let name = "sample-drive"
  static let abstract = "Write a small simulated drive with known events, for tests and demonstrations."
  static let discussion = """
    The folder is as a logger leaves it in landing: drive.bag, vehicle.dbc and, last, manifest.json. The same
    arguments give the same bytes. Streams for --defect: camera/front, camera/bayer, camera/side, lidar/top,
    radar/front, imu, gps, odom, can, tf, tf_static and diagnostics, or their topics.
    """
  static let examples = [
    ("sample-drive -o landing/m1 --truth m1.truth.json", "a drive of 20 seconds"),
    ("sample-drive -o landing/m2 --seed 2 --defect dropout:imu:5-6 --defect unclosed", "one with defects"),
  ]

  @Option("Measurement folder to write", short: "o", value: "folder", completion: .directory) var output: String?
  @Option("Length of the drive", value: "seconds") var seconds = 20.0
  @Option("Another seed is another drive", value: "number") var seed = 1
  @Option("Where it goes: through a town, or straight on", value: "route") var route = RouteChoice.town
  @Option("Vehicle", value: "vin") var vin = "AVSAMPLE000000001"
  @Option("Compression of the bag's chunks", value: "form") var compression = Compression.lz4
  @Option("What is wrong with it: \(Defect.forms.joined(separator: ", "))", value: "defect") var defect: [String]
  @Option("File for what is true about the drive (JSON)", value: "file", completion: .file) var truth: String?
  @Option("File for what a perfect detector sees in the front camera (JSON lines)", value: "file", completion: .file)
  var detections: String?

  @Flag("Write the vehicle's signals and its bus as drive.mf4 too") var mdf4
  @Flag("Write them as drive.tdms and its index file too") var tdms
  @Flag("Replace files that are there", short: "f") var force

  enum RouteChoice: String, CaseIterable, ArgumentValue { case town, straight }

  enum Compression: String, CaseIterable, ArgumentValue { case none, bz2, lz4 }

  func run() throws -> ExitCode {
    guard let output else { throw UsageError("missing --output") }
    guard seconds > 0, seconds <= 36_000 else { throw UsageError("--seconds is more than 0 and at most 36000") }
    let defects = try defect.map { text throws(UsageError) in
      guard let defect = Defect(text) else { throw UsageError("not a defect: \(text)") }
      return defect
    }
    var drive = Drive(
      seconds: seconds, seed: seed, vin: vin, compression: BagCompression(rawValue: compression.rawValue) ?? .lz4,
      defects: defects)
    drive.writesMDF4 = mdf4
    drive.writesTDMS = tdms
    drive.route = Route(rawValue: route.rawValue) ?? .town
    let place = Drive.Place(output, truth: truth, detections: detections, existing: force ? .replace : .refuse)
    try drive.write(to: place, jobs: 4)
    return .success
  }
}
