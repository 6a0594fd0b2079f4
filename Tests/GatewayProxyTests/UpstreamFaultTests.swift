import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Upstreams that fail")
struct UpstreamFaultTests {
    private func code(_ answer: RawMessage) -> String {
        let problem = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return problem?["code"] as? String ?? ""
    }

    @Test("an upstream that is not there is 502 upstream-unreachable, and the connection lives on")
    func unreachable() async throws {
        let upstream = try RecordingUpstream.echo()
        let nobody = try ClosedPort()
        try await withGateway(upstream, { $0.upstream.addresses = [.host("127.0.0.1", port: nobody.port)] }) {
            rig in
            let client = try rig.client()
            for _ in 0..<3 {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.status == 502 && code(answer) == "upstream-unreachable")
            }
            let post = try await client.request("POST", "/open/x", body: "hello")
            #expect(post.status == 502)
            try await rig.expectNothingHeld()
        }
        withExtendedLifetime(nobody) {}
    }

    @Test("of two addresses the one that answers serves every request")
    func secondAddress() async throws {
        let upstream = try RecordingUpstream.echo()
        let nobody = try ClosedPort()
        try await withGateway(
            upstream,
            {
                $0.upstream.addresses = [
                    .host("127.0.0.1", port: nobody.port), .host("127.0.0.1", port: upstream.port),
                ]
            }
        ) { rig in
            for _ in 0..<5 {
                let answer = try await rig.request("POST", "/open/x", body: "hello")
                #expect(answer.text == "hello")
            }
        }
        withExtendedLifetime(nobody) {}
    }

    @Test(
        "an answer that is not HTTP, or that could be read in two ways, is 502 upstream-invalid",
        arguments: [
            "garbage\r\n\r\n", "HTTP/1.1 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: a\n b\r\n\r\n", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "HTTP/1.1 200 OK\r\nX",
            "H", "\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: \(String(repeating: "a", count: 70_000))\r\n\r\n",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "HTTP/1.1 200 OK\r\nSet-Cookie: a\rb\r\n\r\n",
        ])
    func invalid(answer: String) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send(answer)
        }
        try await withGateway(upstream) { rig in
            for body in [nil, "hello"] {
                let client = try rig.client()
                let refused = try await client.request(body == nil ? "GET" : "POST", "/open/x", body: body)
                #expect(refused.status == 502 && code(refused) == "upstream-invalid")
            }
            try await rig.expectNothingHeld()
        }
    }

    @Test(
        "an answer that breaks off is not passed off as whole",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX",
        ])
    func truncated(answer: String) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send(answer)
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let all = String(decoding: try await client.rest(resetIsEnd: true), as: UTF8.self)
            // What is broken before any of it has gone on can still be told.
            let statuses = ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 502 Bad Gateway\r\n"]
            #expect(statuses.contains(where: all.hasPrefix))
            #expect(!all.hasSuffix("0\r\n\r\n"))
            #expect(try await rig.log(1)[0]["code"] as? String == "upstream-invalid")
            try await rig.expectNothingHeld()
        }
    }

    @Test("a response head at its bound fits, however small the bound on bodies, and one byte more is 502")
    func largeHead() async throws {
        for (size, status) in [(64 << 10, 200), (64 << 10 + 1, 502)] {
            let filler = String(repeating: "a", count: size - "Content-Length: 0\r\nX: \r\n".utf8.count)
            let upstream = try RecordingUpstream { _ in
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: \(filler)\r\n\r\n"
            }
            try await withGateway(upstream, { $0.limits.bufferedBody = 1_024 }) { rig in
                let answer = try await rig.request("GET", "/open/x")
                #expect(answer.status == status)
            }
        }
    }

    @Test("a body without length that ends with a reset is not passed off as whole")
    func resetInstead() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\n\r\nhello")
            usleep(100_000)
            link.socket.abort()
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            let all = String(decoding: try await client.rest(resetIsEnd: true), as: UTF8.self)
            #expect(all.contains("hello") && !all.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test("an upstream that says nothing is 504 upstream-timeout, with a body sent or without")
    func silent() async throws {
        let upstream = try RecordingUpstream { link in _ = try link.socket.readToEnd(resetIsEnd: true) }
        try await withGateway(upstream, { $0.upstream.responseTimeout = .milliseconds(300) }) { rig in
            let client = try rig.client()
            for _ in 0..<2 {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.status == 504 && code(answer) == "upstream-timeout")
            }
            let post = try await rig.request("POST", "/open/x", body: "hello")
            #expect(post.status == 504)
            try await rig.expectNothingHeld()
        }
    }

    @Test("an answer that stalls is broken off after the upstream's time")
    func stalled() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
            _ = try link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream, { $0.upstream.responseTimeout = .milliseconds(300) }) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            let all = String(decoding: try await client.rest(resetIsEnd: true), as: UTF8.self)
            #expect(all.hasSuffix("hello"))
            #expect(try await rig.log(1)[0]["code"] as? String == "upstream-timeout")
            try await rig.expectNothingHeld()
        }
    }

    /// Serves one request a connection, and gives the connection up when the next one comes.
    private func givingUp() throws -> RecordingUpstream {
        try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try link.request()
        }
    }

    @Test(
        "pain 5: a kept connection that turns out to be dead costs a GET nothing: it is sent once more, on a new one"
    )
    func staleGet() async throws {
        try await withGateway(try givingUp()) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/1").text == "ok")
            #expect(try await client.request("GET", "/open/2").text == "ok")
            #expect(rig.upstream.requests.map(\.target) == ["/open/1", "/open/2", "/open/2"])
            try await rig.expectNothingHeld()
        }
    }

    @Test("a POST is never sent twice")
    func stalePost() async throws {
        try await withGateway(try givingUp()) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/1").text == "ok")
            #expect(try await client.request("POST", "/open/2", body: "x").status == 502)
            let empty = try rig.client()
            #expect(try await empty.request("GET", "/open/3").text == "ok")
            #expect(try await empty.request("POST", "/open/4").status == 502)
            #expect(rig.upstream.requests.filter { $0.method == "POST" }.count == 2)
            try await rig.expectNothingHeld()
        }
    }

    @Test("a GET whose second try dies, too, is 502 after exactly two tries")
    func staleTwice() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil, link.number == 0 else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try link.request()
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/1").text == "ok")
            #expect(try await client.request("GET", "/open/2").status == 502)
            #expect(rig.upstream.requests.count == 3)
        }
    }

    @Test("what an upstream says unasked on a kept connection is never taken for an answer")
    func unasked() async throws {
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                try link.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
                )
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            for _ in 0..<5 { #expect(try await client.request("GET", "/open/x").text == "ok") }
        }
    }
}
