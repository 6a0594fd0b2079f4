import GatewayCore

// A request's business with the store: the session and every charge in one flight, what each policy does
// while the store is away, and the refusals that follow.
extension ClientConnection {
    /// What came back of a flight: the outcomes of the address policies and, where the user was known
    /// beforehand, of the principal's.
    struct Admission {
        var session = AdmissionAnswer.SessionState.notAsked
        var addressOutcomes: ArraySlice<LimitOutcome> = []
        var principalOutcomes: ArraySlice<LimitOutcome>?
        /// Whom the principal policies were charged to.
        var chargedUser: UserID?
    }

    /// Sends the session look-up and every charge whose subject can be known. Nothing is sent where nothing
    /// is asked.
    func askStore(_ target: Target) async throws(Refusal) -> Admission {
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
        let question = AdmissionQuestion(
            session: asksSession ? exchange.shown : nil, isKey: exchange.credential == .key, charges: charges)
        let answer = try await admit(question)
        admission.session = answer.session
        let split = target.addressPolicies.count
        admission.addressOutcomes = answer.outcomes[..<split]
        if admission.chargedUser != nil { admission.principalOutcomes = answer.outcomes[split...] }
        return admission
    }

    /// The outcomes of the policies that are kept for the principal: those of the first flight if it guessed
    /// the user right, or of a second one.
    func principalOutcomes(
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

    /// One flight. When the store does not answer, each policy does what it says for that case, and a session
    /// counts only if the store vouched for it a moment ago.
    private func admit(
        _ question: AdmissionQuestion
    ) async throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        let begin = Clock.monotonic
        let endings = loop.sessions.endings
        do throws(StoreFault) {
            let answer = try await loop.services.store.admit(question)
            let end = Clock.monotonic
            exchange.storeTime &+= end - begin
            // Only the store's word counts: a session served from memory must not thereby stay there.
            if case .found(let session) = answer.session {
                loop.sessions.saw(session, askedAt: begin, endings: endings)
            }
            return (answer.session, answer.outcomes)
        } catch {
            exchange.storeTime &+= Clock.monotonic - begin
            loop.metrics.storeFailed(error)
            return try admitWithoutStore(question)
        }
    }

    private func admitWithoutStore(
        _ question: AdmissionQuestion
    ) throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        var outcomes: [LimitOutcome] = []
        for charge in question.charges {
            let place = exchange.target?.place(of: charge.policy) ?? 0
            switch charge.policy.onStoreFailure {
            case .local:
                outcomes.append(loop.localLimiter.charge(charge, now: exchange.now))
                loop.metrics.fellBack(.local, limit: place)
            // A policy in shadow mode refuses nothing, whatever the reason.
            case .deny where charge.policy.mode == .enforce:
                loop.metrics.fellBack(.denied, limit: place)
                exchange.limitPlace = place
                throw .storeUnavailable
            case .allow, .deny:
                outcomes.append(.uncounted)
                loop.metrics.fellBack(.allowed, limit: place)
            }
        }
        guard let digest = question.session else { return (.notAsked, outcomes) }
        let pulse = loop.services.pulse
        guard let session = loop.sessions.fresh(digest, now: Clock.monotonic, pulse: pulse) else {
            throw .storeUnavailable
        }
        loop.metrics.servedFromMemory()
        return (.found(session), outcomes)
    }

    /// `places` are where each policy's decisions are counted.
    func enforceLimits(
        _ policies: [LimitPolicy], _ outcomes: ArraySlice<LimitOutcome>, _ places: [Int]
    ) throws(Refusal) {
        var refused: (policy: LimitPolicy, outcome: LimitOutcome)?
        var index = 0
        for (policy, outcome) in zip(policies, outcomes) {
            let place = places[index]
            index += 1
            loop.metrics.decided(outcome, policy.mode, limit: place)
            guard outcome.isCounted, policy.mode == .enforce else { continue }
            RateLimitFields.appendItem(policy, outcome, to: &exchange.limitItems)
            if !outcome.isAdmitted, outcome.retryAfter > refused?.outcome.retryAfter ?? -1 {
                refused = (policy, outcome)
                exchange.limitPlace = place
            }
        }
        if let refused {
            throw .rateLimited(
                policy: refused.policy.name, retryAfter: RateLimitFields.retryAfter(refused.outcome))
        }
    }
}
