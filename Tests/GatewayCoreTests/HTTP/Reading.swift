import GatewayCore

/// A request head read from text, as a connection reads it: found by the scanner, then parsed.
struct ReadRequest {
    let bytes: [UInt8]
    let head = RequestHead()

    init(_ text: String, limits: ConnectionLimits = .init()) throws(Refusal) {
        try self.init(Array(text.utf8), limits: limits)
    }

    init(_ bytes: [UInt8], limits: ConnectionLimits = .init()) throws(Refusal) {
        self.bytes = bytes
        var scanner = HeadScanner()
        let end: Int?
        do {
            end = try scanner.scan(bytes.span, firstLine: limits.requestLine, headers: limits.headerSize)
        } catch {
            throw error == .firstLineTooLong ? .requestLineTooLong : .headersTooLarge
        }
        guard let end else { throw .tooSlow }
        try RequestHeadParser.parse(bytes.span, end: end, limits: limits, into: head)
    }

    func text(_ range: ByteRange) -> String { bytes.span.string(range) }

    /// The path as routes see it.
    var matchedPath: String {
        head.decodedPath.map { String(decoding: $0, as: UTF8.self) } ?? text(head.path)
    }

    /// The names of the fields that go on.
    var passing: [String] { head.fields.filter(\.passes).map { text($0.name) } }

    /// What reading `text` is refused with; nil where it is accepted. A head that does not end counts as
    /// `tooSlow`.
    static func refusal(_ text: String, limits: ConnectionLimits = .init()) -> Refusal? {
        do throws(Refusal) {
            _ = try ReadRequest(text, limits: limits)
            return nil
        } catch { return error }
    }

    /// The refusal of a request with these header lines.
    static func refusal(fields: [String], target: String = "/", version: String = "1.1") -> Refusal? {
        refusal("GET \(target) HTTP/\(version)\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n")
    }
}

/// A response head read from text.
struct ReadResponse {
    let bytes: [UInt8]
    let head = ResponseHead()

    init(_ text: String, method: RequestHead.Method = .get, headerCount: Int = 100) throws(HeadFault) {
        bytes = Array(text.utf8)
        var scanner = HeadScanner()
        let end: Int?
        do { end = try scanner.scan(bytes.span, firstLine: 8_192, headers: 65_536) } catch {
            throw .badStatusLine
        }
        guard let end else { throw .badStatusLine }
        try head.parse(bytes.span, end: end, method: method, headerCount: headerCount)
    }

    func text(_ range: ByteRange) -> String { bytes.span.string(range) }

    var passing: [String] { head.fields.filter(\.passes).map { text($0.name) } }

    static func fault(_ text: String) -> HeadFault? {
        do throws(HeadFault) {
            _ = try ReadResponse(text)
            return nil
        } catch { return error }
    }
}

/// A number of any width for tests that must repeat: SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
