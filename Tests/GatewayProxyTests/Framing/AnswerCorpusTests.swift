import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

/// Hostile answers, sent through a gateway to a client that reads every byte. Each is refused or relayed in
/// one form, and what an upstream sends behind an answer is never anybody's.
@Suite("Corpus of answers")
struct AnswerCorpusTests {
    @Test("the corpus has more than 100 rows, each with a name of its own")
    func corpus() {
        #expect(AnswerCase.all.count > 100)
        #expect(Set(AnswerCase.all.map(\.name)).count == AnswerCase.all.count)
    }

    /// How the upstream sends an answer, and how the client asks for it.
    struct Trial: CustomStringConvertible {
        let row: AnswerCase
        let index: Int
        let isWhole: Bool
        /// Whether the next request is sent with the first, or once that is answered.
        let isPipelined: Bool

        var description: String {
            "\(row.name) [\(row.rule)]\(isWhole ? "" : ", byte by byte")\(isPipelined ? ", pipelined" : "")"
        }
    }

    @Test(
        "a hostile answer is refused or relayed in one form, whole or in pieces, the next behind it or later"
    )
    func rows() async throws {
        let loop = Mutex<(any EventLoop)?>(nil)
        let upstream = try RecordingUpstream { link in
            while let request = try link.request() {
                guard let index = Int(request.target.split(separator: "/").last?.prefix { $0 != "?" } ?? "")
                else {
                    try link.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Next: 1\r\n\r\nnext")
                    continue
                }
                let row = AnswerCase.all[index]
                var bytes = row.bytes
                if request.target.hasSuffix("?bytes"), let end = PeerEnd(of: link.socket) {
                    while bytes.count > 1 {
                        try link.socket.send([bytes.removeFirst()])
                        end.waitUntilTaken()
                        try loop.withLock { $0 }?.submit {}.wait()
                    }
                }
                // In one piece with the last byte: an answer that comes unasked and late is another matter.
                try link.socket.send(
                    bytes + Array(row.behind.utf8) + (row.ends ? [] : Array(AnswerCase.poison.utf8)))
                if row.ends { return }
            }
        }
        // So many bad answers would open the circuit, and then nothing would be asked any more.
        try await withGateway(upstream, { $0.upstream.breaker.requests = 0 }) { rig in
            loop.withLock { $0 = rig.gateway.loops[0].executor.eventLoop }
            for (index, row) in AnswerCase.all.enumerated() {
                for isWhole in row.bytes.count < 1_500 ? [true, false] : [true] {
                    for isPipelined in [true, false] {
                        let trial = Trial(row: row, index: index, isWhole: isWhole, isPipelined: isPipelined)
                        let faults = try await Blocking.run { [rig] in try trial.run(rig) }
                        for fault in faults { Issue.record("\(trial): \(fault)") }
                    }
                }
            }
            loop.withLock { $0 = nil }
        }
    }
}

extension AnswerCorpusTests.Trial {
    /// Asks for the row and then for something harmless; answers what was not as it must be.
    func run(_ rig: Rig) throws -> [String] {
        let next = "GET /open/next HTTP/1.1\r\nHost: a\r\n\r\n"
        let socket = try RawSocket(port: rig.port)
        defer { socket.close() }
        let request = "\(row.method) /open/\(index)\(isWhole ? "" : "?bytes") HTTP/1.1\r\nHost: a\r\n\r\n"
        try socket.send(request + (isPipelined ? next : ""))
        var bytes: [UInt8] = []
        let first = try read(from: socket, &bytes, isFirst: true)
        if let first, !isPipelined, first.all("Connection").isEmpty { try socket.send(next) }
        let second = first == nil ? nil : try read(from: socket, &bytes, isFirst: false)
        socket.endOutput()
        bytes += try socket.readToEnd(resetIsEnd: true)
        return verdict(first, second, rest: bytes)
    }

    /// The next answer; nil where the connection ends before it is whole.
    private func read(from socket: RawSocket, _ bytes: inout [UInt8], isFirst: Bool) throws -> WireMessage? {
        while true {
            let answer = try WireMessage(takenFrom: &bytes) { answer in
                !(isFirst && row.method == "HEAD") && answer.status != 204 && answer.status != 304
            }
            if let answer { return answer }
            let more: [UInt8]
            do { more = try socket.readSome() } catch {
                guard error == .reset else { throw error }
                return nil
            }
            guard !more.isEmpty else { return nil }
            bytes += more
        }
    }

    private func verdict(_ first: WireMessage?, _ second: WireMessage?, rest: [UInt8]) -> [String] {
        guard let first else {
            // Broken off: then nothing may follow, and no end of an answer may have been made up.
            let text = WireMessage.text(rest)
            if case .broken = row.expectation, text.hasPrefix("HTTP/1.1 200 OK\r\n"),
                !text.hasSuffix("0\r\n\r\n")
            {
                return []
            }
            return ["broken off: \(text.debugDescription)"]
        }
        var faults: [String] = []
        if !rest.isEmpty { faults.append("answered besides: \(WireMessage.text(rest).debugDescription)") }
        if second?.all("X-Next") != ["1"] || second?.content != Array("next".utf8) {
            faults.append("the next request got \(second?.line ?? "nothing")")
        }
        if first.all("X-Request-ID").count != 1 { faults.append("request IDs \(first.all("X-Request-ID"))") }
        switch row.expectation {
        case .refused, .broken:
            if first.status != 502
                || !WireMessage.text(first.content).contains("\"code\":\"upstream-invalid\"")
            {
                faults.append("answered \(first.line)")
            }
        case .relayed(let line, let lines, let content):
            // Every answer has a date: the upstream's, or else ours.
            var own = ["x-request-id", "traceparent"]
            if !lines.contains(where: { $0.hasPrefix("Date:") }) { own.append("date") }
            if first.all("Date").count != 1 { faults.append("dates \(first.all("Date"))") }
            let got = first.fields.filter { !own.contains($0.prefix { $0 != ":" }.lowercased()) }
            if first.line != line || got != lines { faults.append("relayed as \(first.line), \(got)") }
            if first.content != Array(content.utf8) {
                faults.append("content \(WireMessage.text(first.content).debugDescription)")
            }
        }
        return faults
    }
}
