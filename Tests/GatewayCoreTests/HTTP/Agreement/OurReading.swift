import GatewayCore

/// How we read the bytes of a message: head, body and where it ends.
struct OurReading: Equatable {
    /// Method and target of a request; the status of a response.
    var start = ""
    var isHTTP10 = false
    var keepsAlive = true
    var fields: [String] = []
    var framing = BodyFraming.none
    var body: [UInt8] = []
    /// Bytes up to the end of the message; nil where it does not end within them.
    var end: Int?
    /// Whether the body ends with the connection.
    var endsWithConnection = false

    /// Nil where we refuse the head or the body, or where the head is not whole.
    init?(request bytes: [UInt8]) {
        guard let request = try? ReadRequest(bytes) else { return nil }
        let head = request.head
        var targetEnd = head.method.upper + 1
        while bytes[targetEnd] != ASCII.space { targetEnd += 1 }
        // The target as it stood in the request line.
        start = request.text(ByteRange(0, targetEnd))
        isHTTP10 = head.isHTTP10
        keepsAlive = head.keepsAlive
        fields = head.fields.map { "\(request.text($0.name)): \(request.text($0.value))" }
        guard takeBody(bytes, from: head.byteCount, head.framing) else { return nil }
    }

    /// The answer to a request of `method`, interim answers passed over.
    init?(response bytes: [UInt8], to method: RequestHead.Method) {
        var rest = 0
        let head = ResponseHead()
        repeat {
            var scanner = HeadScanner()
            let slice = Array(bytes[rest...])
            guard let end = try? scanner.scan(slice.span, firstLine: 8_192, headers: 65_536),
                (try? head.parse(slice.span, end: end, method: method, headerCount: 200)) != nil,
                head.status != 101
            else { return nil }
            fields = head.fields.map { "\(slice.span.string($0.name)): \(slice.span.string($0.value))" }
            rest += end
        } while head.isInformational
        start = String(head.status)
        isHTTP10 = head.isHTTP10
        guard takeBody(bytes, from: rest, head.framing) else { return nil }
    }

    private mutating func takeBody(_ bytes: [UInt8], from start: Int, _ framing: BodyFraming) -> Bool {
        self.framing = framing
        switch framing {
        case .none: end = start
        case .untilClose:
            body = Array(bytes[start...])
            endsWithConnection = true
        case .length(let length):
            body = Array(bytes[start...].prefix(length))
            if body.count == length { end = start + length }
        case .chunked:
            let chunks = ChunkReading([Array(bytes[start...])])
            guard chunks.fault == nil else { return false }
            body = chunks.content
            end = chunks.end.map { start + $0 }
        }
        return true
    }
}

/// What the chunk decoder makes of bytes that arrive in pieces.
struct ChunkReading: Equatable {
    var content: [UInt8] = []
    /// Bytes up to the end of the body; nil where it does not end within them.
    var end: Int?
    var fault: HeadFault?

    init(_ pieces: [[UInt8]], extensions: Int = 256, trailers: Int = 4_096) {
        var decoder = ChunkDecoder(extensionLimit: extensions, trailerLimit: trailers)
        var taken = 0
        for piece in pieces {
            var rest = piece
            decoding: while !decoder.isFinished {
                do throws(HeadFault) {
                    switch try decoder.next(rest.span) {
                    case .needsMore(let skip):
                        taken += skip
                        break decoding
                    case .content(let skip, let count):
                        content += rest[skip..<(skip + count)]
                        rest.removeFirst(skip + count)
                        taken += skip + count
                    case .end(let skip):
                        taken += skip
                        rest.removeFirst(skip)
                    }
                } catch {
                    fault = error
                    return
                }
            }
            if decoder.isFinished {
                end = taken
                return
            }
        }
    }
}
