/// Writes messages by the grammar of RFC 9112, and then spoils most of them.
struct MessageGrammar {
    var numbers: SeededNumbers
    /// What was made before, to be spliced with what is made now.
    private var earlier: [[UInt8]] = []

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    // MARK: Choices

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &numbers) }
    mutating func one<Element>(_ list: [Element]) -> Element { list[below(list.count)] }
    mutating func once(in bound: Int) -> Bool { below(bound) == 0 }

    private mutating func text(_ alphabet: [UInt8], _ lengths: ClosedRange<Int>) -> String {
        let count = Int.random(in: lengths, using: &numbers)
        return String(decoding: (0..<count).map { _ in one(alphabet) }, as: UTF8.self)
    }

    // MARK: Grammar

    private static let token = Array("abcXYZ019!#$%&'*+-.^_`|~".utf8)
    private static let value = Array("abcXYZ 019\t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".utf8)
    private static let segment = Array("abcXYZ019-._~!$&'()*+,;=:@".utf8)
    private static let methods = [
        "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get",
    ]
    private static let names = [
        "Accept", "Cookie", "X-A", "x-b", "User-Agent", "Content-Type", "Content-Length-X", "TE", "Trailer",
        "Upgrade", "X_Y", "Transfer-Encoding-X", "Referer", "Via", "Keep-Alive", "Expect-CT", "Date",
        "Set-Cookie",
    ]

    private mutating func target() -> String {
        var target = once(in: 12) ? one(["http://h", "HTTP://h", "https://h"]) : ""
        for _ in 0...below(3) {
            target +=
                "/" + text(Self.segment, 0...6) + (once(in: 4) ? one(["%20", "%41", "%e9", "%0A"]) : "")
        }
        if once(in: 3) {
            target += "?" + text(Self.segment, 0...8) + (once(in: 3) ? one(["/../", "\\", "{}", "%"]) : "")
        }
        return target
    }

    /// A field line without its end.
    private mutating func field() -> String {
        let name = once(in: 3) ? text(Self.token, 1...12) : one(Self.names)
        let value = once(in: 8) ? one(["\u{E9}", "\u{FF}\t", "\"a\\\"b\""]) : text(Self.value, 0...20)
        return name + ":" + one(["", " ", "\t", "  "]) + value + one(["", "", " ", "\t "])
    }

    private mutating func fields() -> [String] {
        var fields = (0..<below(5)).map { _ in field() }
        if once(in: 4) {
            fields.append(
                one(["Connection: ", "connection:"])
                    + one(["close", "keep-alive", "x", "Close, x", ",close,"]))
        }
        return fields
    }

    /// Chunks by the grammar, with their last.
    mutating func chunks() -> String {
        var body = ""
        for _ in 0..<below(4) {
            let content = text(Self.value + Array("\r\n".utf8), 1...24)
            let size = String(content.utf8.count, radix: 16, uppercase: once(in: 2))
            body += (once(in: 4) ? "00" : "") + size + chunkExtension() + "\r\n" + content + "\r\n"
        }
        body += one(["0", "00"]) + chunkExtension() + "\r\n"
        for _ in 0..<(once(in: 3) ? below(3) : 0) { body += field() + "\r\n" }
        return body + "\r\n"
    }

    private mutating func chunkExtension() -> String {
        guard once(in: 4) else { return "" }
        return (0...below(2)).map { _ in
            ";" + text(Self.token, 1...5) + one(["", "=a", "=\"\"", "=\"a;b\"", "=\"\\\"\"", "=\" \t\""])
        }.joined()
    }

    /// A framing field and the body that it describes.
    private mutating func framed() -> (fields: [String], body: String) {
        switch below(4) {
        case 0: return ([], "")
        case 1:
            let body = text(Self.value + Array("\r\n".utf8), 0...30)
            let zeros = once(in: 5) ? "00" : ""
            return (
                ["Content-Length:\(one([" ", "", " \t"]))\(zeros)\(body.utf8.count)\(one(["", " "]))"], body
            )
        default:
            return (
                [
                    one(["Transfer-Encoding:", "transfer-encoding: "]) + one(["chunked", "Chunked"])
                ], chunks()
            )
        }
    }

    /// A request and what may stand behind it.
    mutating func request() -> [UInt8] {
        var (framing, body) = framed()
        if once(in: 16) { framing += framed().fields }
        var lines = fields() + framing
        if !once(in: 24) { lines.insert(one(["Host: h", "host:h"]), at: below(lines.count + 1)) }
        lines.shuffle(using: &numbers)
        let line = "\(one(Self.methods)) \(target()) HTTP/1.\(once(in: 8) ? 0 : 1)"
        return Array((([line] + lines).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    mutating func response() -> [UInt8] {
        var (framing, body) = framed()
        if once(in: 16) { framing += framed().fields }
        var lines = fields() + framing
        lines.shuffle(using: &numbers)
        let interim =
            once(in: 8)
            ? one(["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n"]) : ""
        let status = one([
            " 200 OK", " 200", " 200 ", " 404 Not Found", " 204 No", " 304 Not", " 500 \u{E9}", " 999 x",
        ])
        let line = "HTTP/1.\(once(in: 8) ? 0 : 1)\(status)"
        return Array((interim + ([line] + lines).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    // MARK: Spoiling

    /// What request smuggling is made of.
    private static let dictionary: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\r\r\n", "\r\n ", "\r\n\t", "\0", "\u{B}", "\u{C}", " ",
            "\t", ":", " :", ": ",
            ",", ";", "=", "\"", "\\", "0", "00", "1", "5", "a", "F", "+", "-", "0x", "_", "%", "#", "?", "/",
            "//", "/../", "*",
            "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Content-Length:5, 5\r\n",
            "content-length: +5\r\n", "Content_Length: 9\r\n",
            "Transfer-Encoding: chunked\r\n", "transfer-encoding:chunked\r\n",
            "Transfer-Encoding: identity\r\n", "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
            "Transfer_Encoding: chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n",
            "chunked", "Chunked", "identity", ", chunked", "chunked;q=1", "Host: x\r\n", "Host: h\r\n",
            "Connection: close\r\n", "Connection: keep-alive\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\n", "Expect: 100-continue\r\n", "HTTP/1.0", "HTTP/1.1",
            "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "http/1.1",
            "GET /next HTTP/1.1\r\nHost: h\r\n\r\n", "0\r\n\r\n", "5\r\nhello\r\n", "5;a=b\r\nhello\r\n",
            "5 \r\nhello\r\n", "5;\nhello\r\n",
            "10000000000000000\r\n", "ffffffffffffffff\r\n", "18446744073709551616", "9223372036854775808",
            "X: y\r\n", "X : y\r\n", " 200 OK", "HTTP/1.1 100 C\r\n\r\n",
        ].map { Array($0.utf8) } + [[0x80], [0xFF], [0x7F], [0xC2, 0xA0]]

    /// The message with up to four mutations, or as it is.
    mutating func spoiled(_ message: [UInt8]) -> [UInt8] {
        var bytes = message
        for _ in 0..<max(0, below(6) - 1) where !bytes.isEmpty { mutate(&bytes) }
        if earlier.count < 64 { earlier.append(message) } else { earlier[below(64)] = message }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = below(bytes.count)
        switch below(9) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes[place] ^= 0x20
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(bytes[place], at: place)
        case 4:
            let word = one(Self.dictionary)
            bytes.replaceSubrange(place..<min(bytes.count, place + word.count), with: word)
        case 5: bytes.insert(contentsOf: one(Self.dictionary), at: place)
        case 6:
            let length = min(1 + below(12), bytes.count - place)
            bytes.insert(contentsOf: bytes[place..<(place + length)], at: below(bytes.count))
        case 7:
            guard let other = earlier.randomElement(using: &numbers), !other.isEmpty else { return }
            bytes = Array(bytes[..<place] + other[below(other.count)...])
        default:
            // A word at the beginning of a line, where fields are.
            let starts = bytes.indices.filter { $0 > 0 && bytes[$0 - 1] == 10 }
            if let start = starts.randomElement(using: &numbers) {
                bytes.insert(contentsOf: one(Self.dictionary), at: start)
            }
        }
    }

    /// `bytes` in one to five pieces.
    mutating func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        let cuts = (0..<below(5)).map { _ in below(bytes.count + 1) }.sorted()
        var pieces: [[UInt8]] = []
        var start = 0
        for cut in cuts + [bytes.count] {
            pieces.append(Array(bytes[start..<cut]))
            start = cut
        }
        return pieces
    }
}

/// Makes a case that fails smaller as long as it fails.
enum Minimiser {
    static func shrink(_ bytes: [UInt8], while fails: ([UInt8]) -> Bool) -> [UInt8] {
        var smallest = bytes
        var length = max(1, bytes.count / 2)
        while length >= 1 {
            var start = 0
            while start < smallest.count {
                var candidate = smallest
                candidate.removeSubrange(start..<min(start + length, candidate.count))
                if fails(candidate) { smallest = candidate } else { start += length }
            }
            length /= 2
        }
        return smallest
    }

    /// Bytes as a Swift literal that can be pasted into a test.
    static func literal(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })).debugDescription
    }
}
