package import ServiceCore

/// Every way in which the gateway itself says no. What each becomes on the wire is one switch, below, so
/// that no two places can disagree about a status or a code.
package enum Refusal: Error, Sendable, Hashable {
    // Framing and limits of the connection.
    case malformed(HeadFault)
    case requestLineTooLong
    case headersTooLarge
    case unsupportedTransferCoding
    case unsupportedVersion
    case tooSlow
    case bodyTooLarge(limit: Int)
    case tooManyConnections
    // Routing.
    case noRoute
    case methodNotAllowed(allowed: String)
    // Who asks.
    case unauthenticated
    case invalidCredentials
    case notAdministrator
    case crossSiteRequest
    case registrationClosed
    /// Somebody has an account with the address already.
    case addressTaken
    /// There is no account of that name or ID.
    case noSuchUser
    /// What an administrator may not do to their own account.
    case ownAccount
    /// What would leave no administrator.
    case lastAdministrator
    /// A second factor is enrolled already, or must be, or there is none.
    case secondFactorEnrolled
    case secondFactorRequired
    case noSecondFactor
    /// A change that asks for the current password was given another one, or may not be tried now.
    case wrongCurrentPassword
    /// A session to end that is not the caller's, or not there.
    case noSuchSession
    /// An API key that was not given what the request takes.
    case insufficientScope(KeyScopes)
    /// An API key from where it may not be used.
    case addressNotAllowed
    /// An API key where somebody must have logged in: it manages no credentials.
    case sessionRequired
    /// A session that began longer ago than `within` seconds, for what takes a fresh login.
    case reauthenticationRequired(within: Int64)
    /// An API key to end that is not the caller's, or not there.
    case noSuchKey
    case tooManyKeys(limit: Int)
    // What they sent to an endpoint of the gateway's own.
    /// A body that is not what its content type says; the text is a sentence for people.
    case malformedBody(String)
    case unsupportedMediaType(accepted: String)
    case invalidInput([Problem.Fault])
    /// What was to be changed was changed by somebody else in between.
    case changedMeanwhile
    // How often.
    case rateLimited(policy: String, retryAfter: Int64)
    /// No thread for a password's hash; `retryAfter` in seconds.
    case overloaded(retryAfter: Int64)
    // Those behind us.
    case storeUnavailable
    case upstreamUnreachable
    case upstreamInvalid
    case upstreamTimeout
    case upstreamBusy
    /// The circuit to the upstream is open: it has mostly failed of late. In seconds, at least 1.
    case upstreamUnavailable(retryAfter: Int64)
    case notReady
    case draining
    /// The client went before there was an answer: for the log alone, nobody is there to be told.
    case clientClosed
    case internalError

    /// What the caller sees.
    package struct Form: Sendable {
        package var status: Int
        /// The problem's stable word.
        package var code: String
        package var detail: String
        package var headers: [(name: String, value: String)] = []
        /// Whether the connection ends with the answer, because what follows on it cannot be trusted or
        /// will not be read.
        package var closes = false
    }

    package var form: Form {
        switch self {
        case .malformed(let fault):
            Form(
                status: 400, code: "malformed-request",
                detail: "The request cannot be read in one way only: \(fault.sentence)", closes: true)
        case .requestLineTooLong:
            Form(
                status: 414, code: "request-line-too-long",
                detail: "The request line is longer than this gateway accepts.", closes: true)
        case .headersTooLarge:
            Form(
                status: 431, code: "headers-too-large",
                detail: "The header section has more fields or bytes than this gateway accepts.", closes: true
            )
        case .unsupportedTransferCoding:
            Form(
                status: 501, code: "unsupported-transfer-coding",
                detail: "The only transfer coding understood here is chunked.", closes: true)
        case .unsupportedVersion:
            Form(
                status: 505, code: "unsupported-version",
                detail: "Use HTTP/1.1 or HTTP/1.0.", closes: true)
        case .tooSlow:
            Form(
                status: 408, code: "request-timeout",
                detail: "The request did not arrive in the time that it may take.", closes: true)
        case .bodyTooLarge(let limit):
            Form(
                status: 413, code: "body-too-large",
                detail: "The body is longer than the \(limit) bytes that are accepted here.", closes: true)
        case .tooManyConnections:
            Form(
                status: 503, code: "too-many-connections",
                detail: "This address has as many connections open as it may.",
                headers: [("Retry-After", "1")], closes: true)
        case .noRoute:
            Form(
                status: 404, code: "not-found", detail: "Nothing is served at this path.")
        case .methodNotAllowed(let allowed):
            Form(
                status: 405, code: "method-not-allowed",
                detail: "This path does not answer this method.", headers: [("Allow", allowed)])
        case .unauthenticated:
            Form(
                status: 401, code: "unauthenticated",
                detail: "Log in, or send a valid bearer token.", headers: [("WWW-Authenticate", "Bearer")])
        case .invalidCredentials:
            Form(
                status: 401, code: "invalid-credentials",
                detail:
                    "The user name, the password or the code is wrong, or logging in is not possible now.",
                headers: [("WWW-Authenticate", "Bearer")])
        case .notAdministrator:
            Form(
                status: 403, code: "forbidden",
                detail: "Only administrators may do this.")
        case .crossSiteRequest:
            Form(
                status: 403, code: "cross-site-request",
                detail:
                    "A request that changes something and is authenticated by cookie must come from this site."
            )
        case .registrationClosed:
            Form(
                status: 403, code: "registration-closed",
                detail: "Accounts are made by an administrator.")
        case .addressTaken:
            Form(
                status: 409, code: "address-taken",
                detail: "There is an account with this address already.")
        case .noSuchUser:
            Form(status: 404, code: "no-such-user", detail: "There is no account of this ID or address.")
        case .ownAccount:
            Form(
                status: 409, code: "own-account",
                detail: "Administrators cannot disable, demote or delete their own account, nor set its "
                    + "password here: PUT /api/v1/auth/password does.")
        case .lastAdministrator:
            Form(
                status: 409, code: "last-administrator",
                detail: "You are no administrator any more, so the change was taken back.")
        case .secondFactorEnrolled:
            Form(
                status: 409, code: "second-factor-enrolled",
                detail: "You have a second factor already; remove it first.")
        case .secondFactorRequired:
            Form(
                status: 409, code: "second-factor-required",
                detail: "Accounts like yours must have a second factor.")
        case .noSecondFactor:
            Form(
                status: 404, code: "no-second-factor",
                detail: "There is no second factor, and none to be confirmed.")
        case .wrongCurrentPassword:
            // Not 401: the session is good, and clients that meet 401 throw it away.
            Form(
                status: 403, code: "invalid-credentials",
                detail: "The current password or the code is wrong, or this is not possible now.")
        case .noSuchSession:
            Form(
                status: 404, code: "no-such-session",
                detail: "There is no session of this ID; it may have ended.")
        case .insufficientScope(let scopes):
            // RFC 6750 §3.1.
            Form(
                status: 403, code: "insufficient-scope",
                detail: "This API key has not the scope that the request takes: \(scopes).",
                headers: [
                    ("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"\(scopes)\"")
                ])
        case .addressNotAllowed:
            Form(
                status: 403, code: "address-not-allowed",
                detail: "This API key may not be used from your address.")
        case .sessionRequired:
            Form(status: 403, code: "session-required", detail: "An API key cannot do this; log in.")
        case .reauthenticationRequired(let seconds):
            // Not 401: the session is good for everything else.
            Form(
                status: 403, code: "reauthentication-required",
                detail: "Log in again: this takes a login of the last \(seconds) s.")
        case .noSuchKey:
            Form(
                status: 404, code: "no-such-key",
                detail: "You have no API key of this ID; it may have ended.")
        case .tooManyKeys(let limit):
            Form(
                status: 409, code: "too-many-keys",
                detail: "You have the \(limit) API keys that you may have; revoke one first.")
        case .malformedBody(let sentence):
            Form(status: 400, code: "malformed-body", detail: sentence)
        case .unsupportedMediaType(let accepted):
            Form(
                status: 415, code: "unsupported-media-type",
                detail: "Send the body as \(accepted).", headers: [("Accept", accepted)])
        case .invalidInput:
            Form(
                status: 422, code: "invalid-input",
                detail: "Some of the fields are missing or have values that are not accepted.")
        case .changedMeanwhile:
            Form(
                status: 409, code: "changed-meanwhile",
                detail: "Somebody else changed this in the meantime; look again and repeat if needed.")
        case .rateLimited(let policy, let retryAfter):
            Form(
                status: 429, code: "rate-limited",
                detail: "The limit \"\(policy)\" is exhausted; try again in \(retryAfter) s.",
                headers: [("Retry-After", String(retryAfter))])
        case .overloaded(let retryAfter):
            Form(
                status: 503, code: "overloaded",
                detail: "Too many logins are being checked right now; try again in \(retryAfter) s.",
                headers: [("Retry-After", String(retryAfter))])
        case .storeUnavailable:
            Form(
                status: 503, code: "store-unavailable",
                detail: "The session store does not answer; your session is kept. Try again shortly.",
                headers: [("Retry-After", "1")])
        case .upstreamUnreachable:
            Form(
                status: 502, code: "upstream-unreachable",
                detail: "The service behind this gateway cannot be reached.")
        case .upstreamInvalid:
            Form(
                status: 502, code: "upstream-invalid",
                detail: "The service behind this gateway broke off or gave an answer that is not HTTP.")
        case .upstreamTimeout:
            Form(
                status: 504, code: "upstream-timeout",
                detail: "The service behind this gateway did not answer in time.")
        case .upstreamBusy:
            Form(
                status: 503, code: "upstream-busy",
                detail: "The service behind this gateway has as much under way as it may; try again shortly.",
                headers: [("Retry-After", "1")])
        case .upstreamUnavailable(let retryAfter):
            Form(
                status: 503, code: "upstream-unavailable",
                detail: "The service behind this gateway has been failing and is given time to recover.",
                headers: [("Retry-After", String(retryAfter))])
        case .notReady:
            Form(
                status: 503, code: "not-ready",
                detail: "This worker cannot serve requests now.", headers: [("Retry-After", "1")])
        case .draining:
            Form(
                status: 503, code: "draining",
                detail: "This worker is going away; try again.", headers: [("Retry-After", "1")], closes: true
            )
        case .clientClosed:
            Form(
                status: 499, code: "client-closed",
                detail: "The client closed its connection before the answer.", closes: true)
        case .internalError:
            Form(
                status: 500, code: "internal-error",
                detail: "The gateway failed; the request ID finds the reason in its log.")
        }
    }

    /// `overloaded` with a wait of one to five seconds, by chance: those whom one flood turned away at the same
    /// moment would otherwise come back at the same moment, second after second, and everybody else would wait
    /// behind them.
    package static func overloaded() -> Refusal { .overloaded(retryAfter: .random(in: 1...5)) }

    package var isOverloaded: Bool { if case .overloaded = self { true } else { false } }
}
