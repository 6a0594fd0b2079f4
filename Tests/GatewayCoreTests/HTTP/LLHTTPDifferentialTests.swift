import GatewayCore
import Testing

/// Two parsers that read one request differently are how requests are smuggled. Ours may refuse more than
/// llhttp does, but what it accepts llhttp must read in the same way.
@Suite("Agreement with llhttp")
struct LLHTTPDifferentialTests {
    /// How we read the same bytes.
    private struct OurReading {
        var request: ReadRequest
        var body: [UInt8] = []
        /// Whether the body ended within the bytes.
        var isWhole = false
        /// Method and target of what follows, where it is a request that we accept and may serve.
        var following: String?
    }

    /// Nil where we refuse the head or the body.
    private func read(_ bytes: [UInt8]) -> OurReading? {
        guard let request = try? ReadRequest(bytes) else { return nil }
        var ours = OurReading(request: request)
        var rest = Array(bytes[request.head.byteCount...])
        switch request.head.framing {
        case .none, .untilClose: ours.isWhole = true
        case .length(let length):
            ours.isWhole = rest.count >= length
            ours.body = Array(rest.prefix(length))
            rest.removeFirst(min(length, rest.count))
        case .chunked:
            var decoder = ChunkDecoder(extensionLimit: 256, trailerLimit: 4_096)
            decoding: while !decoder.isFinished {
                guard let step = try? decoder.next(rest.span) else { return nil }
                switch step {
                case .needsMore: break decoding
                case .content(let skip, let count):
                    ours.body += rest[skip..<(skip + count)]
                    rest.removeFirst(skip + count)
                case .end(let skip): rest.removeFirst(skip)
                }
            }
            ours.isWhole = decoder.isFinished
        }
        guard ours.isWhole, request.head.keepsAlive else { return ours }
        if let next = try? ReadRequest(rest), isKnownToBoth(next) {
            ours.following = next.text(next.head.method) + " " + next.text(rawTarget(next))
        }
        return ours
    }

    @Test(
        "whatever we accept, llhttp accepts and reads in the same way, bodies and what follows them included")
    func requests() {
        var generator = RequestGenerator(numbers: SeededNumbers(seed: 20_261_121))
        var accepted = 0
        var withBody = 0
        for _ in 0..<20_000 {
            let bytes = generator.next()
            guard let ours = read(bytes), isKnownToBoth(ours.request) else { continue }
            accepted += 1
            if !ours.body.isEmpty { withBody += 1 }
            let theirs = LLHTTPReading(bytes)
            let request = ours.request
            let target = request.text(rawTarget(request))
            let fields = request.head.fields.map { "\(request.text($0.name)): \(request.text($0.value))" }
            let isSame =
                theirs.method == request.text(request.head.method) && theirs.target == target
                && theirs.isHTTP10 == request.head.isHTTP10 && theirs.fields == fields
                && theirs.body == ours.body
                && theirs.isWhole == ours.isWhole
            if !isSame {
                Issue.record(
                    "read differently: \(String(decoding: bytes, as: UTF8.self).debugDescription) \(theirs)")
            }
            if let following = ours.following, theirs.following.first != following {
                Issue.record(
                    "what follows differs: \(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
        }
        // A generator that only makes what is refused would prove nothing.
        #expect(accepted > 2_000)
        #expect(withBody > 500)
    }

    /// llhttp knows a fixed list of methods and calls everything else malformed; that it should not.
    private func isKnownToBoth(_ request: ReadRequest) -> Bool {
        let method = request.text(request.head.method)
        return ["GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"].contains(method)
    }

    /// The target as it stood in the request line.
    private func rawTarget(_ request: ReadRequest) -> ByteRange {
        let start = request.head.method.upper + 1
        var end = start
        while request.bytes[end] != ASCII.space { end += 1 }
        return ByteRange(start, end)
    }
}
