/// The refusals of the gateway in front, which callers of this service meet too: their codes by status.
/// Statuses that callers of no correct client meet are left out.
enum GatewayAnswers {
    static let codes: [Int: [String]] = [
        400: ["malformed-request"],
        401: ["unauthenticated"],
        403: ["address-not-allowed", "cross-site-request", "insufficient-scope"],
        408: ["request-timeout"],
        413: ["body-too-large"],
        414: ["request-line-too-long"],
        429: ["rate-limited"],
        431: ["headers-too-large"],
        500: ["internal-error"],
        502: ["upstream-invalid", "upstream-unreachable"],
        503: [
            "draining", "overloaded", "store-unavailable", "too-many-connections", "upstream-busy",
            "upstream-unavailable",
        ],
        504: ["upstream-timeout"],
    ]
}
