import GatewayCore

/// Addresses as the configuration and the command line write them.
enum AddressText {
    /// `127.0.0.1:8080`, `[::1]:8080`, `name:8080`, or `unix:///path` where `unix` allows it. Names are looked up
    /// when they are used.
    static func parse(
        _ text: String, ports: ClosedRange<Int>, unix: Bool
    ) throws(Complaint) -> UpstreamSettings.Address {
        if text.hasPrefix("unix:") {
            guard unix else { throw Complaint("'\(text)' is a Unix socket, which cannot stand here") }
            return .unixSocket(path: try socketPath(text))
        }
        guard !text.contains("://") else {
            throw Complaint("'\(text)' is not HOST:PORT; write it without a scheme and a path")
        }
        guard let colon = text.lastIndex(of: ":") else {
            throw Complaint("'\(text)' has no port; write HOST:PORT")
        }
        let host = try host(String(text[..<colon]), in: text)
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits)
        else {
            throw Complaint("'\(text)' has no port; write HOST:PORT")
        }
        guard ports.contains(port) else {
            throw Complaint("'\(text)' has a port out of \(ports.lowerBound) to \(ports.upperBound)")
        }
        return .host(host, port: port)
    }

    /// The path of `unix:///path` or `unix:/path`. Longer paths than the kernel's `sun_path` takes are
    /// refused.
    static func socketPath(_ text: String) throws(Complaint) -> String {
        var path = text.dropFirst("unix:".count)
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard path.hasPrefix("/"), path.utf8.count > 1 else {
            throw Complaint("'\(text)' is not unix:// with an absolute path")
        }
        guard path.utf8.count <= 107 else {
            throw Complaint("'\(text)' is a longer path than a socket may have (107 bytes)")
        }
        return String(path)
    }

    private static func host(_ written: String, in text: String) throws(Complaint) -> String {
        if written.hasPrefix("["), written.hasSuffix("]") {
            let inner = String(written.dropFirst().dropLast())
            guard inner.contains(":"), IPAddress(inner) != nil else {
                throw Complaint("'\(text)' does not hold an IPv6 address between its brackets")
            }
            return inner
        }
        if written.contains(":") { throw Complaint("'\(text)' needs brackets around its IPv6 address") }
        if IPAddress(written) != nil || isName(written) { return written }
        throw Complaint("'\(text)' does not begin with an address or a host name")
    }

    /// A host name (RFC 1123 §2.1) that cannot be taken for a mistyped IPv4 address.
    static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy {
                    (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
        let endsInDigits = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
        return areLabels && !endsInDigits
    }
}
