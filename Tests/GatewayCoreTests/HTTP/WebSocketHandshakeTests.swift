import GatewayCore
import Testing

@Suite("Handshake of a WebSocket")
struct WebSocketHandshakeTests {
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

    private func isAsked(_ fields: [String], by line: String = "GET / HTTP/1.1") throws -> Bool {
        let request = try ReadRequest(([line, "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n")
        return WebSocketHandshake.isAsked(request.head, in: request.bytes.span)
    }

    @Test(
        "a GET of HTTP/1.1 that names the upgrade twice and has one key asks for a WebSocket",
        arguments: [
            ["Upgrade: websocket", "Connection: Upgrade"], ["upgrade: WebSocket", "connection: upgrade"],
            ["Upgrade: h2c, websocket", "Connection: keep-alive, Upgrade"],
            ["Upgrade: h2c", "Upgrade: websocket", "Connection: keep-alive", "Connection: upgrade"],
        ])
    func asked(fields: [String]) throws {
        #expect(try isAsked(fields + [Self.key]))
        #expect(try !isAsked(fields))
        #expect(try !isAsked(fields + [Self.key, Self.key]))
        #expect(try !isAsked(fields + ["Sec-WebSocket-Key:"]))
        #expect(try !isAsked(fields + [Self.key], by: "POST / HTTP/1.1"))
        #expect(try !isAsked(fields + [Self.key], by: "get / HTTP/1.1"))
        #expect(try !isAsked(fields + [Self.key], by: "GET / HTTP/1.0"))
        #expect(try !isAsked(fields + [Self.key, "Connection: sec-websocket-key"]))
    }

    @Test(
        "every other upgrade is none",
        arguments: [
            ["Upgrade: websocket"], ["Connection: Upgrade"], ["Upgrade: h2c", "Connection: Upgrade"],
            ["Upgrade: websockets", "Connection: Upgrade"], ["Upgrade: websocket/13", "Connection: Upgrade"],
            ["Upgrade: websocket", "Connection: keep-alive"], ["Upgrade: websocket", "Connection: close"],
            ["Upgrade:", "Connection: Upgrade"], ["Upgrade: websocket", "Connection: upgrades"],
        ])
    func notAsked(fields: [String]) throws { #expect(try !isAsked(fields + [Self.key])) }

    @Test(
        "a 101 grants it if it names websocket, once, and nothing else",
        arguments: [
            ("101", ["Upgrade: websocket", "Connection: Upgrade"], true),
            ("101", ["Upgrade: WebSocket", "Connection: keep-alive, upgrade"], true),
            ("101", ["Upgrade: websocket"], false), ("101", ["Connection: Upgrade"], false),
            ("101", ["Upgrade: h2c", "Connection: Upgrade"], false),
            ("101", ["Upgrade: websocket, h2c", "Connection: Upgrade"], false),
            ("101", ["Upgrade: websocket", "Upgrade: h2c", "Connection: Upgrade"], false),
            ("200", ["Upgrade: websocket", "Connection: Upgrade"], false),
        ])
    func granted(status: String, fields: [String], isGranted: Bool) throws {
        let lines = ["HTTP/1.1 \(status) X"] + fields
        let response = try ReadResponse(lines.joined(separator: "\r\n") + "\r\n\r\n")
        #expect(WebSocketHandshake.isGranted(response.head, in: response.bytes.span) == isGranted)
    }

    @Test(
        "an answer of events is known by its type, and its encoding with it",
        arguments: [
            (["Content-Type: text/event-stream"], true, false),
            (["Content-Type: Text/Event-Stream; charset=utf-8"], true, false),
            (["Content-Type: text/event-stream;x", "Content-Encoding: gzip"], true, true),
            (["Content-Type: text/event-stream", "Content-Encoding: identity"], true, false),
            (["Content-Type: text/event-streams"], false, false),
            (["Content-Type: text/event"], false, false),
            (["Content-Type: text/plain"], false, false), ([], false, false),
        ])
    func events(fields: [String], isEvents: Bool, isEncoded: Bool) throws {
        let lines = ["HTTP/1.1 200 OK"] + fields
        let response = try ReadResponse(lines.joined(separator: "\r\n") + "\r\n\r\n")
        #expect(response.head.isEventStream == isEvents)
        #expect(response.head.isEncoded(in: response.bytes.span) == isEncoded)
    }
}
