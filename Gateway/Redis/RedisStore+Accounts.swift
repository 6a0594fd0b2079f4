package import GatewayCore

/// Accounts are kept under their addresses, because every login asks by address and must cost one flight; who
/// asks by ID asks for the address first.
extension RedisStore: AccountStore {
    /// Accounts a page.
    static let accountsPerPage = 100

    package func create(_ account: Account) async throws(StoreFault) -> AccountCreation {
        try await create([account])[0]
    }

    package func create(_ accounts: [Account]) async throws(StoreFault) -> [AccountCreation] {
        let replies = try await run(
            accounts.map { account in
                RedisCommand(
                    .accountCreate,
                    keys: [
                        keys.account(account.email), keys.accountAddress(of: account.id), keys.allAccounts,
                        keys.passwordForms,
                    ],
                    [account.id.text, account.email.text, account.passwordHash.form ?? ""]
                        + AccountRecord.encode(account))
            }, repeatable: true)
        return replies.map { reply in
            switch reply.integer {
            case 1: .created
            case 2: .idTaken
            default: .addressTaken
            }
        }
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

    package func accounts(with emails: [EmailAddress]) async throws(StoreFault) -> [Account?] {
        let records = try await run(emails.map(readAccount), repeatable: true)
        var accounts: [Account?] = []
        for (email, record) in zip(emails, records) {
            accounts.append(try AccountRecord.decode(record, email: email))
        }
        return accounts
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
        let accounts = try await accounts(with: emails).compactMap(\.self)
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
            id, expecting: expected, form: hash.form,
            ["hash", hash.encoded, "changed", String(now.microseconds)], repeatable: expected == nil)
    }

    package func delete(_ id: UserID) async throws(StoreFault) -> Bool {
        guard let email = try await address(of: id) else { return false }
        let reply = try await run(
            RedisCommand(
                .accountDelete, keys: [keys.account(email), keys.accountAddress(of: id), keys.allAccounts],
                [id.text, email.text]))
        return reply.integer == 1
    }

    package func passwordForms() async throws(StoreFault) -> [String] {
        let reply = try await run(RedisCommand("SMEMBERS", keys.passwordForms), repeatable: true)
        return (reply.list?.compactMap(\.text) ?? []).sorted()
    }

    package func notePasswordForms(_ forms: [String]) async throws(StoreFault) {
        guard !forms.isEmpty else { return }
        _ = try await run(RedisCommand(words: ["SADD", keys.passwordForms] + forms), repeatable: true)
    }

    package func forgetPasswordForms(_ forms: [String]) async throws(StoreFault) {
        guard !forms.isEmpty else { return }
        _ = try await run(RedisCommand(words: ["SREM", keys.passwordForms] + forms), repeatable: true)
    }

    private func update(
        _ id: UserID, expecting expected: PasswordHash?, form: String? = nil, _ fields: [String],
        repeatable: Bool
    ) async throws(StoreFault) -> Bool {
        guard let email = try await address(of: id) else { return false }
        let reply = try await run(
            RedisCommand(
                .accountUpdate, keys: [keys.account(email), keys.passwordForms],
                [id.text, expected?.encoded ?? "", form ?? ""] + fields),
            repeatable: repeatable)
        return reply.integer == 1
    }

    package func addresses(of ids: [UserID]) async throws(StoreFault) -> [EmailAddress?] {
        let asked = ids.map { RedisCommand("GET", keys.accountAddress(of: $0)) }
        return try await run(asked, repeatable: true).map { $0.text.flatMap(EmailAddress.init) }
    }

    private func address(of id: UserID) async throws(StoreFault) -> EmailAddress? {
        try await addresses(of: [id])[0]
    }
}
