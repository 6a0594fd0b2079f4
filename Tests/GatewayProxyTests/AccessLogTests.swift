import Foundation
import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Access log")
struct AccessLogTests {
    private static let keys: Set<String> = [
        "time", "request_id", "client", "user", "method", "path", "protocol", "route", "status", "bytes",
        "ms",
        "gateway_ms",
        "upstream_ms", "redis_ms", "code",
    ]

    @Test("pain 32: a line is valid JSON with every field whatever a client sends, and no query ever shows")
    func hostile() async throws {
        try await withGateway(try .echo(), { try $0.trust("127.0.0.1") }) { rig in
            let requests = [
                "GET /open/x?token=secret HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /open/%22%7d%0a%7b%22 HTTP/1.1\r\nHost: a\r\nUser-Agent: \"}{\r\n\r\n",
                "GET /open/~'!$&()*+,;=:@ HTTP/1.1\r\nHost: a\r\nX-Request-ID: \"}{\"forged\r\n\r\n",
                "GET /open/x HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \"},{\r\n\r\n",
                "\"}{\" / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /open/\" HTTP/1.1\r\nHost: a\r\n\r\n",
                "!#$%&'*+-.^_`|~ /open/x HTTP/1.1\r\nHost: a\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n",
                "GET /none HTTP/1.1\r\nHost: a\r\n\r\n",
            ]
            var answers: [RawMessage] = []
            for request in requests { answers.append(try await rig.exchange(request)) }
            let lines = try await rig.log(requests.count)
            #expect(lines.count == requests.count)
            for (line, answer) in zip(lines, answers) {
                #expect(Set(line.keys) == Self.keys)
                #expect(line["request_id"] as? String == answer["X-Request-ID"])
                #expect(line["status"] as? Int == answer.status)
                #expect(line["bytes"] as? Int ?? 0 >= answer.body.count)
                #expect(line["client"] as? String == "127.0.0.1")
                for key in ["ms", "gateway_ms", "upstream_ms", "redis_ms"] {
                    #expect((line[key] as? Double ?? -1) >= 0)
                }
                let text = "\(line)"
                #expect(!text.contains("secret") && !text.contains("forged"))
            }
            #expect(lines[0]["path"] as? String == "/open/x" && lines[0]["route"] as? String == "/open/**")
            #expect(lines[1]["path"] as? String == "/open/%22%7d%0a%7b%22")
            #expect(lines[8]["code"] as? String == "not-found" && lines[8]["route"] as? String == "")
            #expect(
                (lines[0]["time"] as? String)?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#)
                    != nil)
            #expect(lines[0]["user"] is NSNull)
        }
    }

    @Test(
        "a user's name outside ASCII is written so that it reads as it is, quotes and control characters included"
    )
    func names() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data(), to: "log")
        let descriptor = open(path, O_WRONLY | O_APPEND)
        defer { close(descriptor) }
        let sink = AccessLogSink(descriptor: descriptor)
        let log = AccessLog(sink: sink)
        let names = ["josé@example.com", "ж\u{1F600}@x", "\"}\\\u{1B}\u{7F}\n", "plain@example.com"]
        for name in names {
            log.append(
                AccessLog.Record(
                    time: Timestamp(seconds: 0), id: [], address: [], user: name, method: [0xFF, 0x22],
                    path: [], version: .http1,
                    route: "é", status: 200, bytes: 0, total: 0, upstream: 0, store: 0, code: nil))
        }
        log.flush()
        sink.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == names.count)
        for (line, name) in zip(lines, names) {
            let fields = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(fields["user"] as? String == name)
            #expect(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
        }
    }

    @Test("lines that a full disk does not take are counted, and a line says so when there is room again")
    func fullDisk() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Data(), to: "log")
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let sink = AccessLogSink(descriptor: descriptor)
        sink.write(Array("{\"a\":1}\n{\"a\":2}\n".utf8))
        sink.write(Array("{\"a\":3}\n".utf8))
        try await eventually("three lines are lost") { sink.dropped == 3 }
        let room = open(path, O_WRONLY | O_APPEND)
        #expect(dup2(room, descriptor) == descriptor)
        close(room)
        sink.write(Array("{\"a\":4}\n".utf8))
        sink.write(Array("{\"a\":5}\n".utf8))
        sink.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3 && lines.last == "{\"a\":5}")
        #expect(lines.first?.contains("\"message\":\"log lines were lost\",\"lines\":\"3\"") == true)
        #expect(sink.dropped == 3)
    }

    @Test("what waits for a reader who takes nothing is bounded, and what is lost is told once there is room")
    func bounded() async throws {
        let ends = Pipe()
        let line = Array(("{\"x\":\"" + String(repeating: "x", count: 1_015) + "\"}\n").utf8)
        #expect(line.count == 1_024)
        let sink = AccessLogSink(descriptor: ends.fileHandleForWriting.fileDescriptor, bound: 64 << 10)
        for _ in 0..<1_000 { sink.write(line) }
        // The pipe has room for 64 lines, the writer holds at most as many, and as many wait.
        #expect(sink.dropped >= 1_000 - 3 * 64)
        // On a thread of its own: the pool that runs tasks has as many threads as there are processors.
        let reading = Mutex<Data?>(nil)
        Thread.detachNewThread {
            let all = (try? ends.fileHandleForReading.readToEnd()) ?? Data()
            reading.withLock { $0 = all }
        }
        try await eventually("there is room again") {
            let before = sink.dropped
            sink.write(line)
            return sink.dropped == before
        }
        sink.close()
        try ends.fileHandleForWriting.close()
        try await eventually("everything was read") { reading.withLock { $0 != nil } }
        let text = String(decoding: try #require(reading.withLock { $0 }), as: UTF8.self)
        let lines = text.split(separator: "\n")
        let told = lines.compactMap { line in
            line.firstMatch(of: #/"log lines were lost","lines":"(\d+)"/#).flatMap { Int($0.1) }
        }
        #expect(told.reduce(0, +) == sink.dropped)
        #expect(lines.count(where: { $0.hasPrefix("{\"x\"") }) <= 4 * 64)
    }

    @Test("a client that goes away is told apart from what fails here")
    func clientGone() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.request() != nil else { return }
            try link.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            while true { try link.send(String(repeating: "x", count: 10_000)) }
        }
        try await withGateway(upstream) { rig in
            let client = try rig.client()
            try await client.send("GET /open/x HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await Blocking.run { try client.socket.read(100_000) }
            client.socket.abort()
            let line = try await rig.log(1)[0]
            #expect(line["code"] as? String == "client-closed" && line["status"] as? Int == 200)
        }
    }
}
