import ArgumentParser
import Foundation
import Logging
import SchedulerService
import SchedulerStore
import SchedulingCore

/// `fillscheduler serve`: the HTTP API and the workers behind it.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API and plan what is submitted.",
        discussion: """
            Several processes may share one database. The log goes to standard error, one JSON object a line. \
            SIGTERM ends the service in good order: requests under way are answered, and schedules under way go \
            back into the queue.
            """)

    @Option(help: "Where to listen: HOST:PORT (port 0 takes a free one) or unix:PATH.")
    var listen: String

    @Option(help: "The SQLite database; created if it is not there.", completion: .file())
    var database: String

    @Option(help: "The gateways' public keys: the URL of their JSON Web Key Set, or a file with one.")
    var trustedKeys: String

    @Option(help: "The audience that an assertion has to name: the gateway's name for this upstream.")
    var audience: String

    @Option(help: "How many schedules are planned at the same time (1 to 64).")
    var workers = 2

    @Option(help: "The longest request body in bytes (1024 to 1073741824).")
    var maxBody = 10 << 20

    @Option(help: "The most lots of a schedule (1 to \(InputLimits.mostLots)).")
    var maxLots = InputLimits.defaultLots

    @Option(help: "The most schedules that may wait (1 to 1000000).")
    var maxPending = 10_000

    @Option(help: "The most schedules of one user that may wait (1 to 1000000).")
    var maxPendingPerUser = 1_000

    @Option(help: "The most templates that one user may have (1 to 10000).")
    var maxTemplatesPerUser = 100

    @Option(help: "The most connections that are served at the same time (1 to 65536).")
    var maxConnections = 1_024

    @Option(help: "Seconds after which a strategy that searches gives the best it has (1 to 3600).")
    var timeLimit = 30

    @Option(help: "Seconds after which a schedule whose worker died is planned again (1 to 300).")
    var lease = 15

    @Option(
        help: """
            How long a schedule is kept once it has ended, in days (\(KeptDays.least)d to \
            \(KeptDays.most)d; for ever if it is not given).
            """)
    var keep: String?

    @Option(help: "The least that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func validate() throws {
        try check("--workers", workers, in: 1...64)
        try check("--max-body", maxBody, in: 1_024...1 << 30)
        try check("--max-lots", maxLots, in: 1...InputLimits.mostLots)
        try check("--max-pending", maxPending, in: 1...1_000_000)
        try check("--max-pending-per-user", maxPendingPerUser, in: 1...1_000_000)
        try check("--max-templates-per-user", maxTemplatesPerUser, in: 1...10_000)
        try check("--max-connections", maxConnections, in: 1...65_536)
        try check("--time-limit", timeLimit, in: 1...3_600)
        try check("--lease", lease, in: 1...300)
        if let keep, KeptDays(keep) == nil {
            throw ValidationError(
                "--keep: \"\(keep)\" is not in days from \(KeptDays.least)d to \(KeptDays.most)d")
        }
        guard ServiceSettings.Address(listen) != nil else {
            throw ValidationError(
                "--listen: \"\(listen)\" is neither HOST:PORT nor unix:PATH (at most 107 bytes)")
        }
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level: there is no level \"\(logLevel)\"")
        }
        guard !audience.isEmpty, !database.isEmpty, !trustedKeys.isEmpty else {
            throw ValidationError("--audience, --database and --trusted-keys may not be empty")
        }
    }

    private func check(_ option: String, _ value: Int, in bounds: ClosedRange<Int>) throws {
        guard bounds.contains(value) else {
            throw ValidationError(
                "\(option): \(value) is not from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
    }

    func run() async throws {
        // A client that goes away while it is answered is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let level = Logger.Level(rawValue: logLevel) ?? .info
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, logLevel: level) }
        let logger = Logger(label: "fillscheduler")
        do {
            try await SchedulerServer(settings: settings(), logger: logger).run { address in
                logger.notice("listening", metadata: ["address": "\(address)"])
            }
        } catch let fault as StoreFault {
            throw CommandRefusal(lines: ["\(database): \(fault)"])
        } catch let error as any CustomStringConvertible & Error {
            throw CommandRefusal(lines: ["cannot serve at \(listen): \(error)"])
        }
        logger.notice("stopped")
    }

    private func settings() throws -> ServiceSettings {
        guard let address = ServiceSettings.Address(listen), let limits = InputLimits(lots: maxLots) else {
            throw ValidationError("--listen or --max-lots")
        }
        var settings = ServiceSettings(
            address: address, databasePath: database, trustedKeys: TrustedKeyStore.Source(trustedKeys),
            audience: audience)
        settings.workers = workers
        settings.bodyLimit = maxBody
        settings.inputLimits = limits
        settings.queueLimit = maxPending
        settings.ownerQueueLimit = maxPendingPerUser
        settings.templateLimit = maxTemplatesPerUser
        settings.connectionLimit = maxConnections
        settings.planningTime = .seconds(timeLimit)
        settings.planningDeadline = .seconds(timeLimit * 10)
        settings.lease = .seconds(lease)
        settings.keep = keep.flatMap(KeptDays.init)?.duration
        return settings
    }
}
