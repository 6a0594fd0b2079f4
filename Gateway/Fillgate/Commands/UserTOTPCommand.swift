import ArgumentParser
import Foundation
import GatewayCore
import GatewayProxy

#if canImport(Glibc)
    import Glibc
#endif

/// `fillgate user totp`.
struct UserTOTPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "totp", abstract: "Give an account a second factor, or take it away.",
        subcommands: [UserTOTPEnrolCommand.self, UserTOTPResetCommand.self])
}

/// `fillgate user totp enrol EMAIL`.
struct UserTOTPEnrolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: "Give an account a second factor: codes of an authenticator app (TOTP).",
        discussion: """
            Shows the secret once, as a QR code and as text, asks for the code that the app shows, and then shows recovery \
            codes, each of which stands in for the app once. The account's sessions end.
            """)

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument
    @Flag(help: "Do not ask for a code; the factor counts at once.") var withoutConfirmation = false
    @Flag(help: "Write JSON; only with --without-confirmation.") var json = false

    func validate() throws {
        if json, !withoutConfirmation {
            throw ValidationError("--json goes with --without-confirmation: nothing is asked then")
        }
    }

    func run() async throws {
        let settings = try file.settings()
        let email = try user.address()
        let policy = try SecondFactorPolicy(settings)
        let account = try await AdminStore.run(settings) { store in try await store.required(email) }
        guard account.secondFactor == nil else {
            throw CommandFailure.refused("\(email) has a second factor already; 'totp reset' takes it away")
        }
        guard let offer = SecondFactorOffer(for: account, policy) else {
            throw CommandFailure.refused("the secret could not be sealed")
        }
        if !json { show(offer) }
        var step: Int64 = 0
        if !withoutConfirmation { step = try Self.confirmedStep(offer.secret, policy) }
        let (factor, codes) = SecondFactor.confirmed(offer.sealed, at: step)
        try await AdminStore.run(settings) { store in
            let lifetime = SecondFactorOffer.lifetime
            guard try await store.offerSecondFactor(offer.sealed, to: account, for: lifetime),
                try await store.confirmSecondFactor(factor, of: account)
            else { throw CommandFailure.refused("the account was changed by somebody else in between") }
            let ended = try await store.endAll(of: account.id, except: nil)
            await AuditNote(settings).note(.secondFactorEnrolled, of: account, ending: ended, in: store)
        }
        if json {
            print(
                try Listing.json(
                    Enrolled(secret: offer.secret.text, uri: offer.uri, recoveryCodes: codes.map(\.text))))
        } else {
            print("\(email) logs in with a code from now on. Recovery codes, each good once:\n")
            for code in codes { print("    \(code.text)") }
        }
    }

    private struct Enrolled: Encodable {
        var secret: String
        var uri: String
        var recoveryCodes: [String]
    }

    private func show(_ offer: SecondFactorOffer) {
        if let code = QRCode(offer.uri) {
            print(code.lines(colours: isatty(STDOUT_FILENO) == 1).joined(separator: "\n"))
        }
        print("Secret: \(offer.secret.text)\n\(offer.uri)\n")
    }

    /// Asks for the code of a moment ago until it is right, three times at most.
    private static func confirmedStep(
        _ secret: TOTPSecret, _ policy: SecondFactorPolicy
    ) throws(CommandFailure) -> Int64 {
        for _ in 0..<3 {
            print("Code that the app shows: ", terminator: "")
            fflush(nil)
            guard let line = readLine() else { throw .refused("no code was given; nothing was changed") }
            let typed = SecondFactorInput(SecretBytes(copying: Array(line.utf8)))
            if let typed,
                let step = TOTP.step(ofCode: typed, secret, at: Clock.now, window: policy.window)
            {
                return step
            }
            StandardError.write("fillgate: that is not the code of now")
        }
        throw .refused("none of these was the code; nothing was changed")
    }
}

/// `fillgate user totp reset EMAIL`.
struct UserTOTPResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Take an account's second factor away and end its sessions.",
        discussion: "An account whose role must have one logs in again once it has another.")

    @OptionGroup var file: ConfigurationFile
    @OptionGroup var user: EmailArgument

    func run() async throws {
        let settings = try file.settings()
        let email = try user.address()
        let ended = try await AdminStore.run(settings) { store in
            let account = try await store.required(email)
            guard try await store.removeSecondFactor(of: account) else {
                throw CommandFailure.refused("\(email) has no second factor")
            }
            let ended = try await store.endAll(of: account.id, except: nil)
            await AuditNote(settings).note(.secondFactorRemoved, of: account, ending: ended, in: store)
            return ended
        }
        print("\(email) has no second factor any more; sessions ended: \(ended)")
    }
}
