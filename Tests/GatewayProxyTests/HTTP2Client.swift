import Foundation
import NIOCore
import NIOHPACK
import Synchronization
import TestSupport

/// An HTTP/2 client of frames written by hand over TLS, so that a test can say what no library would. It answers
/// nothing by itself, not even SETTINGS.
final class HTTP2Client {
    /// What the server sent on the connection, frame by frame.
    struct Frame: Sendable {
        var type: UInt8
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]

        /// The error code of RST_STREAM and GOAWAY.
        var code: UInt32? {
            let start = type == 3 ? 0 : type == 7 ? 4 : -1
            guard start >= 0, payload.count >= start + 4 else { return nil }
            return payload[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    /// An answer on one stream.
    struct Answer: Sendable {
        var headers: [(name: String, value: String)] = []
        var interim: [Int] = []
        var body: [UInt8] = []
        var isWhole = false
        /// The error code that it was reset with.
        var reset: UInt32?

        var status: Int { self[":status"].flatMap { Int($0) } ?? 0 }
        var text: String { String(decoding: body, as: UTF8.self) }
        subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    let tls: TLSClient
    private(set) var frames: [Frame] = []
    private(set) var answers: [UInt32: Answer] = [:]
    /// The code of the GOAWAY that came last.
    private(set) var goAway: UInt32?
    private var unread: [UInt8] = []
    private var decoder = HPACKDecoder(allocator: ByteBufferAllocator())

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    private init(_ tls: TLSClient) { self.tls = tls }

    /// Connects, and says the preface with empty settings unless told not to.
    static func connect(_ port: Int, greets: Bool = true) async throws -> HTTP2Client {
        let tls = try await TLSClient.connect(port: port, protocols: ["h2", "http/1.1"])
        let client = HTTP2Client(tls)
        if greets { client.send(preface + frame(4)) }
        return client
    }

    // MARK: Out

    func send(_ bytes: [UInt8]) { tls.send(bytes) }

    static func frame(
        _ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = [], length: Int? = nil
    ) -> [UInt8] {
        let count = length ?? payload.count
        return [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), type, flags]
            + word(stream) + payload
    }

    static func word(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A header block of literals without Huffman's code and without the table (RFC 7541 §6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] {
            let bytes = Array(text.utf8)
            guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
            var rest = bytes.count - 127
            var prefix: [UInt8] = [127]
            while rest >= 128 {
                prefix.append(UInt8(rest % 128 + 128))
                rest /= 128
            }
            return prefix + [UInt8(rest)] + bytes
        }
        return fields.flatMap { [0] + text($0.0) + text($0.1) }
    }

    static func request(
        _ method: String = "GET", _ path: String = "/open/x", _ fields: [(String, String)] = []
    ) -> [(String, String)] {
        [(":method", method), (":scheme", "https"), (":path", path), (":authority", "gate.test")] + fields
    }

    func headers(_ stream: UInt32, _ fields: [(String, String)], endsStream: Bool = true) {
        send(Self.frame(1, flags: 4 | (endsStream ? 1 : 0), stream: stream, Self.block(fields)))
    }

    func data(_ stream: UInt32, _ bytes: [UInt8], endsStream: Bool = false) {
        send(Self.frame(0, flags: endsStream ? 1 : 0, stream: stream, bytes))
    }

    func reset(_ stream: UInt32, _ code: UInt32 = 8) { send(Self.frame(3, stream: stream, Self.word(code))) }

    /// Gives the server room for `bytes` more, on the stream and the connection.
    func window(_ stream: UInt32, _ bytes: UInt32) {
        send(
            Self.frame(8, stream: 0, Self.word(bytes)) + Self.frame(8, stream: stream, Self.word(bytes)))
    }

    // MARK: In

    /// Takes what came so far.
    func take() throws {
        unread += tls.state.withLock { state in
            defer { state.received = [] }
            return state.received
        }
        while unread.count >= 9 {
            let length = Int(unread[0]) << 16 | Int(unread[1]) << 8 | Int(unread[2])
            guard unread.count >= 9 + length else { return }
            let stream = unread[5..<9].reduce(0) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
            let frame = Frame(
                type: unread[3], flags: unread[4], stream: stream, payload: Array(unread[9..<(9 + length)]))
            unread.removeFirst(9 + length)
            frames.append(frame)
            try note(frame)
        }
    }

    private func note(_ frame: Frame) throws {
        switch frame.type {
        case 0: answers[frame.stream, default: Answer()].body += frame.payload
        case 1:
            var bytes = ByteBuffer(bytes: frame.payload)
            let headers = try decoder.decodeHeaders(from: &bytes).map { (name: $0.name, value: $0.value) }
            var answer = answers[frame.stream, default: Answer()]
            if !answer.headers.isEmpty { answer.interim.append(answer.status) }
            answer.headers = headers
            answers[frame.stream] = answer
        case 3: answers[frame.stream, default: Answer()].reset = frame.code
        case 7: goAway = frame.code
        default: break
        }
        if frame.type <= 1, frame.flags & 1 != 0 { answers[frame.stream]?.isWhole = true }
    }

    /// Waits until the answer on `stream` is whole, or the stream was reset; or the connection is over.
    func answer(_ stream: UInt32) async throws -> Answer {
        try await until("an answer on stream \(stream)") { client in
            let answer = client.answers[stream]
            return answer?.isWhole == true || answer?.reset != nil || client.tls.isClosed
        }
        return answers[stream] ?? Answer()
    }

    func until(_ what: String, _ condition: (HTTP2Client) throws -> Bool) async throws {
        try await eventually(what) {
            let isClosed = tls.isClosed
            try take()
            if try condition(self) { return true }
            if isClosed { throw Gone(what: what) }
            return false
        }
    }

    struct Gone: Error { let what: String }

    /// Waits for the end of the connection; answers the code of the GOAWAY before it.
    func ending() async throws -> UInt32? {
        try await eventually("the connection ends") { tls.isClosed }
        try take()
        return goAway
    }

    func request(
        _ stream: UInt32, _ method: String = "GET", _ path: String = "/open/x",
        _ fields: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> Answer {
        headers(stream, Self.request(method, path, fields), endsStream: body == nil)
        if let body { data(stream, body, endsStream: true) }
        return try await answer(stream)
    }

    func close() { tls.close() }
}
