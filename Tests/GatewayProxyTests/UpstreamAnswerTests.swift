import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("What upstreams answer")
struct UpstreamAnswerTests {
    @Test("a response goes through in either framing, and one that ends with its connection")
    func responses() async throws {
        let body = String(repeating: "0123456789", count: 20_000)
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                switch request.target {
                case "/open/length":
                    try link.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                case "/open/chunks":
                    try link.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    for start in stride(from: 0, to: body.utf8.count, by: 7_001) {
                        let piece = body.dropFirst(start).prefix(7_001)
                        try link.send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n")
                    }
                    try link.send("0\r\nX-Trailer: x\r\n\r\n")
                default:
                    try link.send("HTTP/1.1 200 OK\r\n\r\n\(body)")
                    return
                }
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            for path in ["/open/length", "/open/chunks", "/open/end", "/open/length"] {
                let answer = try await client.request("GET", path)
                #expect(answer.text == body, "\(path)")
                #expect(answer["X-Trailer"] == nil)
            }
        }
    }

    @Test("an answer to HEAD has its fields and no body; 204 and 304 have none either")
    func bodiless() async throws {
        let upstream = try RecordingUpstream { request in
            switch request.target {
            case "/open/204": "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n"
            case "/open/304": "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n"
            case "/open/head-chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            default: "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            let head = try await client.request("HEAD", "/open/x")
            #expect(head.status == 200 && head["Content-Length"] == "1234")
            #expect(try await client.request("HEAD", "/open/head-chunked").status == 200)
            let none = try await client.request("GET", "/open/204")
            #expect(none.status == 204 && none["Content-Length"] == nil && none["X-A"] == "b")
            #expect(try await client.request("GET", "/open/304")["ETag"] == "\"x\"")
            #expect(try await client.request("HEAD", "/open/x").status == 200)
            #expect(rig.upstream.connectionCount == 1)
        }
    }

    @Test("a 204 that claims a body neither confuses the client nor the next request")
    func bodyOn204() async throws {
        let upstream = try RecordingUpstream { request in
            request.target == "/open/204"
                ? "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"
                : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            for _ in 0..<5 {
                let answer = try await client.request("GET", "/open/204")
                #expect(answer.status == 204 && answer["Content-Length"] == nil)
                #expect(try await client.request("GET", "/open/x").text == "ok")
            }
        }
    }

    @Test("an upstream of HTTP/1.0, and one that says close, are not asked twice on one connection")
    func upstreamThatCloses() async throws {
        for head in ["HTTP/1.0 200 OK", "HTTP/1.1 200 OK\r\nConnection: close"] {
            let upstream = try RecordingUpstream { link in
                guard try link.request() != nil else { return }
                try link.send("\(head)\r\nContent-Length: 2\r\n\r\nok")
            }
            try await withGateway(upstream) { rig in
                let client = try rig.client()
                for _ in 0..<3 { #expect(try await client.request("GET", "/open/x").text == "ok") }
                #expect(rig.upstream.connectionCount == 3)
            }
        }
    }

    @Test("an interim answer of the upstream does not end the request, while its body is sent or after")
    func interimAnswers() async throws {
        let upstream = try RecordingUpstream { link in
            while var request = try link.head() {
                try link.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
                try request.readBody(from: link.socket, untilEnd: false)
                try link.send(
                    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n"
                )
                try link.socket.send(request.body)
            }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            #expect(try await client.request("GET", "/open/x").status == 200)
            try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
            // The interim answers arrive while half of the body is still to come.
            #expect(try await Blocking.run { try client.socket.isSilent(for: .milliseconds(200)) })
            try await client.send("again")
            let answer = try await client.response()
            #expect(answer.status == 200 && answer.text == "helloagain")
            #expect(try await client.request("GET", "/open/x").status == 200)
        }
    }

    @Test("an upstream that answers before it has read the body is heard, and the client is told to close")
    func earlyAnswer() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.head() != nil else { return }
            try link.send("HTTP/1.1 403 No\r\nContent-Length: 4\r\n\r\nnope")
            _ = try? link.socket.readToEnd(resetIsEnd: true)
        }
        try await withGateway(upstream, { $0.bodyLimit = 10 << 20 }) { rig in
            let client = try rig.client()
            try await client.send("POST /open/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhello")
            let answer = try await client.response()
            #expect(answer.status == 403 && answer.text == "nope" && answer["Connection"] == "close")
        }
    }
}
