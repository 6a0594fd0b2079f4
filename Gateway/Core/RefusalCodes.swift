extension Refusal {
    /// Every word that `form` gives as a code, and those that the access log has beside them: the whole label
    /// set of what is counted by code. Their places are what a counter is kept at.
    package static let codes = [
        // Not one of the words below: something to be mended here, so that it is seen rather than lost.
        "other",
        "malformed-request", "request-line-too-long", "headers-too-large", "unsupported-transfer-coding",
        "unsupported-version", "request-timeout", "body-too-large", "too-many-connections", "not-found",
        "method-not-allowed", "unauthenticated", "invalid-credentials", "forbidden", "cross-site-request",
        "registration-closed", "address-taken", "no-such-user", "own-account", "last-administrator",
        "second-factor-enrolled", "second-factor-required", "no-second-factor",
        "no-such-session", "insufficient-scope", "address-not-allowed",
        "session-required", "reauthentication-required", "no-such-key", "too-many-keys", "malformed-body",
        "unsupported-media-type", "invalid-input", "changed-meanwhile", "rate-limited", "overloaded",
        "store-unavailable", "upstream-unreachable", "upstream-invalid", "upstream-timeout",
        "upstream-busy", "upstream-unavailable", "not-ready", "draining", "internal-error",
        // The client went away before or in the middle of its answer: nobody was refused.
        "client-closed",
        // Ends of WebSockets: nobody spoke, or somebody did not listen.
        "stream-idle", "stream-stuck",
        // The end of what a session held open that has ended itself.
        "session-ended",
    ]

    private static let places = Dictionary(
        uniqueKeysWithValues: codes.enumerated().map { ($0.element, $0.offset) })

    /// The place of a code among `codes`; zero for a word that is not one of them.
    package static func place(ofCode code: String) -> Int { places[code] ?? 0 }
}
