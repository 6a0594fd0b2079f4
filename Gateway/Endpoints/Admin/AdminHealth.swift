import GatewayCore

/// What Redis says of itself, and how soon.
package struct StoreHealth: Sendable, Encodable {
    /// From the question to the answer, in milliseconds.
    package var latency: Double
    /// One, or a Cluster's primaries.
    package var servers: [Server]

    package struct Server: Sendable, Encodable {
        /// Which node of a Cluster; nil where there is one server.
        package var server: String?
        package var version: String
        package var role: String
        package var replicas: Int
        /// Bytes; a bound of 0 is none.
        package var memoryUsed: Int64
        package var memoryBound: Int64
        package var evictionPolicy: String
        package var appendsToFile: Bool

        package init(
            server: String?, version: String, role: String, replicas: Int, memoryUsed: Int64,
            memoryBound: Int64, evictionPolicy: String, appendsToFile: Bool
        ) {
            self.server = server
            self.version = version
            self.role = role
            self.replicas = replicas
            self.memoryUsed = memoryUsed
            self.memoryBound = memoryBound
            self.evictionPolicy = evictionPolicy
            self.appendsToFile = appendsToFile
        }

        enum CodingKeys: String, CodingKey {
            case server, version, role, replicas
            case memoryUsed = "memory_used"
            case memoryBound = "memory_bound"
            case evictionPolicy = "eviction_policy"
            case appendsToFile = "append_only"
        }
    }

    package init(latency: Double, servers: [Server]) {
        self.latency = latency
        self.servers = servers
    }

    enum CodingKeys: String, CodingKey {
        case servers
        case latency = "latency_ms"
    }
}

/// `/api/v1/admin/health`: Redis, and every worker with the upstreams as it sees them.
enum AdminHealth {
    /// `GET`: `{"at", "redis": {…}, "workers": […]}`; workers say how they are about once a second, and are listed for
    /// some seconds after they have fallen silent.
    static func show(_ context: EndpointContext) -> Endpoint {
        Endpoint(admin: "GET", "/health") { request throws(Refusal) in
            let (health, reports) = try await context.asking { store throws(StoreFault) in
                (try await context.storeHealth(), try await store.workerReports())
            }
            return try .json(
                Answer(
                    at: CalendarText.rfc3339(request.now), redis: health, workers: reports.map(Worker.init)))
        }
    }

    private struct Answer: Encodable {
        var at: String
        var redis: StoreHealth
        var workers: [Worker]
    }

    /// A report with its moment as text, and without the figures that `/limits` adds up.
    private struct Worker: Encodable {
        var report: WorkerReport

        init(_ report: WorkerReport) { self.report = report }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(report.worker, forKey: .worker)
            try fields.encode(report.version, forKey: .version)
            try fields.encode(
                CalendarText.rfc3339Milliseconds(Timestamp(microseconds: report.at)), forKey: .at)
            try fields.encode(report.isDraining, forKey: .draining)
            try fields.encode(report.connections, forKey: .connections)
            try fields.encode(report.requests, forKey: .requests)
            try fields.encode(report.failures, forKey: .failures)
            try fields.encode(report.logins, forKey: .logins)
            try fields.encode(report.redis, forKey: .redis)
            try fields.encode(report.upstreams, forKey: .upstreams)
        }

        enum CodingKeys: String, CodingKey {
            case worker, version, at, draining, connections, requests, failures, logins, redis, upstreams
        }
    }
}
