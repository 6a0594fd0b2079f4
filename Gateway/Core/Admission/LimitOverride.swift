/// A change that an operator makes to a policy or a route for a while, on all workers at once.
package struct LimitOverride: Sendable, Hashable, Codable {
    /// What it changes.
    package enum Target: Sendable, Hashable, Codable {
        /// The policy of that name.
        case policy(String)
        /// Every route with that pattern.
        case route(String)
    }

    /// What a policy admits in the long run, in place of its own rate.
    package struct Rate: Sendable, Hashable, Codable {
        package var count: Int64
        package var microseconds: Int64

        package init(count: Int64, per period: Duration) {
            self.count = count
            microseconds = period.wholeMicroseconds
        }
    }

    /// No override lasts longer than this.
    package static let longest = Duration.seconds(7 * 86_400)
    /// Overrides that there may be at one time.
    package static let most = 256

    package var target: Target
    package var rate: Rate?
    package var burst: Int64?
    package var inFlight: Int64?
    package var mode: LimitPolicy.Mode?
    /// Bytes; the configuration's `body-limit-max` holds all the same.
    package var bodyLimit: Int?
    /// Who made it, as they say themselves.
    package var author: String
    /// By the store's clock, as is the end.
    package var setAt = Timestamp(microseconds: 0)
    package var until = Timestamp(microseconds: 0)

    package init(_ target: Target, author: String) {
        self.target = target
        self.author = author
    }
}

extension LimitPolicy {
    /// The policy under those of `overrides` that are for it. One that would make nothing of it, such as a burst
    /// below its cost, changes nothing.
    package func overridden(by overrides: [LimitOverride]) -> LimitPolicy {
        guard let override = overrides.first(where: { $0.target == .policy(name) }) else { return self }
        return LimitPolicy(
            name: name, key: key, gcra: gcra.overridden(by: override) ?? gcra, mode: override.mode ?? mode,
            onStoreFailure: onStoreFailure, localShare: localShare)
    }
}

extension GCRA {
    /// Nil where the override makes no limit of it.
    package func overridden(by override: LimitOverride) -> GCRA? {
        let rate = override.rate ?? LimitOverride.Rate(count: 1, per: .microseconds(interval))
        return GCRA(
            count: rate.count, per: .microseconds(rate.microseconds), burst: override.burst ?? burst,
            cost: cost)
    }
}

extension InFlightPolicy {
    package func overridden(by overrides: [LimitOverride]) -> InFlightPolicy {
        guard let override = overrides.first(where: { $0.target == .policy(name) }) else { return self }
        var policy = self
        if let most = override.inFlight, most >= 1 { policy.most = most }
        policy.mode = override.mode ?? mode
        return policy
    }
}

extension Route {
    package func overridden(by overrides: [LimitOverride]) -> Route {
        var route = self
        route.limits = limits.map { $0.overridden(by: overrides) }
        route.inFlight = inFlight.map { $0.overridden(by: overrides) }
        let own = overrides.first { $0.target == .route(pattern.description) }
        if let limit = own?.bodyLimit, limit >= 0 { route.bodyLimit = limit }
        return route
    }
}
