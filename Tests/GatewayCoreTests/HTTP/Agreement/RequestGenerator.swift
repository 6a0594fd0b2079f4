/// Requests that are almost always malformed in one place.
struct RequestGenerator {
    var numbers: SeededNumbers

    private static let methods = [
        "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "get",
    ]
    private static let targets = [
        "/", "/a", "/a/b?c=d", "/a%20b", "/?", "/a?b?c", "http://h/a", "http://h", "*", "/a;b", "/%2e/",
        "/..",
        "/a//b", "", "a", "/a#b", "/\u{7F}", "/~!$&'()*+,;=:@", "/a?\"<>[]^`{|}\\", "https://h/a?b",
        "HTTP://H/",
    ]
    private static let versions = [
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1",
    ]
    private static let fields = [
        "Host: h", "Accept: */*", "Cookie: a=b; c=d", "X-Empty:", "x-lower: y", "X-Tab:\ty\t",
        "X-Spaces:   y   ",
        "Content-Length: 5", "Content-Length: 0", "Content-Length: 05", "Content-Length: +5",
        "Content-Length: 5, 5",
        "content-length: 5", "Content-Length: 5 5", "Content-Length:", "Content-Length: 0x5",
        "Content_Length: 3",
        "Transfer-Encoding: chunked", "transfer-encoding: CHUNKED", "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: identity", "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding:", "Transfer_Encoding: chunked",
        "Connection: close",
        "Connection: keep-alive", "Connection: x-hop", "Connection: close, x", "Expect: 100-continue",
        "X : y",
        " folded", "X: a\u{1}b", "X: \u{E9}", "X\u{E9}: y", "X[]: y", ": y", "X",
        "User-Agent: \"a\" (b; c) [d]",
        "X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "te: trailers", "Host: h, h",
    ]
    private static let bodies = [
        "hello", "5\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\n\r\n",
        "3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n",
        "005\r\nhello\r\n000\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\r\nZ: w\r\n\r\n", "5 \r\nhello\r\n0\r\n\r\n",
        "",
        "5\nhello\n0\n\n", "5;a\r\nhello\r\n0;b=\"c\"\r\n\r\n", "5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n",
        "0\r\n\r\n",
        "5;\r\nhello\r\n0\r\n\r\n", "5; a = b\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX\r\n\r\n",
        "0\r\n\r\n\r\n",
        "5;;\r\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
        "A\r\nhellohello\r\n0\r\n\r\n",
        "5;a=\"\\\"\"\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n",
    ]
    private static let interesting =
        Array("\r\n\r\n :;,=\"\\\t\0#%/?0159afAFxX-_.*+\u{B}\u{7F}(){}[]".utf8) + [0x80, 0xFF]

    private mutating func one<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: 0..<list.count, using: &numbers)]
    }

    /// A request, and behind it another one to `/next`.
    mutating func next() -> [UInt8] {
        var text = "\(one(Self.methods)) \(one(Self.targets)) \(one(Self.versions))\r\n"
        if Int.random(in: 0..<8, using: &numbers) > 0 { text += "Host: h\r\n" }
        for _ in 0..<Int.random(in: 0...3, using: &numbers) { text += one(Self.fields) + "\r\n" }
        let isSane = Int.random(in: 0..<2, using: &numbers) == 0
        if isSane {
            text =
                "POST /a HTTP/1.1\r\nHost: h\r\n"
                + (Bool.random(using: &numbers) ? one(Self.fields) + "\r\n" : "")
            if Int.random(in: 0..<3, using: &numbers) > 0 { text += "Transfer-Encoding: chunked\r\n" }
        }
        text += "\r\n" + one(Self.bodies) + "GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...2, using: &numbers) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        // Mostly in the first request.
        let end = max(1, bytes.count - 25)
        let place = Int.random(in: 0..<end, using: &numbers)
        switch Int.random(in: 0..<5, using: &numbers) {
        case 0: bytes[place] = one(Self.interesting)
        case 1: bytes.insert(one(Self.interesting), at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes[place] ^= 0x20
        default:
            let other = Int.random(in: 0..<end, using: &numbers)
            let length = Int.random(in: 1...12, using: &numbers)
            bytes.insert(contentsOf: bytes[other..<min(other + length, bytes.count)], at: place)
        }
    }
}
