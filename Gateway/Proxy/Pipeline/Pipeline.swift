import GatewayCore
import NIOCore
import ServiceCore

// The life of a request, in the order that security needs.
extension ClientConnection {
    /// edge limits → head grammar → client address → request ID → route → address limit → authenticate → cross-site check →
    /// principal limit → body limit → forward → response. The first two are behind us when this begins; every
    /// refusal on the way is thrown.
    func runPipeline() async throws(Refusal) {
        resolveClientAddress()
        settleRequestID()
        let target = try matchRoute()
        let admission = try await askStore(target)
        try enforceLimits(target.addressPolicies, admission.addressOutcomes)
        try authenticate(target, admission)
        try checkSite(target)
        let outcomes = try await principalOutcomes(target, admission)
        try enforceLimits(target.principalPolicies, outcomes)
        try checkBodyLimit(target)
        switch target.kind {
        case .forward(let upstream, let sendsAssertion):
            try await forward(to: upstream, target: target, sendsAssertion: sendsAssertion)
        case .endpoint(let endpoint):
            try await serve(endpoint, target: target)
        }
    }

    // MARK: Who asks, and what for

    private func resolveClientAddress() {
        let head = exchange.head
        guard peerIsTrusted else { return }
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        if head.forwardedFor >= 0 {
            var lines: [String] = []
            for field in head.fields where field.known == .xForwardedFor {
                lines.append(bytes.string(field.value))
            }
            let address = ClientAddress.resolve(
                peer: peer, lines: lines, trusted: loop.settings.trustedProxies)
            if address != exchange.address {
                exchange.address = address
                exchange.addressText = Array(address.description.utf8)
            }
        }
        if head.forwardedProto >= 0 {
            exchange.isSecure = bytes.equals(head.fields[head.forwardedProto].value, "https")
        }
    }

    /// An inbound request ID counts only from a trusted proxy; a trace is continued whoever began it.
    private func settleRequestID() {
        let head = exchange.head
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        for index in head.method.lower..<head.method.upper { exchange.methodText.append(bytes[index]) }
        for index in head.path.lower..<head.path.upper { exchange.pathText.append(bytes[index]) }
        guard head.traceparent >= 0 || (peerIsTrusted && head.requestID >= 0) else { return }
        var id = exchange.id
        if peerIsTrusted, head.requestID >= 0 {
            id = RequestID(validating: bytes.array(head.fields[head.requestID].value)) ?? id
        }
        var trace = TraceContext(
            trace: (loop.mint.next(), loop.mint.next() | 1), span: loop.mint.spanID(), flags: 1)
        if head.traceparent >= 0 {
            trace =
                TraceContext(
                    continuing: bytes, head.fields[head.traceparent].value, span: trace.span) ?? trace
        }
        exchange.identify(id, trace: trace)
    }

