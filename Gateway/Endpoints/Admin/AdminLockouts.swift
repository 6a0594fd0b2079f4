import GatewayCore

/// `/api/v1/admin/lockouts`: who and which addresses are locked (pain 15).
enum AdminLockouts {
    /// `GET ?limit=`: `{"lockouts": […]}`, at most 1,000 unless more are asked for.
    static func list(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/lockouts") { request throws(Refusal) in
            var query = AdminQuery(request)
            let limit = query.limit(of: 1...10_000, otherwise: 1_000)
            try query.check()
            let locks = try await context.asking { store throws(StoreFault) in
                try await store.lockouts(limit: limit)
            }
            return try .json(Listing(lockouts: locks.map(LockoutView.init)))
        }
    }

    /// `DELETE ?user=` or `?address=` or `?all=true`: clears every counter and lock in the way, on every worker;
    /// `{"cleared": 3}` (pain 16).
    static func unlock(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "DELETE", "/lockouts") { request throws(Refusal) in
            let caller = try request.caller()
            let scope = try scope(of: request)
            let cleared = try await context.asking { store throws(StoreFault) in
                var cleared = try await store.unlock(scope)
                if case .address(let prefix) = scope {
                    cleared += try await context.limitFinds(LimitQuestion(address: prefix))
                        .named(context.loginPolicies).reset(in: store)
                }
                return cleared
            }
            var subject: AuditEvent.Subject?
            var reason: String?
            switch scope {
            case .account(let email): subject = .init(user: nil, email: email)
            case .address(let prefix): reason = prefix.description
            case .everything: reason = "all"
            }
            context.note(
                .unlocked, by: .init(caller), of: subject, reason: reason, count: cleared, for: request)
            return try .json(Cleared(cleared: cleared))
        }
    }

    private static func scope(of request: EndpointRequest) throws(Refusal) -> UnlockScope {
        var query = AdminQuery(request)
        let user = query.email()
        let address = query.address()
        let all = query.value("all", "must be true") { $0 == "true" ? true : nil }
        try query.check()
        switch (user, address, all) {
        case (let user?, nil, nil): return .account(user)
        case (nil, let address?, nil): return .address(address)
        case (nil, nil, .some): return .everything
        default:
            throw .invalidInput([.init(field: "user", message: "give one of user, address and all=true")])
        }
    }

    private struct Cleared: Encodable { var cleared: Int }
    private struct Listing: Encodable { var lockouts: [LockoutView] }

    private struct LockoutView: Encodable {
        var reason: String
        var user: String?
        var address: String?
        var since: String
        var until: String?
        var failures: Int

        init(_ lock: Lockout) {
            reason = lock.reason.rawValue
            user = lock.email?.text
            let (address, until): (AddressPrefix?, Timestamp?) = (lock.address, lock.until)
            self.address = address?.description
            since = CalendarText.rfc3339(lock.since)
            self.until = until.map(CalendarText.rfc3339)
            failures = lock.failures
        }
    }
}
