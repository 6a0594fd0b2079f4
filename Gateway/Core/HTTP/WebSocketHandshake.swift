/// Which requests ask for a WebSocket (RFC 6455 §4.1), and which answers grant it.
package enum WebSocketHandshake {
    /// Whether the request asks for it: GET on HTTP/1.1, `upgrade` among the options of `Connection`,
    /// `websocket` among the protocols of `Upgrade`, and one key. Every other upgrade is ignored, as RFC 9110
    /// §7.8 lets a server do. The version is the upstream's to judge.
    package static func isAsked(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard head.upgrade >= 0, head.namesUpgrade, head.knownMethod == .get, !head.isHTTP10 else {
            return false
        }
        var keys = 0
        for field in head.fields where field.known == .other && bytes.equals(field.name, "sec-websocket-key")
        {
            guard !field.value.isEmpty, field.passes else { return false }
            keys += 1
        }
        guard keys == 1 else { return false }
        return head.fields.contains { $0.known == .upgrade && names(bytes, $0.value) }
    }

    /// Whether a 101 switches to what was asked for and to nothing else.
    package static func isGranted(_ head: ResponseHead, in bytes: Span<UInt8>) -> Bool {
        guard head.status == 101, head.namesUpgrade, !head.isHTTP10 else { return false }
        var lines = 0
        for field in head.fields where field.known == .upgrade {
            guard bytes.equals(field.value, "websocket") else { return false }
            lines += 1
        }
        return lines == 1
    }

    private static func names(_ bytes: Span<UInt8>, _ value: ByteRange) -> Bool {
        var isNamed = false
        bytes.forEachListElement(value) { element in
            isNamed = bytes.equals(element, "websocket")
            return !isNamed
        }
        return isNamed
    }
}
