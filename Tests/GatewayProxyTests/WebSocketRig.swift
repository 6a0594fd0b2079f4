import GatewayCore
import TestSupport
import Testing

@testable import GatewayProxy

/// A WebSocket's bytes as a test writes and expects them.
enum Frame {
    /// A short frame; of a client if it has a mask.
    static func make(_ opcode: UInt8, _ payload: [UInt8], mask: [UInt8]? = nil) -> [UInt8] {
        let head = [0x80 | opcode, UInt8(payload.count) | (mask == nil ? 0 : 0x80)]
        guard let mask else { return head + payload }
        return head + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    static func text(_ text: String, mask: [UInt8]? = nil) -> [UInt8] {
        make(1, Array(text.utf8), mask: mask)
    }
    static func close(mask: [UInt8]? = nil) -> [UInt8] { make(8, [0x03, 0xE8], mask: mask) }

    /// What says "going away" to a client.
    static let goingAway: [UInt8] = [0x88, 0x02, 0x03, 0xE9]
    static let mask: [UInt8] = [9, 8, 7, 6]

    /// Whether `bytes` say the same to a server: masked, by a key of any value.
    static func isMaskedGoingAway(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 8, bytes[0] == 0x88, bytes[1] == 0x82 else { return false }
        return bytes[6] ^ bytes[2] == 0x03 && bytes[7] ^ bytes[3] == 0xE9
    }
}

extension RecordingUpstream.Link {
    /// Takes a request and answers 101; false where none came.
    func accept(_ fields: String = "") throws -> Bool {
        guard try request() != nil else { return false }
        try send(
            "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: k\r\n\(fields)\r\n"
        )
        return true
    }
}

extension Rig {
    static let handshake = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    /// Asks for a WebSocket and answers the connection with the head that came back.
    func webSocket(
        _ path: String = "/open/ws", _ fields: [String] = [], then early: [UInt8] = [],
        receiveBuffer: Int? = nil
    ) async throws -> (client: RawClient, head: RawMessage) {
        let client = try client(receiveBuffer: receiveBuffer)
        let lines = ["GET \(path) HTTP/1.1", "Host: gate.test"] + Rig.handshake + fields
        try await client.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + early)
        return (client, try await Blocking.run { try RawMessage(headFrom: client.socket) })
    }
}
