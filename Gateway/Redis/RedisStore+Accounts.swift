package import GatewayCore

/// Accounts are kept under their addresses, because every login asks by address and must cost one flight; who
/// asks by ID asks for the address first.
extension RedisStore: AccountStore {
    /// Accounts a page.
    static let accountsPerPage = 100

    package func create(_ account: Account) async throws(StoreFault) -> AccountCreation {
        let reply = try await run(
            RedisCommand(
                .accountCreate,
                keys: [keys.account(account.email), keys.accountAddress(of: account.id), keys.allAccounts],
                [account.id.text, account.email.text] + AccountRecord.encode(account)), repeatable: true)
        return reply.integer == 1 ? .created : .addressTaken
    }

    package func account(_ id: UserID) async throws(StoreFault) -> Account? {
        guard let email = try await address(of: id), let account = try await account(with: email) else {
            return nil
        }
        return account.id == id ? account : nil
    }

    package func account(with email: EmailAddress) async throws(StoreFault) -> Account? {
        try AccountRecord.decode(try await run(readAccount(email), repeatable: true), email: email)
    }

    /// The command whose reply `AccountRecord.decode` reads.
    func readAccount(_ email: EmailAddress) -> RedisCommand {
        RedisCommand(words: ["HMGET", keys.account(email)] + AccountRecord.fields)
    }

    /// Pages follow the order of the addresses' bytes, and a cursor is the last address of a page, so
    /// accounts that come and go in between move no other account from one page to the next.
    package func page(after cursor: String?) async throws(StoreFault) -> (
        accounts: [Account], cursor: String?
    ) {
        let reply = try await run(
            RedisCommand(
                "ZRANGE", keys.allAccounts, cursor.map { "(" + $0 } ?? "-", "+", "BYLEX", "LIMIT", "0",
                String(Self.accountsPerPage)), repeatable: true)
        let addresses = reply.list?.compactMap(\.text) ?? []
        let emails = addresses.compactMap(EmailAddress.init)
        let records = try await run(emails.map(readAccount), repeatable: true)
        var accounts: [Account] = []
        for (email, record) in zip(emails, records) {
            if let account = try AccountRecord.decode(record, email: email) { accounts.append(account) }
        }
        return (accounts, addresses.count < Self.accountsPerPage ? nil : addresses.last)
    }

    package func setActive(_ isActive: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        try await update(id, expecting: nil, ["active", AccountRecord.flag(isActive)], repeatable: true)
    }

    package func setAdmin(_ isAdmin: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        try await update(id, expecting: nil, ["admin", AccountRecord.flag(isAdmin)], repeatable: true)
    }

    package func setPassword(
        _ hash: PasswordHash, of id: UserID, replacing expected: PasswordHash?, at now: Timestamp
    ) async throws(StoreFault) -> Bool {
        try await update(
            id, expecting: expected, ["hash", hash.encoded, "changed", String(now.microseconds)],
            repeatable: expected == nil)
    }

    package func delete(_ id: UserID) async throws(StoreFault) -> Bool {
        guard let email = try await address(of: id) else { return false }
        let reply = try await run(
            RedisCommand(
                .accountDelete, keys: [keys.account(email), keys.accountAddress(of: id), keys.allAccounts],
                [id.text, email.text]))
        return reply.integer == 1
    }

    private func update(
        _ id: UserID, expecting expected: PasswordHash?, _ fields: [String], repeatable: Bool
    ) async throws(StoreFault) -> Bool {
        guard let email = try await address(of: id) else { return false }
        let reply = try await run(
            RedisCommand(
                .accountUpdate, keys: [keys.account(email)], [id.text, expected?.encoded ?? ""] + fields),
            repeatable: repeatable)
        return reply.integer == 1
    }

    private func address(of id: UserID) async throws(StoreFault) -> EmailAddress? {
        try await run(RedisCommand("GET", keys.accountAddress(of: id)), repeatable: true)
            .text.flatMap(EmailAddress.init)
    }
}
