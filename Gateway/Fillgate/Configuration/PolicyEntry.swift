import GatewayCore

/// A limit policy as the configuration writes it.
struct LimitEntry: Sendable, Hashable {
    /// The policy that guards the endpoints that take credentials.
    static let loginName = "login"
    /// The policy that open registration meets besides.
    static let registerName = "register"

    var name = ""
    var key: [LimitPolicy.Key.Part] = []
    /// Both of these, or `inFlight`: the check of the settings sees to it.
    var rate: Rate?
    var burst: Int64?
    /// Requests that may be under way at one time.
    var inFlight: Int64?
    var cost: Int64 = 1
    var mode = LimitPolicy.Mode.enforce
    var onStoreFailure = LimitPolicy.StoreFailureAnswer.local
    var localShare = 1.0

    static let address = LimitEntry(
        name: "address", key: [.address], rate: Rate(count: 50, period: .seconds(1)), burst: 100)
    static let login = LimitEntry(
        name: loginName, key: [.address], rate: Rate(count: 10, period: .seconds(60)), burst: 10)
    static let register = LimitEntry(
        name: registerName, key: [.address], rate: Rate(count: 5, period: .seconds(3_600)), burst: 5)
    static let api = LimitEntry(
        name: "api", key: [.user], rate: Rate(count: 100, period: .seconds(1)), burst: 200)

    /// Nil where a number is out of the bounds of `GCRA`, which the check of the settings reports. `cost` is what
    /// a route says; nil for the policy's own.
    func policy(cost other: Int64? = nil) -> LimitPolicy? {
        guard let key = LimitPolicy.Key(key), let rate, let burst, inFlight == nil,
            let gcra = GCRA(count: rate.count, per: rate.period, burst: burst, cost: other ?? cost)
        else { return nil }
        return LimitPolicy(
            name: name, key: key, gcra: gcra, mode: mode, onStoreFailure: onStoreFailure,
            localShare: localShare)
    }

    /// Nil for a policy that is a rate.
    var inFlightPolicy: InFlightPolicy? {
        guard let key = LimitPolicy.Key(key), let inFlight else { return nil }
        return InFlightPolicy(
            name: name, key: key, most: inFlight, mode: mode, onStoreFailure: onStoreFailure,
            localShare: localShare)
    }
}

/// A policy as a route names it: `export`, or `export*10` where a request costs 10 here.
struct LimitAttachment: Sendable, Hashable {
    var name: String
    /// Nil: what the policy says.
    var cost: Int64?
}

/// A route as the configuration writes it.
struct RouteEntry: Sendable, Hashable {
    var path = PathPattern.everything
    var methods: [String]?
    var upstream = ""
    var require = Requirement.user
    var limits: [LimitAttachment] = []
    /// Nil: `connections.body-limit`.
    var bodyLimit: Int?

    static let api = RouteEntry(
        path: .literally("/api/v1/**"), upstream: "scheduler",
        limits: [.init(name: "address"), .init(name: "api")],
        bodyLimit: 10 << 20)
    static let app = RouteEntry(
        path: .literally("/app/**"), upstream: "scheduler", limits: [.init(name: "address")])
}

extension PathPattern {
    static let everything = literally("/**")

    /// A pattern that is written in this program. One that does not parse is a mistake in it.
    static func literally(_ text: StaticString) -> PathPattern {
        guard let pattern = PathPattern("\(text)") else { preconditionFailure("\(text) is no path pattern") }
        return pattern
    }
}

extension Settings {
    /// All policies that are rates, that of the credential endpoints included. Those that the check refused are left out.
    var policies: [LimitPolicy] { policyEntries.compactMap { $0.policy() } }

    /// The bounds on requests in flight.
    var inFlightPolicies: [InFlightPolicy] { policyEntries.compactMap(\.inFlightPolicy) }

    /// The policies as they are written, that named `login` where none is, and that named `register` where none
    /// is and registration is open.
    var policyEntries: [LimitEntry] {
        let own: [LimitEntry] = login.registration == .open ? [.login, .register] : [.login]
        return limits + own.filter { mine in !limits.contains { $0.name == mine.name } }
    }

    /// Policies of the endpoints that take credentials.
    var credentialPolicies: [LimitPolicy] {
        policies(named: endpoints.credentialLimits ?? [LimitEntry.loginName])
    }

    /// What open registration meets besides these.
    var registrationPolicies: [LimitPolicy] {
        login.registration == .open ? policies(named: [LimitEntry.registerName]) : []
    }

    /// Names of all policies that stand between an address and logging in.
    var namesOfLoginPolicies: Set<String> {
        Set((credentialPolicies + registrationPolicies).map(\.name))
    }

    /// Policies of the gateway's other endpoints.
    var endpointPolicies: [LimitPolicy] { policies(named: endpoints.limits ?? EndpointSettings.usualLimits) }

    private func policies(named names: [String]) -> [LimitPolicy] {
        let policies = policies
        return names.compactMap { name in policies.first { $0.name == name } }
    }

    private func policies(attached attachments: [LimitAttachment]) -> [LimitPolicy] {
        let entries = policyEntries
        return attachments.compactMap { attachment in
            entries.first { $0.name == attachment.name }?.policy(cost: attachment.cost)
        }
    }

    /// The routes with their policies. Names that the check refused are left out.
    var routeTable: RouteTable {
        RouteTable(
            routes.map { [inFlightPolicies] route in
                Route(
                    pattern: route.path, methods: route.methods, upstream: route.upstream,
                    require: route.require,
                    limits: policies(attached: route.limits),
                    inFlight: route.limits.compactMap { attachment in
                        inFlightPolicies.first { $0.name == attachment.name }
                    },
                    bodyLimit: route.bodyLimit ?? connections.bodyLimit)
            })
    }
}
