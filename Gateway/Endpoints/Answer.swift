import Foundation
import GatewayCore
import ServiceCore

extension EndpointResponse {
    /// 204.
    static let done = EndpointResponse(status: 204, headers: [uncached])

    /// Answers to whoever has a session, and problems, are nobody else's and not for later.
    static let uncached = (name: "Cache-Control", value: "no-store")

    /// `value` as JSON with sorted names.
    static func json(
        _ value: some Encodable, status: Int = 200, type: String = "application/json",
        headers: [(name: String, value: String)] = [uncached]
    ) throws(Refusal) -> EndpointResponse {
        EndpointResponse(
            status: status, headers: [("Content-Type", type)] + headers, body: try encoded(value))
    }

    /// A refusal as a problem detail (RFC 9457).
    static func refusal(_ refusal: Refusal, to request: EndpointRequest) -> EndpointResponse {
        let form = refusal.form
        let body = try? encoded(refusal.problem(for: request.id))
        return EndpointResponse(
            status: form.status, headers: [("Content-Type", Problem.mediaType), uncached] + form.headers,
            body: body ?? [], code: form.code)
    }

    /// 303 to a path of this gateway.
    static func seeOther(
        _ path: LocalPath, headers: [(name: String, value: String)] = []
    ) -> EndpointResponse {
        EndpointResponse(status: 303, headers: [("Location", path.text), uncached] + headers)
    }

    private static func encoded(_ value: some Encodable) throws(Refusal) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw .internalError
        }
    }
}

extension Endpoint {
    /// An endpoint whose refusals become problems.
    init(
        _ method: String, _ path: String, require: Requirement, takesCredentials: Bool = false,
        answer: nonisolated(nonsending) @escaping (EndpointRequest) async throws(Refusal) -> EndpointResponse
    ) {
        self.init(
            method, path, require: require, takesCredentials: takesCredentials,
            handle: { request in
                do throws(Refusal) {
                    return try await answer(request)
                } catch {
                    return .refusal(error, to: request)
                }
            })
    }
}

extension EndpointRequest {
    /// The last segment of the path.
    var lastSegment: String { path.split(separator: "/").last.map(String.init) ?? "" }

    /// The principal that the pipeline promised an endpoint that requires one.
    func caller() throws(Refusal) -> Principal {
        guard let principal else { throw .unauthenticated }
        return principal
    }

    /// The same where it must be somebody who has logged in: whoever finds an API key must not be able to
    /// turn it into another credential, or take the owner's away.
    func loggedInCaller() throws(Refusal) -> Principal {
        let caller = try caller()
        guard caller.credential != .key else { throw .sessionRequired }
        return caller
    }

    /// The same where the session must have begun within `freshness`: a token that was stolen from a session in use
    /// must not be turned into a credential that outlives it. A new token for the session does not make it fresh.
    func freshlyLoggedInCaller(within freshness: Duration) throws(Refusal) -> Principal {
        let caller = try loggedInCaller()
        guard now <= caller.session.createdAt + freshness else {
            throw .reauthenticationRequired(within: freshness.secondsRoundedUp)
        }
        return caller
    }
}
