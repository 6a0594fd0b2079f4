import GatewayCore
import Testing

@Suite("Routes")
struct RouteTableTests {
    private func matches(_ pattern: String, _ path: String) throws -> Bool {
        try #require(PathPattern(pattern)).matches(Array(path.utf8))
    }

    @Test(
        "a pattern takes what it names",
        arguments: [
            ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a/b", "/a/b"), ("/*", "/x"), ("/a/*", "/a/b"),
            ("/a/*/c", "/a/b/c"), ("/**", "/"), ("/**", "/a"), ("/**", "/a/b/"), ("/app/**", "/app"),
            ("/app/**", "/app/"), ("/app/**", "/app/a/b"), ("/a/*/**", "/a/b"), ("/a/*/**", "/a/b/c/d"),
            ("/é", "/é"),
        ])
    func taken(pattern: String, path: String) throws {
        #expect(try matches(pattern, path))
    }

    @Test(
        "a pattern takes nothing else",
        arguments: [
            ("/", "/a"), ("/", ""), ("/a", "/"), ("/a", "/a/"), ("/a/", "/a"), ("/a", "/A"), ("/a", "/ab"),
            ("/a", "a"), ("/*", "/"), ("/*", "/a/b"), ("/*", "/a/"), ("/a/*", "/a"), ("/a/*", "/a/"),
            ("/app/**", "/apps"), ("/app/**", "/ap"), ("/app/**", "/"), ("/a/*/**", "/a/"), ("/a/*/**", "/a"),
            ("/**", ""), ("/**", "*"),
        ])
    func notTaken(pattern: String, path: String) throws {
        #expect(try !matches(pattern, path))
    }

    @Test(
        "what cannot be a pattern is none",
        arguments: [
            "", "a", "*", "**", "//", "/a//b", "/a/./b", "/a/..", "/..", "/a/**/b", "/a*", "/*a", "/a?b",
            "/a#b",
            "/a b\n", "/a/***", "/**/", "/" + String(repeating: "a", count: 1_024),
        ])
    func badPatterns(text: String) {
        #expect(PathPattern(text) == nil)
    }

    private func table() throws -> RouteTable {
        func route(_ pattern: String, _ methods: [String]?, _ upstream: String) throws -> Route {
            Route(
                pattern: try #require(PathPattern(pattern)), methods: methods, upstream: upstream,
                require: .anonymous, limits: [], bodyLimit: 1)
        }
        return RouteTable([
            try route("/a/b", ["GET", "HEAD"], "one"), try route("/a/*", ["POST"], "two"),
            try route("/a/**", ["PUT"], "three"), try route("/c/**", nil, "four"),
        ])
    }

    @Test("the first route that takes path and method wins")
    func firstWins() throws {
        let table = try table()
        let expected = [("GET", "/a/b", 0), ("POST", "/a/b", 1), ("PUT", "/a/b/c", 2), ("ANY", "/c", 3)]
        for (method, path, index) in expected {
            guard case .route(index) = table.match(method: method, path: Array(path.utf8)) else {
                Issue.record("\(method) \(path)")
                continue
            }
        }
    }

    @Test("a path whose routes take other methods tells which; a path without route has none")
    func misses() throws {
        let table = try table()
        guard
            case .wrongMethod(allowed: "GET, HEAD, POST, PUT") = table.match(
                method: "DELETE", path: Array("/a/b".utf8))
        else { return #expect(Bool(false), "not the methods of all routes of the path") }
        guard case .none = table.match(method: "GET", path: Array("/d".utf8)) else {
            return #expect(Bool(false), "a route for a path that has none")
        }
    }
}
