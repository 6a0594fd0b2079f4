import NIOCore
import Testing

@testable import GatewayRedis

@Suite("The news channel's life, without a socket")
struct NewsMachineTests {
    private func live() -> NewsMachine {
        var machine = NewsMachine()
        #expect(machine.start() == .connect)
        #expect(machine.connected() == .subscribe)
        #expect(machine.subscribed() == .begin)
        return machine
    }

    @Test("it pings, and a pong says that all is heard up to the moment at which the ping was sent")
    func beat() {
        var machine = live()
        #expect(machine.pingDue(at: 100) == .ping)
        // One at a time: a late pong must not be taken for a later ping's.
        #expect(machine.pingDue(at: 200) == .nothing)
        #expect(machine.ponged() == .beat(100))
        #expect(machine.ponged() == .nothing)
        #expect(machine.pingDue(at: 300) == .ping)
        #expect(machine.ponged() == .beat(300))
    }

    @Test("a ping that is not answered for longer than a second gives the connection up")
    func silence() {
        var machine = live()
        #expect(machine.pingDue(at: 5) == .ping)
        #expect(machine.pingDue(at: 5 + NewsMachine.longestSilence) == .nothing)
        #expect(
            machine.pingDue(at: 6 + NewsMachine.longestSilence) == .retry(after: NewsMachine.firstBackoff))
        #expect(machine.pingDue(at: .max) == .nothing)
    }

    @Test("it comes back after ever longer pauses, which are bounded and forgotten once it is there")
    func backoff() {
        var machine = live()
        var pauses: [TimeAmount] = []
        for _ in 0..<8 {
            guard case .retry(let pause) = machine.lost() else { break }
            pauses.append(pause)
            #expect(machine.lost() == .nothing)
            #expect(machine.retryDue() == .connect)
        }
        #expect(pauses.first == .milliseconds(20) && pauses.last == NewsMachine.longestBackoff)
        #expect(pauses == pauses.sorted() && pauses.count == 8)
        #expect(machine.connected() == .subscribe)
        #expect(machine.subscribed() == .begin)
        #expect(machine.lost() == .retry(after: NewsMachine.firstBackoff))
    }

    @Test("a ping from before a loss is not taken for an answered one after it")
    func stale() {
        var machine = live()
        #expect(machine.pingDue(at: 1) == .ping)
        _ = machine.lost()
        _ = machine.retryDue()
        _ = machine.connected()
        _ = machine.subscribed()
        #expect(machine.ponged() == .nothing)
    }

    @Test("closed, it does nothing any more")
    func closed() {
        var machine = live()
        #expect(machine.close() == .shutDown)
        #expect(machine.close() == .nothing)
        #expect(machine.lost() == .nothing && machine.retryDue() == .nothing)
        #expect(machine.pingDue(at: 1) == .nothing && machine.connected() == .nothing)
    }
}
