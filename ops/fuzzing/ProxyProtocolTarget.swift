import GatewayCore

/// Whether a PROXY header is read without a trap, and whether what has come so far never says anything else
/// than the whole will: a header once read stays what it is, and a fault stays a fault.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: min(count, 2_200)))
    var settled: Result<ProxyProtocol.Step, ProxyProtocol.Fault>?
    // Every length would take too long for each input; the first ones and some others do.
    for length in 0...bytes.count where length < 128 || length.isMultiple(of: 97) || length == bytes.count {
        let outcome: Result<ProxyProtocol.Step, ProxyProtocol.Fault>
        do throws(ProxyProtocol.Fault) {
            outcome = .success(try ProxyProtocol.parse(bytes.span.extracting(first: length)))
        } catch { outcome = .failure(error) }
        if case .success(.header(_, let end)) = outcome { precondition(end <= length) }
        if let settled { precondition(outcome == settled) }
        if outcome != .success(.needsMore) { settled = outcome }
    }
    return 0
}
