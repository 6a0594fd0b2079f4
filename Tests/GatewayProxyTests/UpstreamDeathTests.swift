import Foundation
import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

@Suite("Upstreams that die under load")
struct UpstreamDeathTests {
    private static let server = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../EndToEnd/stack/unruly_server.py").standardizedFileURL.path

    private func start(_ port: Int) async throws -> ServerProcess {
        let process = try ServerProcess("python3", [Self.server, "\(port)"])
        try await process.wait(forPort: port)
        return process
    }

    /// What each of `count` clients was answered, one status a request, while `body` ran. Each sends its next
    /// request when it has its answer, on a connection that is kept as long as the gateway keeps it.
    private func crowd(
        _ count: Int, on rig: Rig, while body: () async throws -> Void
    ) async throws -> (sent: Int, statuses: [Int]) {
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask { try await Self.ask(rig, as: number, tally) }
            }
            defer { tally.end() }
            try await body()
            tally.end()
            try await group.waitForAll()
        }
        return tally.result
    }

    /// Asks until it is over; then nothing more comes, because nobody was answered twice.
    private static func ask(_ rig: Rig, as number: Int, _ tally: Tally) async throws {
        var client = try rig.client()
        var round = 0
        while !tally.isOver {
            let method = (number + round).isMultiple(of: 3) ? "POST" : "GET"
            tally.send()
            let answer = try await client.request(
                method, "/open/\(number)/\(round)", body: method == "POST" ? "body" : nil)
            tally.hear(answer.status)
            if answer.status == 200 { #expect(answer.text == "/open/\(number)/\(round)") }
            if answer["Connection"] == "close" { client = try rig.client() }
            round += 1
        }
        let last = client
        let isSilent = try await Blocking.run { try last.socket.isSilent(for: .milliseconds(100)) }
        #expect(isSilent)
    }

    /// What was sent and what was answered.
    private final class Tally: Sendable {
        private struct State {
            var sent = 0
            var statuses: [Int] = []
            var isOver = false
        }
        private let state = Mutex(State())

        var isOver: Bool { state.withLock { $0.isOver } }
        var result: (sent: Int, statuses: [Int]) { state.withLock { ($0.sent, $0.statuses) } }
        func send() { state.withLock { $0.sent += 1 } }
        func hear(_ status: Int) { state.withLock { $0.statuses.append(status) } }
        func end() { state.withLock { $0.isOver = true } }
    }

    @Test(
        "every request that is under way when an upstream is killed gets exactly one answer, and so do the next"
    )
    func killed() async throws {
        let port = try LoopbackPort.free()
        var process = try await start(port)
        try await withGateway(
            try RecordingUpstream.echo(),
            {
                $0.loops = 2
                $0.upstream.addresses = [.host("127.0.0.1", port: port)]
                $0.upstream.breaker = BreakerPolicy(requests: 20, coolDown: .milliseconds(200))
            }
        ) { rig in
            let (sent, statuses) = try await crowd(12, on: rig) {
                for _ in 0..<3 {
                    try await eventually("requests are answered") {
                        try await rig.request("GET", "/open/x").status == 200
                    }
                    try await process.killNow()
                    try await eventually("the gateway knows") {
                        try await rig.request("GET", "/open/x").status != 200
                    }
                    process = try await start(port)
                }
                try await eventually("it serves again") {
                    try await rig.request("GET", "/open/x").status == 200
                }
            }
            #expect(sent == statuses.count)
            #expect(Set(statuses).isSubset(of: [200, 502, 503]))
            #expect(statuses.contains(200) && statuses.contains { $0 != 200 })
            try await rig.expectNothingHeld()
        }
    }

    @Test(
        "of two addresses one dies: every request gets exactly one answer, and the other address serves the rest"
    )
    func oneOfTwo() async throws {
        let port = try LoopbackPort.free()
        let process = try await start(port)
        let other = try RecordingUpstream { request in
            "HTTP/1.1 200 OK\r\nContent-Length: \(request.target.utf8.count)\r\n\r\n\(request.target)"
        }
        try await withGateway(
            other,
            {
                $0.upstream.addresses = [
                    .host("127.0.0.1", port: port), .host("127.0.0.1", port: other.port),
                ]
                $0.upstream.ejection.duration = .seconds(30)
            }
        ) { rig in
            let (sent, statuses) = try await crowd(8, on: rig) {
                try await eventually("both have been asked") { other.requests.count > 50 }
                try await process.killNow()
                let before = other.requests.count
                try await eventually("the other goes on") { other.requests.count > before + 50 }
            }
            #expect(sent == statuses.count)
            #expect(Set(statuses).isSubset(of: [200, 502]))
            try await rig.expectNothingHeld()
        }
    }
}
