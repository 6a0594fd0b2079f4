import GatewayCore

/// What a request was matched to, with everything that does not change from request to request worked out
/// once: the policies by the moment at which their subject is known, and the header that announces them.
final class Target {
    enum Kind {
        case forward(UpstreamPool, sendsAssertion: Bool)
        case endpoint(Endpoint)
    }

    let kind: Kind
    /// The route's pattern or the endpoint's path: what the access log calls `route`.
    let name: String
    let require: Requirement
    let bodyLimit: Int
    /// Its name as policies by route count it.
    let limitName: String
    /// Charged before anybody is identified.
    let addressPolicies: [LimitPolicy]
    /// Charged once the session is known.
    let principalPolicies: [LimitPolicy]
    /// Bounds on requests in flight.
    let inFlightPolicies: [InFlightPolicy]
    /// The value of `RateLimit-Policy`; empty where no policy is enforced.
    let policyHeader: [UInt8]
    /// Whether the endpoint is one that a browser posts a password to.
    let takesCredentials: Bool
    /// Where its requests are counted.
    fileprivate(set) var places = LoopMetrics.Places()

    init(_ route: Route, upstream: UpstreamPool, limits: ConnectionLimits) {
        kind = .forward(upstream, sendsAssertion: upstream.settings.assertion && route.require != .anonymous)
        name = route.pattern.description
        limitName = LimitSubject.name(ofRoute: name)
        require = route.require
        bodyLimit = min(route.bodyLimit, limits.bodyLimitMax)
        (addressPolicies, principalPolicies) = Self.split(route.limits)
        inFlightPolicies = route.inFlight
        policyHeader = RateLimitFields.policy(addressPolicies + principalPolicies, inFlight: route.inFlight)
        takesCredentials = false
    }

    init(_ endpoint: Endpoint, policies: [LimitPolicy]) {
        kind = .endpoint(endpoint)
        name = endpoint.path
        limitName = LimitSubject.name(ofRoute: name)
        require = endpoint.require
        bodyLimit = endpoint.bodyLimit
        (addressPolicies, principalPolicies) = Self.split(policies)
        inFlightPolicies = []
        policyHeader = RateLimitFields.policy(addressPolicies + principalPolicies)
        takesCredentials = endpoint.takesCredentials
    }

    /// Where the decisions of one of its policies are counted. It is looked for, so not for every request.
    func place(of policy: LimitPolicy) -> Int? {
        if let index = addressPolicies.firstIndex(where: { $0.name == policy.name }) {
            return places.addressPolicies[index]
        }
        return principalPolicies.firstIndex { $0.name == policy.name }.map { places.principalPolicies[$0] }
    }

    fileprivate func enrol(in metrics: inout LoopMetrics) {
        var upstream: String?
        if case .forward(let pool, _) = kind { upstream = pool.settings.name }
        places = metrics.enrol(
            route: name, upstream: upstream, addressPolicies: addressPolicies,
            principalPolicies: principalPolicies, inFlightPolicies: inFlightPolicies)
    }

    private static func split(_ policies: [LimitPolicy]) -> (address: [LimitPolicy], principal: [LimitPolicy])
    {
        (policies.filter { !$0.key.needsPrincipal }, policies.filter(\.key.needsPrincipal))
    }
}

/// The gateway's endpoints and the routes behind them, ready to be matched.
final class TargetTable {
    private var endpoints: [String: [(method: String, target: Target)]] = [:]
    /// Endpoints whose last segment is `{id}`, by what stands before it.
    private var endpointsWithID: [String: [(method: String, target: Target)]] = [:]
    /// Whether any endpoint's path, or what stands before its `{id}`, is that long: spares most requests the
    /// look-up.
    private var mayBeEndpoint = [Bool](repeating: false, count: longestPath)
    private var mayBePrefix = [Bool](repeating: false, count: longestPath)
    private static let longestPath = 256
    private let routes: RouteTable
    private let routeTargets: [Target]

    init(
        settings: GatewaySettings, endpoints: [Endpoint], pools: [String: UpstreamPool],
        metrics: inout LoopMetrics
    ) {
        routes = RouteTable(settings.routes.routes.filter { pools[$0.upstream] != nil })
        routeTargets = routes.routes.compactMap { route in
            pools[route.upstream].map { Target(route, upstream: $0, limits: settings.limits) }
        }
        for endpoint in endpoints {
            let policies =
                endpoint.takesCredentials
                ? settings.credentialPolicies + (endpoint.registers ? settings.registrationPolicies : [])
                : endpoint.require == .anonymous ? [] : settings.endpointPolicies
            let entry = (endpoint.method, Target(endpoint, policies: policies))
            if endpoint.path.hasSuffix("{id}") {
                endpointsWithID[String(endpoint.path.dropLast(4)), default: []].append(entry)
                mayBePrefix[endpoint.path.utf8.count - 4] = true
            } else {
                self.endpoints[endpoint.path, default: []].append(entry)
                mayBeEndpoint[endpoint.path.utf8.count] = true
            }
        }
        for target in routeTargets { target.enrol(in: &metrics) }
        for (_, entries) in endpointsWithID.sorted(by: { $0.key < $1.key }) {
            for entry in entries { entry.target.enrol(in: &metrics) }
        }
        for (_, entries) in self.endpoints.sorted(by: { $0.key < $1.key }) {
            for entry in entries { entry.target.enrol(in: &metrics) }
        }
    }

    /// The target of a request. `path` is decoded.
    func match(method: RequestHead.Method, methodName: String, path: [UInt8])
        throws(Refusal) -> Target
    {
        if let entries = endpointEntries(path) {
            // HEAD is GET without the body (RFC 9110 §9.3.2).
            let wanted = method == .head ? "GET" : methodName
            if let entry = entries.first(where: { $0.method == wanted }) { return entry.target }
            let allowed = entries.flatMap { $0.method == "GET" ? ["GET", "HEAD"] : [$0.method] }
            throw .methodNotAllowed(allowed: allowed.joined(separator: ", "))
        }
        switch routes.match(method: methodName, path: path) {
        case .route(let index): return routeTargets[index]
        case .wrongMethod(let allowed): throw .methodNotAllowed(allowed: allowed)
        case .none: throw .noRoute
        }
    }

    private func endpointEntries(_ path: [UInt8]) -> [(method: String, target: Target)]? {
        guard path.count < Self.longestPath, mayBeEndpoint[path.count] else {
            return entriesWithID(path)
        }
        return endpoints[String(decoding: path, as: UTF8.self)] ?? entriesWithID(path)
    }

    private func entriesWithID(_ path: [UInt8]) -> [(method: String, target: Target)]? {
        guard path.count < Self.longestPath, let slash = path.lastIndex(of: ASCII.slash),
            slash < path.count - 1, mayBePrefix[slash + 1]
        else { return nil }
        return endpointsWithID[String(decoding: path[...slash], as: UTF8.self)]
    }
}
