import GatewayCore
import ServiceCore

/// What one event loop has counted since the process began: plain numbers at fixed places, so that counting
/// costs a request no look-up, no allocation and no lock. A copy of it is what a scrape takes away.
///
/// Places are given out when a configuration is put to use, by the name of the route, of the upstream, and of
/// the policy on its route. A name that comes back after a reload has its place and its counts back. Names are never
/// taken out, because a request under way may still count at their places; `mostNames` bounds how many
/// there can be, and what comes after shares the place called `other`.
struct LoopMetrics: Sendable {
    /// Where a target's requests are counted.
    struct Places: Sendable {
        var route = LoopMetrics.unmatched
        /// Nil where nothing is forwarded.
        var upstream: Int?
        /// One for each of the target's policies, in their order.
        var addressPolicies: [Int] = []
        var principalPolicies: [Int] = []
        var inFlightPolicies: [Int] = []
    }

    /// A policy on a route.
    struct Limit: Sendable, Hashable {
        var route: String
        var policy: String
    }

    /// What a policy said of a request.
    enum Decision: Int, Sendable, CaseIterable {
        case admitted, refused
        /// The same of a policy in shadow mode, which refuses nobody.
        case shadowAdmitted, shadowRefused
        /// It was not asked: the store was away, and it lets pass what it cannot count.
        case uncounted
    }

    /// What a policy did while the store was away.
    enum Fallback: Int, Sendable, CaseIterable {
        case local, allowed, denied
    }