    private func matchRoute() throws(Refusal) -> Target {
        let head = exchange.head
        guard head.knownMethod != .connect, head.knownMethod != .trace else {
            throw .methodNotAllowed(allowed: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        }
        let methodName = name(of: head.knownMethod)
        let target =
            if let decoded = head.decodedPath {
                try loop.targets.match(method: head.knownMethod, methodName: methodName, path: decoded)
            } else {
                try loop.targets.match(
                    method: head.knownMethod, methodName: methodName, path: exchange.pathText)
            }
        exchange.target = target
        return target
    }

    /// The method as text, without allocating for the usual ones.
    func name(of method: RequestHead.Method) -> String {
        switch method {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: String(decoding: exchange.methodText, as: UTF8.self)
        }
    }

    // MARK: The store, in one flight

    /// What came back of a flight: the outcomes of the address policies and, where the user was known beforehand, of the
    /// principal's.
    struct Admission {
        var session = AdmissionAnswer.SessionState.notAsked
        var addressOutcomes: ArraySlice<LimitOutcome> = []
        var principalOutcomes: ArraySlice<LimitOutcome>?
        /// Whom the principal policies were charged to.
        var chargedUser: UserID?
    }

    /// Sends the session look-up and every charge whose subject can be known. Nothing is sent where nothing is asked.
    private func askStore(_ target: Target) async throws(Refusal) -> Admission {
        findCredential()
        let asksSession = target.require != .anonymous && exchange.shown != nil
        var charges: [LimitCharge] = []
        charges.reserveCapacity(target.addressPolicies.count + target.principalPolicies.count)
        append(target.addressPolicies, user: nil, to: &charges)
        var admission = Admission()
        if asksSession, let shown = exchange.shown, !target.principalPolicies.isEmpty {
            admission.chargedUser = loop.sessions.user(of: shown)
            if let user = admission.chargedUser {
                append(target.principalPolicies, user: user, to: &charges)
            }
        }
        guard asksSession || !charges.isEmpty else { return admission }
        let question = AdmissionQuestion(session: asksSession ? exchange.shown : nil, charges: charges)
        let answer = try await admit(question)
        admission.session = answer.session
        let split = target.addressPolicies.count
        admission.addressOutcomes = answer.outcomes[..<split]
        if admission.chargedUser != nil { admission.principalOutcomes = answer.outcomes[split...] }
        return admission
    }

    /// The outcomes of the policies that are kept for the principal: those of the first flight if it guessed the user right, or
    /// of a second one.
    private func principalOutcomes(
        _ target: Target, _ admission: Admission
    ) async throws(Refusal) -> ArraySlice<LimitOutcome> {
        guard !target.principalPolicies.isEmpty, let user = exchange.principal?.user else { return [] }
        if let outcomes = admission.principalOutcomes, admission.chargedUser == user { return outcomes }
        var charges: [LimitCharge] = []
        append(target.principalPolicies, user: user, to: &charges)
        let question = AdmissionQuestion(session: nil, charges: charges)
        return try await admit(question).outcomes[...]
    }

    private func append(_ policies: [LimitPolicy], user: UserID?, to charges: inout [LimitCharge]) {
        let prefix = exchange.address.prefix
        for policy in policies {
            let subject: LimitSubject =
                switch (policy.key, user) {
                case (.user, let user?): .user(user)
                case (.addressAndUser, let user?): .addressAndUser(prefix, user)
                default: .address(prefix)
                }
            charges.append(LimitCharge(policy: policy, subject: subject))
        }
    }

    /// One flight. When the store does not answer, each policy does what it says for that case, and a session counts only if the
    /// store vouched for it a moment ago.
    private func admit(
        _ question: AdmissionQuestion
    ) async throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        let begin = Clock.monotonic
        do throws(StoreFault) {
            let answer = try await loop.services.store.admit(question)
            let end = Clock.monotonic
            exchange.storeTime &+= end - begin
            // Only the store's word counts: a session served from memory must not thereby stay there.
            if case .found(let session) = answer.session { loop.sessions.saw(session, now: end) }
            return (answer.session, answer.outcomes)
        } catch {
            exchange.storeTime &+= Clock.monotonic - begin
            return try admitWithoutStore(question)
        }
    }

