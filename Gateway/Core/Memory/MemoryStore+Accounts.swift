extension MemoryStore: AccountStore {
    package func create(_ account: Account) async throws(StoreFault) -> AccountCreation {
        if let holder = accounts[account.email] { return holder.id == account.id ? .created : .addressTaken }
        guard !accounts.values.contains(where: { $0.id == account.id }) else { return .idTaken }
        accounts[account.email] = account
        note(account.passwordHash)
        return .created
    }

    package func create(_ accounts: [Account]) async throws(StoreFault) -> [AccountCreation] {
        var outcomes: [AccountCreation] = []
        for account in accounts { outcomes.append(try await create(account)) }
        return outcomes
    }

    package func account(_ id: UserID) async throws(StoreFault) -> Account? {
        accounts.values.first { $0.id == id }
    }

    package func account(with email: EmailAddress) async throws(StoreFault) -> Account? { accounts[email] }

    package func accounts(with emails: [EmailAddress]) async throws(StoreFault) -> [Account?] {
        emails.map { accounts[$0] }
    }

    package func addresses(of ids: [UserID]) async throws(StoreFault) -> [EmailAddress?] {
        ids.map { id in accounts.values.first { $0.id == id }?.email }
    }

    package func page(after cursor: String?) async throws(StoreFault) -> (
        accounts: [Account], cursor: String?
    ) {
        let rest = accounts.values.filter { isBefore(cursor ?? "", $0.email.text) }
            .sorted { isBefore($0.email.text, $1.email.text) }
        let page = Array(rest.prefix(100))
        return (page, page.count < rest.count ? page.last?.email.text : nil)
    }

    package func setActive(_ isActive: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        update(id) { $0.isActive = isActive }
    }

    package func setAdmin(_ isAdmin: Bool, of id: UserID) async throws(StoreFault) -> Bool {
        update(id) { $0.isAdmin = isAdmin }
    }

    package func setPassword(
        _ hash: PasswordHash, of id: UserID, replacing expected: PasswordHash?, at now: Timestamp
    ) async throws(StoreFault) -> Bool {
        if let expected, try await account(id)?.passwordHash != expected { return false }
        let isThere = update(id) {
            $0.passwordHash = hash
            $0.passwordChangedAt = now
            $0.forgetOffer()
        }
        if isThere { note(hash) }
        return isThere
    }

    package func delete(_ id: UserID) async throws(StoreFault) -> Bool {
        guard let account = try await account(id) else { return false }
        accounts[account.email] = nil
        return true
    }

    package func passwordForms() async throws(StoreFault) -> [String] { forms.sorted() }

    package func notePasswordForms(_ forms: [String]) async throws(StoreFault) { self.forms.formUnion(forms) }

    package func forgetPasswordForms(_ forms: [String]) async throws(StoreFault) {
        self.forms.subtract(forms)
    }

    /// The most forms that an account's hash may add to.
    private static let mostForms = 32

    private func note(_ hash: PasswordHash) {
        if let form = hash.form, forms.count < Self.mostForms { forms.insert(form) }
    }

    private func update(_ id: UserID, _ change: (inout Account) -> Void) -> Bool {
        guard var account = accounts.values.first(where: { $0.id == id }) else { return false }
        change(&account)
        accounts[account.email] = account
        return true
    }
}

/// Whether `left` comes first in the order of bytes.
private func isBefore(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
}
