import ArgumentParser
import SchedulingCore
import ServiceCore

/// `fillscheduler validate FILE`: every fault of a file, or what is in it.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Report every fault of a file of lots, each with its line and column.",
        discussion: """
            Faults and warnings go to standard error, one a line, as FILE:LINE: COLUMN: message. With --table \
            or --json they go to standard output. The exit code is 1 if there is a fault; warnings are none.
            """)

    /// How the faults are told.
    enum Listing: EnumerableFlag {
        case lines, table, json

        static func help(for value: Listing) -> ArgumentHelp? {
            switch value {
            case .lines: "One fault a line on standard error. (default)"
            case .table: "A table."
            case .json: "One JSON object: valid, errors, warnings, lots_count."
            }
        }
    }

    @OptionGroup var input: LotsFile

    @Flag(exclusivity: .exclusive)
    var listing = Listing.lines

    func run() async throws {
        let config = try input.readConfig()
        let reading = input.reading(config)
        switch listing {
        case .lines: print(summary(of: try input.lots(of: reading), config))
        case .table:
            print(FaultTable.text(reading), terminator: "")
            if reading.isValid { print(summary(of: reading.lots, config)) }
        case .json: print(try ReportJSON.text(ValidationReport(reading)))
        }
        if !reading.isValid { throw CommandRefusal(lines: []) }
    }

    private func summary(of lots: [Lot], _ config: PlanningConfig) -> String {
        let types = Set(lots.map(\.type)).count
        let vials = lots.reduce(Vials(0)) { $0 + $1.vials }
        let hours = HoursText.rounded(config.rules.hours(config.rules.fillTime(of: vials)))
        return "valid: lots \(lots.count), types \(types), vials \(vials.count), hours of filling \(hours)"
    }
}

/// A reading's faults and warnings for people.
private enum FaultTable {
    /// Empty where there is nothing to tell.
    static func text(_ reading: LotsReading) -> String {
        if reading.faults.isEmpty, reading.warnings.isEmpty { return "" }
        var table = TextTable([("Line", .right), ("Column", .left), ("Kind", .left), ("Message", .left)])
        let rows = reading.faults.map { ($0, "error") } + reading.warnings.map { ($0, "warning") }
        for (fault, kind) in rows {
            table.add([fault.line.map(String.init) ?? "", fault.field ?? "", kind, fault.message])
        }
        return table.text
    }
}

/// A reading as `validate --json` prints it: the shape of the answer to `POST /schedule/validate`, where a
/// fault's `field` is its column.
private struct ValidationReport: Encodable {
    var valid: Bool
    var errors: [Problem.Fault]
    var warnings: [Problem.Fault]
    var lotsCount: Int

    init(_ reading: LotsReading) {
        valid = reading.isValid
        errors = reading.faults
        warnings = reading.warnings
        lotsCount = reading.count
    }

    private enum CodingKeys: String, CodingKey {
        case valid, errors, warnings
        case lotsCount = "lots_count"
    }
}