    private func admitWithoutStore(
        _ question: AdmissionQuestion
    ) throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        var outcomes: [LimitOutcome] = []
        for charge in question.charges {
            switch charge.policy.onStoreFailure {
            case .local: outcomes.append(loop.localLimiter.charge(charge, now: exchange.now))
            case .allow: outcomes.append(.uncounted)
            case .deny:
                // A policy in shadow mode refuses nothing, whatever the reason.
                guard charge.policy.mode == .shadow else { throw .storeUnavailable }
                outcomes.append(.uncounted)
            }
        }
        guard let digest = question.session else { return (.notAsked, outcomes) }
        guard let session = loop.sessions.fresh(digest, now: Clock.monotonic) else { throw .storeUnavailable }
        return (.found(session), outcomes)
    }

    private func enforceLimits(_ policies: [LimitPolicy], _ outcomes: ArraySlice<LimitOutcome>)
        throws(Refusal)
    {
        var refused: (policy: LimitPolicy, outcome: LimitOutcome)?
        for (policy, outcome) in zip(policies, outcomes) {
            guard outcome.isCounted, policy.mode == .enforce else { continue }
            RateLimitFields.appendItem(policy, outcome, to: &exchange.limitItems)
            if !outcome.isAdmitted, outcome.retryAfter > refused?.outcome.retryAfter ?? -1 {
                refused = (policy, outcome)
            }
        }
        if let refused {
            throw .rateLimited(
                policy: refused.policy.name, retryAfter: RateLimitFields.retryAfter(refused.outcome))
        }
    }

    // MARK: Authentication

    /// Finds the session token that the request shows, and keeps every credential that is ours from going on.
    private func findCredential() {
        let head = exchange.head
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        if head.authorization >= 0, !head.repeatsAuthorization {
            if let token = Credentials.bearer(bytes, head.fields[head.authorization].value) {
                exchange.shown = SessionDigest(ofToken: bytes.array(token))
                exchange.credential = .bearer
            }
        }
        let isAnonymous = exchange.target?.require == .anonymous
        for index in head.fields.indices where head.fields[index].known == .authorization {
            // Where several are there none counts, and still a token of ours does not go on.
            if !isAnonymous || Credentials.bearer(bytes, head.fields[index].value) != nil { head.drop(index) }
        }
        guard head.cookie >= 0, exchange.shown == nil else { return }
        for field in head.fields where field.known == .cookie {
            for name in CookieName.accepted(isSecure: exchange.isSecure) {
                let (isThere, token) = Credentials.cookie(bytes, field.value, name: name)
                guard isThere else { continue }
                exchange.credential = .cookie
                if let token { exchange.shown = SessionDigest(ofToken: bytes.array(token)) }
                exchange.cookieIsDead = token == nil
                return
            }
        }
    }

    private func authenticate(_ target: Target, _ admission: Admission) throws(Refusal) {
        guard target.require != .anonymous else { return }
        switch admission.session {
        case .found(let session):
            guard loop.settings.sessions.isLive(session, at: exchange.now) else { throw unauthenticated() }
            exchange.principal = Principal(session: session, credential: exchange.credential)
            if exchange.now - session.lastUsedAt >= loop.settings.sessions.touchInterval {
                loop.services.store.touch(
                    session.digest, at: exchange.now, idleTimeout: loop.settings.sessions.idleTimeout)
            }
            if target.require == .admin, !session.isAdmin { throw .notAdministrator }
        case .absent, .notAsked: throw unauthenticated()
        }
    }

    private func unauthenticated() -> Refusal {
        if let shown = exchange.shown {
            loop.sessions.forget(shown)
            exchange.cookieIsDead = exchange.credential == .cookie
        }
        return .unauthenticated
    }

    private func checkSite(_ target: Target) throws(Refusal) {
        let head = exchange.head
        guard !head.knownMethod.isSafe else { return }
        let usesCookie = exchange.principal?.credential == .cookie
        guard usesCookie || target.takesCredentials else { return }
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        let fetchSite = head.text(head.secFetchSite, in: bytes)
        let origin = head.text(head.origin, in: bytes)
        let ownOrigin = (exchange.isSecure ? "https://" : "http://") + bytes.string(head.host)
        let isFine =
            usesCookie
            ? CrossSiteCheck.allows(fetchSite: fetchSite, origin: origin, ownOrigin: ownOrigin)
            : !CrossSiteCheck.contradicts(fetchSite: fetchSite, origin: origin, ownOrigin: ownOrigin)
        guard isFine else { throw .crossSiteRequest }
    }

    private func checkBodyLimit(_ target: Target) throws(Refusal) {
        if case .length(let length) = exchange.head.framing, length > target.bodyLimit {
            throw .bodyTooLarge(limit: target.bodyLimit)
        }
    }
}
