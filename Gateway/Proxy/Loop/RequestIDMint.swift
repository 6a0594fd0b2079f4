import GatewayCore
import ServiceCore

/// Makes request IDs and span IDs without asking the kernel for each: wyrand, seeded from the system. The
/// numbers name things; nothing secret hangs on them.
struct RequestIDMint {
    private var state: UInt64

    init() {
        var generator = SystemRandomNumberGenerator()
        state = generator.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0xA076_1D64_78BD_642F
        let product = state.multipliedFullWidth(by: state ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    mutating func requestID(at now: Timestamp) -> RequestID {
        RequestID(unixMilliseconds: now.milliseconds, random: (next(), next()))
    }

    /// A span ID is never zero.
    mutating func spanID() -> UInt64 { next() | 1 }
}
