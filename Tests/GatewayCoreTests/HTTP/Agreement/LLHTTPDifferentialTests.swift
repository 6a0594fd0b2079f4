import GatewayCore
import NIOHTTP1
import Testing

/// Two parsers that read one message differently are how requests are smuggled. Ours may refuse more than
/// llhttp does, but what it accepts llhttp must accept and read in the same way: 100,000 requests, most of
/// them spoiled, besides chunked bodies and responses.
@Suite("Agreement with llhttp")
struct LLHTTPDifferentialTests {
    /// What differs about a request; nil where nothing does, or where we refuse it.
    private func difference(ofRequest bytes: [UInt8]) -> String? {
        guard let ours = OurReading(request: bytes), isKnownToBoth(ours.start) else { return nil }
        // The last byte of the message comes by itself: with it, and not before, the message is over.
        let end = ours.end ?? bytes.count
        let pieces = [
            Array(bytes[..<max(0, end - 1)]), Array(bytes[max(0, end - 1)..<end]), Array(bytes[end...]),
        ]
        let theirs = LLHTTPReading.ofRequest(pieces)
        if theirs.start != ours.start { return "read as \(theirs.start)" }
        if theirs.isHTTP10 != ours.isHTTP10 { return "another version" }
        if theirs.fields != ours.fields { return "fields \(theirs.fields)" }
        if ours.keepsAlive, !theirs.keepsAlive { return "closes" }
        if theirs.body != ours.body {
            return "body \(Minimiser.literal(theirs.body)), not \(Minimiser.literal(ours.body))"
        }
        if (theirs.endedWith != nil) != (ours.end != nil) {
            return "ends \(theirs.endedWith as Int?), not \(ours.end as Int?)"
        }
        if ours.end != nil, theirs.endedWith != 1 { return "ends before its last byte, or behind it" }
        if ours.end == nil, theirs.isRefused { return "refused" }
        // What follows an upgrade NIOHTTP1 leaves to others.
        let upgrades = ours.fields.contains { $0.lowercased().hasPrefix("upgrade:") }
        guard ours.end != nil, ours.keepsAlive, !upgrades,
            let next = OurReading(request: Array(bytes[end...])),
            isKnownToBoth(next.start)
        else { return nil }
        return theirs.following.first == next.start ? nil : "followed by \(theirs.following)"
    }

    /// llhttp knows a fixed list of methods and calls everything else malformed; that it should not.
    private func isKnownToBoth(_ start: String) -> Bool {
        let method = start.prefix { $0 != " " }
        return ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"].contains(method)
    }

    private func report(
        _ bytes: [UInt8], seed: UInt64, case number: Int, _ difference: ([UInt8]) -> String?
    ) {
        let smallest = Minimiser.shrink(bytes) { difference($0) != nil }
        Issue.record(
            """
            seed \(seed), case \(number): \(difference(smallest) ?? "")
            smallest: \(Minimiser.literal(smallest))
            made: \(Minimiser.literal(bytes))
            """)
    }

    @Test(
        "whatever request we accept, llhttp accepts and reads in the same way, to its last byte",
        arguments: [20_261_121, 9_110, 9_112, 7_230] as [UInt64])
    func requests(seed: UInt64) {
        var grammar = MessageGrammar(seed: seed)
        var made = RequestGenerator(numbers: SeededNumbers(seed: seed))
        var accepted = 0
        var withBody = 0
        for number in 0..<25_000 {
            let bytes: [UInt8]
            if number.isMultiple(of: 3) {
                bytes = made.next()
            } else {
                let first = grammar.request()
                bytes = grammar.spoiled(grammar.once(in: 3) ? first + grammar.request() : first)
            }
            if let ours = OurReading(request: bytes) {
                accepted += 1
                if !ours.body.isEmpty { withBody += 1 }
            }
            if difference(ofRequest: bytes) != nil {
                report(bytes, seed: seed, case: number, difference(ofRequest:))
            }
        }
        // A generator that only makes what is refused would prove nothing.
        #expect(accepted > 6_000 && withBody > 2_000, "\(accepted), \(withBody)")
    }

    @Test("whatever chunked body we accept, llhttp accepts and decodes to the same, to its last byte")
    func chunks() {
        let head = Array("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var grammar = MessageGrammar(seed: 71)
        var accepted = 0
        for number in 0..<20_000 {
            let body = grammar.spoiled(Array(grammar.chunks().utf8))
            if ChunkReading([body]).end != nil { accepted += 1 }
            let difference = { (body: [UInt8]) in self.difference(ofRequest: head + body) }
            if difference(body) != nil { report(body, seed: 71, case: number, difference) }
        }
        #expect(accepted > 5_000, "\(accepted)")
    }

    /// What differs about a response; nil where nothing does, or where we refuse it.
    private func difference(ofResponse bytes: [UInt8], to method: HTTPMethod) -> String? {
        guard let ours = OurReading(response: bytes, to: method == .HEAD ? .head : .get) else { return nil }
        let end = ours.end ?? bytes.count
        let pieces = [Array(bytes[..<max(0, end - 1)]), Array(bytes[max(0, end - 1)..<end])]
        let theirs = LLHTTPReading.ofResponse(pieces, to: method, ends: ours.endsWithConnection)
        if theirs.start != ours.start { return "read as \(theirs.start)" }
        if theirs.isHTTP10 != ours.isHTTP10 { return "another version" }
        if theirs.fields != ours.fields { return "fields \(theirs.fields)" }
        if theirs.body != ours.body {
            return "body \(Minimiser.literal(theirs.body)), not \(Minimiser.literal(ours.body))"
        }
        if ours.endsWithConnection { return theirs.endedWith == 2 ? nil : "does not end with its connection" }
        if theirs.endedWith != (ours.end == nil ? nil : 1) {
            return "ends \(theirs.endedWith as Int?), not \(ours.end as Int?)"
        }
        return theirs.isRefused ? "refused" : nil
    }

    @Test("whatever response we accept, llhttp accepts and reads in the same way, to its last byte")
    func responses() {
        var grammar = MessageGrammar(seed: 72)
        var accepted = 0
        for number in 0..<20_000 {
            let bytes = grammar.spoiled(grammar.response())
            let method = grammar.once(in: 6) ? HTTPMethod.HEAD : .GET
            if OurReading(response: bytes, to: method == .HEAD ? .head : .get) != nil { accepted += 1 }
            let difference = { (bytes: [UInt8]) in self.difference(ofResponse: bytes, to: method) }
            if difference(bytes) != nil { report(bytes, seed: 72, case: number, difference) }
        }
        #expect(accepted > 4_000, "\(accepted)")
    }
}
