import GatewayCore

/// Whether the process is up and whether it can serve, for load balancers. What is wrong is named on the
/// operations listener only: the public learns that something is.
enum Health {
    /// `GET /health`: 200 while the process answers at all.
    static var isUp: Endpoint {
        Endpoint("GET", "/health", require: .anonymous) { (_) throws(Refusal) in
            try .json(Status(status: "ok"))
        }
    }

    /// `GET /ready`: 200, or 503 `not-ready`. The question is put at most four times a second, however often it is asked
    /// here: this is open to everybody.
    static func isReady(_ context: EndpointContext) -> Endpoint {
        let remembered = Remembered<Bool>(for: .milliseconds(250))
        return Endpoint("GET", "/ready", require: .anonymous) { request throws(Refusal) in
            guard await remembered.value(at: request.now, ask: context.isReady) else { throw .notReady }
            return try .json(Status(status: "ready"))
        }
    }

    private struct Status: Encodable {
        var status: String
    }
}
