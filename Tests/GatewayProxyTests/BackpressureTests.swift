import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// Serialized, because the process's memory is the measure.
@Suite("Backpressure", .serialized)
struct BackpressureTests {
    /// Resident bytes of this process.
    private func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * 4_096
    }

    private static let size = 256 << 20
    /// What may be added while four times as much goes through as would be noticed if it were kept.
    private static let allowance = 96 << 20

    @Test(
        "a body of 256 MiB to a slow upstream, in either framing, does not gather in memory",
        arguments: [false, true])
    func upload(isChunked: Bool) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.head() != nil else { return }
            // Slow at first, so that everything in between is full.
            for _ in 0..<50 {
                _ = try link.socket.readSome(65_536)
                usleep(10_000)
            }
            var tail: [UInt8] = []
            while !tail.suffix(4).elementsEqual("LAST".utf8),
                !tail.suffix(11).elementsEqual("LAST\r\n0\r\n\r\n".utf8)
            {
                let more = try link.socket.readSome(1 << 20)
                guard !more.isEmpty else { return }
                tail = Array((tail + more.suffix(16)).suffix(16))
            }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        try await withGateway(
            upstream,
            {
                $0.bodyLimit = 1 << 30
                $0.limits.bodyLimitMax = 1 << 30
            }
        ) { rig in
            let client = try rig.client()
            let before = try resident()
            let most = try await Blocking.run {
                var most = 0
                let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size + 4)"
                try client.socket.send("POST /open/x HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                for _ in 0..<(Self.size >> 20) {
                    // Small chunks of odd size leave a part of one in every buffer.
                    if isChunked {
                        let chunk = Array("3ffd\r\n".utf8) + piece.prefix(16_381) + Array("\r\n".utf8)
                        for _ in 0..<64 { try client.socket.send(chunk) }
                    } else {
                        try client.socket.send(piece)
                    }
                    most = max(most, try resident())
                }
                try client.socket.send(isChunked ? "4\r\nLAST\r\n0\r\n\r\n" : "LAST")
                return most
            }
            #expect(try await client.response().text == "ok")
            #expect(most - before < Self.allowance)
        }
    }

    @Test("an answer of 256 MiB to a slow client does not gather in memory", arguments: [false, true])
    func download(isChunked: Bool) async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)"
            try link.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
            for _ in 0..<(Self.size >> 20) {
                if isChunked { try link.send("100000\r\n") }
                try link.socket.send(piece)
                if isChunked { try link.send("\r\n") }
            }
            if isChunked { try link.send("0\r\n\r\n") }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client(receiveBuffer: 65_536)
            let before = try resident()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let (count, most) = try await Blocking.run {
                var count = 0
                var most = 0
                while case let part = try client.socket.readSome(1 << 20), !part.isEmpty {
                    count += part.count
                    if count < 1 << 20 { usleep(20_000) }
                    most = max(most, try resident())
                }
                return (count, most)
            }
            #expect(count > Self.size)
            #expect(most - before < Self.allowance)
        }
    }

    @Test(
        "a client that has always sent a part of its next request does not make its connection's buffer grow")
    func alwaysAhead() async throws {
        try await withGateway(try .echo()) { rig in
            let client = try rig.client()
            let request =
                "GET /none HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 8_000))\r\n\r\n"
            let bytes = Array(request.utf8)
            let half = bytes.count / 2
            try await client.send(bytes + bytes[..<half])
            let most = 1 << 20
            for _ in 0..<(3 * most / bytes.count) {
                #expect(try await client.response().status == 404)
                // The buffer is never quite empty.
                try await client.send(Array(bytes[half...] + bytes[..<half]))
            }
            #expect(try await client.response().status == 404)
            let capacities = try await rig.onLoops { $0.waiters.largestInbound }
            #expect(capacities.allSatisfy { (1..<most).contains($0) })
        }
    }
}
