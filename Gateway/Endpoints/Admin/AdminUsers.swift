import GatewayCore
import ServiceCore

/// `/api/v1/admin/users`: all accounts.
enum AdminUsers {
    /// `GET ?search=&cursor=`: `{"users": […], "next": …}` in the order of addresses, a hundred or so at a time, or those
    /// that hold what is searched for; `next` is null at the end, and a page that is short, even empty, may have one
    /// after it.
    static func list(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/users") { request throws(Refusal) in
            let cursor = Query.value(of: "cursor", in: request.query)
            let search = Query.value(of: "search", in: request.query)?.lowercased() ?? ""
            let page = try await context.asking { store throws(StoreFault) in
                try await Self.page(of: store, after: cursor, holding: search)
            }
            return try .json(
                Listing(users: page.accounts.map(AdminUserView.init), next: page.cursor))
        }
    }

    /// Accounts that one search reads at most, and finds before it stops reading; who wants more goes on from its
    /// cursor.
    private static let mostRead = 5_000
    private static let enough = 100

    private static func page(
        of store: any GatewayStore, after cursor: String?, holding search: String
    ) async throws(StoreFault) -> (accounts: [Account], cursor: String?) {
        var page = try await store.page(after: cursor)
        guard !search.isEmpty else { return page }
        var found = page.accounts.filter { $0.email.text.contains(search) }
        var read = page.accounts.count
        while let next = page.cursor, found.count < enough, read < mostRead {
            page = try await store.page(after: next)
            found += page.accounts.filter { $0.email.text.contains(search) }
            read += max(1, page.accounts.count)
        }
        return (found, page.cursor)
    }

    private struct Listing: Encodable {
        var users: [AdminUserView]
        var next: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(users, forKey: .users)
            try container.encode(next, forKey: .next)
        }

        enum CodingKeys: String, CodingKey { case users, next }
    }

    /// `GET /{id}`: one, by ID or address.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/users/{id}") { request throws(Refusal) in
            try .json(AdminUserView(try await context.account(named: request.lastSegment)))
        }
    }

    /// `POST` with `email`, `password` and perhaps `is_superuser`: 201 and the account; 409 where the address is taken;
    /// 403 for an API key, which makes no credential.
    static func create(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "POST", "/users") { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let wanted = try NewUser(of: request, policy: context.passwordPolicy)
            let hash = try await context.hashed(wanted.password)
            let account = Account(
                id: try Self.newID(at: request.now), email: wanted.email, passwordHash: hash, isActive: true,
                isAdmin: wanted.isAdmin, createdAt: request.now, passwordChangedAt: request.now)
            let outcome = try await context.asking { store throws(StoreFault) in
                try await store.create(account)
            }
            guard outcome == .created else { throw .addressTaken }
            context.note(
                .accountCreated, by: .init(caller), of: .init(account),
                reason: account.isAdmin ? "admin" : nil, for: request)
            var answer = try EndpointResponse.json(AdminUserView(account), status: 201)
            answer.headers.append(("Location", "\(AdminTable.path)/users/\(account.id)"))
            return answer
        }
    }

    private static func newID(at now: Timestamp) throws(Refusal) -> UserID {
        var generator = SystemRandomNumberGenerator()
        let random: (UInt64, UInt64) = (generator.next(), generator.next())
        let minted = RequestID(unixMilliseconds: now.milliseconds, random: random)
        guard let id = UserID(minted.description) else { throw .internalError }
        return id
    }

    /// `PATCH /{id}` with any of `is_active`, `is_superuser` and `password`: 200 and the account as it is now. Whatever is
    /// changed of who may do what ends the account's sessions. A password or a role is set by whoever has logged in,
    /// not by an API key (403). One's own password is not set here at all (409), where nobody would have to know the
    /// present one: whoever takes over a session could keep the account.
    static func change(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "PATCH", "/users/{id}") { request throws(Refusal) in
            let care = AdminCare(context: context, caller: try request.caller(), request: request)
            let account = try await context.account(named: request.lastSegment)
            let change = try UserChange(of: request, to: account, policy: context.passwordPolicy)
            if change.password != nil || change.isAdmin != nil { _ = try request.loggedInCaller() }
            try care.forbidSelf(
                account,
                where: change.isActive == false || change.isAdmin == false || change.password != nil)
            if let password = change.password { try await care.setPassword(password, of: account) }
            if let isAdmin = change.isAdmin, isAdmin != account.isAdmin {
                try await care.setAdmin(isAdmin, of: account)
            }
            if let isActive = change.isActive, isActive != account.isActive {
                try await care.setActive(isActive, of: account)
            }
            return try .json(AdminUserView(try await context.account(named: account.id.text)))
        }
    }

    /// `DELETE /{id}`: 204; the account's sessions end.
    static func delete(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/users/{id}") { request throws(Refusal) in
            let care = AdminCare(context: context, caller: try request.caller(), request: request)
            let account = try await context.account(named: request.lastSegment)
            try care.forbidSelf(account, where: true)
            try await care.delete(account)
            return .done
        }
    }
}

