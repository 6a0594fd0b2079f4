import ArgumentParser

/// `fillscheduler serve`: the HTTP API and the workers behind it.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API and plan what is submitted.")

    func run() async throws {
        throw CommandRefusal(lines: ["serve is not available in this version"])
    }
}
