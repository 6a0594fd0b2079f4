import ArgumentParser
import Foundation
import GatewayProxy
import Logging

/// `fillgate serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a worker in the foreground.",
        discussion: """
            SIGTERM and SIGINT stop accepting, let requests under way finish, and exit 0; a second one ends at once.

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
        var settings = try file.settings()
        if !listen.isEmpty { settings.listen = try listen.map(Self.listener) }
        if reusePort {
            for index in settings.listen.indices where !settings.listen[index].isUnixSocket {
                settings.listen[index].reusePort = true
            }
        }
        OpenFiles.raiseLimit()
        let sink = AccessLogSink(descriptor: STDERR_FILENO)
        let log = settings.log
        let logger = Logger(label: "fillgate") { _ in
            LineLogHandler(level: log.loggerLevel, format: log.format) { sink.write($0) }
        }
        defer { sink.close() }
        let stopping = Signals.install {
            logger.warning("SIGHUP: reloading is not available in this version; nothing has changed")
        }
        do {
            let worker = try Worker(
                settings, environment: ProcessInfo.processInfo.environment, sink: sink, logger: logger)
            try await worker.run { await stopping.wait() }
        } catch let fault as Gateway.StartFault {
            throw CommandFailure.refused(fault.description)
        }
    }

    private static func listener(_ text: String) throws(CommandFailure) -> ListenSettings {
        do throws(Complaint) {
            return ListenSettings(address: try AddressText.parse(text, ports: 0...65_535, unix: true))
        } catch {
            throw .usage("--listen: \(error.message)")
        }
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
