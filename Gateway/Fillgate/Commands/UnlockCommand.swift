import ArgumentParser
import GatewayCore
import GatewayEndpoints

/// `fillgate unlock EMAIL | --ip ADDRESS | --all`.
struct UnlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Clear every failure counter and lock that stands in somebody's way, on every worker.")

    @OptionGroup var file: ConfigurationFile
    @Argument(help: "The account's e-mail address.") var email: String?
    @Option(help: ArgumentHelp("An address, or its /64 prefix.", valueName: "address")) var ip: String?
    @Flag(help: "All accounts and addresses.") var all = false

    func run() async throws {
        let scope = try scope()
        let settings = try file.settings()
        let cleared = try await AdminStore.run(settings) { store in
            var cleared = try await store.unlock(scope)
            if case .address(let prefix) = scope {
                cleared += try await LimitSearch(LimitQuestion(address: prefix), settings)
                    .finds(settings).named(settings.namesOfLoginPolicies).reset(in: store)
            }
            await AuditNote(settings).note(unlocking: scope, count: cleared, in: store)
            return cleared
        }
        print(
            cleared == 0
                ? "nothing was counted or locked" : "unlocked; counters and locks cleared: \(cleared)")
    }

    private func scope() throws(CommandFailure) -> UnlockScope {
        switch (email, ip, all) {
        case (let email?, nil, false):
            guard let address = EmailAddress(email) else {
                throw .usage("'\(email)' is not an e-mail address")
            }
            return .account(address)
        case (nil, let ip?, false):
            guard let prefix = AddressPrefix(ip) else { throw .usage("'\(ip)' is not an address") }
            return .address(prefix)
        case (nil, nil, true): return .everything
        default: throw .usage("give one of EMAIL, --ip ADDRESS and --all")
        }
    }
}
