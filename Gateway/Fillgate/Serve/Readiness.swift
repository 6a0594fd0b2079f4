import GatewayCore
import NIOCore

/// Whether this worker can serve: Redis answers, and at least one address of every upstream that a route
/// names.
///
/// Asked over and over by load balancers, so what was found is kept for a moment, and one round of asking
/// serves all who ask meanwhile.
actor Readiness {
    /// How long what was found is kept.
    static let freshness = Duration.milliseconds(500)
    /// How long one round may take.
    static let deadline = Duration.milliseconds(800)

    private let upstreams: [UpstreamSettings]
    private let group: any EventLoopGroup
    private let isRedisReachable: @Sendable () async -> Bool
    private var found: (problems: [String], at: ContinuousClock.Instant)?
    private var asking: Task<[String], Never>?

    init(
        upstreams: [UpstreamSettings], group: any EventLoopGroup,
        isRedisReachable: @escaping @Sendable () async -> Bool
    ) {
        self.upstreams = upstreams
        self.group = group
        self.isRedisReachable = isRedisReachable
    }

    /// What is wrong, in words; empty when the worker is ready.
    func problems() async -> [String] {
        if let found, found.at.duration(to: .now) < Self.freshness { return found.problems }
        if let asking { return await asking.value }
        let task = Task { await ask() }
        asking = task
        let problems = await task.value
        found = (problems, .now)
        asking = nil
        return problems
    }

    private func ask() async -> [String] {
        let group = group
        let isRedisReachable = isRedisReachable
        return await withTaskGroup(of: String?.self) { tasks in
            tasks.addTask { await isRedisReachable() ? nil : "redis cannot be reached" }
            for upstream in upstreams {
                tasks.addTask { await Self.problem(of: upstream, group) }
            }
            var problems: [String] = []
            for await problem in tasks {
                if let problem { problems.append(problem) }
            }
            return problems.sorted()
        }
    }

    private static func problem(of upstream: UpstreamSettings, _ group: any EventLoopGroup) async -> String? {
        var faults: [String] = []
        for address in upstream.addresses {
            let fault = await UpstreamProbe.fault(
                of: address, path: upstream.healthPath, on: group, deadline: deadline)
            guard let fault else { return nil }
            faults.append("\(address) \(fault.sentence)")
        }
        return "upstream \(upstream.name): \(faults.joined(separator: ", "))"
    }
}
