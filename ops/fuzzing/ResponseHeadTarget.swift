import GatewayCore

/// Whether a response head is read without a trap, for GET and for HEAD, and holds nothing that would break a
/// line of what goes on.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var scanner = HeadScanner()
    guard let end = try? scanner.scan(bytes.span, firstLine: 8 << 10, headers: 64 << 10) else { return 0 }
    let head = ResponseHead()
    for method in [RequestHead.Method.get, .head] {
        guard (try? head.parse(bytes.span, end: end, method: method, headerCount: 200)) != nil else {
            return 0
        }
        precondition((100...999).contains(head.status) && head.byteCount == end)
        var lineStart = head.fields.first?.line.lower ?? end - 2
        for field in head.fields {
            precondition(field.line.lower == lineStart && field.value.upper <= field.line.upper - 2)
            lineStart = field.line.upper
            for index in field.line.lower..<(lineStart - 2) {
                precondition(bytes[index] != 0 && bytes[index] != ASCII.cr && bytes[index] != ASCII.lf)
            }
            precondition(!field.passes || !(field.known.isHopByHop || field.known == .contentLength))
        }
        precondition(lineStart == end - 2)
        if let length = head.declaredLength(in: bytes.span) { precondition(length.count > 0) }
        if method == .head { precondition(head.framing == .none) }
    }
    return 0
}
