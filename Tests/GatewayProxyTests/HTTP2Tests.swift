import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// Runs `body` with a gateway that speaks TLS, and HTTP/2 over it.
func withHTTP2(
    _ upstream: RecordingUpstream? = nil, _ configure: (inout Setup) throws -> Void = { _ in },
    _ body: (Rig) async throws -> Void
) async throws {
    let folder = try TemporaryFolder()
    let server = try TestCertificate.make("server", in: folder)
    try await withGateway(
        try upstream ?? .echo(),
        {
            $0.listener.tls = TLSSettings(certificate: server.certificate, key: server.key)
            try configure(&$0)
        }, body)
}

extension Rig {
    /// The numbers of all loops together, of which there is one here.
    func counts() async throws -> EdgeCounts {
        try await onLoops { $0.edge.counts }.first ?? EdgeCounts()
    }
}

@Suite("HTTP/2")
struct HTTP2Tests {
    @Test("a request goes through as a strict HTTP/1.1 request, and the answer comes back as frames")
    func request() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            #expect(client.tls.negotiated == "h2")
            let fields = [
                ("cookie", "a=1"), ("accept", "*/*"), ("cookie", "b=2"), ("te", "trailers"), ("x-one", "1"),
            ]
            let answer = try await client.request(1, "POST", "/open/x?q=1", fields, body: Array("hello".utf8))
            #expect(answer.status == 200 && answer.text == "hello")
            #expect(answer["content-length"] == "5" && answer["x-request-id"]?.isEmpty == false)
            for name in ["connection", "transfer-encoding", "keep-alive"] { #expect(answer[name] == nil) }
            #expect(answer.headers.allSatisfy { $0.name == $0.name.lowercased() })
            let sent = try #require(rig.upstream.requests.first)
            #expect(sent.line == "POST /open/x?q=1 HTTP/1.1" && sent["Host"] == "gate.test")
            #expect(sent.all("cookie") == ["a=1; b=2"] && sent["x-one"] == "1" && sent["te"] == nil)
            #expect(sent["Transfer-Encoding"] == "chunked" && sent["X-Forwarded-Proto"] == "https")
            let log = try await rig.log(1)
            #expect(log[0]["protocol"] as? String == "h2" && log[0]["path"] as? String == "/open/x")
            client.close()
        }
    }

    @Test("streams run side by side, and a late answer keeps no other waiting")
    func concurrency() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                if request.target == "/open/slow" { gate.wait() }
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withHTTP2(upstream) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            client.headers(1, HTTP2Client.request("GET", "/open/slow"))
            for stream in stride(from: UInt32(3), to: 43, by: 2) {
                client.headers(stream, HTTP2Client.request())
            }
            for stream in stride(from: UInt32(3), to: 43, by: 2) {
                #expect(try await client.answer(stream).text == "ok")
            }
            #expect(client.answers[1] == nil)
            gate.signal()
            #expect(try await client.answer(1).text == "ok")
            client.close()
        }
    }

    @Test("HEAD, 204 and 304 end with their head, chunked answers with their last chunk")
    func framings() async throws {
        let upstream = try RecordingUpstream { request in
            switch request.target {
            case "/open/204": "HTTP/1.1 204 No Content\r\n\r\n"
            case "/open/304": "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"x\"\r\n\r\n"
            case "/open/empty": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            case "/open/head": "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
            default: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            }
        }
        try await withHTTP2(upstream) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            #expect(try await client.request(1, "GET", "/open/204").status == 204)
            let unchanged = try await client.request(3, "GET", "/open/304")
            #expect(unchanged.status == 304 && unchanged["etag"] == "\"x\"" && unchanged.body.isEmpty)
            let head = try await client.request(5, "HEAD", "/open/head")
            #expect(head["content-length"] == "9" && head.body.isEmpty && head.isWhole)
            #expect(try await client.request(7, "GET", "/open/chunks").text == "abcde")
            let empty = try await client.request(9, "GET", "/open/empty")
            #expect(empty.status == 200 && empty.body.isEmpty && empty.isWhole)
            client.close()
        }
    }

    @Test("a client that waits for leave to send its body gets it as a head of its own")
    func continues() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            client.headers(
                1,
                HTTP2Client.request(
                    "POST", "/open/x", [("expect", "100-continue"), ("content-length", "3")]),
                endsStream: false)
            try await client.until("100 Continue comes") { $0.answers[1]?.status == 100 }
            client.data(1, Array("abc".utf8), endsStream: true)
            let answer = try await client.answer(1)
            #expect(answer.interim == [100] && answer.status == 200 && answer.text == "abc")
            client.close()
        }
    }

    @Test("the gateway's own refusals come back whole, and end their stream alone")
    func refusals() async throws {
        try await withHTTP2(nil, { $0.bodyLimit = 10 }) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            #expect(try await client.request(1, "GET", "/none").status == 404)
            let unauthenticated = try await client.request(3, "GET", "/api/x")
            #expect(unauthenticated.status == 401 && unauthenticated["connection"] == nil)
            let long = try await client.request(
                5, "POST", "/open/x", [("content-length", "11")], body: Array("hello world".utf8))
            #expect(long.status == 413)
            // Chunked, and over the limit on the way.
            let longer = try await client.request(7, "POST", "/open/x", body: Array("hello world".utf8))
            #expect(longer.status == 413)
            #expect(try await client.request(9).status == 200)
            #expect(client.goAway == nil)
            client.close()
        }
    }

    @Test("trailers end a body and set nothing")
    func trailers() async throws {
        try await withHTTP2 { rig in
            let client = try await HTTP2Client.connect(rig.port)
            client.headers(1, HTTP2Client.request("POST"), endsStream: false)
            client.data(1, Array("abc".utf8))
            client.headers(1, [("x-checksum", "1"), ("content-length", "99")])
            #expect(try await client.answer(1).text == "abc")
            let sent = try #require(rig.upstream.requests.first)
            #expect(sent["x-checksum"] == nil && sent["Content-Length"] == nil)
            client.close()
        }
    }

    @Test("an answer that breaks off resets its stream, and its end does not look like one")
    func brokenAnswer() async throws {
        let upstream = try RecordingUpstream { link in
            _ = try link.request()
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        }
        try await withHTTP2(upstream) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            let answer = try await client.request(1)
            #expect(answer.text == "abc" && !answer.isWhole && answer.reset == 2)
            client.close()
        }
    }

    @Test("a body of 4 MiB goes both ways through windows of 64 KiB")
    func windows() async throws {
        try await withHTTP2(nil, { $0.bodyLimit = 8 << 20 }) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            let body = [UInt8]((0..<(4 << 20)).map { UInt8(ascii: "a") + UInt8($0 % 26) })
            client.headers(
                1, HTTP2Client.request("POST", "/open/x", [("content-length", "\(body.count)")]),
                endsStream: false)
            var sent = 0
            var counted = 0
            var room = (connection: 65_535, stream: 65_535)
            while sent < body.count {
                try await client.until("there is room to send") { client in
                    for frame in client.frames[counted...] where frame.type == 8 {
                        let more = Int(frame.payload.reduce(0) { $0 << 8 | UInt32($1) })
                        if frame.stream == 0 { room.connection += more } else { room.stream += more }
                    }
                    counted = client.frames.count
                    return min(room.connection, room.stream) > 0
                }
                let count = min(16_384, body.count - sent, room.connection, room.stream)
                client.data(1, Array(body[sent..<(sent + count)]), endsStream: sent + count == body.count)
                sent += count
                room.connection -= count
                room.stream -= count
            }
            var got = 0
            try await client.until("all of it came back") { client in
                let now = client.answers[1]?.body.count ?? 0
                if now - got > 32_000 {
                    client.window(1, UInt32(now - got))
                    got = now
                }
                return now == body.count
            }
            let isSame = client.answers[1]?.body == body
            #expect(isSame)
            client.close()
        }
    }

    @Test("an answer that nobody takes waits upstream, and does not gather here")
    func slowReader() async throws {
        let upstream = try RecordingUpstream { link in
            _ = try link.request()
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: \(64 << 20)\r\n\r\n")
            let piece = String(repeating: "x", count: 1 << 16)
            for _ in 0..<(64 << 4) { try link.send(piece) }
        }
        try await withHTTP2(upstream) { rig in
            let client = try await HTTP2Client.connect(rig.port)
            client.headers(1, HTTP2Client.request())
            try await client.until("the window is full") { $0.answers[1]?.body.count == 65_535 }
            let held = try await rig.onLoops { $0.waiters.largestInbound }.max() ?? 0
            #expect(held <= 1 << 20)
            client.reset(1)
            try await rig.expectNothingHeld()
            client.send(HTTP2Client.frame(8, HTTP2Client.word(65_535)))
            #expect(try await client.request(3, "GET", "/none").status == 404)
            client.close()
        }
    }

    @Test("HTTP/2 is not offered where it is switched off, and clients without ALPN get HTTP/1.1")
    func switchedOff() async throws {
        try await withHTTP2(nil, { $0.listener.http2 = false }) { rig in
            let client = try await TLSClient.connect(port: rig.port, protocols: ["h2", "http/1.1"])
            #expect(client.negotiated == "http/1.1")
            #expect(try await client.request("GET", "/open/x").status == 200)
            client.close()
        }
        try await withHTTP2 { rig in
            let client = try await TLSClient.connect(port: rig.port, protocols: [])
            #expect(try await client.request("GET", "/open/x").status == 200)
            client.close()
        }
    }

    @Test("drain announces the end, serves what is under way, and lets the connection go")
    func drain() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withHTTP2(upstream) { rig in
            let idle = try await HTTP2Client.connect(rig.port)
            #expect(try await idle.request(1, "GET", "/none").status == 404)
            let busy = try await HTTP2Client.connect(rig.port)
            busy.headers(1, HTTP2Client.request())
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            async let drained = rig.gateway.drain(within: .seconds(20))
            #expect(try await idle.ending() == 0)
            try await busy.until("it was told of the end") { client in
                client.frames.count(where: { $0.type == 7 }) == 2
            }
            gate.signal()
            let answer = try await busy.answer(1)
            #expect(answer.text == "ok" && answer.isWhole)
            #expect(try await busy.ending() == 0)
            #expect(await drained)
        }
    }

    @Test("a connection without streams ends after the idle timeout, one with a stream does not")
    func idle() async throws {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        try await withHTTP2(upstream, { $0.limits.idleTimeout = .seconds(3) }) { rig in
            let busy = try await HTTP2Client.connect(rig.port)
            busy.headers(1, HTTP2Client.request())
            try await eventually("the request is under way") { rig.upstream.requests.count == 1 }
            let idle = try await HTTP2Client.connect(rig.port)
            #expect(try await idle.ending() == 0)
            #expect(!busy.tls.isClosed)
            gate.signal()
            #expect(try await busy.answer(1).text == "ok")
            #expect(try await busy.ending() == 0)
        }
    }
}
