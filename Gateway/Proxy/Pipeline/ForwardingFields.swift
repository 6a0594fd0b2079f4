import GatewayCore
import NIOCore

// Where a request came from: what the proxies in front say of it, and what the upstream is told.
extension ClientConnection {
    /// Settles the client's address and scheme. A peer that is not a trusted proxy has no say in either.
    func resolveClientAddress() {
        guard peerIsTrusted else { return }
        let inbound = wire.inbound
        switch loop.settings.clientAddressHeader {
        case .xForwardedFor: believeForwardedFor(inbound.readableBytesUInt8Span)
        case .forwarded: believeForwarded(inbound.readableBytesUInt8Span)
        }
    }

    private func believeForwardedFor(_ bytes: Span<UInt8>) {
        let head = exchange.head
        if head.forwardedFor >= 0 {
            var lines: [String] = []
            for field in head.fields where field.known == .xForwardedFor {
                lines.append(bytes.string(field.value))
            }
            settle(
                ClientAddress.resolve(peer: peer, lines: lines, trusted: loop.settings.trustedProxies))
        }
        // The last value is the one that the proxy in front of us wrote.
        if let last = head.fields.last(where: { $0.known == .xForwardedProto }),
            let scheme = bytes.lastListElement(last.value)
        {
            exchange.isSecure = bytes.equals(scheme, "https")
        }
    }

    private func believeForwarded(_ bytes: Span<UInt8>) {
        let head = exchange.head
        guard head.forwarded >= 0 else { return }
        var lines: [[UInt8]] = []
        for field in head.fields where field.known == .forwarded { lines.append(bytes.array(field.value)) }
        let believed = ClientAddress.resolve(
            peer: peer, forwarded: lines, trusted: loop.settings.trustedProxies)
        settle(believed.address)
        exchange.isSecure = believed.isSecure ?? exchange.isSecure
        exchange.continuesForwarding = lines.allSatisfy(ForwardedLine.isWellFormed)
    }

    private func settle(_ address: IPAddress) {
        guard address != exchange.address else { return }
        exchange.address = address
        exchange.addressText = Array(address.description.utf8)
    }

    /// What every request of one peer has in common: `X-Forwarded-For`, and `Forwarded` up to its `for`.
    static func forwardingFields(_ peer: [UInt8], isV4: Bool) -> [UInt8] {
        var fields: [UInt8] = []
        fields.reserveCapacity(2 * peer.count + 48)
        fields.append(contentsOf: "X-Forwarded-For: ".utf8)
        fields.append(contentsOf: peer)
        fields.append(contentsOf: (isV4 ? "\r\nForwarded: for=" : "\r\nForwarded: for=\"[").utf8)
        fields.append(contentsOf: peer)
        if !isV4 { fields.append(contentsOf: "]\"".utf8) }
        return fields
    }

    private static func forwardedNode(_ address: IPAddress) -> String {
        address.isV4 ? "for=\(address)" : "for=\"[\(address)]\""
    }

    /// `X-Forwarded-For`, `-Proto`, `-Host` and `Forwarded`: made anew, or appended to behind a trusted proxy.
    func writeForwarding(into out: inout ByteBuffer, _ source: borrowing ByteBuffer) {
        let head = exchange.head
        if peerIsTrusted {
            writeChain(into: &out, source)
        } else {
            out.writeBytes(peerForwarding)
        }
        if !head.host.isEmpty {
            // A host may hold a colon or a bracket; it never holds a quote.
            out.writeStaticString(";host=\"")
            out.append(source, head.host)
            out.writeStaticString("\"")
        }
        if exchange.isSecure {
            out.writeStaticString(";proto=https\r\nX-Forwarded-Proto: https\r\n")
        } else {
            out.writeStaticString(";proto=http\r\nX-Forwarded-Proto: http\r\n")
        }
        if !head.host.isEmpty {
            out.writeStaticString("X-Forwarded-Host: ")
            out.append(source, head.host)
            out.appendCRLF()
        }
    }

    /// Both chains up to the peer's own place in `Forwarded`. The field that is believed goes on as it came;
    /// the other is made of what is believed, for whatever stands in it may be the client's invention.
    private func writeChain(into out: inout ByteBuffer, _ source: borrowing ByteBuffer) {
        let believed = loop.settings.clientAddressHeader
        out.writeStaticString("X-Forwarded-For: ")
        if believed == .xForwardedFor {
            append(linesOf: .xForwardedFor, of: source, to: &out)
        } else if exchange.address != peer {
            out.writeBytes(exchange.addressText)
            out.writeStaticString(", ")
        }
        out.writeBytes(peerText)
        out.writeStaticString("\r\nForwarded: ")
        if believed == .forwarded, exchange.continuesForwarding {
            append(linesOf: .forwarded, of: source, to: &out)
        } else if exchange.address != peer {
            out.writeString(Self.forwardedNode(exchange.address))
            out.writeString(exchange.isSecure ? ";proto=https, " : ";proto=http, ")
        }
        out.writeString(Self.forwardedNode(peer))
    }

    private func append(
        linesOf known: KnownField, of source: borrowing ByteBuffer, to out: inout ByteBuffer
    ) {
        for field in exchange.head.fields where field.known == known && !field.value.isEmpty {
            out.append(source, field.value)
            out.writeStaticString(", ")
        }
    }
}
