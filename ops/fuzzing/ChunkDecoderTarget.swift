import GatewayCore

/// Whether a chunked body decodes without a trap, and to the same whole and in pieces. The first byte says
/// how long the pieces are.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    let whole = Decoding(bytes, pieces: bytes.count)
    precondition(whole == Decoding(bytes, pieces: Int(start[0]) % 16 + 1))
    precondition(whole.content.count <= bytes.count && whole.taken <= bytes.count)
    return 0
}

private struct Decoding: Equatable {
    var content: [UInt8] = []
    var taken = 0
    var isOver = false
    var fault: HeadFault?

    init(_ bytes: [UInt8], pieces length: Int) {
        var decoder = ChunkDecoder(extensionLimit: 256, trailerLimit: 4_096)
        var arrived = 0
        while !decoder.isFinished, arrived < bytes.count {
            arrived = min(bytes.count, arrived + length)
            feeding: while !decoder.isFinished {
                do throws(HeadFault) {
                    switch try decoder.next(bytes.span.extracting(taken..<arrived)) {
                    case .needsMore(let skip):
                        precondition(taken + skip == arrived)
                        taken = arrived
                        break feeding
                    case .content(let skip, let count):
                        content += bytes[(taken + skip)..<(taken + skip + count)]
                        taken += skip + count
                    case .end(let skip): taken += skip
                    }
                } catch {
                    // How much was passed over by then depends on the pieces; what was content does not.
                    fault = error
                    taken = 0
                    return
                }
            }
        }
        isOver = decoder.isFinished
    }
}
