import GatewayCore

// Who asks: the credential that a request shows, and what the store says of it.
extension ClientConnection {
    /// Finds the session token or the API key that the request shows, and keeps every credential that is
    /// ours from going on.
    func findCredential() {
        let head = exchange.head
        let inbound = wire.inbound
        let bytes = inbound.readableBytesUInt8Span
        if head.authorization >= 0, !head.repeatsAuthorization {
            if let token = Credentials.bearer(bytes, head.fields[head.authorization].value) {
                exchange.shown = SessionDigest(ofToken: bytes.array(token))
                exchange.credential = .bearer
            } else if let token = Credentials.key(bytes, head.fields[head.authorization].value) {
                exchange.shown = SessionDigest(ofToken: bytes.array(token))
                exchange.credential = .key
            }
        }
        let isAnonymous = exchange.target?.require == .anonymous
        for index in head.fields.indices where head.fields[index].known == .authorization {
            // Where several are there none counts, and still a token of ours does not go on.
            let value = head.fields[index].value
            if !isAnonymous || Credentials.bearer(bytes, value) != nil || Credentials.key(bytes, value) != nil
            {
                head.drop(index)
            }
        }
        guard head.cookie >= 0, exchange.shown == nil else { return }
        for field in head.fields where field.known == .cookie {
            for name in CookieName.accepted(isSecure: exchange.isSecure) {
                let (isThere, token) = Credentials.cookie(bytes, field.value, name: name)
                guard isThere else { continue }
                exchange.credential = .cookie
                if let token { exchange.shown = SessionDigest(ofToken: bytes.array(token)) }
                exchange.cookieIsDead = token == nil
                return
            }
        }
    }

    func authenticate(_ target: Target, _ admission: Admission) throws(Refusal) {
        guard target.require != .anonymous else { return }
        switch admission.session {
        case .found(let session):
            guard loop.settings.sessions.isLive(session, at: exchange.now) else { throw unauthenticated() }
            if exchange.credential == .key { try checkKey(session, target) }
            exchange.principal = Principal(session: session, credential: exchange.credential)
            noteUse(of: session)
            if target.require == .admin, !session.isAdmin { throw .notAdministrator }
        case .absent, .notAsked: throw unauthenticated()
        }
    }

    /// Notes the use at most once in a while, and of a key also each address that it comes from for the
    /// first time.
    private func noteUse(of session: Session) {
        let isDue = exchange.now - session.lastUsedAt >= loop.settings.sessions.touchInterval
        guard exchange.credential == .key, let grant = session.key else {
            if isDue {
                loop.services.store.touch(
                    session.digest, at: exchange.now, idleTimeout: loop.settings.sessions.idleTimeout)
            }
            return
        }
        let prefix = exchange.address.prefix
        let isFirst = !grant.seen.contains(prefix)
        guard isDue || isFirst else { return }
        loop.services.store.touchKey(session.digest, at: exchange.now, from: prefix)
        if isFirst { loop.services.onKeyUsedFirst(session, exchange.address, exchange.id) }
    }

    /// Whether the API key may be used from here, and for this.
    private func checkKey(_ session: Session, _ target: Target) throws(Refusal) {
        guard let grant = session.key else { throw unauthenticated() }
        guard grant.allows(exchange.address) else { throw .addressNotAllowed }
        // A WebSocket begins with a safe method, and then changes what it likes.
        var needed: KeyScopes =
            exchange.head.knownMethod.isSafe && !exchange.asksWebSocket ? .read : .write
        if target.require == .admin { needed.formUnion(.admin) }
        guard grant.scopes.isSuperset(of: needed) else { throw .insufficientScope(needed) }
    }

    private func unauthenticated() -> Refusal {
        if let shown = exchange.shown {
            loop.sessions.forget(shown)
            exchange.cookieIsDead = exchange.credential == .cookie
        }
        return .unauthenticated
    }
}
