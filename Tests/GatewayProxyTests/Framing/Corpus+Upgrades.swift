extension FramingCase {
    /// Requests that ask for another protocol: to one side what follows is frames, to the other requests.
    static let upgrades: [FramingCase] = table(
        refused(
            "WebSocket smuggling",
            [
                (
                    "a WebSocket with a body",
                    "GET /open/x HTTP/1.1\r\nHost: a\r\n\(asking)Content-Length: 5\r\n\r\nhello"
                ),
                (
                    "a WebSocket with chunks",
                    "GET /open/x HTTP/1.1\r\nHost: a\r\n\(asking)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                ),
            ]),
        [
            FramingCase(
                name: "a WebSocket that is not granted, and a request behind it", rule: "WebSocket smuggling",
                bytes: Array("GET /open/x HTTP/1.1\r\nHost: a\r\n\(asking)\r\n\(hidden)".utf8),
                expectation: .forwarded(
                    [
                        "GET /open/x HTTP/1.1", "Host: a", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                        "Sec-WebSocket-Version: 13", "Connection: Upgrade", "Upgrade: websocket",
                    ], body: "", content: "", closes: true)),
            passing(
                "a WebSocket without a key is none", "RFC 6455 §4.2.1",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
                ["Sec-WebSocket-Version: 13"]),
            passing(
                "an upgrade that Connection does not name is none", "RFC 9110 §7.8",
                "Upgrade: websocket\r\nSec-WebSocket-Key: a", ["Sec-WebSocket-Key: a"]),
            passing(
                "an upgrade to another protocol", "RFC 9110 §7.8",
                "Connection: upgrade\r\nUpgrade: h2c, tls/1.3\r\nX: y", ["X: y"]),
        ])

    private static let asking =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        + "Sec-WebSocket-Version: 13\r\n"
}
