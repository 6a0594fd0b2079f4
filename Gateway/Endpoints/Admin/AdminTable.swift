import GatewayCore

/// What administrators do over HTTP: the same as the commands do. Each needs an administrator's session, and each
/// change leaves an event with who made it.
enum AdminTable {
    /// Where all of it is.
    static let path = "/api/v1/admin"

    static func all(in context: EndpointContext) -> [Endpoint] {
        [
            AdminUsers.list(context), AdminUsers.create(context), AdminUsers.show(context),
            AdminUsers.change(context), AdminUsers.delete(context),
            AdminLockouts.list(context), AdminLockouts.unlock(context),
            AdminSessions.list(context), AdminSessions.revokeAll(context), AdminSessions.revoke(context),
            AdminLimits.show(context), AdminLimits.reset(context),
            AdminAudit.page(context), AdminHealth.show(context),
        ]
    }
}

extension Endpoint {
    /// An endpoint for administrators, `path` behind `/api/v1/admin`.
    init(
        admin method: String, _ path: String,
        answer: nonisolated(nonsending) @escaping (EndpointRequest) async throws(Refusal) -> EndpointResponse
    ) {
        self.init(method, AdminTable.path + path, require: .admin, answer: answer)
    }
}

/// What the query of a request says, read field by field so that a caller learns of all faults at once.
struct AdminQuery {
    private let query: String
    private(set) var faults = FieldFaults()

    init(_ request: EndpointRequest) { query = request.query }

    /// What `read` makes of the parameter; nil where it is not there, or makes nothing of it, which is a fault.
    mutating func value<Value>(
        _ name: String, _ sentence: String, _ read: (String) -> Value?
    ) -> Value? {
        guard let text = Query.value(of: name, in: query) else { return nil }
        return faults.collecting { () throws(FieldFault) in
            guard let value = read(text) else { throw FieldFault(name, sentence) }
            return value
        }
    }

    mutating func email(_ name: String = "user") -> EmailAddress? {
        value(name, "is not an e-mail address", EmailAddress.init)
    }

    mutating func address() -> AddressPrefix? {
        value("address", "is not an address or a prefix", { AddressPrefix($0) })
    }

    /// A number of entries, within bounds.
    mutating func limit(of range: ClosedRange<Int>, otherwise: Int) -> Int {
        value("limit", "must be from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        } ?? otherwise
    }

    mutating func require(_ name: String, _ message: String) { faults.add(FieldFault(name, message)) }

    /// Refuses where anything was wrong.
    func check() throws(Refusal) {
        if !faults.faults.isEmpty { throw faults.refusal }
    }
}

extension EndpointContext {
    /// The account that a path or a query names, by address or ID; `noSuchUser` where there is none.
    func account(named name: String) async throws(Refusal) -> Account {
        let account = try await asking { store throws(StoreFault) in
            if let email = EmailAddress(name) { return try await store.account(with: email) }
            guard let id = UserID(name) else { return Account?.none }
            return try await store.account(id)
        }
        guard let account else { throw .noSuchUser }
        return account
    }
}
