import GatewayCore
import GatewayProxy

extension ConfigTable {
    static var listen: [ConfigKey<ListenSettings>] {
        [
            .value(
                "address", \.address, .address(ports: 0...65_535, unix: true), required: true,
                "HOST:PORT, [IPv6]:PORT or unix:///PATH; port 0 takes a free one."),
            .optionalSection(
                "tls", \.tls, blank: TLSSettings(certificate: "server.crt", key: "server.key"), tls,
                "TLS, so that this listener speaks HTTPS. The files are read again when they change."),
            .value(
                "http2", \.http2, .flag, "Whether clients that come over TLS are offered HTTP/2."),
            .value(
                "proxy-protocol", \.proxyProtocol, .flag,
                "Whether every connection begins with a PROXY header, version 1 or 2; only trusted-proxies may connect."
            ),
            .value(
                "reuse-port", \.reusePort, .flag,
                "Whether several workers share the port; the kernel shares the connections out."),
            .optional(
                "name", \.name, .text(1...255), example: "fillgate.socket",
                "Which of the sockets that systemd passes on this is (FileDescriptorName=), where the address does not tell."
            ),
        ]
    }

    private static var tls: [ConfigKey<TLSSettings>] {
        [
            .value(
                "certificate", \.certificate, .path, required: true,
                "PEM: the server's certificate, then those between it and its root."),
            .value(
                "key", \.key, .path, required: true,
                "PEM, without a passphrase: its owner's alone, or readable by a group."),
            .value("min-version", \.minVersion, .word(), "1.2 or 1.3."),
            .optional(
                "client-ca", \.clientCA, .path, example: "clients-ca.crt",
                "PEM: the authorities that vouch for clients."),
            .value(
                "client-certificate", \.clientCertificate, .word(),
                "none, optional (checked where a client shows one) or required."),
        ]
    }

    static var http2: [ConfigKey<HTTP2Limits>] {
        [
            .value(
                "streams", \.streams, .count(1...10_000),
                "Streams at a time, and requests under way, those of streams that were reset included."),
            .value(
                "header-list-size", \.headerListSize, .size(1_024...(256 << 10)),
                "Bytes of a decoded header list."),
            .value(
                "stream-window", \.streamWindow, .size((16 << 10)...(16 << 20)),
                "Bytes of a body that a client may send on a stream before any of them was taken."),
            .value(
                "rate-window", \.rateWindow, .duration(.seconds(1)...(.seconds(3_600))),
                "The time in which the next four are counted; beyond them the connection ends."),
            .value("resets", \.resets, .count(1...100_000), "Streams that a client may reset."),
            .value(
                "control-frames", \.controlFrames, .count(10...100_000), "PING, SETTINGS and PRIORITY frames."
            ),
            .value("stream-errors", \.streamErrors, .count(1...100_000), "Malformed streams."),
            .value(
                "idle-frames", \.idleFrames, .count(10...100_000),
                "WINDOW_UPDATE frames beyond those that answers give cause for, and frames of unknown types."),
            .value(
                "continuations", \.continuations, .count(1...1_000),
                "CONTINUATION frames of one header block."),
            .value("empty-frames", \.emptyFrames, .count(1...1_000), "Empty DATA frames in a row."),
        ]
    }
}
