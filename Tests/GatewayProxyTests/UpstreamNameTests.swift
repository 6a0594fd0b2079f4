import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

/// A name server whose answers a test may change.
private final class Names: Sendable {
    private let answers: Mutex<[String]?>

    /// Nil: it does not answer.
    init(_ answers: [String]?) { self.answers = Mutex(answers) }

    func set(_ answers: [String]?) { self.answers.withLock { $0 = answers } }

    var resolver: NameResolver {
        { [self] _ in
            guard let answers = answers.withLock({ $0 }) else { throw NameLookup.Fault.timeout }
            return try answers.map { try SocketAddress(ipAddress: $0, port: 0) }
        }
    }
}

@Suite("Names of upstreams")
struct UpstreamNameTests {
    @Test("when a name leads elsewhere, new requests go there and those under way finish where they are")
    func change() async throws {
        let gate = DispatchSemaphore(value: 0)
        let old = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target == "/open/held" { gate.wait() }
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold")
            }
        }
        let new = try await UpstreamServer.start(
            "new", at: SocketAddress(ipAddress: "127.0.0.2", port: old.port))
        let names = Names(["127.0.0.1"])
        try await withGateway(
            old,
            {
                $0.resolver = names.resolver
                $0.upstream.addresses = [.host("app.test", port: old.port)]
                $0.upstream.resolveInterval = .milliseconds(100)
            }
        ) { rig in
            let (client, held) = (try rig.client(), try rig.client())
            #expect(try await client.request("GET", "/open/x").text == "old")
            try await held.send("GET /open/held HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it is under way") { old.requests.count == 2 }
            #expect(try await client.request("GET", "/open/x").text == "old")
            names.set(["127.0.0.2"])
            try await eventually("the name leads elsewhere") {
                try await client.request("GET", "/open/x").text == "new"
            }
            #expect(try await rig.onPools { $0.endpoints.map(\.address.text) } == [["127.0.0.2:\(old.port)"]])
            // The idle connection to the old address is gone, the busy one is not.
            #expect(try await rig.onPools { $0.idleCount } == [1])
            gate.signal()
            #expect(try await held.response().text == "old")
            #expect(try await rig.onPools { $0.idleCount } == [1])
        }
        try await new.stop()
    }

    @Test("all addresses of a name are used, each once")
    func all() async throws {
        let first = try RecordingUpstream.echo()
        let second = try await UpstreamServer.start(
            "second", at: SocketAddress(ipAddress: "127.0.0.2", port: first.port))
        let names = Names(["127.0.0.2", "127.0.0.1", "127.0.0.2"])
        try await withGateway(
            first,
            {
                $0.resolver = names.resolver
                $0.upstream.addresses = [
                    .host("app.test", port: first.port), .host("127.0.0.1", port: first.port),
                ]
            }
        ) { rig in
            var texts: Set<String> = []
            for _ in 0..<4 { texts.insert(try await rig.request("GET", "/open/x").text) }
            #expect(texts == ["", "second"])
            #expect(try await rig.onPools { $0.endpoints.count } == [2])
        }
        try await second.stop()
    }

    @Test("while names cannot be looked up the last answer stays")
    func lastAnswer() async throws {
        let upstream = try RecordingUpstream.echo()
        let names = Names(["127.0.0.1"])
        let asked = Mutex(0)
        let resolver = names.resolver
        try await withGateway(
            upstream,
            {
                $0.resolver = { name in
                    asked.withLock { $0 += 1 }
                    return try await resolver(name)
                }
                $0.upstream.addresses = [.host("app.test", port: upstream.port)]
                $0.upstream.resolveInterval = .milliseconds(50)
            }
        ) { rig in
            for answer in [nil, []] as [[String]?] {
                names.set(answer)
                let before = asked.withLock { $0 }
                try await eventually("it was asked again, twice") { asked.withLock { $0 } > before + 2 }
                #expect(try await rig.request("GET", "/open/x").status == 200)
            }
        }
    }

    @Test("a name that resolves later than the start is 502 upstream-unreachable until it does")
    func late() async throws {
        let upstream = try RecordingUpstream.echo()
        let names = Names(nil)
        try await withGateway(
            upstream,
            {
                $0.resolver = names.resolver
                $0.upstream.addresses = [.host("app.test", port: upstream.port)]
                $0.upstream.breaker.requests = 0
            }
        ) { rig in
            let answer = try await rig.request("GET", "/open/x")
            #expect(answer.status == 502 && answer.text.contains("upstream-unreachable"))
            let settings = try #require(try await rig.onPools { $0.settings }.first)
            #expect(
                rig.gateway.upstreams.report(of: settings).problem
                    == "upstream main: app.test:\(upstream.port) cannot be resolved")
            names.set(["127.0.0.1"])
            try await eventually("it is found") {
                try await rig.request("GET", "/open/x").status == 200
            }
            #expect(rig.gateway.upstreams.report(of: settings).problem == nil)
        }
    }

    @Test(
        "a reload knows the names of its upstreams before the first request, and forgets those of the old ones"
    )
    func reload() async throws {
        let upstream = try RecordingUpstream.echo()
        let names = Names(["127.0.0.1"])
        try await withGateway(upstream, { $0.resolver = names.resolver }) { rig in
            let before = try #require(try await rig.onPools { $0.settings }.first)
            #expect(try await rig.request("GET", "/open/x").status == 200)
            try await rig.reload { $0.upstream.addresses = [.host("app.test", port: upstream.port)] }
            #expect(try await rig.request("GET", "/open/x").status == 200)
            let after = try #require(try await rig.onPools { $0.settings }.first)
            #expect(rig.gateway.upstreams.watched == [after] && before != after)
        }
    }

    // MARK: The system's names

    @Test("the system knows localhost, and says that there is nothing where there is nothing")
    func system() async throws {
        let names = NameLookup()
        defer { names.stop() }
        let found = try await names.addresses(of: "localhost")
        #expect(found.contains { $0.ipAddress == "127.0.0.1" || $0.ipAddress == "::1" })
        await #expect(throws: NameLookup.Fault.self) { try await names.addresses(of: "no-such-name.invalid") }
    }

    @Test("after the end nothing is looked up, and whoever waits is told so")
    func stopped() async throws {
        let names = NameLookup()
        names.stop()
        await #expect(throws: NameLookup.Fault.stopped) { try await names.addresses(of: "localhost") }
    }

    @Test("a look-up that takes no notice of being cancelled is waited for no longer than its time")
    func deadline() async throws {
        let release = Mutex<CheckedContinuation<Void, Never>?>(nil)
        await #expect(throws: NameLookup.Fault.timeout) {
            try await within(.milliseconds(50)) {
                await withCheckedContinuation { continuation in release.withLock { $0 = continuation } }
            }
        }
        release.withLock { $0 }?.resume()
    }
}
