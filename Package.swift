// swift-tools-version: 6.2
import PackageDescription

// libtorch: the folder that LIBTORCH names, else .libtorch in the root package; for a dependency's checkout
// (<root>/.build/checkouts/<name>) pkg-config is asked too. No file is looked for here: SwiftPM caches a
// manifest's result by path, text and environment.
let path = Context.packageDirectory.split(separator: "/")
let isCheckout = path.count > 3 && path[path.count - 2] == "checkouts"
let root =
    isCheckout ? "/" + path.dropLast(3).joined(separator: "/") : Context.packageDirectory
let named = Context.environment["LIBTORCH"] ?? ""
let asksPkgConfig = isCheckout && named.isEmpty
let torch =
    named.isEmpty ? "\(root)/.libtorch" : named.hasPrefix("/") ? named : "\(root)/\(named)"

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Only for Scripts/fuzz: without libFuzzer such a program has no main.
let isFuzzing = Context.environment["SWIFTLET_FUZZ"] != nil

let package = Package(
    name: "swiftlet",
    products: [
        .library(
            name: "Swiftlet",
            targets: [
                "Tensors", "FileFormats", "Programs", "Models", "Interchange", "Datasets",
                "Training",
                "Compression", "Reports",
            ]),
        .executable(name: "swiftlet", targets: ["swiftlet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: (asksPkgConfig
        ? [.systemLibrary(name: "CLibtorch", pkgConfig: "libtorch")] : [])
        + (isFuzzing
            ? [
                .executableTarget(
                    name: "fuzz-readers", dependencies: ["FileFormats"],
                    path: "Fuzz/FuzzReaders", swiftSettings: strict)
            ] : []) + [
            .systemLibrary(name: "CZlib"),
            .target(
                name: "CTorch", dependencies: asksPkgConfig ? ["CLibtorch"] : [],
                cxxSettings: [
                    .unsafeFlags(["-isystem", "\(torch)/include"]), .enableWarning("all"),
                    .enableWarning("extra"), .treatAllWarnings(as: .error),
                ],
                linkerSettings: [
                    .unsafeFlags([
                        "-L\(torch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(torch)/lib",
                    ]),
                    .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
                ]),
            .target(name: "Tensors", dependencies: ["CTorch"], swiftSettings: strict),
            .target(
                name: "FileFormats",
                dependencies: [
                    "CZlib", "ONNXMessages",
                    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                ], swiftSettings: strict),
            // Generated code, which the settings of our own code would refuse.
            .target(
                name: "ONNXMessages",
                dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
                exclude: ["onnx.proto"], swiftSettings: [.treatAllWarnings(as: .error)]),
            .target(
                name: "Programs",
                dependencies: [
                    "FileFormats", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .target(name: "Models", dependencies: ["Programs"], swiftSettings: strict),
            .target(
                name: "Interchange",
                dependencies: [
                    "FileFormats", "Programs", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .target(
                name: "Datasets", dependencies: ["FileFormats", "Tensors"], swiftSettings: strict),
            .target(
                name: "Training",
                dependencies: [
                    "Datasets", "Interchange", "Programs", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .target(
                name: "Compression",
                dependencies: [
                    "Datasets", "Interchange", "Programs", "Tensors", "Training",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .target(name: "Reports", swiftSettings: strict),
            .target(
                name: "SwiftletCommands",
                dependencies: [
                    "Compression", "Datasets", "FileFormats", "Interchange", "Models", "Programs",
                    "Reports", "Tensors", "Training",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                ], swiftSettings: strict),
            .executableTarget(
                name: "swiftlet", dependencies: ["SwiftletCommands"], swiftSettings: strict),
            .executableTarget(
                name: "training-step",
                dependencies: ["Compression", "Datasets", "Models", "Tensors", "Training"],
                path: "Benchmarks/TrainingStep", swiftSettings: strict),
            .executableTarget(
                name: "evaluation-time",
                dependencies: ["Datasets", "Models", "Programs", "Tensors", "Training"],
                path: "Benchmarks/EvaluationTime", swiftSettings: strict),
            .executableTarget(
                name: "allocation-time",
                dependencies: ["Compression", "Datasets", "Models", "Programs", "Tensors"],
                path: "Benchmarks/AllocationTime", swiftSettings: strict),
            .executableTarget(
                name: "reading-time", dependencies: ["FileFormats", "Interchange", "Tensors"],
                path: "Benchmarks/ReadingTime", swiftSettings: strict),
            .executableTarget(
                name: "batch-loading", dependencies: ["Datasets", "Tensors"],
                path: "Benchmarks/BatchLoading", swiftSettings: strict),
            .executableTarget(
                name: "truncation-table",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Programs", "Reports", "Training",
                ], path: "Experiments/TruncationTable", swiftSettings: strict),
            .target(
                name: "TestSupport",
                dependencies: [
                    "Programs", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], path: "Tests/TestSupport", swiftSettings: strict),
            .executableTarget(
                name: "one-shot-table",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Programs", "Reports", "Tensors",
                    "Training",
                ], path: "Experiments/OneShotTable", swiftSettings: strict),
            .executableTarget(
                name: "experiments",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Programs", "Reports", "Tensors",
                    "Training",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                    .product(name: "Yams", package: "Yams"),
                ], path: "Experiments/ExperimentRunner", swiftSettings: strict),
            .executableTarget(
                name: "search-table",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Programs", "Reports", "Tensors",
                    "Training",
                ], path: "Experiments/SearchTable", swiftSettings: strict),
            .testTarget(
                name: "InterchangeTests",
                dependencies: [
                    "Compression", "FileFormats", "Interchange", "Models", "Programs", "Tensors",
                    "TestSupport",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ],
                exclude: [
                    "check_export.py", "check_onnx.py", "check_zoo.py", "export_others.py",
                    "write_checkpoints.py", "ONNXReading/write_onnx_cases.py",
                ],
                swiftSettings: strict),
            .testTarget(
                name: "CompressionTests",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Models", "Programs", "Tensors",
                    "TestSupport", "Training",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .testTarget(
                name: "TrainingTests",
                dependencies: [
                    "Compression", "Datasets", "Interchange", "Models", "Programs", "Tensors",
                    "TestSupport", "Training",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .testTarget(
                name: "ModelsTests",
                dependencies: [
                    "Models", "Programs", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .testTarget(
                name: "ExperimentTests",
                dependencies: [
                    "Compression", "Interchange", "Models", "Programs", "Training", "experiments",
                ],
                swiftSettings: strict),
            .testTarget(
                name: "ReportsTests", dependencies: ["Reports"], swiftSettings: strict),
            .testTarget(
                name: "CommandTests",
                dependencies: [
                    "FileFormats", "Interchange", "Models", "Programs", "Tensors",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], exclude: ["check_weights.py"], swiftSettings: strict),
            .testTarget(
                name: "FileFormatsTests", dependencies: ["FileFormats", "TestSupport"],
                resources: [.embedInCode("program.json")], swiftSettings: strict),
            .testTarget(
                name: "TensorsTests", dependencies: ["Tensors", "TestSupport"],
                swiftSettings: strict),
            .testTarget(
                name: "ProgramsTests",
                dependencies: [
                    "FileFormats", "Models", "Programs", "Tensors", "TestSupport",
                    .product(name: "OrderedCollections", package: "swift-collections"),
                ], swiftSettings: strict),
            .testTarget(
                name: "DatasetsTests",
                dependencies: ["Datasets", "FileFormats", "Tensors", "TestSupport"],
                swiftSettings: strict),
        ],
    swiftLanguageModes: [.v6], cxxLanguageStandard: .cxx20)
