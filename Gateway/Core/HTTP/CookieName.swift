/// The name of the session cookie (RFC 6265bis §4.1.3.2 for the prefix).
package enum CookieName {
    /// Over TLS. The prefix binds the cookie to this host, so that no sibling can plant one.
    package static let secure = "__Host-fillgate"
    /// On plain HTTP to a loopback address, where browsers do not take a `Secure` cookie.
    package static let plain = "fillgate"

    private static let secureBytes = Array(secure.utf8)
    private static let plainBytes = Array(plain.utf8)
    private static let onlySecure = [secureBytes]
    private static let both = [secureBytes, plainBytes]

    /// The names under which a token counts, the stronger first.
    package static func accepted(isSecure: Bool) -> [[UInt8]] { isSecure ? onlySecure : both }

    /// The names that never go on to an upstream.
    package static var all: [[UInt8]] { both }
}