    /// The first digit of a status; `none` where no answer was sent.
    static let statusClasses = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]
    static let unmatched = 0
    static let overflow = 1
    /// Names of routes and of upstreams, and policies on routes, that have places of their own.
    static let mostNames = 1_024
    private let mostNames: Int

    private(set) var routes = ["none", "other"]
    private(set) var upstreams = ["other"]
    private(set) var limits = [Limit(route: "other", policy: "other")]
    private var routePlaces: [String: Int] = [:]
    private var upstreamPlaces: [String: Int] = [:]
    private var limitPlaces: [Limit: Int] = [:]

    /// At route × status class.
    private(set) var requests: [Int]
    /// At route × code.
    private(set) var refusals: [Int]
    /// At limit × decision, at limit × fallback, and at limit: refusals that name the policy as the reason.
    private(set) var decisions: [Int]
    private(set) var fallbacks: [Int]
    private(set) var rateLimited: [Int]
    private(set) var denied: [Int]
    /// At limit: requests refused because the policy was remembered to be exhausted.
    private(set) var remembered: [Int]
    private(set) var bytesReceived = 0
    private(set) var bytesSent = 0
    private(set) var total = Histogram()
    private(set) var gateway = Histogram()
    private(set) var store = Histogram()
    /// At upstream.
    private(set) var upstream: [Histogram]
    /// At upstream: what pools did that a reload has replaced.
    private(set) var retired: [UpstreamCounts]
    /// At the place of a `StoreFault`'s kind.
    private(set) var storeFaults = [Int](repeating: 0, count: StoreFault.kinds.count)
    /// Requests served by a session from memory because the store was away.
    private(set) var sessionsFromMemory = 0
    var lag = LoopLag()

    init(mostNames: Int = LoopMetrics.mostNames) {
        self.mostNames = mostNames
        requests = [Int](repeating: 0, count: routes.count * Self.statusClasses.count)
        refusals = [Int](repeating: 0, count: routes.count * Refusal.codes.count)
        decisions = [Int](repeating: 0, count: limits.count * Decision.allCases.count)
        fallbacks = [Int](repeating: 0, count: limits.count * Fallback.allCases.count)
        rateLimited = [Int](repeating: 0, count: limits.count)
        denied = [Int](repeating: 0, count: limits.count)
        remembered = [Int](repeating: 0, count: limits.count)
        upstream = [Histogram](repeating: Histogram(), count: upstreams.count)
        retired = [UpstreamCounts](repeating: UpstreamCounts(), count: upstreams.count)
    }

    // MARK: Giving out places

    /// The places of a target, which it has already where its names are known.
    mutating func enrol(
        route: String, upstream: String?, addressPolicies: [LimitPolicy], principalPolicies: [LimitPolicy],
        inFlightPolicies: [InFlightPolicy] = []
    ) -> Places {
        var places = Places(route: place(ofRoute: route), upstream: upstream.map { place(ofUpstream: $0) })
        // A route that has no place of its own has none for its policies either.
        let name = routes[places.route]
        places.addressPolicies = addressPolicies.map { place(of: Limit(route: name, policy: $0.name)) }
        places.principalPolicies = principalPolicies.map { place(of: Limit(route: name, policy: $0.name)) }
        places.inFlightPolicies = inFlightPolicies.map { place(of: Limit(route: name, policy: $0.name)) }
        return places
    }

    private mutating func place(ofRoute name: String) -> Int {
        if let place = routePlaces[name] { return place }
        guard routePlaces.count < mostNames else { return Self.overflow }
        routes.append(name)
        routePlaces[name] = routes.count - 1
        requests.append(contentsOf: repeatElement(0, count: Self.statusClasses.count))
        refusals.append(contentsOf: repeatElement(0, count: Refusal.codes.count))
        return routes.count - 1
    }

    private mutating func place(ofUpstream name: String) -> Int {
        if let place = upstreamPlaces[name] { return place }
        guard upstreamPlaces.count < mostNames else { return 0 }
        upstreams.append(name)
        upstreamPlaces[name] = upstreams.count - 1
        upstream.append(Histogram())
        retired.append(UpstreamCounts())
        return upstreams.count - 1
    }

    private mutating func place(of limit: Limit) -> Int {
        if let place = limitPlaces[limit] { return place }
        guard limitPlaces.count < mostNames else { return 0 }
        limits.append(limit)
        limitPlaces[limit] = limits.count - 1
        decisions.append(contentsOf: repeatElement(0, count: Decision.allCases.count))
        fallbacks.append(contentsOf: repeatElement(0, count: Fallback.allCases.count))
        rateLimited.append(0)
        denied.append(0)
        remembered.append(0)
        return limits.count - 1
    }

    // MARK: Counting

    /// A request's times, in microseconds, as the access log has them too.
    struct Times {
        var total: Int64
        var upstream: Int64
        var store: Int64
        /// What is left of the total: the gateway's own share.
        var gateway: Int64 { max(0, total - upstream - store) }
    }

    /// Counts a request that is over: exactly those that the access log has a line for.
    mutating func finished(
        at places: Places?, status: Int, code: String?, limit: Int?, times: Times, received: Int, sent: Int
    ) {
        let route = places?.route ?? Self.unmatched
        let statusClass = (100..<600).contains(status) ? status / 100 : 0
        requests[route &* Self.statusClasses.count &+ statusClass] &+= 1
        bytesReceived &+= received
        bytesSent &+= sent
        if let code { refused(code, route: route, limit: limit) }
        // How long an upgraded connection lived says nothing of how fast anything is.
        guard status != 101 else { return }
        total.record(microseconds: Int(times.total))
        gateway.record(microseconds: Int(times.gateway))
        if times.store > 0 { store.record(microseconds: Int(times.store)) }
        if let place = places?.upstream, times.upstream > 0 {
            upstream[place].record(microseconds: Int(times.upstream))
        }
    }

    private mutating func refused(_ code: String, route: Int, limit: Int?) {
        let place = Refusal.place(ofCode: code)
        refusals[route &* Refusal.codes.count &+ place] &+= 1
        guard let limit else { return }
        if place == Self.rateLimitedCode {
            rateLimited[limit] &+= 1
        } else if place == Self.storeUnavailableCode {
            denied[limit] &+= 1
        }
    }

    static let rateLimitedCode = Refusal.place(ofCode: "rate-limited")
    static let storeUnavailableCode = Refusal.place(ofCode: "store-unavailable")

    /// Counts what a policy said of a request.
    mutating func decided(_ outcome: LimitOutcome, _ mode: LimitPolicy.Mode, limit: Int) {
        let decision: Decision =
            switch (outcome.isCounted, mode, outcome.isAdmitted) {
            case (false, _, _): .uncounted
            case (true, .enforce, true): .admitted
            case (true, .enforce, false): .refused
            case (true, .shadow, true): .shadowAdmitted
            case (true, .shadow, false): .shadowRefused
            }
        decisions[limit &* Decision.allCases.count &+ decision.rawValue] &+= 1
    }

    /// Counts what a policy did without the store.
    mutating func fellBack(_ fallback: Fallback, limit: Int) {
        fallbacks[limit &* Fallback.allCases.count &+ fallback.rawValue] &+= 1
    }

    /// Counts a request that was refused without asking the store.
    mutating func refusedFromMemory(limit: Int) { remembered[limit] &+= 1 }

    mutating func storeFailed(_ fault: StoreFault) { storeFaults[fault.kind] &+= 1 }

    /// Keeps what a pool has counted that goes.
    mutating func retire(_ counts: UpstreamCounts, of name: String) {
        let index = place(ofUpstream: name)
        retired[index] += counts
    }

    mutating func servedFromMemory() { sessionsFromMemory &+= 1 }
}

extension StoreFault {
    /// The words for the kinds of fault, for counting.
    static let kinds = ["unavailable", "timeout", "circuit-open", "read-only", "unexpected"]

    /// The place of this fault's kind among `kinds`.
    fileprivate var kind: Int {
        switch self {
        case .unavailable: 0
        case .timeout: 1
        case .circuitOpen: 2
        case .readOnly: 3
        case .unexpected: 4
        }
    }
}
