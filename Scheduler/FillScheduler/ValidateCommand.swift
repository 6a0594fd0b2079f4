import ArgumentParser
import SchedulingCore

/// `fillscheduler validate FILE`: every fault of a file, or what is in it.
struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Report every fault of a file of lots, each with its line.")

    @OptionGroup var input: LotsFile

    func run() async throws {
        let config = try input.readConfig()
        let lots = try input.readLots(config)
        let types = Set(lots.map(\.type)).count
        let vials = lots.reduce(Vials(0)) { $0 + $1.vials }
        let hours = HoursText.rounded(config.rules.hours(config.rules.fillTime(of: vials)))
        print("valid: lots \(lots.count), types \(types), vials \(vials.count), hours of filling \(hours)")
    }
}
