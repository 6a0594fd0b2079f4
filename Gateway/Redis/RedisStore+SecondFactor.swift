package import GatewayCore

/// A second factor lies in the record of its account, so that a login reads it in the flight that it makes anyway.
extension RedisStore: SecondFactorStore {
    package func offerSecondFactor(
        _ secret: SealedSecret, to account: Account, for lifetime: Duration
    ) async throws(StoreFault) -> Bool {
        try await secondFactor(
            "offer", account.email, account.id,
            [secret.encoded, String(max(0, lifetime.wholeMicroseconds))], repeatable: true)
    }

    package func confirmSecondFactor(
        _ factor: SecondFactor, of account: Account
    ) async throws(StoreFault) -> Bool {
        try await secondFactor(
            "confirm", account.email, account.id,
            [
                factor.secret.encoded, String(factor.lastStep),
                factor.recovery.map(\.text).joined(separator: " "),
            ], repeatable: false)
    }

    package func useSecondFactor(
        _ use: SecondFactorUse, of email: EmailAddress, _ user: UserID?
    ) async throws(StoreFault) -> Bool {
        // Not repeatable: a code that was used in a flight that broke would be refused the second time, and one that was
        // refused must not be asked for twice.
        switch use {
        case .nothing: try await secondFactor("nothing", email, user, [""], repeatable: false)
        case .step(let step): try await secondFactor("step", email, user, [String(step)], repeatable: false)
        case .recovery(let digest):
            try await secondFactor("recovery", email, user, [digest.text], repeatable: false)
        }
    }

    package func removeSecondFactor(of account: Account) async throws(StoreFault) -> Bool {
        try await secondFactor("remove", account.email, account.id, [], repeatable: false)
    }

    private func secondFactor(
        _ verb: String, _ email: EmailAddress, _ user: UserID?, _ arguments: [String], repeatable: Bool
    ) async throws(StoreFault) -> Bool {
        let reply = try await run(
            RedisCommand(
                .secondFactor, keys: [keys.account(email)], [verb, user?.text ?? "-"] + arguments),
            repeatable: repeatable)
        return reply.integer == 1
    }
}
