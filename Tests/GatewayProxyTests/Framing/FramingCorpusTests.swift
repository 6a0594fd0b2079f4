import NIOCore
import TestSupport
import Testing

@testable import GatewayProxy

/// The corpus, sent through a gateway to an upstream that records every byte. Whatever becomes of a row, it
/// becomes the same however its bytes arrive, and what stands behind it is served exactly once or never.
@Suite("Framing corpus")
struct FramingCorpusTests {
    @Test("the corpus has more than 250 rows, each with a name and bytes of its own")
    func corpus() {
        #expect(FramingCase.all.count > 250)
        #expect(Set(FramingCase.all.map(\.name)).count == FramingCase.all.count)
        #expect(Set(FramingCase.all.map(\.bytes)).count == FramingCase.all.count)
    }

    @Test(
        "a hostile request is refused or goes on in one form, whole or in pieces, another behind it or none",
        arguments: FramingCase.groups.map(\.name))
    func rows(group: String) async throws {
        let cases = try #require(FramingCase.groups.first { $0.name == group }?.cases)
        let recorder = WireRecorder()
        let upstream = try RecordingUpstream { link in try recorder.serve(link.socket) }
        var numbers = SplitMix(seed: 9_112)
        try await withGateway(upstream) { rig in
            for row in cases {
                var trials = [
                    FramingTrial(row, isFollowed: false, cuts: []),
                    FramingTrial(row, isFollowed: true, cuts: []),
                ]
                // Byte by byte every boundary is one of two pieces; two pieces tell what one boundary does.
                let length = row.bytes.count
                if length < 600 {
                    trials.append(FramingTrial(row, isFollowed: true, cuts: Array(1..<length + 8)))
                }
                for _ in 0..<4 {
                    let cut = Int.random(in: 1..<length, using: &numbers)
                    trials.append(FramingTrial(row, isFollowed: Bool.random(using: &numbers), cuts: [cut]))
                }
                for trial in trials {
                    let faults = try await Blocking.run { [rig] in try trial.run(rig, recorder) }
                    for fault in faults { Issue.record("\(trial): \(fault)") }
                }
            }
        }
        // Everything has ended: nothing may have come late.
        let late = recorder.take()
        #expect(late.requests.isEmpty && late.faults.isEmpty)
    }
}

/// One way to send one row.
struct FramingTrial: Sendable, CustomStringConvertible {
    let row: FramingCase
    /// Whether a second request stands behind the row's bytes.
    let isFollowed: Bool
    /// Where the bytes are cut into pieces that arrive one by one.
    let cuts: [Int]

    init(_ row: FramingCase, isFollowed: Bool, cuts: [Int]) {
        self.row = row
        self.isFollowed = isFollowed
        self.cuts = cuts
    }

    var description: String {
        let pieces = cuts.count == 1 ? "cut at \(cuts[0])" : cuts.isEmpty ? "whole" : "byte by byte"
        return "\(row.name) [\(row.rule)], \(pieces)\(isFollowed ? ", followed" : "")"
    }

    private var closes: Bool {
        switch row.expectation {
        case .refused, .broken: true
        case .turnedDown: false
        case .forwarded(_, _, _, let closes): closes
        }
    }

    /// Sends the row; answers what was not as it must be.
    func run(_ rig: Rig, _ recorder: WireRecorder) throws -> [String] {
        let socket = try RawSocket(port: rig.port)
        defer { socket.close() }
        let bytes = row.bytes + (isFollowed ? Array(FramingCase.second.utf8) : [])
        try send(bytes, on: socket, rig)
        let expected = closes || !isFollowed ? 1 : 2
        let (answers, rest) = try read(expected, from: socket)
        var faults: [String] = []
        if answers.count != expected { faults.append("\(answers.count) answers: \(answers.map(\.line))") }
        if !rest.isEmpty { faults.append("answered besides: \(WireMessage.text(rest).debugDescription)") }
        for answer in answers {
            let ids = answer.all("X-Request-ID")
            if ids.count != 1 || ids[0].count != 36 { faults.append("request IDs \(ids)") }
        }
        guard let first = answers.first else { return faults }
        if closes != (first.all("Connection") == ["close"]) { faults.append("Connection: \(first.fields)") }
        if expected == 2, answers.count == 2, answers[1].all("X-Seen") != ["/open/second"] {
            faults.append("the second was answered \(answers[1].line)")
        }
        return faults + verdict(on: first) + verdict(on: recorder.take())
    }

