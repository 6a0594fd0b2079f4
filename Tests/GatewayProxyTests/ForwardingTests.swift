import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Forwarding")
struct ForwardingTests {
    @Test("requests follow one another on one connection, and share one to the upstream")
    func keepAlive() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            for number in 0..<3 {
                let answer = try await client.request("POST", "/open/\(number)", body: "body \(number)")
                #expect(answer.status == 200 && answer.text == "body \(number)")
                #expect(answer["Connection"] == nil)
            }
            #expect(rig.upstream.requests.map(\.target) == ["/open/0", "/open/1", "/open/2"])
            #expect(rig.upstream.connectionCount == 1)
        }
    }

    @Test("several requests in one write are answered in order")
    func pipelining() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            try await client.send(
                """
                POST /open/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nonePOST /open/2 HTTP/1.1\r\nHost: a\r\n\
                Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n\
                HEAD /open/3 HTTP/1.1\r\nHost: a\r\n\r\n\r\nPOST /open/4 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour
                """)
            #expect(try await client.response().text == "one")
            #expect(try await client.response().text == "two")
            #expect(try await client.response().status == 404)
            #expect(try await client.response(to: "HEAD").body.isEmpty)
            #expect(try await client.response().text == "four")
            #expect(rig.upstream.requests.map(\.target) == ["/open/1", "/open/2", "/open/3", "/open/4"])
        }
    }

    @Test("a request that comes byte by byte is one request")
    func byteByByte() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            let text =
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: x\r\n\r\n"
            for byte in text.utf8 { try await client.send([byte]) }
            #expect(try await client.response().text == "hello")
            #expect(rig.upstream.requests.count == 1)
            #expect(rig.upstream.requests.first?["T"] == nil)
        }
    }

    @Test("a body goes through in either framing and of any size")
    func bodies() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 4 << 20 }) { rig in
            let client = try rig.client()
            for size in [0, 1, 1_000, 16_384, 65_536, 300_000, 2_000_000] {
                let body = String((0..<size).map { _ in "abcdefgh".randomElement() ?? "a" })
                let plain = try await client.request("PUT", "/open/plain", body: body)
                #expect(plain.text == body, "\(size) by length")
                var chunked = "PUT /open/chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                var rest = body[...]
                while !rest.isEmpty {
                    let piece = rest.prefix(max(1, size / 7))
                    rest = rest.dropFirst(piece.count)
                    chunked += String(piece.utf8.count, radix: 16) + "\r\n" + piece + "\r\n"
                }
                let answer = try await client.exchange(chunked + "0\r\n\r\n")
                #expect(answer.text == body, "\(size) in chunks")
            }
        }
    }

    @Test("Expect: 100-continue is answered before the body, and the upstream never sees it")
    func expectation() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            try await client.send(
                "POST /open/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            let interim = try await Blocking.run { try client.socket.read(through: "\r\n\r\n") }
            #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("hello")
            let answer = try await client.response()
            #expect(answer.status == 200 && answer.text == "hello")
            #expect(rig.upstream.requests.first?["Expect"] == nil)
            #expect(rig.upstream.requests.first?.line == "POST /open/x HTTP/1.1")
        }
    }

    @Test("a refused request that expects 100-continue gets its refusal and the connection ends")
    func refusedExpectation() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 4 }) { rig in
            for (path, length, status) in [("/open/x", 5, 413), ("/none", 3, 404), ("/api/x", 3, 401)] {
                let client = try rig.client()
                let answer = try await client.exchange(
                    "POST \(path) HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
                )
                #expect(answer.status == status && answer.interim.isEmpty)
                #expect(answer["Connection"] == "close")
                #expect(try await client.ends())
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a body with Connection: close is answered, and then the connection ends")
    func close() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            let answer = try await client.request("POST", "/open/x", ["Connection: close"], body: "hello")
            #expect(answer.text == "hello" && answer["Connection"] == "close")
            #expect(try await client.ends())
            #expect(rig.upstream.requests.first?["Connection"] == nil)
        }
    }

    @Test("HTTP/1.0 is closed after one answer, unless it asks to be kept")
    func oldVersion() async throws {
        try await withGateway(try .echo()) { rig in
            let once = try rig.client()
            let answer = try await once.exchange("POST /open/x HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello")
            #expect(answer.text == "hello" && answer["Connection"] == "close")
            #expect(try await once.ends())
            let kept = try rig.client()
            for _ in 0..<2 {
                let answer = try await kept.exchange(
                    "POST /open/x HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello")
                #expect(answer.text == "hello" && answer["Connection"] == "keep-alive")
            }
            #expect(
                rig.upstream.requests.allSatisfy { $0.line == "POST /open/x HTTP/1.1" && $0["Host"] != nil })
        }
    }

    @Test("HTTP/1.0 gets no chunks: a body of unknown length ends with the connection")
    func noChunksForOldVersion() async throws {
        let upstream = try RecordingUpstream { _ in
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            let answer = try await client.exchange("GET /open/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(answer.text == "hello" && answer["Transfer-Encoding"] == nil)
            #expect(answer["Connection"] == "close")
        }
    }

    @Test("a client that ends its side after the request still gets the answer")
    func halfClosed() async throws {
        let upstream = try RecordingUpstream { _ in
            "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + String(repeating: "x", count: 3_000_000)
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client(receiveBuffer: 4_096)
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            client.socket.endOutput()
            #expect(try await client.response().body.count == 3_000_000)
            #expect(try await client.ends())
        }
    }

    @Test("a slow client gets the whole of an answer after which the connection ends")
    func slowEnd() async throws {
        let upstream = try RecordingUpstream { _ in
            "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + String(repeating: "x", count: 2_000_000)
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client(receiveBuffer: 4_096)
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let count = try await Blocking.run {
                _ = try client.socket.read(through: "\r\n\r\n")
                var count = 0
                while case let part = try client.socket.readSome(100_000), !part.isEmpty {
                    count += part.count
                    // Slower than the gateway's patience with a client that is only to close.
                    if count < 2_000_000 { usleep(20_000) }
                }
                return count
            }
            #expect(count == 2_000_000)
        }
    }
}
