import GatewayCore

/// Whether a request head is found and read without a trap, in the same way whole and byte by byte, and
/// whether what was read lies where it was read from.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let whole = scan(bytes, pieces: [bytes.count])
    precondition(whole == scan(bytes, pieces: Array(stride(from: 1, through: bytes.count, by: 1))))
    guard case .success(let end?) = whole else { return 0 }
    let head = RequestHead()
    do {
        try RequestHeadParser.parse(bytes.span, end: end, limits: ConnectionLimits(), into: head)
    } catch { return 0 }
    precondition(head.byteCount == end && head.fields.count <= 100)
    precondition(head.target.upper <= head.fields.first?.line.lower ?? Int.max)
    var lineStart = head.fields.first?.line.lower ?? end - 2
    for field in head.fields {
        precondition(field.line.lower == lineStart && field.name.lower == lineStart)
        precondition(field.name.upper < field.value.upper + 1 && field.value.upper <= field.line.upper - 2)
        lineStart = field.line.upper
        for index in field.line.lower..<(lineStart - 2) {
            precondition(bytes[index] != 0 && bytes[index] != ASCII.cr && bytes[index] != ASCII.lf)
        }
        // Nobody who reads underscores as dashes may find a framing or an identity field among what goes on.
        let known = KnownField.find(bytes.span, field.name).field
        precondition(!field.passes || !(known.isHopByHop || known.isOurs || known == .contentLength))
    }
    precondition(lineStart == end - 2)
    return 0
}

private func scan(_ bytes: [UInt8], pieces: [Int]) -> Result<Int?, HeadScanner.Fault> {
    var scanner = HeadScanner()
    for count in pieces {
        do throws(HeadScanner.Fault) {
            let piece = bytes.span.extracting(first: count)
            if let end = try scanner.scan(piece, firstLine: 8 << 10, headers: 16 << 10) {
                return .success(end)
            }
        } catch { return .failure(error) }
    }
    return .success(nil)
}
