/// Whom a request came from, as far as the proxies in front of us can be believed.
package enum ClientAddress {
    /// Hops listed by proxies beyond this many are not looked at.
    package static let mostHops = 32

    /// Which field the proxies in front of the gateway write. The other one is whatever a client put there,
    /// so only one of them can be believed, and it takes an operator to say which.
    package enum Header: String, Sendable, Hashable, CaseIterable {
        /// `X-Forwarded-For`, with `X-Forwarded-Proto`.
        case xForwardedFor = "x-forwarded-for"
        /// `Forwarded` (RFC 7239).
        case forwarded
    }

    /// What trusted proxies say.
    package struct Believed: Sendable, Hashable {
        package var address: IPAddress
        /// Whether the client's own hop is encrypted; nil where nobody who is believed says so.
        package var isSecure: Bool?

        package init(address: IPAddress, isSecure: Bool? = nil) {
            self.address = address
            self.isSecure = isSecure
        }
    }

    /// The rightmost address of `X-Forwarded-For` that is not a trusted proxy's. `peer` is the other end of
    /// the connection; if it is not trusted nothing that it says counts. `lines` are the field's lines in
    /// order. An element that is not an address ends the walk: what lies left of it nobody vouched for.
    package static func resolve(peer: IPAddress, lines: [String], trusted: [AddressBlock]) -> IPAddress {
        guard isTrusted(peer, by: trusted) else { return peer }
        var last = peer
        var hops = 0
        for line in lines.reversed() {
            for element in line.split(separator: ",").reversed() {
                hops += 1
                guard hops <= mostHops, let address = address(in: element, portMayBeHidden: false) else {
                    return last
                }
                last = address
                guard isTrusted(address, by: trusted) else { return address }
            }
        }
        return last
    }

    /// The same of `Forwarded`. The scheme is that of the hop at which the walk ends: the element in which a
    /// believed proxy says whom it got the request from also says how.
    package static func resolve(
        peer: IPAddress, forwarded lines: [[UInt8]], trusted: [AddressBlock]
    ) -> Believed {
        var believed = Believed(address: peer)
        guard isTrusted(peer, by: trusted) else { return believed }
        var hops = 0
        for line in lines.reversed() {
            var reader = ForwardedLine(line)
            walk: while true {
                switch reader.previous() {
                case .end: break walk
                case .malformed: return believed
                case .element(let element):
                    hops += 1
                    guard hops <= mostHops else { return believed }
                    believed.isSecure = element.isSecure
                    guard let address = element.address else { return believed }
                    believed.address = address
                    guard isTrusted(address, by: trusted) else { return believed }
                }
            }
        }
        return believed
    }

    package static func isTrusted(_ address: IPAddress, by blocks: [AddressBlock]) -> Bool {
        blocks.contains { $0.contains(address) }
    }

    /// Whether a scheme is one over TLS; nil for one that is not known.
    static func isSecure(scheme: String) -> Bool? {
        switch scheme.lowercased() {
        case "https", "wss": true
        case "http", "ws": false
        default: nil
        }
    }

    /// An address, possibly in brackets or with a port, as some proxies write it. `portMayBeHidden` admits
    /// the obfuscated ports of RFC 7239 §6.2.
    static func address(in element: Substring, portMayBeHidden: Bool) -> IPAddress? {
        var text = element.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest, mayBeHidden: portMayBeHidden) else { return nil }
            let address = IPAddress(text[text.index(after: text.startIndex)..<end])
            return address
        }
        if text.utf8.count(where: { $0 == ASCII.colon }) == 1, let colon = text.firstIndex(of: ":") {
            guard isPort(text[colon...], mayBeHidden: portMayBeHidden) else { return nil }
            text = text[..<colon]
        } else if portMayBeHidden, text.utf8.contains(ASCII.colon) {
            // RFC 7239 §6 wants IPv6 in brackets.
            return nil
        }
        return IPAddress(text)
    }

    /// A colon and up to five digits, or a name that hides them.
    private static func isPort(_ text: Substring, mayBeHidden: Bool) -> Bool {
        guard text.first == ":" else { return false }
        let port = text.utf8.dropFirst()
        if mayBeHidden, port.first == ASCII.underscore {
            return port.count > 1 && port.allSatisfy { ASCII.isToken($0) }
        }
        return (1...5).contains(port.count) && port.allSatisfy { ASCII.isDigit($0) }
    }
}
