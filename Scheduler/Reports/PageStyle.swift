import Crypto
import Foundation

/// The style sheet of a page that holds it itself.
package struct PageStyle: Sendable {
    package let css: String

    package init(css: String) { self.css = css }

    /// What such a page may do: use this style sheet, told by its SHA-256 (CSP 3 §2.3.1), and nothing else.
    package var contentSecurityPolicy: String {
        let digest = Data(SHA256.hash(data: Data(css.utf8))).base64EncodedString()
        return "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'"
    }
}
