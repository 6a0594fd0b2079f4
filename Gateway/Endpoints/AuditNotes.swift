package import GatewayCore
package import Logging

extension Logger {
    /// Writes a security event as a line of the log: its kind under `audit`, and its fields beside it.
    package func audit(_ event: AuditEvent) {
        var metadata: Logger.Metadata = ["audit": "\(event.kind.rawValue)"]
        for (name, value) in event.fields where name != "at" && name != "kind" {
            // The log's own `user` is an ID, as in its access lines.
            switch name {
            case "id": metadata["event_id"] = "\(value)"
            case "user": metadata["email"] = "\(value)"
            case "user_id": metadata["user"] = "\(value)"
            default: metadata[name] = "\(value)"
            }
        }
        log(level: event.kind.isTrouble ? .notice : .info, "\(event.kind.sentence)", metadata: metadata)
    }
}

extension AuditEvent.Kind {
    /// What the line of the log says.
    package var sentence: String {
        switch self {
        case .loginSucceeded: "logged in"
        case .loginFailed: "a login failed"
        case .locked: "a lock began"
        case .unlocked: "locks were cleared"
        case .sessionBegan: "a session began"
        case .sessionEnded: "a session was ended by its owner"
        case .sessionRevoked: "sessions were revoked"
        case .keyCreated: "an API key was created"
        case .keyRevoked: "an API key was revoked"
        case .keyUsedFirst: "an API key was used from a new address"
        case .passwordChanged: "a password was changed"
        case .secondFactorEnrolled: "a second factor was enrolled"
        case .secondFactorRemoved: "a second factor was removed"
        case .recoveryCodeUsed: "a recovery code was used"
        case .accountCreated: "an account was created"
        case .accountChanged: "an account was changed"
        case .accountDisabled: "an account was disabled"
        case .accountEnabled: "an account was enabled"
        case .accountDeleted: "an account was deleted"
        case .limitRefused: "a rate limit refused requests"
        case .limitReset: "rate limits were reset"
        case .overrideSet: "an override was set"
        case .overrideCleared: "overrides were cleared"
        }
    }

    /// Whether an operator wants it where only more than the usual is logged: what was refused, and what
    /// changed who may do what.
    fileprivate var isTrouble: Bool {
        switch self {
        case .loginSucceeded, .sessionBegan, .sessionEnded: false
        default: true
        }
    }
}

extension EndpointContext {
    /// Records a security event of a request. Returns at once: the answer neither waits for it nor depends
    /// on whether it could be kept.
    func note(
        _ kind: AuditEvent.Kind, by actor: AuditEvent.Actor = .nobody,
        of subject: AuditEvent.Subject? = nil, session: SessionID? = nil, reason: String? = nil,
        count: Int? = nil, for request: EndpointRequest
    ) {
        audit(
            AuditEvent(
                kind, at: request.now, by: actor, of: subject, from: request.address.description,
                request: request.id, session: session, reason: reason, count: count))
    }

    /// The same for what a caller does to their own account.
    func note(
        _ kind: AuditEvent.Kind, byAndOf caller: Principal, session: SessionID? = nil,
        reason: String? = nil, count: Int? = nil, for request: EndpointRequest
    ) {
        note(
            kind, by: .init(caller), of: .init(caller.session), session: session, reason: reason,
            count: count, for: request)
    }
}
