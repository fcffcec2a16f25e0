// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .strictMemorySafety(), .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// C libraries: module, pkg-config name where there is one, Debian package.
let libraries: [(String, String?, String)] = [
  ("CZlib", "zlib", "zlib1g-dev"), ("CBZip2", nil, "libbz2-dev"), ("CLZ4", "liblz4", "liblz4-dev"),
  ("CZstd", "libzstd", "libzstd-dev"), ("CSnappy", nil, "libsnappy-dev"), ("CCrypto", "libcrypto", "libssl-dev"),
  ("CLibdeflate", "libdeflate", "libdeflate-dev"), ("CSQLite", "sqlite3", "libsqlite3-dev"),
]

/// The verbs; each is an executable `av-<verb>` in Sources/av-<verb>.
let verbs = ["validate", "ingest", "extract", "sync", "enrich", "scenes", "label-export", "meta"].map { "av-\($0)" }

/// The fuzzer, built only by Tests/Fuzz/run.sh: libFuzzer has the `main`, so no other build could link it.
let fuzz: [Target] =
  Context.environment["AV_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz", dependencies: ["Core", "Recordings", "Artifacts", "Pipeline"], path: "Tests/Fuzz",
      exclude: ["README.md", "run.sh", "parquet_seeds.py", "corpus", "failures", "dictionaries", "parquet_seeds.py"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "avtools",
  targets: [
    .systemLibrary(name: "CSystem"),
    .target(
      name: "Core", dependencies: ["CSystem"] + libraries.map { .init(stringLiteral: $0.0) }, swiftSettings: strict),
    .target(name: "Recordings", dependencies: ["Core"], swiftSettings: strict),
    .target(name: "Artifacts", dependencies: ["Core"], swiftSettings: strict),
    .target(name: "Pipeline", dependencies: ["Core", "Recordings", "Artifacts"], swiftSettings: strict),
    .target(name: "Command", dependencies: ["Core"], swiftSettings: strict),
    .target(name: "Runs", dependencies: ["Core", "Command", "Pipeline"], swiftSettings: strict),
    .target(name: "Samples", dependencies: ["Core", "Artifacts"], swiftSettings: strict),
    .executableTarget(name: "sample-drive", dependencies: ["Core", "Command", "Samples"], swiftSettings: strict),
    .executableTarget(name: "delta-append", dependencies: ["Core", "Command", "Artifacts"], swiftSettings: strict),

    .testTarget(name: "CoreTests", dependencies: ["Core"], swiftSettings: strict),
    .testTarget(name: "RecordingsTests", dependencies: ["Core", "Recordings"], swiftSettings: strict),
    .testTarget(name: "ArtifactsTests", dependencies: ["Core", "Artifacts"], swiftSettings: strict),
    .testTarget(
      name: "PipelineTests", dependencies: ["Core", "Recordings", "Artifacts", "Pipeline", "Samples"],
      swiftSettings: strict),
    .testTarget(name: "SamplesTests", dependencies: ["Core", "Recordings", "Samples"], swiftSettings: strict),
    .testTarget(name: "CommandTests", dependencies: ["Core", "Command"], swiftSettings: strict),
    .testTarget(name: "GoldenTests", dependencies: (verbs + ["sample-drive"]).map { .init(stringLiteral: $0) }),
  ]
    + libraries.map { .systemLibrary(name: $0.0, pkgConfig: $0.1, providers: [.apt([$0.2])]) }
    + verbs.map {
      .executableTarget(
        name: $0, dependencies: ["Command", "Core", "Recordings", "Artifacts", "Pipeline", "Runs"],
        swiftSettings: strict)
    }
    + fuzz
)

if Context.environment["AV_BENCH"] != nil {
  let benches = [
    ("parquet-bench", "ParquetBench.swift"), ("artifacts-bench", "ArtifactsBench.swift"),
    ("can-bench", "CANBench.swift"),
  ]
  for (name, source) in benches {
    package.targets.append(
      .executableTarget(
        name: name, dependencies: ["Core", "Artifacts", "Recordings"], path: "Tests/Bench",
        exclude: benches.map(\.1).filter { $0 != source }, sources: [source], swiftSettings: strict))
  }
}
