import GatewayCore
import NIOCore
import Testing

@testable import GatewayRedis

@Suite("Redis: the connection's life, without sockets")
struct ConnectionMachineTests {
    private let noon = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func ready() -> ConnectionMachine {
        var machine = ConnectionMachine()
        #expect(machine.start() == .connect)
        #expect(machine.connected() == .shakeHands)
        #expect(machine.handshakeDone() == .serve)
        return machine
    }

    @Test("commands are taken while the first attempt is under way and once it has succeeded")
    func start() {
        var machine = ConnectionMachine()
        #expect(machine.refusal == .unavailable)
        #expect(machine.start() == .connect)
        #expect(machine.refusal == nil && !machine.isReady)
        #expect(machine.connected() == .shakeHands)
        #expect(machine.refusal == nil && !machine.isReady)
        #expect(machine.handshakeDone() == .serve)
        #expect(machine.refusal == nil && machine.isReady)
        #expect(machine.start() == .nothing)
    }

    @Test("pain 5: a connection that is lost is made anew at once, and commands wait for it")
    func lostOnce() {
        var machine = ready()
        #expect(machine.lost() == .reconnect)
        #expect(machine.refusal == nil)
        #expect(machine.connected() == .shakeHands)
        #expect(machine.handshakeDone() == .serve)
        machine.answered()
        #expect(machine.lost() == .reconnect)
    }

    @Test("pain 1: once an attempt has failed, commands are refused without being sent")
    func breaker() {
        var machine = ready()
        #expect(machine.lost() == .reconnect)
        #expect(machine.lost() == .failAndRetry(after: .milliseconds(40)))
        #expect(machine.refusal == .circuitOpen)
        #expect(machine.retryDue() == .connect)
        #expect(machine.refusal == .circuitOpen)
        #expect(machine.connected() == .shakeHands)
        #expect(machine.refusal == .circuitOpen)
        #expect(machine.handshakeDone() == .serve)
        #expect(machine.refusal == nil)
    }

    @Test("attempts grow apart, but with the time that one may take they fit in a second")
    func backoff() {
        var machine = ConnectionMachine()
        _ = machine.start()
        var spans: [TimeAmount] = []
        for _ in 0..<40 {
            guard case .failAndRetry(let span) = machine.lost() else { break }
            spans.append(span)
            #expect(machine.retryDue() == .connect)
        }
        #expect(
            spans.prefix(6) == [
                .milliseconds(20), .milliseconds(40), .milliseconds(80), .milliseconds(160),
                .milliseconds(320), .milliseconds(400),
            ])
        #expect(spans.count == 40 && spans.allSatisfy { $0 <= .milliseconds(400) })
        #expect(
            ConnectionMachine.longestBackoff + RedisConnection.attemptDeadline
                + RedisConnection.attemptDeadline < .seconds(1))
    }

    @Test("deadlines missed in a row open the breaker, one fewer does not, and any answer closes it")
    func silence() {
        var machine = ready()
        machine.timedOut(ConnectionMachine.timeoutsToOpen - 1, at: noon)
        #expect(machine.refusal == nil && machine.giveUpAt == nil)
        machine.timedOut(1, at: noon)
        #expect(machine.refusal == .circuitOpen)
        #expect(machine.giveUpAt == noon + ConnectionMachine.silenceBeforeReconnecting)
        machine.timedOut(1, at: noon + .milliseconds(50))
        #expect(machine.giveUpAt == noon + ConnectionMachine.silenceBeforeReconnecting)
        machine.answered()
        #expect(machine.refusal == nil && machine.giveUpAt == nil)
        machine.timedOut(ConnectionMachine.timeoutsToOpen - 1, at: noon)
        #expect(machine.refusal == nil)
    }

    @Test("a connection that stays silent is given up, and the next is tried before commands are")
    func givenUp() {
        var machine = ready()
        machine.timedOut(ConnectionMachine.timeoutsToOpen, at: noon)
        #expect(machine.lost() == .failAndRetry(after: .milliseconds(20)))
        #expect(machine.refusal == .circuitOpen)
        #expect(machine.giveUpAt == nil)
    }

    @Test("pain 4: a server that cannot serve is left at once, and one that still cannot after a pause")
    func wrongServer() {
        var machine = ready()
        #expect(machine.lost() == .reconnect)
        _ = machine.connected()
        _ = machine.handshakeDone()
        // No answer in between: the handshake alone is no proof.
        #expect(machine.lost() == .failAndRetry(after: .milliseconds(40)))
    }

    @Test("what comes too late changes nothing, and closing is for good")
    func late() {
        var machine = ready()
        #expect(machine.connected() == .nothing)
        #expect(machine.handshakeDone() == .nothing)
        #expect(machine.retryDue() == .nothing)
        #expect(machine.close() == .shutDown)
        #expect(machine.close() == .nothing)
        #expect(machine.lost() == .nothing)
        #expect(machine.start() == .nothing)
        #expect(machine.refusal == .unavailable)
        machine.timedOut(100, at: noon)
        #expect(machine.giveUpAt == nil)
    }
}

