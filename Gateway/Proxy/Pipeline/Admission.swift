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

    /// Who asks, as far as policies count by it.
    struct Asker {
        var user: UserID
        var session: SessionID?
        var apiKey: String?
    }

    /// Who asks with the session, or the API key, of that digest.
    func asking(_ user: UserID, _ digest: SessionDigest) -> Asker {
        let id = digest.sessionID
        return exchange.credential == .key
            ? Asker(user: user, apiKey: id.description) : Asker(user: user, session: id)
    }

    /// Sends the session look-up and every charge whose subject can be known. Nothing is sent where nothing
    /// is asked.
    func askStore(_ target: Target) async throws(Refusal) -> Admission {
        findCredential()
        let asksSession = target.require != .anonymous && exchange.shown != nil
        var charges: [LimitCharge] = []
        charges.reserveCapacity(target.addressPolicies.count + target.principalPolicies.count)
        append(target.addressPolicies, of: target, asker: nil, to: &charges)
        var admission = Admission()
        if asksSession, let shown = exchange.shown, !target.principalPolicies.isEmpty {
            admission.chargedUser = loop.sessions.user(of: shown)
            if let user = admission.chargedUser {
                append(target.principalPolicies, of: target, asker: asking(user, shown), to: &charges)
            }
        }
        guard asksSession || !charges.isEmpty else { return admission }
        let question = AdmissionQuestion(
            session: asksSession ? exchange.shown : nil, isKey: exchange.credential == .key, charges: charges)
        let answer = try await admit(question)
        admission.session = answer.session
        let split = target.addressPolicies.count
        admission.addressOutcomes = answer.outcomes[..<split]
        if admission.chargedUser != nil {
            admission.principalOutcomes = spread(answer.outcomes[split...], charges[split...], target)
        }
        return admission
    }

    /// The outcomes of the policies that are kept for the principal: those of the first flight if it guessed
    /// the user right, or of a second one.
    func principalOutcomes(
        _ target: Target, _ admission: Admission
    ) async throws(Refusal) -> ArraySlice<LimitOutcome> {
        guard !target.principalPolicies.isEmpty, let principal = exchange.principal else { return [] }
        if let outcomes = admission.principalOutcomes, admission.chargedUser == principal.user {
            return outcomes
        }
        var charges: [LimitCharge] = []
        let asker = asking(principal.user, principal.session.digest)
        append(target.principalPolicies, of: target, asker: asker, to: &charges)
        guard !charges.isEmpty else { return spread([], [], target) }
        let question = AdmissionQuestion(session: nil, charges: charges)
        return spread(try await admit(question).outcomes[...], charges[...], target)
    }

    /// One outcome for each of the target's principal policies, also for those that were not charged because they
    /// do not concern the request.
    private func spread(
        _ outcomes: ArraySlice<LimitOutcome>, _ charges: ArraySlice<LimitCharge>, _ target: Target
    ) -> ArraySlice<LimitOutcome> {
        guard outcomes.count != target.principalPolicies.count else { return outcomes }
        var all: [LimitOutcome] = []
        var index = outcomes.startIndex
        for policy in target.principalPolicies {
            let offset = index - outcomes.startIndex
            if offset < charges.count, charges[charges.startIndex + offset].policy === policy {
                all.append(outcomes[index])
                index += 1
            } else {
                all.append(.notConcerned)
            }
        }
        return all[...]
    }

    /// Appends a charge for each of the policies that concern the request.
    private func append(
        _ policies: [LimitPolicy], of target: Target, asker: Asker?, to charges: inout [LimitCharge]
    ) {
        guard !policies.isEmpty else { return }
        let prefix = AddressPrefix(
            containing: exchange.address, v6Length: loop.settings.admission.v6PrefixLength)
        for policy in policies {
            switch (policy.key, asker) {
            case (.address, _): charges.append(LimitCharge(policy: policy, subject: .address(prefix)))
            case (.user, let asker?): charges.append(LimitCharge(policy: policy, subject: .user(asker.user)))
            case (.addressAndUser, let asker?):
                charges.append(LimitCharge(policy: policy, subject: .addressAndUser(prefix, asker.user)))
            default:
                guard let subject = subject(of: policy.key, target, asker) else { continue }
                charges.append(LimitCharge(policy: policy, subject: subject))
            }
        }
    }

    /// Whom the request counts for; nil where it is not concerned.
    func subject(of key: LimitPolicy.Key, _ target: Target, _ asker: Asker?) -> LimitSubject? {
        let length = loop.settings.admission.v6PrefixLength
        var traits = LimitTraits(
            address: AddressPrefix(containing: exchange.address, v6Length: length), user: asker?.user,
            session: asker?.session, apiKey: asker?.apiKey, route: target.limitName)
        for case .header(let name) in key.parts {
            guard let value = headerValue(name) else { continue }
            traits.headers[name] = LimitSubject.name(ofHeader: value)
        }
        return key.subject(of: traits)
    }

    /// The value of a header field that is counted by; of several lines all values, in their order, as nobody
    /// knows which of them the upstream will take.
    private func headerValue(_ name: String) -> [UInt8]? {
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        var value: [UInt8]?
        for field in exchange.head.fields where field.name.count == name.utf8.count {
            var matches = true
            for (offset, expected) in name.utf8.enumerated() {
                let byte = ASCII.lowercased(bytes[field.name.lower + offset])
                if (byte == ASCII.underscore ? ASCII.dash : byte) != expected { matches = false }
            }
            guard matches else { continue }
            if value != nil { value?.append(ASCII.comma) }
            value = (value ?? []) + bytes.array(field.value)
        }
        return value
    }

    /// One flight. When the store does not answer, each policy does what it says for that case, and a session
    /// counts only if the store vouched for it a moment ago.
    private func admit(
        _ question: AdmissionQuestion
    ) async throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        let begin = Clock.monotonic
        let endings = loop.sessions.endings
        if !loop.overLimits.isEmpty { try refuseRemembered(question.charges, now: begin) }
        loop.sendRecords()
        do throws(StoreFault) {
            let answer = try await loop.services.store.admit(question)
            let end = Clock.monotonic
            exchange.storeTime &+= end - begin
            // Only the store's word counts: a session served from memory must not thereby stay there.
            if case .found(let session) = answer.session {
                loop.sessions.saw(session, askedAt: begin, endings: endings)
            }
            var index = 0
            for outcome in answer.outcomes {
                if !outcome.isAdmitted {
                    loop.overLimits.remember(question.charges[index], outcome, at: begin)
                    loop.refusals.count(question.charges[index], at: begin)
                }
                index += 1
            }
            return (answer.session, answer.outcomes)
        } catch {
            exchange.storeTime &+= Clock.monotonic - begin
            loop.metrics.storeFailed(error)
            return try admitWithoutStore(question)
        }
    }

    /// Refuses a request that the store is certain to refuse, without asking. What its other policies would say
    /// of it nobody knows then, and it is not charged to them.
    private func refuseRemembered(_ charges: [LimitCharge], now: UInt64) throws(Refusal) {
        var refused: (policy: LimitPolicy, outcome: LimitOutcome)?
        for charge in charges {
            guard let outcome = loop.overLimits.refusal(of: charge, now: now) else { continue }
            let place = exchange.target?.place(of: charge.policy) ?? 0
            loop.metrics.decided(outcome, charge.policy.mode, limit: place)
            loop.refusals.count(charge, at: now)
            RateLimitFields.appendItem(charge.policy, outcome, to: &exchange.limitItems)
            if outcome.retryAfter > refused?.outcome.retryAfter ?? -1 {
                refused = (charge.policy, outcome)
                exchange.limitPlace = place
            }
        }
        guard let refused else { return }
        loop.metrics.refusedFromMemory(limit: exchange.limitPlace ?? 0)
        throw .rateLimited(
            policy: refused.policy.name, retryAfter: RateLimitFields.retryAfter(refused.outcome))
    }

    private func admitWithoutStore(
        _ question: AdmissionQuestion
    ) throws(Refusal) -> (session: AdmissionAnswer.SessionState, outcomes: [LimitOutcome]) {
        var outcomes: [LimitOutcome] = []
        for charge in question.charges {
            let place = exchange.target?.place(of: charge.policy) ?? 0
            switch charge.policy.onStoreFailure {
            case .local:
                let outcome = loop.localLimiter.charge(charge, now: exchange.now)
                if !outcome.isAdmitted { loop.refusals.count(charge, at: Clock.monotonic) }
                outcomes.append(outcome)
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
            guard outcome.isConcerned else { continue }
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
