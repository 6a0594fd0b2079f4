/// How long a message's body is (RFC 9112 §6).
package enum BodyFraming: Sendable, Hashable {
    case none
    case length(Int)
    case chunked
    /// Until the sender closes: responses only.
    case untilClose

    package var hasBody: Bool {
        switch self {
        case .none, .length(0): false
        default: true
        }
    }
}

/// One header line of a message head: where its parts are and what becomes of it.
package struct HeadField: Sendable, Hashable {
    package var name: ByteRange
    package var value: ByteRange
    /// The whole line with its CRLF.
    package var line: ByteRange
    package var known: KnownField
    /// Whether the line goes on to the next hop as it is.
    package var passes: Bool
}

/// A request head as the parser understood it: ranges into the bytes that it was parsed from, which stay
/// where they are until the request has been answered or forwarded.
///
/// One instance a connection is filled again for each request, so that a head costs no allocation.
package final class RequestHead {
    /// Bytes from the method to the end of the empty line.
    package internal(set) var byteCount = 0
    package internal(set) var method = ByteRange(0, 0)
    package internal(set) var knownMethod = Method.other
    /// Path and query, in origin form; empty for `*`.
    package internal(set) var target = ByteRange(0, 0)
    package internal(set) var path = ByteRange(0, 0)
    /// Without its question mark; empty where there is none.
    package internal(set) var query = ByteRange(0, 0)
    /// The path percent-decoded; nil where that is the path itself.
    package internal(set) var decodedPath: [UInt8]?
    package internal(set) var isHTTP10 = false
    package internal(set) var host = ByteRange(0, 0)
    package internal(set) var fields: [HeadField] = []
    package internal(set) var framing = BodyFraming.none
    package internal(set) var keepsAlive = true
    package internal(set) var expectsContinue = false
    /// Whether `upgrade` is among the options of `Connection`.
    package internal(set) var namesUpgrade = false
    /// Indices in `fields`; -1 where there is none. For repeated fields, the first.
    package internal(set) var cookie = -1
    package internal(set) var authorization = -1
    package internal(set) var upgrade = -1
    package internal(set) var forwarded = -1
    package internal(set) var forwardedFor = -1
    package internal(set) var forwardedProto = -1
    package internal(set) var requestID = -1
    package internal(set) var traceparent = -1
    package internal(set) var origin = -1
    package internal(set) var secFetchSite = -1
    package internal(set) var secFetchMode = -1
    package internal(set) var accept = -1
    package internal(set) var contentType = -1
    package internal(set) var userAgent = -1
    /// More than one of a field that must not be repeated where identity hangs on it.
    package internal(set) var repeatsAuthorization = false
    package internal(set) var forwardedForCount = 0

    package init() {}

    /// The methods that the gateway treats by name.
    package enum Method: UInt8, Sendable {
        case get, head, post, put, delete, patch, options, connect, trace, other

        /// RFC 9110 §9.2.1: a request that asks for no change.
        package var isSafe: Bool { self == .get || self == .head || self == .options || self == .trace }
        /// RFC 9110 §9.2.2: a request that may be sent again when nobody knows whether it arrived.
        package var isIdempotent: Bool { isSafe || self == .put || self == .delete }
    }

    /// Forgets the request before.
    package func reset() {
        byteCount = 0
        method = ByteRange(0, 0)
        knownMethod = .other
        target = ByteRange(0, 0)
        path = target
        query = target
        host = target
        decodedPath = nil
        isHTTP10 = false
        fields.removeAll(keepingCapacity: true)
        framing = .none
        keepsAlive = true
        expectsContinue = false
        namesUpgrade = false
        cookie = -1
        authorization = -1
        upgrade = -1
        forwarded = -1
        forwardedFor = -1
        forwardedProto = -1
        requestID = -1
        traceparent = -1
        origin = -1
        secFetchSite = -1
        secFetchMode = -1
        accept = -1
        contentType = -1
        userAgent = -1
        repeatsAuthorization = false
        forwardedForCount = 0
    }

    /// The value of the field at `index` as text; nil for -1.
    package func text(_ index: Int, in bytes: Span<UInt8>) -> String? {
        index < 0 ? nil : bytes.string(fields[index].value)
    }

    /// Marks the field at `index` as one that does not go on.
    package func drop(_ index: Int) {
        if index >= 0 { fields[index].passes = false }
    }
}