@Suite("Redis: who waits for which reply")
struct ReplyQueueTests {
    private func at(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    @Test("replies go to waiters in the order of asking, as many as each asked for")
    func order() {
        var queue = ReplyQueue<String>(bound: 10)
        queue.append("a", replies: 2, deadline: at(50))
        queue.append("b", replies: 1, deadline: at(51))
        var seen: [String] = []
        while let head = queue.head {
            seen.append("\(head.waiter ?? "-")\(head.isLastReply)")
            queue.advance()
        }
        #expect(seen == ["afalse", "atrue", "btrue"])
        #expect(queue.isEmpty)
    }

    @Test("a waiter whose deadline has passed leaves a tombstone that takes its replies")
    func tombstone() {
        var queue = ReplyQueue<String>(bound: 10)
        queue.append("a", replies: 2, deadline: at(50))
        queue.append("b", replies: 1, deadline: at(60))
        #expect(queue.expire(at: at(49)).waiters.isEmpty)
        let late = queue.expire(at: at(50))
        #expect(late.waiters == ["a"] && late.includesHead)
        #expect(queue.nextDeadline() == at(60))
        #expect(queue.head?.waiter == nil && queue.head?.isLastReply == false)
        queue.advance()
        queue.advance()
        #expect(queue.head?.waiter == "b")
        #expect(queue.expire(at: at(60)).waiters == ["b"])
        #expect(queue.nextDeadline() == nil)
        #expect(queue.expire(at: at(99)).waiters.isEmpty)
        #expect(queue.count == 1)
    }

    @Test("entries that nobody waits for have no deadline and are passed over")
    func silent() {
        var queue = ReplyQueue<String>(bound: 10)
        queue.append(nil, replies: 1, deadline: at(10))
        queue.append("a", replies: 1, deadline: at(20))
        queue.append(nil, replies: 1, deadline: at(30))
        queue.append("b", replies: 1, deadline: at(40))
        #expect(queue.nextDeadline() == at(20))
        let late = queue.expire(at: at(25))
        #expect(late.waiters == ["a"] && !late.includesHead)
        #expect(queue.nextDeadline() == at(40))
        #expect(queue.removeAll().map(\.waiter) == ["b"])
        #expect(queue.isEmpty && queue.nextDeadline() == nil)
    }

    @Test("the queue is full at its bound and not before, tombstones included")
    func bound() {
        var queue = ReplyQueue<String>(bound: 2)
        queue.append("a", replies: 1, deadline: at(1))
        #expect(!queue.isFull)
        queue.append("b", replies: 1, deadline: at(1))
        #expect(queue.isFull)
        #expect(queue.expire(at: at(2)).waiters == ["a", "b"])
        #expect(queue.isFull)
        queue.advance()
        #expect(!queue.isFull)
    }

    @Test("one that is due before those in front of it is told in time, and the others when they are due")
    func disorder() {
        var queue = ReplyQueue<String>(bound: 10)
        queue.append("a", replies: 1, deadline: at(50))
        queue.append("b", replies: 1, deadline: at(20))
        queue.append("c", replies: 1, deadline: at(60))
        #expect(queue.nextDeadline() == at(20))
        let first = queue.expire(at: at(20))
        #expect(first.waiters == ["b"] && !first.includesHead)
        #expect(queue.nextDeadline() == at(50))
        let second = queue.expire(at: at(55))
        #expect(second.waiters == ["a"] && second.includesHead)
        queue.advance()
        queue.advance()
        #expect(queue.head?.waiter == "c")
        queue.advance()
        #expect(queue.isEmpty && queue.nextDeadline() == nil)
        queue.append("d", replies: 1, deadline: at(10))
        queue.append("e", replies: 1, deadline: at(11))
        #expect(queue.expire(at: at(10)).waiters == ["d"])
    }

    @Test("an entry may grow until its replies are settled; no reply is due before, and each caller counts")
    func growing() {
        var queue = ReplyQueue<String>(bound: 3)
        queue.append("a", replies: 0, callers: 0, deadline: at(50))
        #expect(queue.head == nil && queue.count == 0 && !queue.isEmpty)
        queue.addCallerToLast()
        queue.addCallerToLast()
        #expect(queue.count == 2 && !queue.isFull)
        queue.addCallerToLast()
        #expect(queue.isFull)
        queue.settleLast(replies: 2)
        queue.advance()
        #expect(queue.head?.isLastReply == true && queue.isFull)
        queue.advance()
        #expect(queue.isEmpty && queue.count == 0)
    }
}
