/// The header fields that mean something to the gateway, found by name without allocating.
///
/// Names are compared with ASCII case folded and `_` read as `-`: many upstreams turn both into one
/// variable, so `X_Forwarded_For` is as dangerous as `X-Forwarded-For`.
package enum KnownField: UInt8, Sendable, CaseIterable {
    case other
    // Framing.
    case contentLength, transferEncoding, connection, host, expect, upgrade, te, trailer
    // Other hop-by-hop fields (RFC 9110 §7.6.1).
    case keepAlive, proxyConnection, proxyAuthenticate, proxyAuthorization
    // Credentials and where a request comes from.
    case cookie, authorization, origin, secFetchSite, secFetchMode
    // What the gateway itself states towards upstreams.
    case identity, forwarded, xForwardedFor, xForwardedProto, xForwardedOther, requestID, traceparent
    // What it reads in passing.
    case accept, acceptEncoding, contentType, userAgent
    // Of responses.
    case rateLimit, cacheControl, date, setCookie

    /// Fields that end at this hop.
    package var isHopByHop: Bool {
        switch self {
        case .connection, .transferEncoding, .upgrade, .te, .trailer, .keepAlive, .proxyConnection,
            .proxyAuthenticate, .proxyAuthorization:
            true
        default: false
        }
    }

    /// Fields that no client may state for itself and that the gateway writes or strips.
    package var isOurs: Bool {
        switch self {
        case .identity, .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedOther, .requestID: true
        default: false
        }
    }

    /// Fields that would be misread as something dangerous when spelled with `_`; such a field is dropped.
    package var isDangerousWithUnderscore: Bool {
        switch self {
        case .other, .accept, .acceptEncoding, .userAgent, .date, .cacheControl, .setCookie, .rateLimit: false
        default: true
        }
    }

    private static let names: [(name: String, field: KnownField)] = [
        ("content-length", .contentLength), ("transfer-encoding", .transferEncoding),
        ("connection", .connection), ("host", .host), ("expect", .expect), ("upgrade", .upgrade),
        ("te", .te), ("trailer", .trailer), ("keep-alive", .keepAlive),
        ("proxy-connection", .proxyConnection), ("proxy-authenticate", .proxyAuthenticate),
        ("proxy-authorization", .proxyAuthorization), ("cookie", .cookie),
        ("authorization", .authorization), ("origin", .origin), ("sec-fetch-site", .secFetchSite),
        ("sec-fetch-mode", .secFetchMode), ("forwarded", .forwarded), ("x-forwarded-for", .xForwardedFor),
        ("x-forwarded-proto", .xForwardedProto), ("x-request-id", .requestID),
        ("traceparent", .traceparent), ("accept", .accept), ("accept-encoding", .acceptEncoding),
        ("content-type", .contentType),
        ("user-agent", .userAgent), ("ratelimit", .rateLimit), ("ratelimit-policy", .rateLimit),
        ("cache-control", .cacheControl), ("date", .date), ("set-cookie", .setCookie),
        // Under these names other gateways and frameworks take somebody's word for who is asking.
        ("x-real-ip", .identity), ("x-client-ip", .identity), ("true-client-ip", .identity),
        ("remote-user", .identity), ("x-remote-user", .identity), ("x-user", .identity),
        ("x-user-id", .identity), ("x-user-email", .identity), ("x-authenticated-user", .identity),
        ("x-webauth-user", .identity), ("remote-email", .identity), ("remote-name", .identity),
        ("remote-groups", .identity), ("cf-connecting-ip", .identity), ("x-cluster-client-ip", .identity),
        ("x-original-forwarded-for", .identity),
        // Under these they take a client's word for what is asked, past the route that was matched.
        ("x-original-url", .identity), ("x-rewrite-url", .identity),
    ]

    /// Whatever begins so is an identity or a forwarding field.
    private static let prefixes: [(prefix: String, field: KnownField)] = [
        ("x-fillgate-", .identity), ("x-auth-request-", .identity), ("x-forwarded-", .xForwardedOther),
    ]

    /// A name of up to 24 bytes, folded, in three words: two names are equal if their words and lengths are.
    private struct Folded: Equatable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0

        @inline(__always)
        mutating func set(_ byte: UInt8, at offset: Int) {
            let shifted = UInt64(byte) << UInt64((offset & 7) &* 8)
            switch offset >> 3 {
            case 0: first |= shifted
            case 1: second |= shifted
            default: third |= shifted
            }
        }

        init() {}
        init(_ text: String) { for (offset, byte) in text.utf8.enumerated() { set(byte, at: offset) } }
    }

    private static let longest = 24
    private static let byLength: [[(folded: Folded, field: KnownField)]] = {
        var table = Array(repeating: [(folded: Folded, field: KnownField)](), count: longest + 1)
        for (name, field) in names { table[name.utf8.count].append((Folded(name), field)) }
        return table
    }()

    /// The field of that name, and whether the name holds an underscore.
    @inline(__always)
    package static func find(_ bytes: Span<UInt8>, _ name: ByteRange) -> (
        field: KnownField, underscored: Bool
    ) {
        var folded = Folded()
        var underscored = false
        for offset in 0..<min(name.count, longest) {
            var byte = ASCII.lowercased(bytes[name.lower &+ offset])
            if byte == ASCII.underscore {
                byte = ASCII.dash
                underscored = true
            }
            folded.set(byte, at: offset)
        }
        if name.count <= longest {
            for entry in byLength[name.count] where entry.folded == folded {
                return (entry.field, underscored)
            }
        }
        // All prefixes begin with `x-`, most names do not.
        guard folded.first & 0xFFFF == 0x2D78 else { return (.other, underscored) }
        return (prefixed(bytes, name), underscored)
    }

    private static func prefixed(_ bytes: Span<UInt8>, _ name: ByteRange) -> KnownField {
        for (prefix, field) in prefixes where name.count >= prefix.utf8.count {
            var matches = true
            for (offset, expected) in prefix.utf8.enumerated() {
                let byte = ASCII.lowercased(bytes[name.lower &+ offset])
                if (byte == ASCII.underscore ? ASCII.dash : byte) != expected { matches = false }
            }
            if matches { return field }
        }
        return .other
    }
}
