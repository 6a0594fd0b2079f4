import Foundation
import GatewayCore
import ServiceCore

/// What users see and change of their own API keys: only where they have logged in, never with a key.
enum OwnKeys {
    static let path = "/api/v1/auth/keys"

    /// `GET /api/v1/auth/keys`: `{"keys": […], "policy": {…}}`, newest first, without their secrets.
    static func list(_ context: EndpointContext) -> Endpoint {
        Endpoint("GET", path, require: .user) { request throws(Refusal) in
            let user = try request.loggedInCaller().user
            let keys = try await context.asking { store throws(StoreFault) in
                try await store.apiKeys(of: user)
            }
            return try .json(
                Listing(keys: keys.map { KeyView($0) }, policy: PolicyView(context.keyPolicy)))
        }
    }

    /// `POST /api/v1/auth/keys` with `name`, `scopes` and, if wanted, `expires_in` (seconds) and `addresses`:
    /// 201 with the key, and with its secret in `key`: this once, never again. 403 where the login is not fresh: a key
    /// lives longer than the session, and a password is not among the fields.
    static func create(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", path, require: .user) { request throws(Refusal) in
            let caller = try request.freshlyLoggedInCaller(within: context.freshness)
            let body = try NewKey(of: request)
            // The account, not the session: what the owner may is what the store says now.
            guard let account = try await Self.account(of: caller, context) else { throw .unauthenticated }
            let terms = try body.terms(for: context.keyPolicy, isAdmin: account.isAdmin)
            let token = KeyToken.random()
            let key = terms.key(of: account, under: token, at: request.now)
            let policy = context.keyPolicy
            let isCreated = try await context.asking { store throws(StoreFault) in
                try await store.create(key, policy: policy)
            }
            guard isCreated else { throw .tooManyKeys(limit: policy.perUser) }
            // Whoever disables an account or takes its role ends its keys afterwards: either they met this
            // one, or what they changed is seen here.
            let now = try await Self.account(of: caller, context)
            guard let now, !key.grant.scopes.contains(.admin) || now.isAdmin else {
                _ = try await context.asking { store throws(StoreFault) in
                    try await store.endKey(key.id, of: caller.user)
                }
                throw .unauthenticated
            }
            context.note(
                .keyCreated, byAndOf: caller, session: key.id, reason: "\(key.grant.scopes)", for: request)
            return try .json(KeyView(key, secret: token), status: 201)
        }
    }

    /// `DELETE /api/v1/auth/keys/{id}`: 204; 404 for one that is not the caller's, whether or not it is
    /// somebody's.
    static func end(_ context: EndpointContext) -> Endpoint {
        Endpoint("DELETE", path + "/{id}", require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            guard let id = SessionID(request.lastSegment) else { throw .noSuchKey }
            let wasThere = try await context.asking { store throws(StoreFault) in
                try await store.endKey(id, of: caller.user)
            }
            guard wasThere else { throw .noSuchKey }
            context.note(.keyRevoked, byAndOf: caller, session: id, reason: "by-owner", for: request)
            return .done
        }
    }

    /// `DELETE /api/v1/auth/keys`: ends all of the caller's keys. 204.
    static func endAll(_ context: EndpointContext) -> Endpoint {
        Endpoint("DELETE", path, require: .user) { request throws(Refusal) in
            let caller = try request.loggedInCaller()
            let ended = try await context.asking { store throws(StoreFault) in
                try await store.endKeys(of: caller.user, having: nil)
            }
            if ended > 0 {
                context.note(.keyRevoked, byAndOf: caller, reason: "by-owner", count: ended, for: request)
            }
            return .done
        }
    }

    /// The caller's account; nil where it has gone or is disabled since the session was looked up.
    private static func account(
        of caller: Principal, _ context: EndpointContext
    ) async throws(Refusal) -> Account? {
        let account = try await context.asking { store throws(StoreFault) in
            try await store.account(caller.user)
        }
        return account.flatMap { $0.isActive ? $0 : nil }
    }

    private struct Listing: Encodable {
        var keys: [KeyView]
        var policy: PolicyView
    }

    /// What a key may be: how many a user has, how many addresses one names, and seconds.
    private struct PolicyView: Encodable {
        var perUser: Int
        var addresses: Int
        var lifetime: Int64
        var maxLifetime: Int64

        init(_ policy: KeyPolicy) {
            perUser = policy.perUser
            addresses = policy.addresses
            lifetime = policy.lifetime.components.seconds
            maxLifetime = policy.maxLifetime.components.seconds
        }

        enum CodingKeys: String, CodingKey {
            case addresses, lifetime
            case perUser = "per_user"
            case maxLifetime = "max_lifetime"
        }
    }
}

