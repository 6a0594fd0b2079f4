import GatewayCore
import NIOCore
import ServiceCore

// The life of a request, in the order that security needs.
extension ClientConnection {
    /// edge limits → head grammar → client address → request ID → route → address limit → authenticate →
    /// cross-site check → principal limit → body limit → requests in flight → forward → response. The first two
    /// are behind us when this begins; every refusal on the way is thrown.
    func runPipeline() async throws(Refusal) {
        resolveClientAddress()
        settleRequestID()
        try settleUpgrade()
        let target = try matchRoute()
        let admission = try await askStore(target)
        try enforceLimits(target.addressPolicies, admission.addressOutcomes, target.places.addressPolicies)
        try authenticate(target, admission)
        try checkSite(target)
        let outcomes = try await principalOutcomes(target, admission)
        try enforceLimits(target.principalPolicies, outcomes, target.places.principalPolicies)
        try checkBodyLimit(target)
        try await takePlaces(target)
        switch target.kind {
        case .forward(let upstream, let sendsAssertion):
            try await forward(to: upstream, target: target, sendsAssertion: sendsAssertion)
        case .endpoint(let endpoint):
            try await serve(endpoint, target: target)
        }
    }

    // MARK: Who asks, and what for

    /// An inbound request ID counts only from a trusted proxy; a trace is continued whoever began it.
    private func settleRequestID() {
        let head = exchange.head
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        for index in head.method.lower..<head.method.upper { exchange.methodText.append(bytes[index]) }
        for index in head.path.lower..<head.path.upper { exchange.pathText.append(bytes[index]) }
        guard head.traceparent >= 0 || (peerIsTrusted && head.requestID >= 0) else { return }
        var id = exchange.id
        if peerIsTrusted, head.requestID >= 0 {
            id = RequestID(validating: bytes.array(head.fields[head.requestID].value)) ?? id
        }
        var trace = TraceContext(
            trace: (loop.mint.next(), loop.mint.next() | 1), span: loop.mint.spanID(), flags: 1)
        if head.traceparent >= 0 {
            trace =
                TraceContext(
                    continuing: bytes, head.fields[head.traceparent].value, span: trace.span) ?? trace
        }
        exchange.identify(id, trace: trace)
    }

    private func matchRoute() throws(Refusal) -> Target {
        let head = exchange.head
        guard head.knownMethod != .connect, head.knownMethod != .trace else {
            throw .methodNotAllowed(allowed: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        }
        let methodName = name(of: head.knownMethod)
        let target =
            if let decoded = head.decodedPath {
                try loop.targets.match(method: head.knownMethod, methodName: methodName, path: decoded)
            } else {
                try loop.targets.match(
                    method: head.knownMethod, methodName: methodName, path: exchange.pathText)
            }
        exchange.target = target
        return target
    }

    /// The method as text, without allocating for the usual ones.
    func name(of method: RequestHead.Method) -> String {
        switch method {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .connect: "CONNECT"
        case .trace: "TRACE"
        case .other: String(decoding: exchange.methodText, as: UTF8.self)
        }
    }

    // MARK: What the request itself must satisfy

    private func checkSite(_ target: Target) throws(Refusal) {
        let head = exchange.head
        // A browser lets every page open a WebSocket anywhere and sends the cookies along, so the handshake is
        // held to what is asked of a change.
        guard !head.knownMethod.isSafe || exchange.asksWebSocket else { return }
        let usesCookie = exchange.principal?.credential == .cookie
        guard usesCookie || target.takesCredentials else { return }
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        let fetchSite = head.text(head.secFetchSite, in: bytes)
        let origin = head.text(head.origin, in: bytes)
        let ownOrigin = (exchange.isSecure ? "https://" : "http://") + bytes.string(head.host)
        let isFine =
            usesCookie
            ? CrossSiteCheck.allows(fetchSite: fetchSite, origin: origin, ownOrigin: ownOrigin)
            : !CrossSiteCheck.contradicts(fetchSite: fetchSite, origin: origin, ownOrigin: ownOrigin)
        guard isFine else { throw .crossSiteRequest }
    }

    private func checkBodyLimit(_ target: Target) throws(Refusal) {
        if case .length(let length) = exchange.head.framing, length > target.bodyLimit {
            throw .bodyTooLarge(limit: target.bodyLimit)
        }
    }
}
