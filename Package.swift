// swift-tools-version: 6.2
// Targets and the arrows between them; docs/architecture.md says why they point as they do.

import PackageDescription

/// Every target of ours is held to the same rules: Swift 6 mode, no warning survives, and an async
/// function stays on its caller's actor unless it says otherwise (SE-0461), which is what keeps the
/// gateway's hot path on its event loop.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A library or executable of ours.
func part(
    _ name: String, at path: String, on dependencies: [Target.Dependency], excluding: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: excluding, resources: resources,
        swiftSettings: strict)
}

/// Files for browsers that the C compiler puts into the binary: an array literal of that size would take the Swift
/// compiler minutes.
func pages(_ name: String, at path: String, on dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: ["Files"],
        cSettings: [.unsafeFlags(["-std=c23"])])
}

/// A test target of ours; all of them share `TestSupport`.
func tests(_ name: String, of dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)",
        resources: resources, swiftSettings: strict)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

let package = Package(
    name: "fillgate",
    products: [
        .executable(name: "fillgate", targets: ["Fillgate"]),
        .executable(name: "fillscheduler", targets: ["FillScheduler"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", exact: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", exact: "5.7.1"),
    ],
    targets: [
        // Shared by both programs.
        part("ServiceCore", at: "Sources/ServiceCore", on: [crypto, jwt]),
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        pages("CSharedPages", at: "Sources/ServiceWeb/Pages"),
        part(
            "ServiceWeb", at: "Sources/ServiceWeb", on: ["ServiceCore", "CSharedPages", "CZlib", crypto],
            excluding: ["Pages"]),

        // The gateway.
        .systemLibrary(
            name: "CHiredis", path: "Gateway/CHiredis", pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLinuxScheduling", path: "Gateway/CLinuxScheduling"),
        .systemLibrary(
            name: "CArgon2", path: "Gateway/CArgon2", pkgConfig: "libargon2",
            providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(
            name: "CLibcrypto", path: "Gateway/CLibcrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibcrypt", path: "Gateway/CLibcrypt", pkgConfig: "libcrypt",
            providers: [.apt(["libcrypt-dev"])]),
        part("GatewayCore", at: "Gateway/Core", on: ["ServiceCore", crypto]),
        part(
            "GatewayPasswords", at: "Gateway/Passwords",
            on: ["GatewayCore", "ServiceCore", "CArgon2", "CLibcrypto", "CLibcrypt", "CLinuxScheduling"]),
        part(
            "GatewayRedis", at: "Gateway/Redis",
            on: [
                "GatewayCore", "ServiceCore", "CHiredis", nioCore, nioPosix, nioTLS, nioSSL, deque, logging,
                crypto,
            ],
            // Each becomes a constant of `PackageResources`: the binary looks for no file at run time.
            resources: [
                .embedInCode("Scripts/gcra.lua"),
                .embedInCode("Scripts/session_touch.lua"),
                .embedInCode("Scripts/session_index.lua"),
                .embedInCode("Scripts/session_end.lua"),
                .embedInCode("Scripts/session_retire.lua"),
                .embedInCode("Scripts/key_index.lua"),
                .embedInCode("Scripts/key_touch.lua"),
                .embedInCode("Scripts/account_create.lua"),
                .embedInCode("Scripts/account_update.lua"),
                .embedInCode("Scripts/account_delete.lua"),
                .embedInCode("Scripts/login.lua"),
                .embedInCode("Scripts/devices_forget.lua"),
                .embedInCode("Scripts/second_factor.lua"),
                .embedInCode("Scripts/keys_publish.lua"),
                .embedInCode("Scripts/lease_take.lua"),
                .embedInCode("Scripts/lease_renew.lua"),
                .embedInCode("Scripts/override_set.lua"),
                .embedInCode("Scripts/records_keep.lua"),
                .embedInCode("Scripts/worker_report.lua"),
            ]),
        part(
            "GatewayProxy", at: "Gateway/Proxy",
            on: [
                "GatewayCore", "ServiceCore", nioCore, nioPosix, nioTLS, nioSSL, nioHTTP2, nioHPACK, deque,
                logging,
            ]),
        pages("CGatewayPages", at: "Gateway/Endpoints/Web/Pages", on: ["CSharedPages"]),
        part(
            "GatewayEndpoints", at: "Gateway/Endpoints",
            on: ["GatewayCore", "ServiceCore", "ServiceWeb", "CGatewayPages", "CSharedPages", logging],
            excluding: ["Web/Pages"]),
        .executableTarget(
            name: "Fillgate",
            dependencies: [
                "ServiceCore", "GatewayCore", "GatewayPasswords", "GatewayRedis", "GatewayProxy",
                "GatewayEndpoints", arguments, yams, logging, crypto, nioCore, nioPosix, hummingbird,
            ],
            path: "Gateway/Fillgate", swiftSettings: strict),

        // The scheduler.
        part("SchedulingCore", at: "Scheduler/Core", on: ["ServiceCore"]),
        // No pkg-config: its line for these asks for libraries that their packages do not bring.
        .systemLibrary(
            name: "CCoin", path: "Scheduler/CCoin", providers: [.apt(["coinor-libclp-dev"])]),
        .target(
            name: "CBranchAndCut", path: "Scheduler/CBranchAndCut",
            linkerSettings: ["Cbc", "Cgl", "OsiClp", "Osi", "Clp", "CoinUtils"].map { .linkedLibrary($0) }),
        part("PackingSolver", at: "Scheduler/Solver", on: ["CCoin", "CBranchAndCut"]),
        part("SchedulingStrategies", at: "Scheduler/Strategies", on: ["SchedulingCore", "PackingSolver"]),
        part("SchedulerStore", at: "Scheduler/Store", on: ["SchedulingCore", "ServiceCore", grdb, crypto]),
        .systemLibrary(
            name: "CXLSXWriter", path: "Scheduler/CXLSXWriter", pkgConfig: "xlsxwriter",
            providers: [.apt(["libxlsxwriter-dev"])]),
        .systemLibrary(
            name: "CPangoCairo", path: "Scheduler/CPangoCairo", pkgConfig: "pangocairo",
            providers: [.apt(["libpango1.0-dev"])]),
        part(
            "ScheduleReports", at: "Scheduler/Reports",
            on: ["SchedulingCore", "ServiceCore", "CXLSXWriter", "CPangoCairo", crypto],
            resources: [.embedInCode("report.css")]),
        pages("CSchedulerPages", at: "Scheduler/Service/Web/Pages", on: ["CSharedPages"]),
        part(
            "SchedulerService", at: "Scheduler/Service",
            on: [
                "SchedulingStrategies", "SchedulingCore", "SchedulerStore", "ScheduleReports", "ServiceCore",
                "ServiceWeb", "CSchedulerPages", "CSharedPages", hummingbird, hummingbirdCore, httpTypes,
                lifecycle, httpClient, nioCore, nioHTTP1, crypto, logging,
            ], excluding: ["Web/Pages"], resources: [.embedInCode("API/api.css")]),
        .executableTarget(
            name: "FillScheduler",
            dependencies: [
                "ServiceCore", "SchedulingCore", "SchedulingStrategies", "PackingSolver", "SchedulerStore",
                "SchedulerService", "ScheduleReports", arguments, logging,
            ],
            path: "Scheduler/FillScheduler", swiftSettings: strict),

        // Tests.
        part("TestSupport", at: "Tests/Support", on: [nioCore, nioPosix]),
        tests("ServiceCoreTests", of: ["ServiceCore", crypto, jwt]),
        tests("ServiceWebTests", of: ["ServiceWeb", "CSharedPages"]),
        tests("GatewayCoreTests", of: ["GatewayCore", "ServiceCore", nioCore, nioHTTP1, nioEmbedded]),
        tests("GatewayPasswordsTests", of: ["GatewayPasswords", "GatewayCore"]),
        tests("GatewayRedisTests", of: ["GatewayRedis", "GatewayCore", nioCore, logging]),
        tests("StoreConformanceTests", of: ["GatewayRedis", "GatewayCore", nioCore, nioPosix, logging]),
        tests(
            "GatewayProxyTests",
            of: [
                "GatewayProxy", "GatewayRedis", "GatewayCore", "ServiceCore", nioCore, nioPosix, nioSSL,
                nioHTTP2, nioHPACK, logging, crypto,
            ]),
        tests(
            "GatewayEndpointsTests",
            of: [
                "GatewayEndpoints", "GatewayPasswords", "GatewayRedis", "GatewayCore", "ServiceCore", nioCore,
                nioPosix,
                logging,
            ]),
        tests(
            "FillgateTests",
            of: [
                "Fillgate", "GatewayCore", "GatewayPasswords", "GatewayEndpoints", "GatewayProxy",
                "GatewayRedis", "ServiceCore",
                nioPosix, logging, yams,
            ]),
        tests("SchedulingCoreTests", of: ["SchedulingCore"]),
        tests("PackingSolverTests", of: ["PackingSolver"]),
        tests("SchedulingStrategiesTests", of: ["SchedulingStrategies", "SchedulingCore"]),
        tests("ScheduleReportsTests", of: ["ScheduleReports", "SchedulingCore"]),
        tests("SchedulerStoreTests", of: ["SchedulerStore", "SchedulingCore", grdb]),
        tests(
            "SchedulerServiceTests",
            of: [
                "SchedulerService", "SchedulerStore", "SchedulingCore", "ServiceCore", "GatewayCore",
                hummingbird, httpClient, crypto, nioCore, nioHTTP1, logging, grdb,
            ]),
        tests("FillSchedulerTests", of: ["FillScheduler", "SchedulingCore"]),
    ],
    swiftLanguageModes: [.v6]
)
