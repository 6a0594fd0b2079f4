package import GatewayCore

/// What is asked of the limits' states: an address, a user, or both.
package struct LimitQuestion: Sendable {
    package var address: AddressPrefix?
    package var user: UserID?
    /// The user's live sessions.
    package var sessions: [SessionID]
    /// The public IDs of the user's API keys.
    package var keys: [SessionID]

    package init(
        address: AddressPrefix?, user: UserID? = nil, sessions: [SessionID] = [], keys: [SessionID] = []
    ) {
        self.address = address
        self.user = user
        self.sessions = sessions
        self.keys = keys
    }
}

/// `/api/v1/admin/limits?user=&address=`: the live state of every policy that counts by them; without either, what all
/// policies have said on all workers.
enum AdminLimits {
    /// `GET`: `{"limits": […]}`; without a subject `{"policies": […], "refused": […], "workers": […], "at"}`, whose counts
    /// are since each worker began, and whose refused keys are those of the last minute or so.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/limits") { request throws(Refusal) in
            guard ["user", "address"].contains(where: { Query.value(of: $0, in: request.query) != nil })
            else {
                return try await overview(request, context)
            }
            let subject = try await subject(of: request, context)
            let finds = context.limitFinds(subject.question)
            let standings = try await context.asking { store throws(StoreFault) in
                try await finds.standings(in: store)
            }
            return try .json(Listing(limits: standings))
        }
    }

    private static func overview(
        _ request: EndpointRequest, _ context: EndpointContext
    ) async throws(Refusal) -> EndpointResponse {
        let reports = try await context.asking { store throws(StoreFault) in try await store.workerReports() }
        let emails = try await context.emails(in: reports)
        return try .json(
            LimitOverview(reports, context.limitPolicies(), now: request.now, emails: emails))
    }

    /// `DELETE`: forgets what was used; `{"reset": 2}`.
    static func reset(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/limits") { request throws(Refusal) in
            let caller = try request.caller()
            let subject = try await subject(of: request, context)
            let finds = context.limitFinds(subject.question)
            let count = try await context.asking { store throws(StoreFault) in
                try await finds.reset(in: store)
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
        guard let name else { return (LimitQuestion(address: address), nil) }
        let account = try await context.account(named: name)
        let (sessions, keys) = try await context.asking { store throws(StoreFault) in
            (try await store.list(of: account.id), try await store.apiKeys(of: account.id))
        }
        let question = LimitQuestion(
            address: address, user: account.id, sessions: sessions.map(\.digest.sessionID),
            keys: keys.map(\.digest.sessionID))
        return (question, account)
    }

    private struct Reset: Encodable { var reset: Int }
    private struct Listing: Encodable { var limits: [LimitStanding] }
}
