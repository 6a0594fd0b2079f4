import GatewayCore
import Logging
import ServiceCore

/// The browser's way in and out: a page, a form, a cookie.
enum BrowserLogin {
    /// `GET /login?next=/app/`.
    static var page: Endpoint {
        Endpoint("GET", "/login", require: .anonymous) { (request) throws(Refusal) in
            LoginPage(next: acceptable(Query.value(of: "next", in: request.query))).response(to: request)
        }
    }

    /// `POST /login` with the form `username`, `password`, `next`: sets the cookie and sends the browser to `next`, or
    /// shows the page again with the status that the API would have answered.
    static func submit(_ login: Login) -> Endpoint {
        Endpoint("POST", "/login", require: .anonymous, takesCredentials: true) { request throws(Refusal) in
            var next: LocalPath?
            do throws(Refusal) {
                let fields = try RequestFields(of: request, named: ["next"], as: [.form])
                next = acceptable(
                    try? fields.text("next").withBytes { String(decoding: $0, as: UTF8.self) })
                let credentials = try LoginCredentials(of: request, as: [.form])
                let (token, _, device) = try await login.open(with: credentials, for: request)
                let cookie = cookie(for: request, login.context.logger)
                return .seeOther(
                    next ?? login.context.home, headers: [("Set-Cookie", cookie.setting(token)), device])
            } catch {
                return LoginPage(next: next, refusal: error).response(to: request)
            }
        }
    }

    /// `POST /logout`: ends the session if there is one, takes the cookie away, and shows the login page.
    ///
    /// A browser that shows no cookie has none taken away, so another site cannot log anybody out:
    /// `SameSite=Lax` keeps the cookie out of what it submits. It counts as one that takes credentials, so that made-up cookies cannot be used
    /// to keep the store busy.
    static func logout(_ context: EndpointContext) -> Endpoint {
        Endpoint("POST", "/logout", require: .anonymous, takesCredentials: true) { request throws(Refusal) in
            guard let session = request.principal?.session.digest ?? request.shownSession else {
                return .seeOther(.loginPage)
            }
            // Whose it was is known before it ends only.
            let (found, wasThere) = try await context.asking { store throws(StoreFault) in
                let question = AdmissionQuestion(session: session, charges: [])
                let found = try await store.admit(question).session
                return (found, try await store.end(session))
            }
            if case .found(let ended) = found, wasThere {
                context.note(
                    .sessionEnded, by: .user(ended.user, ended.email), of: .init(ended),
                    session: session.sessionID, for: request)
            }
            let cookie = SessionCookie(isSecure: request.isSecure, client: request.address)
            return .seeOther(.loginPage, headers: [("Set-Cookie", cookie.clearing)])
        }
    }

    /// Where `next` may lead: a path of this gateway that is not the login itself; nil for anything else.
    static func acceptable(_ next: String?) -> LocalPath? {
        next.flatMap(LocalPath.init).flatMap { $0.leadsBackToLogin ? nil : $0 }
    }

    private static func cookie(for request: EndpointRequest, _ logger: Logger) -> SessionCookie {
        let cookie = SessionCookie(isSecure: request.isSecure, client: request.address)
        if cookie == .development {
            logger.warning(
                "a session cookie goes out without Secure, over plain HTTP to a loopback address",
                metadata: ["request_id": "\(request.id)"])
        }
        return cookie
    }
}
