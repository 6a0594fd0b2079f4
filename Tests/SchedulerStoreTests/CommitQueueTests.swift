import Foundation
import GRDB
import SchedulingCore
import TestSupport
import Testing

@testable import SchedulerStore

@Suite("Shared commits")
struct CommitQueueTests {
    private struct Refused: Error {}

    private let folder: TemporaryFolder
    private let pool: DatabasePool
    private let commits: CommitQueue

    init() throws {
        folder = try TemporaryFolder()
        pool = try DatabasePool(path: folder.file("numbers.sqlite"))
        try pool.write { try $0.execute(sql: "CREATE TABLE numbers (number INTEGER PRIMARY KEY)") }
        commits = CommitQueue(pool)
    }

    private func numbers() async throws -> [Int] {
        try await pool.read { try Int.fetchAll($0, sql: "SELECT number FROM numbers ORDER BY number") }
    }

    @Test(
        "of many writes at once each is answered once, with its own value, and is there when it is answered")
    func together() async throws {
        let (commits, pool) = (commits, pool)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<(3 * CommitQueue.batchLimit) {
                group.addTask {
                    let value = try await commits.write { db in
                        try db.execute(sql: "INSERT INTO numbers VALUES (?)", arguments: [number])
                        return number
                    }.get()
                    let isThere = try await pool.read { db in
                        try Int.fetchOne(
                            db, sql: "SELECT 1 FROM numbers WHERE number = ?", arguments: [number])
                    }
                    #expect(isThere == 1)
                    return value
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values.sorted() == Array(0..<(3 * CommitQueue.batchLimit)))
        #expect(try await numbers() == values.sorted())
    }

    @Test("a write that fails undoes itself, also half way, and none of those that share its commit")
    func failure() async throws {
        let commits = commits
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let result = await commits.write { db in
                        try db.execute(sql: "INSERT INTO numbers VALUES (?)", arguments: [number])
                        if number % 3 == 0 { throw Refused() }
                        // One that breaks a constraint after its first change.
                        if number % 3 == 1 {
                            try db.execute(sql: "INSERT INTO numbers VALUES (?)", arguments: [number])
                        }
                    }
                    #expect(((try? result.get()) != nil) == (number % 3 == 2))
                }
            }
        }
        #expect(try await numbers() == (0..<60).filter { $0 % 3 == 2 })
    }

    @Test("when the commit itself fails, every write in it is told, and the next commit works")
    func failedCommit() async throws {
        let commits = commits
        // A deferred constraint is checked at the commit and not before.
        try await pool.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE children (
                        parent INTEGER REFERENCES numbers (number) DEFERRABLE INITIALLY DEFERRED)
                    """)
        }
        let orphan = await commits.write { try $0.execute(sql: "INSERT INTO children VALUES (99)") }
        #expect(throws: DatabaseError.self) { try orphan.get() }
        let next = await commits.write { try $0.execute(sql: "INSERT INTO numbers VALUES (1)") }
        #expect(throws: Never.self) { try next.get() }
        #expect(try await numbers() == [1])
    }

    @Test("a caller that is cancelled is answered all the same")
    func cancellation() async throws {
        let commits = commits
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await commits.write { try $0.execute(sql: "INSERT INTO numbers VALUES (1)") }
        }
        let result = await task.value
        #expect(throws: Never.self) { try result.get() }
        #expect(try await numbers() == [1])
    }
}
