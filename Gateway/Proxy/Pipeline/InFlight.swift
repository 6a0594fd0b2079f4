import GatewayCore

// Bounds on the requests of one subject that are under way at one time.
extension ClientConnection {
    /// Takes a place under each of the target's bounds, in a flight of its own: everything that could refuse the
    /// request has been asked by now, so nobody holds a place who is not served.
    func takePlaces(_ target: Target) async throws(Refusal) {
        guard !target.inFlightPolicies.isEmpty else { return }
        var asked: [(policy: InFlightPolicy, lease: Lease, place: Int)] = []
        let asker = exchange.principal.map { asking($0.user, $0.session.digest) }
        for (index, policy) in target.inFlightPolicies.enumerated() {
            guard let subject = subject(of: policy.key, target, asker) else { continue }
            let id = Lease.ID(words: (loop.mint.next(), loop.mint.next()))
            let lease = Lease(policy: policy.name, subject: subject, id: id)
            asked.append((policy, lease, target.places.inFlightPolicies[index]))
        }
        guard !asked.isEmpty else { return }
        let begin = Clock.monotonic
        let answers: [LeaseAnswer]?
        do throws(StoreFault) {
            answers = try await loop.services.store.take(
                asked.map { ($0.lease, $0.policy.most) }, for: loop.settings.admission.lease)
        } catch {
            loop.metrics.storeFailed(error)
            // It may have been granted all the same, behind an answer that came too late.
            loop.services.store.release(asked.map(\.lease))
            answers = nil
        }
        exchange.storeTime &+= Clock.monotonic - begin
        if let answers {
            for (entry, answer) in zip(asked, answers) where answer.isGranted {
                hold(entry.lease, isStored: true)
            }
        }
        var refused: String?
        for (index, entry) in asked.enumerated() {
            var answer = answers?[index]
            if answers == nil { answer = try placeWithoutStore(entry.policy, entry.lease, entry.place) }
            guard let answer else { continue }
            if !answer.isGranted {
                let key = RefusalRanking.Key(
                    policy: entry.policy.name, subject: entry.lease.subject,
                    isShadow: entry.policy.mode == .shadow)
                loop.refusals.count(key, at: begin)
            }
            loop.metrics.decided(
                LimitOutcome(isAdmitted: answer.isGranted, untilFull: 0, retryAfter: 0), entry.policy.mode,
                limit: entry.place)
            guard entry.policy.mode == .enforce else { continue }
            let remaining = max(0, entry.policy.most - answer.inFlight)
            RateLimitFields.appendItem(entry.policy, remaining: remaining, to: &exchange.limitItems)
            if !answer.isGranted, refused == nil {
                refused = entry.policy.name
                exchange.limitPlace = entry.place
            }
        }
        if let refused {
            givePlacesBack()
            throw .rateLimited(policy: refused, retryAfter: 1)
        }
    }

    /// What a bound does while the store is away; nil where it counts nothing then.
    private func placeWithoutStore(
        _ policy: InFlightPolicy, _ lease: Lease, _ place: Int
    ) throws(Refusal) -> LeaseAnswer? {
        switch policy.onStoreFailure {
        case .local:
            loop.metrics.fellBack(.local, limit: place)
            let inFlight = loop.leases.inFlight(lease)
            guard inFlight < policy.localMost else {
                return LeaseAnswer(isGranted: false, inFlight: policy.most)
            }
            hold(lease, isStored: false)
            return LeaseAnswer(isGranted: true, inFlight: inFlight + 1)
        case .deny where policy.mode == .enforce:
            loop.metrics.fellBack(.denied, limit: place)
            exchange.limitPlace = place
            throw .storeUnavailable
        case .allow, .deny:
            loop.metrics.fellBack(.allowed, limit: place)
            return nil
        }
    }

    private func hold(_ lease: Lease, isStored: Bool) {
        loop.leases.begin(lease, isStored: isStored)
        exchange.leases.append(lease)
    }

    /// Gives back every place that the request holds. The store is told without waiting; what does not reach it
    /// ends by itself.
    func givePlacesBack() {
        guard !exchange.leases.isEmpty else { return }
        let stored = exchange.leases.filter { loop.leases.end($0) }
        exchange.leases.removeAll(keepingCapacity: true)
        if !stored.isEmpty { loop.services.store.release(stored) }
    }
}
