import GatewayCore

/// Whether the trackers of WebSocket frames and of event streams follow anything without a trap, and are of
/// the same mind whole, in pieces and from boundary to boundary. The first byte says how long the pieces are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let length = Int(start[0]) % 16 + 1
    var whole = WebSocketFrameTracker()
    var pieces = WebSocketFrameTracker()
    var steps = WebSocketFrameTracker()
    precondition(whole.follow(bytes.span) == bytes.count)
    inPieces(bytes, of: length) { precondition(pieces.follow($0) == $0.count) }
    var done = 0
    while done < bytes.count {
        let taken = steps.follow(bytes.span.extracting(done...), toBoundary: true)
        precondition(taken > 0 && (done + taken == bytes.count || steps.isAtBoundary))
        done += taken
    }
    for other in [pieces, steps] {
        precondition(other.isAtBoundary == whole.isAtBoundary && other.isLost == whole.isLost)
        precondition(other.sawClose == whole.sawClose)
    }
    var events = EventStreamTracker()
    var eventPieces = EventStreamTracker()
    precondition(events.follow(bytes.span) == bytes.count)
    inPieces(bytes, of: length) { precondition(eventPieces.follow($0) == $0.count) }
    precondition(events.isAtBoundary == eventPieces.isAtBoundary)
    return 0
}

private func inPieces(_ bytes: [UInt8], of length: Int, _ body: (Span<UInt8>) -> Void) {
    for start in stride(from: 0, to: bytes.count, by: length) {
        body(bytes.span.extracting(start..<min(bytes.count, start + length)))
    }
}
