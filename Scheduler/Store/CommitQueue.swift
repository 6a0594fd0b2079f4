import GRDB
import Synchronization

/// Gathers the writes that wait for each other into one commit.
///
/// A commit waits for the disk, for milliseconds; under load the callers that arrive meanwhile share the next
/// one. Each write runs in a savepoint of its own, so one that fails undoes itself and nothing else, and each
/// caller is answered after the commit that holds its write, never before.
final class CommitQueue: Sendable {
    /// One write, and how its caller is told.
    struct Write: Sendable {
        /// Makes the change and returns what to do once it is committed.
        let make: @Sendable (Database) throws -> @Sendable () -> Void
        /// Tells the caller that nothing was changed.
        let fail: @Sendable (any Error) -> Void
    }

    /// The most writes of one commit, so that the first of them does not wait for too many others.
    static let batchLimit = 128

    private struct State {
        var waiting: [Write] = []
        var isWorking = false
    }

    private let pool: DatabasePool
    private let state = Mutex(State())

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Waits for the commit that holds `body`.
    ///
    /// A caller that is cancelled meanwhile is answered all the same: it cannot know whether its write was
    /// made.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async -> Result<Value, any Error> {
        await withCheckedContinuation { continuation in
            add(
                Write(
                    make: { db in
                        let value = try Self.inSavepoint(db, body)
                        return { continuation.resume(returning: .success(value)) }
                    }, fail: { continuation.resume(returning: .failure($0)) }))
        }
    }

    private func add(_ write: Write) {
        let mustStart = state.withLock { state in
            state.waiting.append(write)
            defer { state.isWorking = true }
            return !state.isWorking
        }
        guard mustStart else { return }
        pool.asyncWriteWithoutTransaction { db in
            while let batch = self.nextBatch() { Self.commit(batch, to: db) }
        }
    }

    private func nextBatch() -> [Write]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWorking = false
                return nil
            }
            let batch = state.waiting.prefix(Self.batchLimit)
            state.waiting.removeFirst(batch.count)
            return Array(batch)
        }
    }

    private static func commit(_ batch: [Write], to db: Database) {
        var answers: [@Sendable () -> Void] = []
        do {
            // Immediate: it waits for the writers of other processes before it reads, so what its writes read
            // stays true until they are committed.
            try db.inTransaction(.immediate) {
                for write in batch {
                    do { answers.append(try write.make(db)) } catch {
                        // A full disk or a failed read ends the whole transaction
                        // (sqlite.org/lang_transaction).
                        guard db.isInsideTransaction else { throw error }
                        answers.append { write.fail(error) }
                    }
                }
                return .commit
            }
        } catch {
            for write in batch { write.fail(error) }
            return
        }
        for answer in answers { answer() }
    }

    private static func inSavepoint<Value>(_ db: Database, _ body: (Database) throws -> Value) throws -> Value
    {
        try db.execute(sql: "SAVEPOINT one_write")
        do {
            let value = try body(db)
            try db.execute(sql: "RELEASE SAVEPOINT one_write")
            return value
        } catch {
            if db.isInsideTransaction {
                try db.execute(sql: "ROLLBACK TO SAVEPOINT one_write")
                try db.execute(sql: "RELEASE SAVEPOINT one_write")
            }
            throw error
        }
    }
}
