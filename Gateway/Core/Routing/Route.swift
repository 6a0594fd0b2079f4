/// A line of the route table: which requests it takes, whom it lets in, how often, and where they go.
package struct Route: Sendable, Hashable {
    package var pattern: PathPattern
    /// Methods that it takes; nil for all.
    package var methods: [String]?
    /// The name of an upstream.
    package var upstream: String
    package var require: Requirement
    package var limits: [LimitPolicy]
    package var inFlight: [InFlightPolicy]
    /// Bytes of a request body.
    package var bodyLimit: Int

    package init(
        pattern: PathPattern, methods: [String]? = nil, upstream: String, require: Requirement,
        limits: [LimitPolicy], inFlight: [InFlightPolicy] = [], bodyLimit: Int
    ) {
        self.pattern = pattern
        self.methods = methods
        self.upstream = upstream
        self.require = require
        self.limits = limits
        self.inFlight = inFlight
        self.bodyLimit = bodyLimit
    }
}

/// A path with wildcards: `*` stands for one segment, a final `**` for any number of them, none included
/// (`/app/**` takes `/app`, `/app/` and `/app/a/b`). Everything else stands for itself, case included.
package struct PathPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Segment: Sendable, Hashable {
        case literal([UInt8])
        case any
    }

    package let description: String
    private let segments: [Segment]
    private let takesRest: Bool

    /// Nil unless `text` begins with `/`, holds no empty segment but a last one, no dot segment, no `?` or
    /// `#`, and `**` at the end only.
    package init?(_ text: String) {
        guard text.hasPrefix("/"), text.utf8.count <= 1024,
            text.utf8.allSatisfy({
                $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
            })
        else { return nil }
        var parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        takesRest = parts.last == "**"
        if takesRest { parts.removeLast() }
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1 && !takesRest
            guard part != ".", part != "..", !part.isEmpty || isLast, part == "*" || !part.contains("*")
            else {
                return nil
            }
        }
        segments = parts.map { $0 == "*" ? .any : .literal(Array($0.utf8)) }
        description = text
    }

    /// Whether the pattern takes a path: percent-decoded bytes that begin with `/`.
    package func matches(_ path: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        guard path.first == slash else { return false }
        var cursor = 1
        for (index, segment) in segments.enumerated() {
            var end = cursor
            while end < path.count, path[end] != slash { end += 1 }
            switch segment {
            case .any: if end == cursor { return false }
            case .literal(let bytes):
                guard end - cursor == bytes.count else { return false }
                for offset in 0..<bytes.count where path[cursor + offset] != bytes[offset] { return false }
            }
            if index == segments.count - 1 {
                return end == path.count || takesRest
            }
            guard end < path.count else { return false }
            cursor = end + 1
        }
        // Only `/**` has no segments.
        return takesRest
    }
}

/// The routes in the order of the configuration; the first that takes a request wins.
package struct RouteTable: Sendable {
    package let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    package enum Match: Sendable {
        /// The route's index.
        case route(Int)
        /// A route takes the path but none the method; the methods it would take.
        case wrongMethod(allowed: String)
        case none
    }

    package func match(method: String, path: [UInt8]) -> Match {
        var allowed: [String] = []
        for (index, route) in routes.enumerated() where route.pattern.matches(path) {
            guard let methods = route.methods else { return .route(index) }
            if methods.contains(method) { return .route(index) }
            allowed += methods
        }
        return allowed.isEmpty ? .none : .wrongMethod(allowed: allowed.joined(separator: ", "))
    }
}
