import ArgumentParser

/// What every command that plans takes: how long it may search.
struct RunOptions: ParsableArguments {
    @Option(help: "The seconds after which a strategy that searches gives the best it has.")
    var timeLimit = 30.0

    func validate() throws {
        guard timeLimit > 0, timeLimit <= 86_400 else {
            throw ValidationError("--time-limit is more than 0 and at most 86400 seconds")
        }
    }
}
