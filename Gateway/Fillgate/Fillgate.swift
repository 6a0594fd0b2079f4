import ArgumentParser
import Foundation

/// The command line. What a command does stands in its own file.
@main
struct Fillgate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fillgate",
        abstract: "A gateway that knows who is asking.",
        discussion: """
            Commands that look after accounts, sessions, locks and limits talk to Redis, not to a worker. They find the \
            configuration by --config, then FILLGATE_CONFIG, then /etc/fillgate/gateway.yaml, then ./gateway.yaml.

            Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 a server could not be reached.
            """,
        subcommands: [
            ServeCommand.self, ConfigCommand.self, UserCommand.self, UnlockCommand.self, LockoutsCommand.self,
            SessionsCommand.self, KeyCommand.self, LimitsCommand.self, OverrideCommand.self,
            TraceCommand.self, AuditCommand.self,
            DoctorCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Foundation.exit(report(error))
        }
    }

    /// Says what went wrong on standard error, or gives the help that was asked for on standard output;
    /// answers the exit code.
    private static func report(_ error: any Error) -> Int32 {
        if let failure = error as? CommandFailure {
            if !failure.message.isEmpty { StandardError.write("fillgate: \(failure.message)") }
            return failure.code
        }
        let code = exitCode(for: error).rawValue
        let message = fullMessage(for: error)
        if code == 0 {
            print(message)
        } else if !message.isEmpty {
            StandardError.write(message)
        }
        return code == ExitCode.validationFailure.rawValue ? CommandFailure.usage("").code : code
    }
}

/// Standard error, unbuffered.
enum StandardError {
    static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
    }
}
