import Foundation
import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayProxy

/// What an upstream's thread has read, for the test to look at.
final class Heard: Sendable {
    private let state = Mutex([UInt8]())
    private let total = Mutex(0)

    var bytes: [UInt8] { state.withLock { $0 } }
    /// For more than is worth keeping.
    var count: Int { total.withLock { $0 } }
    func add(count: Int) { total.withLock { $0 += count } }
    func add(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
}

@Suite("Ends of WebSockets")
struct WebSocketEndTests {
    /// Answers 101 and `first`, then keeps what it hears.
    private func listening(_ heard: Heard, first: [UInt8] = []) throws -> RecordingUpstream {
        try RecordingUpstream { link in
            guard try link.accept() else { return }
            try link.socket.send(first)
            while case let bytes = try link.socket.readSome(), !bytes.isEmpty { heard.add(bytes) }
        }
    }

    @Test("one that is silent for too long is told to go away; a word from either side keeps it")
    func idle() async throws {
        let heard = Heard()
        try await withGateway(
            try listening(heard), { $0.limits.streamIdleTimeout = .seconds(3) }
        ) { rig in
            let (client, _) = try await rig.webSocket()
            for count in 1...9 {
                try await client.send(Frame.text("x", mask: Frame.mask))
                try await eventually("it is passed on") { heard.bytes.count == 7 * count }
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(try await client.rest() == Frame.goingAway)
            #expect(try await rig.log(1)[0]["code"] as? String == "stream-idle")
            try await rig.expectNothingHeld()
            #expect(Frame.isMaskedGoingAway(Array(heard.bytes.dropFirst(7 * 9))))
        }
    }

    @Test(
        "a side that does not read holds the other back, and what was sent arrives when it does",
        arguments: [false, true])
    func backpressure(toClient: Bool) async throws {
        let size = 48 << 20
        let sent = Heard()
        let flood = { @Sendable (socket: RawSocket) in
            // One frame of 1 MiB.
            let head: [UInt8] = [0x82, 127, 0, 0, 0, 0, 0, 0x0F, 0xFF, 0xF6]
            let piece = head + [UInt8](repeating: 0, count: 1 << 20 - 10)
            for _ in 0..<(size >> 20) {
                try socket.send(piece)
                sent.add([1])
            }
            socket.endOutput()
        }
        let gate = DispatchSemaphore(value: 0)
        let counted = Heard()
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            if toClient { return try flood(link.socket) }
            gate.wait()
            while case let bytes = try link.socket.readSome(1 << 20), !bytes.isEmpty {
                counted.add(count: bytes.count)
            }
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await rig.webSocket(receiveBuffer: 65_536)
            async let flooding: Void = Blocking.run { if !toClient { try flood(client.socket) } }
            var last = -1
            try await eventually("the flood is held back") {
                defer { last = sent.bytes.count }
                try await Task.sleep(for: .milliseconds(500))
                return last > 0 && last == sent.bytes.count
            }
            // What the kernel's buffers take on two connections, and little more.
            #expect(last < 40)
            let held = try await rig.onLoops { $0.waiters.largestInbound }
            #expect(held.allSatisfy { $0 < 1 << 20 })
            gate.signal()
            if toClient {
                try await Blocking.run {
                    while case let bytes = try client.socket.readSome(), !bytes.isEmpty {
                        counted.add(count: bytes.count)
                    }
                }
                #expect(counted.count == size)
            } else {
                try await eventually("all of it has come") { counted.count == size }
            }
            try await flooding
            client.close()
            try await rig.expectNothingHeld()
        }
    }

    @Test("a side that never reads is given up after a while")
    func stuck() async throws {
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            while true { try link.socket.send([UInt8](repeating: 0, count: 1 << 20)) }
        }
        try await withGateway(upstream, { $0.limits.idleTimeout = .milliseconds(500) }) { rig in
            let (client, _) = try await rig.webSocket(receiveBuffer: 65_536)
            #expect(try await rig.log(1)[0]["code"] as? String == "stream-stuck")
            try await rig.expectNothingHeld()
            client.close()
        }
    }

