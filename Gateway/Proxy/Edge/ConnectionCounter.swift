import GatewayCore
import Synchronization

/// How many connections each address has open with this worker, over all its loops. Asked once a connection,
/// not once a request. The bounds are the caller's, so that they may change while it counts.
final class ConnectionCounter: Sendable {
    private struct State {
        var byPrefix: [AddressPrefix: Int] = [:]
        var served = 0
        var turnedAway = 0
    }

    /// What becomes of a connection.
    enum Admission: Sendable {
        /// `leave` is due for it.
        case served
        /// Over a bound; there is room to tell it so. `leaveTurnedAway` is due for it.
        case turnedAway
        /// Over a bound, and as many are being told so as may be. Nothing is due for it.
        case dropped
    }

    private let state = Mutex(State())

    /// Connections that are open, those that are being turned away included.
    var count: Int { state.withLock { $0.served + $0.turnedAway } }

    /// Counts a connection from `address`. Those in `exempt` are not held to the bound for one address:
    /// trusted proxies speak for many clients. `tells` is whether one that is over a bound could be told so.
    func enter(
        _ address: IPAddress, within limits: ConnectionLimits, exempt: [AddressBlock], tells: Bool = true
    ) -> Admission {
        let isExempt = ClientAddress.isTrusted(address, by: exempt)
        return state.withLock { state in
            let count = state.byPrefix[address.prefix, default: 0]
            guard state.served < limits.total, isExempt || count < limits.perAddress else {
                guard tells, state.turnedAway < limits.turnedAway else { return .dropped }
                state.turnedAway += 1
                return .turnedAway
            }
            state.served += 1
            state.byPrefix[address.prefix] = count + 1
            return .served
        }
    }

    func leave(_ address: IPAddress) {
        state.withLock { state in
            state.served -= 1
            guard let count = state.byPrefix[address.prefix] else { return }
            state.byPrefix[address.prefix] = count > 1 ? count - 1 : nil
        }
    }

    func leaveTurnedAway() { state.withLock { $0.turnedAway -= 1 } }
}
