package import GatewayCore

/// What is asked of the limits' states: an address, a user, or both.
package struct LimitQuestion: Sendable {
    package var address: AddressPrefix?
    package var user: UserID?
    /// The user's live sessions.
    package var sessions: [SessionID]

    package init(address: AddressPrefix?, user: UserID?, sessions: [SessionID]) {
        self.address = address
        self.user = user
        self.sessions = sessions
    }
}

/// `/api/v1/admin/limits?user=&address=`: the live state of every policy that counts by them.
enum AdminLimits {
    /// `GET`: `{"limits": […]}`.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/limits") { request throws(Refusal) in
            let subject = try await subject(of: request, context)
            let charges = context.limitCharges(subject.question)
            var views: [LimitView] = []
            if !charges.isEmpty {
                let (tats, now) = try await context.asking { store throws(StoreFault) in
                    try await store.states(of: charges.map(\.charge))
                }
                views = zip(charges, tats).map {
                    LimitView($0.charge.policy, of: $0.detail, tat: $1, now: now)
                }
            }
            return try .json(Listing(limits: views))
        }
    }

    /// `DELETE`: forgets what was used; `{"reset": 2}`.
    static func reset(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/limits") { request throws(Refusal) in
            let caller = try request.caller()
            let subject = try await subject(of: request, context)
            let charges = context.limitCharges(subject.question).map(\.charge)
            var count = 0
            if !charges.isEmpty {
                count = try await context.asking { store throws(StoreFault) in
                    try await store.reset(charges)
                }
            }
            context.note(
                .limitReset, by: .init(caller), of: subject.account.map { .init($0) },
                reason: subject.question.address?.description, count: count, for: request)
            return try .json(Reset(reset: count))
        }
    }

    private static func subject(
        of request: EndpointRequest, _ context: EndpointContext
    ) async throws(Refusal) -> (question: LimitQuestion, account: Account?) {
        var query = AdminQuery(request)
        let address = query.address()
        let name = query.value("user", "") { $0 }
        if name == nil, address == nil, query.faults.faults.isEmpty {
            query.require("user", "give user, address, or both")
        }
        try query.check()
        guard let name else { return (LimitQuestion(address: address, user: nil, sessions: []), nil) }
        let account = try await context.account(named: name)
        let sessions = try await context.asking { store throws(StoreFault) in
            try await store.list(of: account.id)
        }
        let question = LimitQuestion(
            address: address, user: account.id, sessions: sessions.map(\.digest.sessionID))
        return (question, account)
    }

    private struct Reset: Encodable { var reset: Int }
    private struct Listing: Encodable { var limits: [LimitView] }

    private struct LimitView: Encodable {
        var policy: String
        /// Which of the policy's: a route, a session; empty where there is only one.
        var of: String
        var mode: String
        var remaining: Int64
        var burst: Int64
        /// Seconds until the policy is at rest, rounded up.
        var fullIn: Int64

        init(_ policy: LimitPolicy, of detail: String, tat: Int64?, now: Int64) {
            self.policy = policy.name
            of = detail
            mode = policy.mode.rawValue
            (remaining, fullIn) = policy.gcra.standing(tat: tat, now: now)
            burst = policy.gcra.burst
        }

        enum CodingKeys: String, CodingKey {
            case policy, of, mode, remaining, burst
            case fullIn = "full_in"
        }
    }
}
