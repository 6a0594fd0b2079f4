import GatewayCore
import Synchronization

/// How many connections each address has open with this worker, over all its loops. Asked once a connection,
/// not once a request.
final class ConnectionCounter: Sendable {
    private struct State {
        var byPrefix: [AddressPrefix: Int] = [:]
        var total = 0
    }

    /// Whether a connection may stay.
    struct Admission: Sendable {
        var refusal: Refusal?
        /// Whether `leave` is due for it.
        var isCounted: Bool
    }

    private let state = Mutex(State())
    private let perAddress: Int
    private let total: Int
    /// Trusted proxies speak for many clients and are not held to the bound for one.
    private let exempt: [AddressBlock]

    init(perAddress: Int, total: Int, exempt: [AddressBlock]) {
        self.perAddress = perAddress
        self.total = total
        self.exempt = exempt
    }

    var count: Int { state.withLock { $0.total } }

    /// Counts a connection from `address` unless a bound is reached.
    func enter(_ address: IPAddress) -> Admission {
        let isExempt = ClientAddress.isTrusted(address, by: exempt)
        return state.withLock { state in
            let count = state.byPrefix[address.prefix, default: 0]
            guard state.total < total, isExempt || count < perAddress else {
                return Admission(refusal: .tooManyConnections, isCounted: false)
            }
            state.total += 1
            state.byPrefix[address.prefix] = count + 1
            return Admission(refusal: nil, isCounted: true)
        }
    }

    func leave(_ address: IPAddress) {
        state.withLock { state in
            state.total -= 1
            guard let count = state.byPrefix[address.prefix] else { return }
            state.byPrefix[address.prefix] = count > 1 ? count - 1 : nil
        }
    }
}
