import Foundation
import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// The sections of RFC 9113 that bound what a client may cost.
@Suite("HTTP/2: limits")
struct HTTP2LimitTests {
    private static let calm: UInt32 = 11
    private typealias Client = HTTP2Client

    /// An upstream that answers when it is let.
    private func held() throws -> (upstream: RecordingUpstream, gate: DispatchSemaphore) {
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            while try link.request() != nil {
                gate.wait()
                gate.signal()
                try link.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            }
        }
        return (upstream, gate)
    }

    @Test("5.1.2: streams up to the bound are served, one more is refused and harms no other")
    func concurrentStreams() async throws {
        let (upstream, gate) = try held()
        try await withHTTP2(upstream, { $0.limits.http2.streams = 4 }) { rig in
            let client = try await Client.connect(rig.port)
            let streams: [UInt32] = [1, 3, 5, 7]
            for stream in streams { client.headers(stream, Client.request()) }
            try await eventually("all are under way") { rig.upstream.requests.count == 4 }
            client.headers(9, Client.request())
            let refused = try await client.answer(9)
            #expect(refused.reset == 7 || refused.reset == 1)
            gate.signal()
            for stream in streams { #expect(try await client.answer(stream).text == "ok") }
            #expect(try await client.request(11).text == "ok")
            #expect(rig.upstream.requests.count == 5)
            client.close()
        }
    }

    @Test("CVE-2023-44487: streams reset at once are counted, and too many of them end the connection")
    func rapidReset() async throws {
        try await withHTTP2(nil, { $0.limits.http2.resets = 20 }) { rig in
            func flood(_ count: Int) async throws -> Client {
                let client = try await Client.connect(rig.port)
                for index in 0..<count {
                    let stream = UInt32(index * 2 + 1)
                    client.headers(stream, Client.request())
                    client.reset(stream)
                }
                return client
            }
            let patient = try await flood(20)
            #expect(try await patient.request(101).status == 200)
            #expect(try await rig.counts().http2Resets == 20)
            patient.close()
            let hasty = try await flood(100)
            #expect(try await hasty.ending() == Self.calm)
            #expect(try await rig.counts().http2Floods == 1)
            try await rig.expectNothingHeld()
        }
    }

    @Test("requests of streams that were reset end promptly, and never add up to more than the bound")
    func resetWork() async throws {
        let (upstream, gate) = try held()
        try await withHTTP2(upstream, { $0.limits.http2.streams = 2 }) { rig in
            let client = try await Client.connect(rig.port)
            for stream in stride(from: UInt32(1), to: 41, by: 2) {
                client.headers(stream, Client.request())
                client.reset(stream)
            }
            try await eventually("all resets have come") { try await rig.counts().http2Resets == 20 }
            try await rig.expectNothingHeld()
            try await eventually("no request is left") { try await rig.onLoops { $0.waiters.count } == [0] }
            gate.signal()
            #expect(try await client.request(41).status == 200)
            client.close()
        }
    }

    @Test("CVE-2024-27316: a header block in more CONTINUATION frames than the bound ends the connection")
    func continuations() async throws {
        try await withHTTP2(nil, { $0.limits.http2.continuations = 3 }) { rig in
            func pieces(_ count: Int) async throws -> Client {
                let client = try await Client.connect(rig.port)
                let block = Client.block(Client.request())
                client.send(Client.frame(1, flags: 1, stream: 1, Array(block[..<5])))
                for index in 0..<count {
                    let isLast = index == count - 1
                    client.send(
                        Client.frame(9, flags: isLast ? 4 : 0, stream: 1, isLast ? Array(block[5...]) : []))
                }
                return client
            }
            let fine = try await pieces(3)
            #expect(try await fine.answer(1).status == 200)
            fine.close()
            let flood = try await pieces(12)
            let code = try await flood.ending()
            #expect(code != nil && code != 0)
            let counts = try await rig.counts()
            #expect(counts.http2Floods + counts.http2ProtocolErrors == 1)
        }
    }

    @Test("6.10: another frame within a header block is an error of the connection")
    func brokenBlock() async throws {
        try await withHTTP2 { rig in
            for frame in [Client.frame(6, [UInt8](repeating: 0, count: 8)), Client.frame(0, stream: 1, [1])] {
                let client = try await Client.connect(rig.port)
                let block = Client.block(Client.request())
                client.send(Client.frame(1, stream: 1, Array(block[..<5])) + frame)
                #expect(try await client.ending() == 1)
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("a header block that does not come to its end is cut by the header timeout")
    func slowHeaders() async throws {
        try await withHTTP2(nil, { $0.limits.headerTimeout = .milliseconds(300) }) { rig in
            let block = Client.block(Client.request())
            let beginnings: [[UInt8]] = [
                Array(Client.preface[..<10]),
                Client.preface + Client.frame(4) + Client.frame(1, stream: 1, Array(block[..<5])),
                Client.preface + Client.frame(4) + Client.frame(1, flags: 4, stream: 1, [0], length: 90),
                Client.preface + Client.frame(4) + [0, 0],
            ]
            for beginning in beginnings {
                let client = try await Client.connect(rig.port, greets: false)
                client.send(beginning)
                #expect(try await client.ending() != 0)
            }
            #expect(try await rig.counts().http2SlowHeaders == beginnings.count)
        }
    }

    @Test("a body that does not come is cut as in HTTP/1.1, and its stream alone ends")
    func slowBody() async throws {
        try await withHTTP2(nil, { $0.limits.bodyGrace = .milliseconds(300) }) { rig in
            let client = try await Client.connect(rig.port)
            client.headers(1, Client.request("POST"), endsStream: false)
            client.data(1, [1])
            #expect(try await client.answer(1).status == 408)
            #expect(try await client.request(3).status == 200)
            client.close()
        }
    }

    @Test("6.5.2: a header list over the bound never gets anywhere")
    func headerList() async throws {
        try await withHTTP2(nil, { $0.limits.http2.headerListSize = 2_048 }) { rig in
            func send(_ size: Int) async throws -> Client {
                let client = try await Client.connect(rig.port)
                let filler = ("x-filler", String(repeating: "a", count: size))
                client.headers(1, Client.request("GET", "/open/x", [filler]))
                return client
            }
            let fine = try await send(1_500)
            #expect(try await fine.answer(1).status == 200)
            fine.close()
            let long = try await send(2_048)
            #expect(try await long.answer(1).reset == Self.calm)
            long.close()
            #expect(rig.upstream.requests.count == 1)
        }
    }

    @Test(
        "6.5, 6.7, 5.3: floods of SETTINGS, PING and PRIORITY end the connection",
        arguments: [
            HTTP2Client.frame(4), HTTP2Client.frame(6, [UInt8](repeating: 1, count: 8)),
            HTTP2Client.frame(2, stream: 1, [0, 0, 0, 0, 1]),
        ])
    func controlFrames(_ frame: [UInt8]) async throws {
        try await withHTTP2(nil, { $0.limits.http2.controlFrames = 30 }) { rig in
            let fine = try await Client.connect(rig.port)
            for _ in 0..<25 { fine.send(frame) }
            #expect(try await fine.request(1).status == 200)
            fine.close()
            let flood = try await Client.connect(rig.port)
            for _ in 0..<100 { flood.send(frame) }
            #expect(try await flood.ending() == Self.calm)
            #expect(try await rig.counts().http2Floods == 1)
        }
    }

    @Test("floods of WINDOW_UPDATE and of unknown frames end the connection")
    func idleFrames() async throws {
        try await withHTTP2(nil, { $0.limits.http2.idleFrames = 50 }) { rig in
            for frame in [Client.frame(8, Client.word(1)), Client.frame(0xBB, [1, 2, 3])] {
                let fine = try await Client.connect(rig.port)
                for _ in 0..<50 { fine.send(frame) }
                #expect(try await fine.request(1).status == 200)
                fine.close()
                let flood = try await Client.connect(rig.port)
                for _ in 0..<200 { flood.send(frame) }
                #expect(try await flood.ending() == Self.calm)
            }
            #expect(try await rig.counts().http2Floods == 2)
        }
    }

    @Test("empty DATA frames in a row beyond the bound end the connection")
    func emptyFrames() async throws {
        try await withHTTP2(nil, { $0.limits.http2.emptyFrames = 4 }) { rig in
            func send(_ count: Int) async throws -> Client {
                let client = try await Client.connect(rig.port)
                client.headers(1, Client.request("POST"), endsStream: false)
                for _ in 0..<count { client.data(1, []) }
                client.data(1, [65], endsStream: true)
                return client
            }
            let fine = try await send(4)
            #expect(try await fine.answer(1).text == "A")
            fine.close()
            #expect(try await send(40).ending() == Self.calm)
        }
    }

    @Test("6.9: a window that grows past its end, and one that grows by nothing, are errors")
    func windows() async throws {
        let (upstream, gate) = try held()
        defer { gate.signal() }
        try await withHTTP2(upstream) { rig in
            let most = Client.word(0x7FFF_FFFF)
            let connection = try await Client.connect(rig.port)
            connection.send(Client.frame(8, most))
            #expect(try await connection.ending() == 3)
            let zero = try await Client.connect(rig.port)
            zero.send(Client.frame(8, Client.word(0)))
            #expect(try await zero.ending() == 1)
            let stream = try await Client.connect(rig.port)
            stream.headers(1, Client.request())
            stream.send(Client.frame(8, stream: 1, most))
            try await stream.until("the stream or the connection ends") {
                $0.answers[1]?.reset == 3 || $0.goAway == 3
            }
            stream.close()
        }
    }

    @Test("6.9: more data than the window holds is an error")
    func overflow() async throws {
        let (upstream, gate) = try held()
        defer { gate.signal() }
        try await withHTTP2(upstream, { $0.bodyLimit = 8 << 20 }) { rig in
            let client = try await Client.connect(rig.port)
            client.headers(1, Client.request("POST"), endsStream: false)
            let piece = [UInt8](repeating: 65, count: 16_384)
            for _ in 0..<64 { client.data(1, piece) }
            try await client.until("the stream or the connection ends") {
                $0.answers[1]?.reset == 3 || $0.goAway == 3
            }
            client.close()
        }
    }

    @Test("4.2: a frame longer than was allowed ends the connection")
    func frameSize() async throws {
        try await withHTTP2 { rig in
            for type: UInt8 in [0, 1, 4, 0xBB] {
                let client = try await Client.connect(rig.port)
                if type == 0 { client.headers(1, Client.request("POST"), endsStream: false) }
                let stream: UInt32 = type == 4 ? 0 : 1
                client.send(Client.frame(type, stream: stream, [UInt8](repeating: 0, count: 16_386)))
                let code = try await client.ending()
                #expect(code != nil && code != 0, "type \(type)")
            }
        }
    }

    @Test("what is no HTTP/2 at all ends the connection")
    func preface() async throws {
        try await withHTTP2 { rig in
            for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n          ", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"] {
                let client = try await Client.connect(rig.port, greets: false)
                client.send(Array(text.utf8))
                #expect(try await client.ending() != 0)
            }
            #expect(rig.upstream.requests.isEmpty)
        }
    }

    @Test("streams that make no sense are counted, and too many of them end the connection")
    func malformedStreams() async throws {
        try await withHTTP2(nil, { $0.limits.http2.streamErrors = 10 }) { rig in
            let client = try await Client.connect(rig.port)
            for index in 0..<10 {
                client.headers(UInt32(index * 2 + 1), Client.request() + [("x", " padded ")])
            }
            #expect(try await client.request(101).status == 200)
            #expect(try await rig.counts().http2StreamsMalformed == 10)
            for index in 100..<140 {
                client.headers(UInt32(index * 2 + 1), Client.request() + [("x", " padded ")])
            }
            #expect(try await client.ending() == Self.calm)
        }
    }
}
