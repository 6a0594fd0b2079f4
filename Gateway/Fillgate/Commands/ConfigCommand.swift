import ArgumentParser
import Foundation

/// `fillgate config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check or print a configuration.",
        subcommands: [ConfigCheckCommand.self, ConfigPrintCommand.self])
}

/// `fillgate config check FILE`.
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Tell every mistake of a configuration at once, each with its line.")

    @Argument(help: "The configuration; without it, the one that other commands would use.")
    var file: String?

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let path = Configuration.path(named: file, environment: environment) else {
            throw ConfigurationFile.missing
        }
        _ = try ConfigurationFile.load(path, environment, checksFiles: true)
        print("\(path): no mistakes")
    }
}

/// `fillgate config print`.
struct ConfigPrintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print", abstract: "Print the complete default configuration, every key commented.")

    func run() throws {
        print(Configuration.defaultText, terminator: "")
    }
}

/// `--config` and what comes of it.
struct ConfigurationFile: ParsableArguments {
    @Option(name: .customLong("config"), help: ArgumentHelp("The configuration.", valueName: "file"))
    var path: String?

    static let missing = CommandFailure.refused(
        "there is no configuration: name one with --config or FILLGATE_CONFIG, or write "
            + Configuration.usualPlaces.joined(separator: " or ")
            + " ('fillgate config print' writes the defaults)")

    /// The settings of the file and the environment.
    func settings() throws -> Settings {
        let environment = ProcessInfo.processInfo.environment
        guard let path = Configuration.path(named: path, environment: environment) else { throw Self.missing }
        return try Self.load(path, environment)
    }

    static func load(
        _ path: String, _ environment: [String: String], checksFiles: Bool = false
    ) throws -> Settings {
        do throws(ConfigFaults) {
            return try Configuration.load(path: path, environment: environment, checksFiles: checksFiles)
        } catch {
            let count = error.faults.count == 1 ? "one mistake" : "\(error.faults.count) mistakes"
            StandardError.write(error.description)
            throw CommandFailure.refused("the configuration has \(count)")
        }
    }
}
