import Dispatch
import GatewayCore
import Synchronization
import TestSupport
import Testing

@testable import GatewayPasswords

/// Work that holds a thread until the test lets it go.
private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    let begun = Atomic<Int>(0)

    func pass() {
        begun.add(1, ordering: .sequentiallyConsistent)
        semaphore.wait()
    }

    func open(_ count: Int) { for _ in 0..<count { semaphore.signal() } }
}

@Suite("The hashing pool")
struct HashingPoolTests {
    @Test("work runs off the caller's thread and its result and fault come back")
    func runs() async throws {
        let pool = HashingPool(size: .init(workers: 2, queue: 4))
        #expect(try await pool.run { () throws(HashingFault) in 6 * 7 } == 42)
        await #expect(throws: HashingFault.failed) {
            try await pool.run { () throws(HashingFault) -> Int in throw .failed }
        }
    }

    @Test("work runs behind whatever else is ready to run, and gives way soon")
    func background() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 1))
        let standing = try #require(
            try await pool.run { () throws(HashingFault) in
                BackgroundThread.current.map { [$0.nice, Int32($0.slice)] }
            })
        #expect(standing[0] == BackgroundThread.nice)
        // Linux has slices of a thread's own since 6.12.
        #expect([Int32(BackgroundThread.slice), 0].contains(standing[1]))
    }

    @Test(
        "pain 28: no more run at once than there are threads, and when the queue is full the next is told at once"
    )
    func bounded() async throws {
        let pool = HashingPool(size: .init(workers: 2, queue: 3))
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await pool.run { () throws(HashingFault) in gate.pass() } } }
            try await eventually("the pool has that load") { pool.load.working == 2 }
            for _ in 0..<3 { group.addTask { try await pool.run { () throws(HashingFault) in gate.pass() } } }
            try await eventually("the pool has that load") { pool.load.waiting == 3 }
            await #expect(throws: HashingFault.busy) {
                try await pool.run { () throws(HashingFault) in gate.pass() }
            }
            #expect(pool.load == (3, 2))
            #expect(pool.rejected == (full: 1, overdue: 0))
            #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 2)
            gate.open(5)
            try await group.waitForAll()
        }
        #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 5)
        #expect(try await pool.run { () throws(HashingFault) in true })
    }

    @Test("with no queue a free thread still takes work")
    func withoutQueue() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 0))
        for _ in 0..<50 {
            try await eventually("the pool has that load") { pool.load == (0, 0) }
            #expect(try await pool.run { () throws(HashingFault) in true })
        }
    }

    @Test("work whose caller has gone is skipped if it has not begun, and ends at once")
    func cancelled() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 4))
        let gate = Gate()
        let running = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the pool has that load") { pool.load.working == 1 }
        let waiting = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the pool has that load") { pool.load.waiting == 1 }
        waiting.cancel()
        await #expect(throws: HashingFault.cancelled) { try await waiting.value }
        #expect(pool.load == (0, 1))
        // Begun work is finished: its result is worth what it cost.
        running.cancel()
        gate.open(1)
        try await running.value
        #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test("work of a task that was cancelled before it asked does not run")
    func cancelledBefore() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 4))
        let gate = Gate()
        let running = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the pool has that load") { pool.load.working == 1 }
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            try await pool.run { () throws(HashingFault) in gate.pass() }
        }
        late.cancel()
        await #expect(throws: HashingFault.cancelled) { try await late.value }
        gate.open(1)
        try await running.value
    }

    @Test("work that waited longer than it may is given up")
    func overdue() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 4, patience: .zero))
        let gate = Gate()
        // Nothing waits for less than no time, so even the first is overdue when a thread takes it.
        await #expect(throws: HashingFault.timeout) {
            try await pool.run { () throws(HashingFault) in gate.pass() }
        }
        #expect(gate.begun.load(ordering: .sequentiallyConsistent) == 0)
    }

    @Test("shutting down ends what waits, finishes what has begun, and refuses what comes after")
    func shutDown() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 4))
        let gate = Gate()
        let running = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the pool has that load") { pool.load.working == 1 }
        let waiting = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the pool has that load") { pool.load.waiting == 1 }
        pool.shutDown()
        pool.shutDown()
        await #expect(throws: HashingFault.cancelled) { try await waiting.value }
        await #expect(throws: HashingFault.cancelled) {
            try await pool.run { () throws(HashingFault) in gate.pass() }
        }
        gate.open(1)
        try await running.value
    }

    @Test("there is room while a thread or a place is free, and none after the end")
    func room() async throws {
        let pool = HashingPool(size: .init(workers: 1, queue: 1))
        let gate = Gate()
        #expect(pool.hasRoom)
        let running = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the thread works") { pool.load.working == 1 }
        #expect(pool.hasRoom)
        let waiting = Task { try await pool.run { () throws(HashingFault) in gate.pass() } }
        try await eventually("the place is taken") { pool.load.waiting == 1 }
        #expect(!pool.hasRoom)
        gate.open(2)
        try await running.value
        try await waiting.value
        try await eventually("the thread is free again") { pool.hasRoom }
        pool.shutDown()
        #expect(!pool.hasRoom)
    }

    @Test("the service hashes, verifies and replaces through the pool")
    func service() async throws {
        let old = try PasswordHasher(scheme: Cheap.scrypt).hash(Password("a quiet river"))
        let hasher = try PasswordHasher(scheme: Cheap.argon2id)
        let service = PasswordService(hasher: hasher, pool: HashingPool(size: .init(workers: 1)))
        let hash = try await service.hash(Password("a quiet river"))
        #expect(try await service.verify(Password("a quiet river"), hash) == .matches(replacement: nil))
        #expect(try await service.verify(Password("a loud river"), hash) == .differs)
        #expect(try await service.verify(Password("a quiet river"), service.dummyHash) == .differs)
        #expect(service.needsRehash(old))
        #expect(!service.needsRehash(hash))
        guard case .matches(let replacement?) = try await service.verify(Password("a quiet river"), old)
        else {
            Issue.record("no replacement")
            return
        }
        #expect(!service.needsRehash(replacement))
    }
}
