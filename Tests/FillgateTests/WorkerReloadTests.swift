import Foundation
import TestSupport
import Testing

@testable import Fillgate

@Suite("SIGHUP")
struct WorkerReloadTests {
    private func page(_ upstream: RecordingUpstream, _ path: String) -> String {
        """
        upstreams: { app: { addresses: [127.0.0.1:\(upstream.port)] } }
        routes: [{ path: \(path), upstream: app, require: anonymous }]

        """
    }

    @Test("a configuration with faults is refused with all of them in the log, and the old one serves on")
    func refused() async throws {
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: page(upstream, "/old"))
        let worker = try await RunningWorker(line)
        try line.rewrite(
            "drain-timeout: soon\nrouts: []\nlimits: []", redis: "password: [hunter2hunter2]")
        #expect(try await worker.reload() == nil)
        let faults = worker.records.filter {
            ($0["message"] as? String)?.hasPrefix("configuration: ") == true
        }
        #expect(
            faults.compactMap { $0["key"] as? String } == [
                "redis.password", "drain-timeout", "routs", "limits",
            ])
        #expect(faults[1]["file"] as? String == "\(line.config):5")
        #expect(!worker.process.output.contains("hunter2"))
        #expect(try await worker.ask("/old").status == 200)

        try line.rewrite(page(upstream, "/new"))
        #expect(try await worker.reload() == "routes[0].path")
        #expect(try await worker.ask("/new").status == 200)
        #expect(try await worker.ask("/old").status == 404)
        #expect(try await worker.reload() == "nothing")
        #expect(try await worker.process.stop() == .code(0))
    }

    @Test("limits, upstreams and sessions take effect, and a session outlives the reload")
    func limits() async throws {
        let upstream = try RecordingUpstream.echo()
        let other = try RecordingUpstream(answering: { _ in
            "HTTP/1.1 203 Other\r\nContent-Length: 0\r\n\r\n"
        })
        defer {
            upstream.stop()
            other.stop()
        }
        let line = try await CommandLine.start(extra: page(upstream, "/app"))
        try await line.addUser("alice@example.com")
        let worker = try await RunningWorker(line)
        let token = try #require(
            try await worker.logIn("alice@example.com").object["access_token"] as? String)
        #expect(try await worker.ask("/app").status == 200)
        try line.rewrite(
            page(other, "/app")
                + "limits: [{ name: address, key: [ip], rate: 1/h, burst: 2 }]\nendpoints: { limits: [address] }"
        )
        let changed = try await worker.reload()
        #expect(changed?.contains("upstreams.app.addresses") == true)
        #expect(try await worker.ask("/app").status == 203)
        #expect(try await worker.ask("/api/v1/auth/me", token: token).status == 200)
        #expect(try await worker.ask("/api/v1/auth/me", token: token).status == 200)
        #expect(try await worker.ask("/api/v1/auth/me", token: token).status == 429)
    }

    @Test("the log's level, its form and the access log change with a reload")
    func log() async throws {
        let line = try await CommandLine.start(extra: "upstreams: {}\nlog: { access: false }")
        let worker = try await RunningWorker(line)
        #expect(try await worker.ask("/health").status == 200)
        try line.rewrite("upstreams: {}\nlog: { access: true }")
        #expect(try await worker.reload() == "log.access")
        #expect(try await worker.ask("/ready?second").status == 200)
        try await eventually("the access log has begun") {
            worker.records.contains { $0["path"] as? String == "/ready" }
        }
        #expect(!worker.records.contains { $0["path"] as? String == "/health" })
        try line.rewrite("upstreams: {}\nlog: { format: text }")
        worker.process.signal(SIGHUP)
        try await worker.process.wait(forOutput: " NOTICE reloaded changed=log.format")
        let upstream = try RecordingUpstream.echo()
        defer { upstream.stop() }
        try line.rewrite(page(upstream, "/app") + "log: { level: warning }")
        worker.process.signal(SIGHUP)
        try await eventually("the new route is there") { try await worker.ask("/app").status == 200 }
        #expect(try await worker.process.stop() == .code(0))
        #expect(!worker.process.output.contains("stopped"))
    }

    @Test("the operators' listener moves, and stays where its new address is taken")
    func operations() async throws {
        let line = try await CommandLine.start()
        let port = try LoopbackPort.free()
        try line.rewrite("upstreams: {}", operations: "127.0.0.1:\(port)")
        let worker = try await RunningWorker(line)
        #expect(worker.operations == port)
        let next = try LoopbackPort.free()
        try line.rewrite("upstreams: {}", operations: "127.0.0.1:\(next)")
        #expect(try await worker.reload() == "operations.address")
        #expect(try await worker.ask("/health", port: next).status == 200)
        #expect(!LoopbackPort.accepts(port))
        try line.rewrite("upstreams: {}\ndrain-timeout: 1s", operations: "127.0.0.1:\(worker.port)")
        #expect(try await worker.reload() == nil)
        #expect(worker.process.output.contains("cannot listen on 127.0.0.1:\(worker.port)"))
        #expect(try await worker.ask("/health", port: next).status == 200)
        #expect(try await worker.process.stop() == .code(0))
    }

    @Test("a reload that needs a restart for one key says so and applies the rest")
    func restart() async throws {
        let line = try await CommandLine.start()
        let worker = try await RunningWorker(line)
        try line.rewrite("upstreams: {}\nevent-loops: 3\nissuer: other")
        #expect(try await worker.reload() == "issuer")
        let warnings = worker.records(saying: "this takes effect with the next start only")
        #expect(warnings.compactMap { $0["key"] as? String } == ["event-loops"])
    }

    @Test("signing keys are read anew, and served with those of before")
    func keys() async throws {
        let line = try await CommandLine.start()
        let worker = try await RunningWorker(line)
        func served() async throws -> [String] {
            let set = try await worker.ask("/.well-known/fillgate-jwks.json")
            let keys = set.object["keys"] as? [[String: Any]]
            return keys?.compactMap { $0["kid"] as? String } ?? []
        }
        try await eventually("the first key is served") { try await served().count == 1 }
        let first = try await served()
        let other = try SigningKeys(directory: line.folder.file("other"))
        try FileManager.default.copyItem(
            atPath: line.folder.file("other/signing-key.ed25519"),
            toPath: line.folder.file("data/signing-key.next.ed25519"))
        #expect(try await worker.reload() == "signing keys")
        #expect(try await served() == first + other.names)
        #expect(chmod(line.folder.file("data/signing-key.next.ed25519"), 0o644) == 0)
        #expect(try await worker.reload() == nil)
        #expect(try await served() == first + other.names)
    }

    @Test(
        "a worker has a connection to Redis for each event loop, and one that hears of ended sessions",
        arguments: [1, 3])
    func redisConnectionsByLoop(loops: Int) async throws {
        let line = try await CommandLine.start(extra: "upstreams: {}\nevent-loops: \(loops)\n")
        let worker = try await RunningWorker(line)
        func connections() throws -> Int {
            guard case .text(let list) = try line.redis.command("CLIENT", "LIST") else { return -1 }
            // One of them asks this.
            return list.split(separator: "\n").count - 1
        }
        try await eventually("the worker is ready") { try await worker.ask("/ready").status == 200 }
        try await eventually("it hears what is told") { try connections() >= loops + 1 }
        // What is done beside serving has been done by then: keys are published.
        try await eventually("its key is published") {
            guard case .list(let keys) = try line.redis.command("KEYS", "fg:keys") else { return false }
            return !keys.isEmpty
        }
        #expect(try connections() == loops + 1)
    }

    @Test("new connections to Redis take the place of the old ones, whose number does not grow")
    func redisConnections() async throws {
        let line = try await CommandLine.start()
        let worker = try await RunningWorker(line)
        func connections() throws -> Int {
            guard case .text(let list) = try line.redis.command("CLIENT", "LIST") else { return -1 }
            return list.split(separator: "\n").count
        }
        try await eventually("the worker is ready") { try await worker.ask("/ready").status == 200 }
        let before = try connections()
        for round in 0..<10 {
            try line.rewrite("upstreams: {}", redis: "deadline: \(1_000 + round)ms")
            #expect(try await worker.reload() == "redis.deadline")
            #expect(try await worker.ask("/ready").status == 200)
        }
        try await eventually("the old connections are gone") { try connections() <= before }
    }

    @Test("a second SIGTERM cuts the drain short and exits 1")
    func hurried() async throws {
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {}
        }
        defer { upstream.stop() }
        let line = try await CommandLine.start(extra: page(upstream, "/app"))
        let worker = try await RunningWorker(line)
        let client = try RawClient(port: worker.port)
        try await client.send("GET /app HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("the request is under way") {
            upstream.requests.contains { $0.line.hasPrefix("GET /app ") }
        }
        worker.process.signal(SIGTERM)
        try await worker.process.wait(forOutput: "draining")
        #expect(worker.process.isRunning)
        worker.process.signal(SIGTERM)
        #expect(try await worker.process.waitForExit() == .code(1))
    }
}
