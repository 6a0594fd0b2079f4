/// The cookie that carries a browser's session token.
///
/// `__Host-` binds it to this host and to TLS (RFC 6265bis §4.1.3.2). A browser refuses such a cookie over plain HTTP,
/// so for development there is a second name without the prefix and without `Secure`, used only between a
/// client on a loopback address and a listener without TLS.
package enum SessionCookie: Sendable, Hashable, CaseIterable {
    case secure, development

    /// The cookie for a client: `development` only on plain HTTP from a loopback address.
    package init(isSecure: Bool, client: IPAddress) {
        self = !isSecure && client.isLoopback ? .development : .secure
    }

    package var name: String {
        switch self {
        case .secure: CookieName.secure
        case .development: CookieName.plain
        }
    }

    private var attributes: String {
        switch self {
        case .secure: "; Path=/; Secure; HttpOnly; SameSite=Lax"
        case .development: "; Path=/; HttpOnly; SameSite=Lax"
        }
    }

    /// The value of a `Set-Cookie` that hands over `token`. It ends with the browser's own session; the
    /// server's timeouts end it before.
    package func setting(_ token: SessionToken) -> String { "\(name)=\(token.secret)\(attributes)" }

    /// The value of a `Set-Cookie` that takes it away.
    package var clearing: String { "\(name)=\(attributes); Max-Age=0" }
}
