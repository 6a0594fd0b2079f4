/// A path of this gateway to which a browser may be sent: what `next` may hold.
///
/// Whatever a browser could read as another host is not one. Browsers drop tabs and line breaks before they
/// parse and read a backslash as a slash (WHATWG URL §4.4), so both are refused, not interpreted.
package struct LocalPath: Sendable, Hashable {
    package let text: String

    package static let root = LocalPath(checked: "/")
    static let loginPage = LocalPath(checked: "/login")
    /// One's own account: there is one wherever somebody is logged in.
    package static let account = LocalPath(checked: "/account")
    static let console = LocalPath(checked: "/admin/")
    /// In bytes.
    static let longest = 2048

    /// Nil unless `text` begins with one slash and not two, is visible ASCII without a backslash, at most
    /// 2048 bytes.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.dropFirst().first != UInt8(ascii: "/"),
            bytes.count <= Self.longest,
            bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        else { return nil }
        self.text = text
    }

    private init(checked text: String) { self.text = text }

    /// Whether going there after logging in would lead back to the login page, or out again.
    var leadsBackToLogin: Bool {
        let path = text.prefix { $0 != "?" && $0 != "#" }
        return path == "/login" || path == "/logout"
    }
}
