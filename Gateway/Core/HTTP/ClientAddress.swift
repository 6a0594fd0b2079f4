/// Whom a request came from, as far as the proxies in front of us can be believed.
package enum ClientAddress {
    /// Addresses listed in `X-Forwarded-For` beyond this many are not looked at.
    package static let mostHops = 32

    /// The rightmost address that is not a trusted proxy's. `peer` is the other end of the connection; if it
    /// is not trusted nothing that it says counts. `lines` are the field's lines in order. An element that is
    /// not an address ends the walk: what lies left of it nobody vouched for.
    package static func resolve(peer: IPAddress, lines: [String], trusted: [AddressBlock]) -> IPAddress {
        guard isTrusted(peer, by: trusted) else { return peer }
        var last = peer
        var hops = 0
        for line in lines.reversed() {
            for element in line.split(separator: ",").reversed() {
                hops += 1
                guard hops <= mostHops, let address = address(in: element) else { return last }
                last = address
                guard isTrusted(address, by: trusted) else { return address }
            }
        }
        return last
    }

    package static func isTrusted(_ address: IPAddress, by blocks: [AddressBlock]) -> Bool {
        blocks.contains { $0.contains(address) }
    }

    /// An address, possibly in brackets or with a port, as some proxies write it.
    private static func address(in element: Substring) -> IPAddress? {
        var text = element.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return IPAddress(text[text.index(after: text.startIndex)..<end])
        }
        if text.utf8.count(where: { $0 == ASCII.colon }) == 1, let colon = text.firstIndex(of: ":") {
            text = text[..<colon]
        }
        return IPAddress(text)
    }
}
