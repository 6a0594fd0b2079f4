import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// What RFC 9110 asks of an intermediary beyond framing.
@Suite("Semantics")
struct SemanticsTests {
    @Test("an answer without Date gets one, of now; an upstream's own stays as it is, alone")
    func date() async throws {
        let own = "Fri, 02 Jan 2026 03:04:05 GMT"
        let upstream = try RecordingUpstream { request in
            let date = request.target == "/open/own" ? "Date: \(own)\r\n" : ""
            return "HTTP/1.1 200 OK\r\n\(date)Content-Length: 0\r\n\r\n"
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/own").all("Date") == [own])
            let before = Clock.now.seconds
            let dates = try await client.request("GET", "/open/none").all("Date")
            let possible = (before...Clock.now.seconds).map { CalendarText.httpDate($0) }
            #expect(dates.count == 1 && possible.contains(dates[0]))
            #expect(try await client.request("GET", "/nowhere").all("Date").count == 1)
        }
    }

    @Test("who asks before sending a body that is too long is told 413 and never to continue")
    func expectationThatFails() async throws {
        try await withGateway(try .echo(), { $0.bodyLimit = 10 }) { rig in
            let client = try rig.client()
            try await client.send(
                "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
            let refused = try await client.response()
            #expect(refused.status == 413 && refused.interim.isEmpty && refused["Connection"] == "close")
            #expect(try await client.ends())
            let second = try rig.client()
            try await second.send(
                "POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
            let head = try await Blocking.run { try RawMessage(headFrom: second.socket) }
            #expect(head.status == 100)
            try await second.send("0123456789")
            let answer = try await second.response()
            #expect(answer.text == "0123456789" && answer.interim.isEmpty)
            #expect(rig.upstream.connectionCount == 1 && rig.upstream.requests.first?["Expect"] == nil)
        }
    }

    @Test("interim answers of an upstream end at the gateway, and trailers with them")
    func interimAndTrailers() async throws {
        let upstream = try RecordingUpstream { _ in
            "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n2\r\nok\r\n0\r\nDigest: x\r\n\r\n"
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            for _ in 0..<2 {
                let answer = try await client.request("GET", "/open/x")
                #expect(answer.text == "ok" && answer.interim.isEmpty)
                #expect(answer["Link"] == nil && answer["Trailer"] == nil && answer["Digest"] == nil)
            }
        }
    }

    @Test(
        "an upstream that refuses a body early gives exactly one answer, and nothing of the body is read as a request"
    )
    func earlyRefusal() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.head() != nil else { return }
            try link.send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch")
            _ = try? link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream) { rig in
            for framing in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
                let client = try rig.client()
                try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n5\r\nhello\r\n")
                let answer = try await client.response()
                #expect(answer.status == 413 && answer.text == "much" && answer["Connection"] == "close")
                try? await client.send("GET /open/hidden HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.ends())
            }
            let log = try await rig.log(2)
            #expect(log.count == 2 && log.allSatisfy { $0["path"] as? String == "/open/x" })
            try await rig.expectNothingHeld()
            #expect(rig.upstream.connectionCount == 2)
        }
    }

    @Test("a request with an empty body, and an answer to HEAD from the gateway itself, leave nothing behind")
    func emptyBodies() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            for fields in [["Content-Length: 0"], []] {
                #expect(try await client.request("POST", "/open/x", fields).status == 200)
                let length = rig.upstream.requests.last?["Content-Length"]
                #expect(length == (fields.isEmpty ? nil : "0"))
            }
            let missing = try await client.request("HEAD", "/nowhere")
            #expect(missing.status == 404 && missing.body.isEmpty && missing["Content-Length"] != "0")
            #expect(try await client.request("GET", "/open/x").status == 200)
            let chunked = try await client.exchange(
                "POST /open/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            #expect(chunked.status == 200)
        }
    }
}