    private func send(_ bytes: [UInt8], on socket: RawSocket, _ rig: Rig) throws {
        guard !cuts.isEmpty, let end = PeerEnd(of: socket) else { return try socket.send(bytes) }
        let loop = rig.gateway.loops[0].executor.eventLoop
        var start = 0
        for cut in cuts.filter({ $0 < bytes.count }) + [bytes.count] {
            do { try socket.send(bytes[start..<cut]) } catch {
                // Refused already; what it thinks of the rest nobody asks.
                guard error == .reset else { throw error }
                return
            }
            start = cut
            end.waitUntilTaken()
            // Taken is not looked at: that is only sure when the loop has come round.
            try loop.submit {}.wait()
        }
    }

    /// Everything that comes back until the connection ends, as answers.
    private func read(_ expected: Int, from socket: RawSocket) throws -> (
        answers: [WireMessage], rest: [UInt8]
    ) {
        var answers: [WireMessage] = []
        var bytes: [UInt8] = []
        var hasEnded = false
        while true {
            let more = try socket.readSome()
            guard !more.isEmpty else { return (answers, bytes) }
            bytes += more
            while let answer = try WireMessage(takenFrom: &bytes) {
                if answer.status >= 200 { answers.append(answer) }
            }
            if !closes, answers.count >= expected, !hasEnded {
                hasEnded = true
                socket.endOutput()
            }
        }
    }

    private func verdict(on answer: WireMessage) -> [String] {
        switch row.expectation {
        case .refused(let status, let code), .broken(let status, let code), .turnedDown(let status, let code):
            let isProblem = WireMessage.text(answer.content).contains("\"code\":\"\(code)\"")
            return answer.status == status && isProblem
                ? [] : ["answered \(answer.line), not \(status) \(code)"]
        case .forwarded:
            return answer.status == 200 && answer.all("X-Seen").count == 1 ? [] : ["answered \(answer.line)"]
        }
    }

    private func verdict(on heard: WireRecorder.Heard) -> [String] {
        var faults = heard.faults.map { "not strict HTTP: \($0)" }
        var requests = heard.requests
        if !closes, isFollowed {
            if requests.last?.target == "/open/second" {
                requests.removeLast()
            } else {
                faults.append("no second")
            }
        }
        switch row.expectation {
        case .forwarded(let lines, let body, let content, _):
            guard requests.count == 1 else { return faults + ["heard \(requests.map(\.line))"] }
            let got = requests[0].strangersLines
            if got != lines { faults.append("went on as \(got)") }
            if requests[0].content != Array(content.utf8) { faults.append("content \(requests[0].content)") }
            if cuts.isEmpty, requests[0].body != Array(body.utf8) {
                faults.append("body \(WireMessage.text(requests[0].body).debugDescription)")
            }
        case .refused, .turnedDown:
            if !requests.isEmpty { faults.append("heard \(requests.map(\.line))") }
        case .broken:
            if !requests.isEmpty { faults.append("heard \(requests.map(\.line))") }
            for left in heard.unfinished where !WireMessage.text(left).hasPrefix("POST /open/x HTTP/1.1\r\n")
            {
                faults.append("left \(WireMessage.text(left).debugDescription)")
            }
        }
        return faults
    }
}

extension WireMessage {
    /// The head's lines without those that the gateway states itself, once each.
    fileprivate var strangersLines: [String] {
        var own = [
            "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-request-id",
            "traceparent",
        ]
        return [line]
            + fields.filter { field in
                guard let index = own.firstIndex(of: field.prefix { $0 != ":" }.lowercased()) else {
                    return true
                }
                let name = own.remove(at: index)
                return name == "x-forwarded-for" && field != "X-Forwarded-For: 127.0.0.1"
            }
    }
}
