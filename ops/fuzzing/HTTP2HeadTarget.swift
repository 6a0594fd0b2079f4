import GatewayCore

/// Whether the HTTP/1.1 head that is made of an HTTP/2 request is one head and no more, framed as the stream
/// is. The input is lines of `name value`; its first byte says whether the stream ends with them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let input = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let endsStream = start[0] & 1 == 1
    var made = HTTP2RequestHead()
    let bytes: [UInt8]
    let length: Int?
    do throws(HTTP2RequestHead.Fault) {
        // A byte that stands in no line divides them, so that fields may hold line breaks.
        for line in input.split(separator: 0xFF) {
            let space = line.firstIndex(of: ASCII.space) ?? line.endIndex
            try made.add(
                String(decoding: line[..<space], as: UTF8.self),
                String(decoding: line[space...].dropFirst(), as: UTF8.self))
        }
        length = made.contentLength
        bytes = try made.bytes(endsStream: endsStream)
    } catch { return 0 }
    var scanner = HeadScanner()
    let end: Int?
    do { end = try scanner.scan(bytes.span, firstLine: 1 << 20, headers: 1 << 20) } catch { return 0 }
    precondition(end == bytes.count)
    let head = RequestHead()
    do {
        try RequestHeadParser.parse(bytes.span, end: bytes.count, limits: ConnectionLimits(), into: head)
    } catch { return 0 }
    precondition(head.framing == (length.map { .length($0) } ?? (endsStream ? .none : .chunked)))
    precondition(!head.isHTTP10 && head.keepsAlive)
    return 0
}