    @Test("a reset of either side ends the other at once")
    func resets() async throws {
        let heard = Heard()
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            if link.number == 1 {
                _ = try link.socket.readSome()
                return link.socket.abort()
            }
            _ = try link.socket.readToEnd(resetIsEnd: true)
            heard.add([1])
        }
        try await withGateway(upstream) { rig in
            let (first, _) = try await rig.webSocket()
            first.socket.abort()
            try await eventually("the upstream sees the end") { heard.bytes == [1] }
            #expect(try await rig.log(1)[0]["code"] as? String == "client-closed")
            let (second, _) = try await rig.webSocket()
            try await second.send("x")
            _ = try await second.rest(resetIsEnd: true)
            second.close()
            #expect(try await rig.log(2)[1]["code"] as? String == "upstream-invalid")
            try await rig.expectNothingHeld()
        }
    }

    @Test("on drain both sides are told 1001, and when they have answered the connection ends")
    func drain() async throws {
        let heard = Heard()
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            try link.socket.send(Frame.text("one"))
            let frame = try link.socket.read(8)
            heard.add(frame)
            // What is said between being told and answering is lost to the other side, and harms nobody.
            try link.socket.send(Frame.text("late") + Frame.close())
            heard.add(try link.socket.readToEnd(resetIsEnd: true))
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await rig.webSocket()
            let one = Frame.text("one")
            #expect(try await Blocking.run { try client.socket.read(one.count) } == one)
            async let drained = rig.gateway.drain(within: .seconds(20))
            #expect(try await Blocking.run { try client.socket.read(4) } == Frame.goingAway)
            try await client.send(Frame.text("late", mask: Frame.mask) + Frame.close(mask: Frame.mask))
            #expect(try await client.ends())
            #expect(await drained)
            #expect(Frame.isMaskedGoingAway(heard.bytes))
            #expect(try await rig.log(1)[0]["code"] as? String == "draining")
        }
    }

    @Test("a close frame never gets into the middle of another frame, in either direction")
    func midFrame() async throws {
        let heard = Heard()
        let gate = DispatchSemaphore(value: 0)
        let long = Frame.text("a long word")
        let masked = Frame.text("a long word", mask: Frame.mask)
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            try link.socket.send(long.prefix(5))
            heard.add(try link.socket.read(3))
            gate.wait()
            try link.socket.send(long.dropFirst(5) + Frame.text("never"))
            heard.add(try link.socket.read(masked.count - 3 + 8))
            try link.socket.send(Frame.close())
            heard.add(try link.socket.readToEnd(resetIsEnd: true))
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await rig.webSocket()
            #expect(try await Blocking.run { try client.socket.read(5) } == Array(long.prefix(5)))
            try await client.send(Array(masked.prefix(3)))
            try await eventually("half a frame is at the upstream") { heard.bytes.count == 3 }
            async let drained = rig.gateway.drain(within: .seconds(20))
            try await eventually("the gateway drains") {
                try await rig.onLoops { $0.isDraining }.allSatisfy { $0 }
            }
            #expect(try await Blocking.run { try client.socket.isSilent(for: .milliseconds(200)) })
            gate.signal()
            let rest = Array(long.dropFirst(5)) + Frame.goingAway
            #expect(try await Blocking.run { try client.socket.read(rest.count) } == rest)
            try await client.send(
                Array(masked.dropFirst(3)) + Frame.text("never", mask: Frame.mask)
                    + Frame.close(mask: Frame.mask))
            #expect(try await client.ends())
            #expect(await drained)
            #expect(heard.bytes.count == masked.count + 8)
            #expect(Array(heard.bytes.prefix(masked.count)) == masked)
            #expect(Frame.isMaskedGoingAway(Array(heard.bytes.suffix(8))))
        }
    }

    @Test("sides that take leave of each other already are left to it")
    func closing() async throws {
        let heard = Heard()
        let gate = DispatchSemaphore(value: 0)
        let upstream = try RecordingUpstream { link in
            guard try link.accept() else { return }
            heard.add(try link.socket.read(8))
            gate.wait()
            try link.socket.send(Frame.close())
            link.socket.endOutput()
            heard.add(try link.socket.readToEnd(resetIsEnd: true))
        }
        try await withGateway(upstream) { rig in
            let (client, _) = try await rig.webSocket()
            try await client.send(Frame.close(mask: Frame.mask))
            try await eventually("the client's word is at the upstream") { heard.bytes.count == 8 }
            async let drained = rig.gateway.drain(within: .seconds(20))
            try await eventually("the gateway drains") {
                try await rig.onLoops { $0.isDraining }.allSatisfy { $0 }
            }
            gate.signal()
            #expect(try await client.rest() == Frame.close())
            client.close()
            #expect(await drained)
            #expect(heard.bytes == Frame.close(mask: Frame.mask))
        }
    }

    @Test("a side that does not answer is cut when the grace is over")
    func grace() async throws {
        try await withGateway(try listening(Heard())) { rig in
            let (client, _) = try await rig.webSocket()
            #expect(await rig.gateway.drain(within: .milliseconds(300)) == false)
            #expect(try await client.rest(resetIsEnd: true) == Frame.goingAway)
        }
    }

    @Test("what are not frames is cut on drain without a frame of ours")
    func notFrames() async throws {
        let heard = Heard()
        try await withGateway(try listening(heard, first: Array("hello".utf8))) { rig in
            let (client, _) = try await rig.webSocket()
            try await client.send("hello")
            try await eventually("it is passed on") { heard.bytes.count == 5 }
            async let drained = rig.gateway.drain(within: .seconds(20))
            #expect(try await client.rest() == Array("hello".utf8))
            client.close()
            #expect(await drained)
            #expect(heard.bytes == Array("hello".utf8))
        }
    }
}