/// An account as administrators see it; its hash never appears.
struct AdminUserView: Encodable {
    private let account: Account

    init(_ account: Account) { self.account = account }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(account.id.text, forKey: .id)
        try container.encode(account.email.text, forKey: .email)
        try container.encode(account.isActive, forKey: .isActive)
        try container.encode(account.isAdmin, forKey: .isSuperuser)
        try container.encode(account.secondFactor != nil, forKey: .hasSecondFactor)
        try container.encode(CalendarText.rfc3339(account.createdAt), forKey: .createdAt)
        try container.encode(CalendarText.rfc3339(account.passwordChangedAt), forKey: .passwordChangedAt)
    }

    private enum CodingKeys: String, CodingKey {
        case id, email
        case isActive = "is_active"
        case isSuperuser = "is_superuser"
        case hasSecondFactor = "second_factor"
        case createdAt = "created_at"
        case passwordChangedAt = "password_changed_at"
    }
}

/// An account to be made, the password found acceptable.
private struct NewUser {
    var email: EmailAddress
    var password: Password
    var isAdmin: Bool

    init(of request: EndpointRequest, policy: PasswordPolicy) throws(Refusal) {
        let names: Set = ["email", "password", "is_superuser"]
        let fields = try RequestFields(of: request, named: names, as: [.json])
        var faults = FieldFaults()
        let email = faults.collecting { () throws(FieldFault) in
            try LoginCredentials.email(in: fields, "email")
        }
        let password = faults.collecting { () throws(FieldFault) in
            let password = try LoginCredentials.password(in: fields, "password")
            // What is wrong with a password is told also where it is not known whose it will be.
            if let owner = email ?? EmailAddress("nobody@invalid"),
                let fault = policy.fault(in: password, for: owner)
            {
                throw FieldFault("password", fault.sentence)
            }
            return password
        }
        let isAdmin = faults.collecting { () throws(FieldFault) in try fields.flag("is_superuser") }
        guard let email, let password, let isAdmin else { throw faults.refusal }
        self.email = email
        self.password = password
        self.isAdmin = isAdmin ?? false
    }
}

/// What is to be different about an account; at least one thing.
private struct UserChange {
    var isActive: Bool?
    var isAdmin: Bool?
    var password: Password?

    init(of request: EndpointRequest, to account: Account, policy: PasswordPolicy) throws(Refusal) {
        let names: Set = ["is_active", "is_superuser", "password"]
        let fields = try RequestFields(of: request, named: names, as: [.json])
        var faults = FieldFaults()
        isActive = faults.collecting { () throws(FieldFault) in try fields.flag("is_active") } ?? nil
        isAdmin = faults.collecting { () throws(FieldFault) in try fields.flag("is_superuser") } ?? nil
        if fields.has("password") {
            password = faults.collecting { () throws(FieldFault) in
                let password = try LoginCredentials.password(in: fields, "password")
                if let fault = policy.fault(in: password, for: account.email) {
                    throw FieldFault("password", fault.sentence)
                }
                return password
            }
        }
        if !names.contains(where: fields.has) {
            faults.add(FieldFault("is_active", "is missing, and so is everything else that can be changed"))
        }
        guard faults.faults.isEmpty else { throw faults.refusal }
    }
}
