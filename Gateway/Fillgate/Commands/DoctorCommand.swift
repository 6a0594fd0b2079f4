import ArgumentParser
import GatewayProxy
import NIOPosix

/// `fillgate doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what a worker depends on: Redis, upstreams, clocks, permissions.",
        discussion: "One line a check: ok, warn or fail. Exits 1 where one fails.")

    @OptionGroup var file: ConfigurationFile
    @Flag(help: "Write JSON.") var json = false

    func run() async throws {
        let settings = try file.settings()
        var findings = await Doctor.redis(settings)
        findings += Doctor.dataDirectory(settings.dataDirectory)
        findings += Doctor.certificates(settings.listen, now: Clock.now)
        findings += await Doctor.upstreams(settings.upstreams, on: MultiThreadedEventLoopGroup.singleton)
        let titles = ["STATE", "CHECK", "FOUND"]
        let rows = findings.map { [$0.state.rawValue, $0.check, Listing.printable($0.found)] }
        print(json ? try Listing.json(findings) : Listing.table(titles, rows))
        if findings.contains(where: { $0.state == .fail }) { throw CommandFailure.refused("") }
    }
}
