import ArgumentParser
import GatewayCore

/// `fillgate user`.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Look after accounts.",
        subcommands: [
            UserAddCommand.self, UserListCommand.self, UserShowCommand.self, UserDisableCommand.self,
            UserEnableCommand.self, UserDeleteCommand.self, UserSetPasswordCommand.self,
            UserImportCommand.self,
            UserExportCommand.self, UserHashesCommand.self, UserTOTPCommand.self,
        ])
}

/// An account as listings show it; its hash never appears.
struct UserRow: Encodable {
    var id: String
    var email: String
    var isActive: Bool
    var isSuperuser: Bool
    var createdAt: String
    var passwordChangedAt: String

    init(_ account: Account) {
        id = account.id.text
        email = account.email.text
        isActive = account.isActive
        isSuperuser = account.isAdmin
        createdAt = Listing.time(account.createdAt)
        passwordChangedAt = Listing.time(account.passwordChangedAt)
    }

    static let titles = ["EMAIL", "ROLE", "STATE", "CREATED", "PASSWORD CHANGED", "ID"]
    var cells: [String] {
        [
            Listing.printable(email), isSuperuser ? "admin" : "user", isActive ? "active" : "disabled",
            createdAt,
            passwordChangedAt, id,
        ]
    }
}

/// An e-mail address on the command line.
struct EmailArgument: ParsableArguments {
    @Argument(help: "The account's e-mail address.")
    var email: String

    func address() throws(CommandFailure) -> EmailAddress {
        guard let address = EmailAddress(email) else { throw .usage("'\(email)' is not an e-mail address") }
        return address
    }
}

extension AccountStore {
    /// The account, or the failure that there is none.
    func required(_ email: EmailAddress) async throws -> Account {
        guard let account = try await account(with: email) else {
            throw CommandFailure.refused("there is no account \(email)")
        }
        return account
    }
}
