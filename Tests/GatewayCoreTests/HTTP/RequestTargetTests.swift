import GatewayCore
import Testing

@Suite("Request target")
struct RequestTargetTests {
    private func refusal(_ target: String, method: String = "GET") -> Refusal? {
        ReadRequest.refusal("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test(
        "path and query are told apart, and routes see the path decoded once",
        arguments: [
            ("/", "/", ""), ("/a/b", "/a/b", ""), ("/a?b", "/a", "b"), ("/a?", "/a", ""),
            ("/?a?b", "/", "a?b"),
            ("/a%20b", "/a b", ""), ("/%61", "/a", ""), ("/%2561", "/%61", ""), ("/%3Fa?b", "/?a", "b"),
            ("/a;b=c", "/a;b=c", ""), ("/a/", "/a/", ""), ("/...", "/...", ""), ("/.a", "/.a", ""),
            ("/a.", "/a.", ""), ("/a..b", "/a..b", ""), ("/%c3%a9", "/é", ""), ("/a?%zz%", "/a", "%zz%"),
            ("/a?../..", "/a", "../.."), ("/~a!$&'()*+,=:@", "/~a!$&'()*+,=:@", ""),
        ])
    func readings(target: String, path: String, query: String) throws {
        let request = try ReadRequest("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.matchedPath == path)
        #expect(request.text(request.head.query) == query)
        #expect(request.text(request.head.target) == target)
    }

    @Test(
        "a path with dot segments is refused however they are written",
        arguments: [
            "/.", "/..", "/./", "/../", "/a/.", "/a/..", "/a/./b", "/a/../b", "/%2e", "/%2E%2e/", "/.%2e/b",
            "/a/%2e%2e", "/..;/b", "/..;x=y/b", "/.;", "/a/..%3bx",
        ])
    func dotSegments(target: String) {
        #expect(refusal(target) == .malformed(.dotSegments))
    }

    @Test(
        "an encoded slash, backslash or NUL in a path is refused",
        arguments: ["/%2f", "/a%2Fb", "/%5c", "/a%5Cb", "/%00", "/a%00.csv"])
    func encodedDelimiters(target: String) {
        #expect(refusal(target) == .malformed(.encodedDelimiter))
    }

    @Test(
        "a percent sign without two hexadecimal digits in a path is refused",
        arguments: ["/%", "/%4", "/%zz", "/%4g", "/a%", "/%4?1", "/%?41", "/%%41"])
    func badEscapes(target: String) {
        #expect(refusal(target) == .malformed(.badPercentEncoding))
    }

    @Test(
        "characters that some server takes for a delimiter are refused in a path and let be in a query",
        arguments: ["\\", "\"", "<", ">", "^", "`", "{", "|", "}"])
    func strangeCharacters(character: String) {
        #expect(refusal("/a\(character)b") == .malformed(.badTarget))
        #expect(refusal("/a?\(character)") == nil)
    }

    @Test("a path with an empty segment is refused, because some servers merge slashes")
    func emptySegments() {
        for target in ["//", "//a", "/a//b", "/a//", "///", "/a///b"] {
            #expect(refusal(target) == .malformed(.emptySegment), "\(target)")
        }
        #expect(refusal("/a?b//c") == nil)
    }

    @Test("the absolute form is taken where its host is that of the Host header")
    func absoluteForm() throws {
        for target in ["http://a/b?c", "HTTP://A/b?c", "https://a/b?c"] {
            let request = try ReadRequest("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(request.text(request.head.target) == "/b?c")
        }
        for target in ["http://b/", "http://a:80/", "http://a.b/", "http://a@b/", "http://ab/"] {
            #expect(refusal(target) == .malformed(.hostMismatch), "\(target)")
        }
        for target in ["http://", "http:///", "http://a", "http:/a", "ftp://a/", "a", "a/b", "*a", "?", "*"] {
            #expect(refusal(target) == .malformed(.badTarget), "\(target)")
        }
        #expect(
            ReadRequest.refusal("GET http://a/ HTTP/1.0\r\n\r\n") == .malformed(.hostMismatch))
        #expect(refusal("http://a/../b") == .malformed(.dotSegments))
    }

    @Test("the asterisk is a target of OPTIONS alone")
    func asterisk() throws {
        let request = try ReadRequest("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(request.head.target.isEmpty && request.head.path.isEmpty)
        for method in ["GET", "POST", "options"] {
            #expect(refusal("*", method: method) == .malformed(.badTarget))
        }
    }

    @Test("the authority form of CONNECT is not a target")
    func authorityForm() {
        #expect(refusal("a:443", method: "CONNECT") == .malformed(.badTarget))
    }
}
