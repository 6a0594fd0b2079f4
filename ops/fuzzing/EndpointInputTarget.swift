import Foundation
import GatewayCore

/// Whether bodies of the gateway's own endpoints are read without a trap; and JSON that is accepted is JSON
/// to Foundation.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // SAFETY: libFuzzer gives `count` bytes that live as long as the call.
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let names: Set = ["email", "username", "password"]
    _ = try? FormReader(bytes).fields(named: names)
    if (try? JSONFieldReader(bytes).fields(named: names)) != nil {
        precondition((try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any])
    }
    _ = Query.value(of: "next", in: String(decoding: bytes, as: UTF8.self))
    return 0
}
