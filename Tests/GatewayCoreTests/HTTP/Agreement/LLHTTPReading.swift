import GatewayCore
import NIOCore
import NIOEmbedded
import NIOHTTP1

/// What NIOHTTP1's parser, which is llhttp, makes of bytes that arrive in pieces: the first message with its
/// body, and the heads that follow it.
struct LLHTTPReading: Equatable {
    /// Method and target of a request; the status of a response.
    var start = ""
    var isHTTP10 = false
    var keepsAlive = true
    var fields: [String] = []
    var body: [UInt8] = []
    /// The first piece with which the first message ended; nil where it did not.
    var endedWith: Int?
    /// Methods and targets of the requests behind it.
    var following: [String] = []
    /// Whether a fault was found anywhere.
    var isRefused = false

    var isWhole: Bool { endedWith != nil }

    private init() {}

    static func ofRequest(_ pieces: [[UInt8]]) -> LLHTTPReading {
        var reading = LLHTTPReading()
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        var heads = 0
        for (index, piece) in pieces.enumerated() {
            do { try channel.writeInbound(ByteBuffer(bytes: piece)) } catch { reading.isRefused = true }
            while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head(let head):
                    heads += 1
                    let start = "\(head.method.rawValue) \(head.uri)"
                    guard heads == 1 else {
                        reading.following.append(start)
                        continue
                    }
                    reading.take(start, head.version, head.headers, keepsAlive: head.isKeepAlive)
                case .body(let bytes): if heads == 1 { reading.body += bytes.readableBytesView }
                case .end: if heads == 1 { reading.endedWith = reading.endedWith ?? index }
                }
            }
        }
        return reading
    }

    /// Reads the answer to a request of `method`. With `ends` the connection ends behind the bytes.
    static func ofResponse(_ pieces: [[UInt8]], to method: HTTPMethod, ends: Bool) -> LLHTTPReading {
        var reading = LLHTTPReading()
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPResponseDecoder()))
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/")
        // Nothing takes what goes out; the decoder only learns the method from it.
        _ = try? channel.writeOutbound(HTTPClientRequestPart.head(head))
        for index in 0...pieces.count {
            do {
                if index < pieces.count {
                    try channel.writeInbound(ByteBuffer(bytes: pieces[index]))
                } else if ends {
                    _ = try channel.finish(acceptAlreadyClosed: true)
                }
            } catch { reading.isRefused = true }
            while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
                switch part {
                case .head(let head):
                    guard reading.start.isEmpty else { continue }
                    reading.take("\(head.status.code)", head.version, head.headers, keepsAlive: true)
                case .body(let bytes): if !reading.isWhole { reading.body += bytes.readableBytesView }
                case .end: reading.endedWith = reading.endedWith ?? index
                }
            }
        }
        if !ends { _ = try? channel.finish(acceptAlreadyClosed: true) }
        return reading
    }

    private mutating func take(
        _ start: String, _ version: HTTPVersion, _ headers: HTTPHeaders, keepsAlive: Bool
    ) {
        self.start = start
        self.keepsAlive = keepsAlive
        isHTTP10 = version == .http1_0
        // llhttp leaves white space at the end of a value to its user.
        fields = headers.map { field in
            let end = field.value.utf8.lastIndex { $0 != ASCII.space && $0 != ASCII.htab }
            let value = end.map { String(field.value[...$0]) } ?? ""
            return "\(field.name): \(value)"
        }
    }
}