/// The body of a request for a new key.
private struct NewKey: Decodable {
    private var name: String?
    private var scopes: [String]?
    private var addresses: [String]?
    /// Seconds.
    private var lifetime: Int64?
    private var faults: [Problem.Fault] = []

    private enum Field: String, CodingKey {
        case name, scopes, addresses
        case expiresIn = "expires_in"
    }

    /// Longer than any key may live, and far from overflowing a duration.
    private static let mostSeconds: Int64 = 100 * 366 * 86_400

    init(of request: EndpointRequest) throws(Refusal) {
        let type = request.contentType?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        guard type == "application/json" else {
            throw .unsupportedMediaType(accepted: "application/json")
        }
        do {
            self = try JSONDecoder().decode(NewKey.self, from: Data(request.body))
        } catch {
            throw .malformedBody("The body is not a JSON object.")
        }
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        name = read(fields, .name, "must be a string")
        scopes = read(fields, .scopes, "must be an array of strings")
        addresses = read(fields, .addresses, "must be an array of strings")
        lifetime = read(fields, .expiresIn, "must be a whole number of seconds")
    }

    /// The field; nil where it is absent, null, or of another type, which is a fault.
    private mutating func read<Value: Decodable>(
        _ fields: KeyedDecodingContainer<Field>, _ field: Field, _ message: String
    ) -> Value? {
        do {
            return try fields.decodeIfPresent(Value.self, forKey: field)
        } catch {
            faults.append(.init(field: field.rawValue, message: message))
            return nil
        }
    }

    func terms(for policy: KeyPolicy, isAdmin: Bool) throws(Refusal) -> KeyTerms {
        guard faults.isEmpty else { throw .invalidInput(faults) }
        let span = lifetime.map { Duration.seconds(max(0, min($0, Self.mostSeconds))) }
        do throws(KeyTerms.Faults) {
            return try KeyTerms(
                name: name ?? "", scopes: scopes ?? [], addresses: addresses ?? [], lifetime: span,
                for: policy, isAdmin: isAdmin)
        } catch {
            throw .invalidInput(error.faults.map { .init(field: $0.field, message: $0.message) })
        }
    }
}

/// A key as its owner sees it.
private struct KeyView: Encodable {
    var id: String
    var name: String
    var scopes: [String]
    var addresses: [String]
    var createdAt: String
    var lastUsedAt: String?
    var expiresAt: String
    /// The secret, in the answer that creates the key and nowhere else.
    var key: String?

    init(_ key: APIKey, secret: KeyToken? = nil) {
        id = key.id.description
        name = key.grant.name
        scopes = key.grant.scopes.names
        addresses = key.grant.addresses.map(\.description)
        createdAt = CalendarText.rfc3339(key.createdAt)
        lastUsedAt = key.lastUsedAt.map(CalendarText.rfc3339)
        expiresAt = CalendarText.rfc3339(key.expiresAt)
        self.key = secret?.secret
    }

    enum CodingKeys: String, CodingKey {
        case id, name, scopes, addresses, key
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(name, forKey: .name)
        try fields.encode(scopes, forKey: .scopes)
        try fields.encode(addresses, forKey: .addresses)
        try fields.encode(createdAt, forKey: .createdAt)
        // Null, so that nobody has to tell "never" from "not said".
        try fields.encode(lastUsedAt, forKey: .lastUsedAt)
        try fields.encode(expiresAt, forKey: .expiresAt)
        try fields.encodeIfPresent(key, forKey: .key)
    }
}
