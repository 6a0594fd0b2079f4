import GatewayCore
import Logging

/// Logging in: proof of the password, then a session under a new token.
struct Login {
    let context: EndpointContext

    /// `POST /api/v1/auth/login`, as a form (`username`, `password`) or as JSON (`email` or `username`, `password`):
    /// 200 with a bearer token.
    var forPrograms: Endpoint {
        Endpoint("POST", "/api/v1/auth/login", require: .anonymous, takesCredentials: true) {
            request throws(Refusal) in
            let credentials = try LoginCredentials(of: request)
            let (token, session, device) = try await open(with: credentials, for: request)
            let lifetime = session.expiresAt - session.createdAt
            var answer = try EndpointResponse.json(
                Grant(accessToken: token.secret, expiresIn: lifetime.secondsRoundedUp))
            answer.headers.append(device)
            return answer
        }
    }

    /// The token response of RFC 6749 §5.1.
    private struct Grant: Encodable {
        var accessToken: String
        var tokenType = "bearer"
        /// Seconds until the session ends however much it is used.
        var expiresIn: Int64

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
        }
    }

    /// Begins a session for whoever these credentials prove, and ends the one that the request shows;
    /// `invalidCredentials` where they prove nobody, and then nothing ends. The header makes the device known to them.
    func open(
        with credentials: LoginCredentials, for request: EndpointRequest
    ) async throws(Refusal) -> (SessionToken, Session, device: (name: String, value: String)) {
        let outcome = try await CredentialCheck(context: context)
            .evaluate(credentials.email, credentials.password, code: credentials.code, for: request)
        guard case .proven(let account, let replacement, let moment) = outcome else {
            throw .invalidCredentials
        }
        let token = SessionToken.random()
        let session = newSession(of: account, under: token, for: request)
        let policy = context.sessionPolicy
        try await context.asking { store throws(StoreFault) in try await store.begin(session, policy: policy)
        }
        guard try await isUnchanged(account, since: session) else { throw .invalidCredentials }
        if let replacement { await replaceHash(of: account, by: replacement, request) }
        let (owner, id) = (AuditEvent.Subject(account), session.digest.sessionID)
        for kind in [AuditEvent.Kind.loginSucceeded, .sessionBegan] {
            context.note(kind, by: .user(account.id, account.email), of: owner, session: id, for: request)
        }
        let device = try await context.devices.introduction(
            to: account.email, since: moment, for: request, in: context)
        await SessionRenewal(context: context, request: request).retireShown()
        return (token, session, device)
    }

    private func newSession(of account: Account, under token: SessionToken, for request: EndpointRequest)
        -> Session
    {
        Session(
            digest: token.digest, user: account.id, email: account.email, isAdmin: account.isAdmin,
            createdAt: request.now, lastUsedAt: request.now,
            expiresAt: request.now + context.sessionPolicy.absoluteTimeout,
            address: request.address.description, userAgent: Self.printable(request.userAgent))
    }

    /// Looks at the account again now that the session is in the store. Whoever disables an account, changes
    /// its password or its rights ends its sessions afterwards, so either they met this one, or what they
    /// changed is seen here and the session ends.
    private func isUnchanged(_ account: Account, since session: Session) async throws(Refusal) -> Bool {
        let now: Account?
        do throws(Refusal) {
            now = try await context.asking { store throws(StoreFault) in try await store.account(account.id) }
        } catch {
            // Nobody has the token, so what cannot be ended now expires unused.
            try? await end(session)
            throw error
        }
        if let now, now.isActive, now.isAdmin == account.isAdmin,
            now.passwordChangedAt == account.passwordChangedAt
        {
            return true
        }
        try await end(session)
        return false
    }

    private func end(_ session: Session) async throws(Refusal) {
        _ = try await context.asking { store throws(StoreFault) in try await store.end(session.digest) }
    }

    /// Keeps the hash with the current parameters. The password is the same, so the time of its last change
    /// stays. A failure costs nothing: the next login tries again.
    private func replaceHash(
        of account: Account, by replacement: PasswordHash, _ request: EndpointRequest
    ) async {
        do throws(StoreFault) {
            _ = try await context.store.setPassword(
                replacement, of: account.id, replacing: account.passwordHash, at: account.passwordChangedAt)
        } catch {
            context.logger.warning(
                "an outdated password hash was not replaced",
                metadata: ["request_id": "\(request.id)", "user": "\(account.id)"])
        }
    }

    /// A client's name for itself, without control characters, cut to 256 bytes at a character.
    static func printable(_ text: String?) -> String {
        var kept = ""
        for character in text ?? ""
        where !character.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            guard kept.utf8.count + character.utf8.count <= 256 else { break }
            kept.append(character)
        }
        return kept
    }
}
