import GatewayCore

/// Whether what stands in single fields is read without a trap: addresses, cookies, tokens, traces,
/// patterns of routes. An address that was read is written so that it is read again as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: min(count, 4_096)))
    let all = ByteRange(0, bytes.count)
    let text = String(decoding: bytes, as: UTF8.self)
    if let address = IPAddress(text[...]) { precondition(IPAddress(address.description[...]) == address) }
    _ = AddressBlock(text)
    if let proxies = AddressBlock("0.0.0.0/0") {
        _ = ClientAddress.resolve(peer: .loopback, lines: [text], trusted: [proxies])
        _ = ClientAddress.resolve(peer: .loopback, forwarded: [bytes], trusted: [proxies])
    }
    let unbelieved = ClientAddress.resolve(peer: .loopback, forwarded: [bytes], trusted: [])
    precondition(unbelieved == ClientAddress.Believed(address: .loopback))
    precondition(ClientAddress.resolve(peer: .loopback, lines: [text], trusted: []) == .loopback)
    if let token = Credentials.bearer(bytes.span, all) { precondition(token.upper <= bytes.count) }
    for name in CookieName.all {
        let (isThere, token) = Credentials.cookie(bytes.span, all, name: name)
        precondition(isThere || token == nil)
        _ = Credentials.setsCookie(bytes.span, all, named: name)
    }
    _ = TraceContext(continuing: bytes.span, all, span: 1)
    _ = PathPattern(text)
    return 0
}
