import ArgumentParser
import Foundation
import GatewayProxy
import Logging

/// `fillgate serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a worker in the foreground.",
        discussion: """
            SIGTERM and SIGINT stop accepting, let requests under way finish, and exit 0; a second one cuts them short and \
            exits 1. SIGHUP reloads the configuration without dropping a connection; one that does not check is refused and \
            the old one stays.

            FILLGATE_ADMIN_EMAIL and FILLGATE_ADMIN_PASSWORD_FILE make sure that this administrator exists with that \
            password.
            """)

    @OptionGroup var file: ConfigurationFile
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Listen here instead of where the configuration says.", valueName: "host:port"))
    var listen: [String] = []
    @Flag(help: "Share the ports with other workers.") var reusePort = false

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let overrides = try ServeOverrides(listen: listen, reusePort: reusePort)
        let settings = overrides.applied(to: try file.settings())
        guard let path = Configuration.path(named: file.path, environment: environment) else {
            throw ConfigurationFile.missing
        }
        OpenFiles.raiseLimit()
        let sink = AccessLogSink(descriptor: STDERR_FILENO)
        let log = LogControl(settings.log)
        let logger = Logger(label: "fillgate") { _ in LineLogHandler(log) { sink.write($0) } }
        defer { sink.close() }
        let inherited = try InheritedSockets(
            environment: environment, processID: ProcessInfo.processInfo.processIdentifier)
        // They are this process's alone.
        for name in InheritedSockets.variables + [Notifier.variable] + Watchdog.variables { unsetenv(name) }
        let events = WorkerEvents()
        let signals = Signals.install(events)
        defer { withExtendedLifetime(signals) {} }
        do {
            let worker = try Worker(
                settings, environment: environment, events: events, sink: sink, log: log, logger: logger,
                inherited: inherited
            ) { () throws(ConfigFaults) in
                overrides.applied(to: try Configuration.load(path: path, environment: environment))
            }
            try await worker.run()
        } catch let fault as Gateway.StartFault {
            throw CommandFailure.refused(fault.description)
        }
    }
}

/// What the command line says in place of the configuration, at the start and at every reload.
struct ServeOverrides: Sendable {
    /// Empty: as the configuration has it.
    private let listen: [ListenSettings]

    private let reusePort: Bool

    /// Throws `usage` for what is not an address.
    init(listen: [String], reusePort: Bool) throws(CommandFailure) {
        var settings: [ListenSettings] = []
        for text in listen {
            do throws(Complaint) {
                settings.append(
                    ListenSettings(address: try AddressText.parse(text, ports: 0...65_535, unix: true)))
            } catch {
                throw .usage("--listen: \(error.message)")
            }
        }
        self.listen = settings
        self.reusePort = reusePort
    }

    func applied(to settings: Settings) -> Settings {
        var settings = settings
        if !listen.isEmpty { settings.listen = listen }
        for index in settings.listen.indices where reusePort && !settings.listen[index].isUnixSocket {
            settings.listen[index].reusePort = true
        }
        return settings
    }
}

/// The bound on open files, which is one for each client and upstream connection.
enum OpenFiles {
    /// Raises the soft bound to the hard one.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
