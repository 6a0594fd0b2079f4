import ArgumentParser

/// `fillscheduler`: plans the lots of a vial-filling line.
@main
struct FillSchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fillscheduler",
        abstract: "Plan the lots of a vial-filling line.",
        discussion: """
            FILE is a CSV file with the columns Lot ID, Type and Vials, or - for standard input.
            Exit codes: 0 done, 1 refused or not found, 2 wrong usage, 3 a server could not be reached.
            """,
        subcommands: [
            PlanCommand.self, CompareCommand.self, ValidateCommand.self, SolveCommand.self, ServeCommand.self,
        ])

    static func main() async {
        await CommandExit.run(Self.self)
    }
}
