import ArgumentParser
import Foundation

/// Runs a command and ends the process with the exit code of the outcome.
enum CommandExit {
    static let refused: Int32 = 1
    static let wrongUsage: Int32 = 2
    static let unreachable: Int32 = 3

    static func run(_ root: (some AsyncParsableCommand).Type) async -> Never {
        do {
            var command = try root.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            exit(0)
        } catch let refusal as CommandRefusal {
            for line in refusal.lines { StandardError.write(line) }
            exit(refusal.exitCode)
        } catch {
            let message = root.fullMessage(for: error)
            if root.exitCode(for: error).isSuccess {
                print(message)
                exit(0)
            }
            StandardError.write(message)
            exit(wrongUsage)
        }
    }
}

/// Why a command did not do what it was asked; each line goes to standard error as it is.
struct CommandRefusal: Error {
    var lines: [String]
    var exitCode: Int32 = CommandExit.refused
}

enum StandardError {
    static func write(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
