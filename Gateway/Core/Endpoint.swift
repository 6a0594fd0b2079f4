package import ServiceCore

/// A request for one of the gateway's own endpoints, after the pipeline has admitted it: its body is whole
/// and within the endpoint's bound, its principal known where the endpoint requires one, its site checked.
package struct EndpointRequest: Sendable {
    package var id: RequestID
    package var method: String
    /// The path without the query, percent-decoded where it was matched.
    package var path: String
    /// The query without its question mark; empty where there is none.
    package var query: String
    package var contentType: String?
    package var accept: String?
    package var acceptEncoding: String?
    package var userAgent: String?
    package var body: [UInt8]
    package var address: IPAddress
    package var principal: Principal?
    /// The digest of the token that the request showed, whether or not it is a session.
    package var shownSession: SessionDigest?
    /// The value of the cookie that tells known devices; read only for endpoints that take credentials.
    package var deviceCookie: String?
    /// Whether the client's side of the gateway is encrypted, here or at a trusted proxy.
    package var isSecure: Bool
    package var now: Timestamp

    package init(
        id: RequestID, method: String, path: String, query: String, contentType: String?, accept: String?,
        acceptEncoding: String? = nil, userAgent: String?, body: [UInt8], address: IPAddress,
        principal: Principal?,
        shownSession: SessionDigest?, deviceCookie: String? = nil, isSecure: Bool, now: Timestamp
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.query = query
        self.contentType = contentType
        self.accept = accept
        self.acceptEncoding = acceptEncoding
        self.userAgent = userAgent
        self.body = body
        self.address = address
        self.principal = principal
        self.shownSession = shownSession
        self.deviceCookie = deviceCookie
        self.isSecure = isSecure
        self.now = now
    }
}

/// An endpoint's answer. The pipeline adds the request ID, the trace, the limits and the security headers.
package struct EndpointResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// The refusal's code where the answer is a problem, for the access log.
    package var code: String?

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [], code: String? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.code = code
    }
}

/// A request may hold a password and an answer a token, so neither prints its body or its headers.
extension EndpointRequest: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "EndpointRequest(\(id), \(method) \(path))" }
    package var debugDescription: String { description }
}

extension EndpointResponse: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { "EndpointResponse(\(status))" }
    package var debugDescription: String { description }
}

/// One of the gateway's own endpoints and what the pipeline must see to before it runs.
package struct Endpoint {
    package var method: String
    /// A literal path, or one whose last segment is `{id}`.
    package var path: String
    package var require: Requirement
    /// Whether the `login` policy guards it.
    package var takesCredentials: Bool
    /// Whether the `register` policy guards it as well.
    package var registers = false
    /// Longest body in bytes.
    package var bodyLimit: Int
    /// Runs on the event loop that serves the request.
    package var handle: nonisolated(nonsending) (EndpointRequest) async -> EndpointResponse

    package init(
        _ method: String, _ path: String, require: Requirement, takesCredentials: Bool = false,
        bodyLimit: Int = 16 * 1024,
        handle: nonisolated(nonsending) @escaping (EndpointRequest) async -> EndpointResponse
    ) {
        self.method = method
        self.path = path
        self.require = require
        self.takesCredentials = takesCredentials
        self.bodyLimit = bodyLimit
        self.handle = handle
    }
}

/// Whom a route or an endpoint lets in.
package enum Requirement: String, Sendable, Hashable, CaseIterable {
    case anonymous, user, admin
}
