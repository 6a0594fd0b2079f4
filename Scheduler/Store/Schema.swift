import GRDB

/// The tables, by migrations. One that has been released is never edited; the next change is a new one.
enum Schema {
    /// Durable schedules, their results and the idempotency keys under which they were submitted.
    ///
    /// * `schedules.input` is the last column: SQLite keeps what does not fit a page in a chain of its own,
    ///   which lists and counts then never touch.
    /// * Every index serves a query named beside it. A partial index holds only the few rows that are live,
    ///   so claiming costs the same with ten schedules stored as with a million.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 schedules") { db in
            try db.execute(
                sql: """
                    CREATE TABLE schedules (
                        id TEXT NOT NULL PRIMARY KEY,
                        owner TEXT NOT NULL,
                        name TEXT NOT NULL,
                        strategy TEXT NOT NULL,
                        status TEXT NOT NULL
                            CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
                        lots_count INTEGER NOT NULL,
                        start_time INTEGER NOT NULL,
                        created_at INTEGER NOT NULL,
                        started_at INTEGER,
                        finished_at INTEGER,
                        version INTEGER NOT NULL,
                        attempts INTEGER NOT NULL,
                        worker TEXT,
                        leased_until INTEGER,
                        request_id TEXT NOT NULL,
                        failure_code TEXT,
                        failure_message TEXT,
                        failure_diagnostic TEXT,
                        input BLOB NOT NULL,
                        CHECK ((status = 'running') = (worker IS NOT NULL AND leased_until IS NOT NULL)),
                        CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
                        CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
                    ) STRICT;

                    -- claim, queue length
                    CREATE INDEX schedules_pending ON schedules (id) WHERE status = 'pending';
                    -- reclaim after a crash
                    CREATE INDEX schedules_leased ON schedules (leased_until) WHERE status = 'running';
                    -- an owner's list, and the same by status or strategy; statistics
                    CREATE INDEX schedules_owner ON schedules (owner, id);
                    CREATE INDEX schedules_owner_status ON schedules (owner, status, id);
                    CREATE INDEX schedules_owner_strategy ON schedules (owner, strategy, id);
                    -- an administrator's
                    CREATE INDEX schedules_status ON schedules (status, id);
                    CREATE INDEX schedules_strategy ON schedules (strategy, id);
                    -- an operator's way from a request to its schedule
                    CREATE INDEX schedules_request ON schedules (request_id);

                    -- The primary key is the index by which a schedule's result is found.
                    CREATE TABLE results (
                        schedule_id TEXT NOT NULL PRIMARY KEY REFERENCES schedules (id) ON DELETE CASCADE,
                        digest TEXT NOT NULL,
                        document BLOB NOT NULL
                    ) STRICT;

                    CREATE TABLE idempotency (
                        owner TEXT NOT NULL,
                        key TEXT NOT NULL,
                        digest BLOB NOT NULL,
                        schedule_id TEXT NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
                        created_at INTEGER NOT NULL,
                        PRIMARY KEY (owner, key)
                    ) STRICT, WITHOUT ROWID;
                    -- the foreign key; expiry
                    CREATE INDEX idempotency_schedule ON idempotency (schedule_id);
                    CREATE INDEX idempotency_created ON idempotency (created_at);
                    """)
        }
        migrator.registerMigration("2 retention") { db in
            try db.execute(
                sql: """
                    -- what ended long ago
                    CREATE INDEX schedules_finished ON schedules (finished_at) WHERE finished_at IS NOT NULL;
                    """)
        }
        migrator.registerMigration("3 progress") { db in
            try db.execute(
                sql: """
                    -- How far an attempt is, as its worker last said. Apart from `schedules`: what is after
                    -- its input there would be read through it.
                    CREATE TABLE progress (
                        schedule_id TEXT NOT NULL PRIMARY KEY REFERENCES schedules (id) ON DELETE CASCADE,
                        version INTEGER NOT NULL,
                        fraction REAL NOT NULL,
                        message TEXT NOT NULL,
                        best_makespan REAL,
                        bound REAL
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("4 templates", migrate: addTemplates)
        migrator.registerMigration("5 turns", migrate: addTurns)
        migrator.registerMigration("6 names") { db in
            try db.execute(
                sql: """
                    -- lists of what has a text in its name: an owner's, an administrator's
                    CREATE INDEX schedules_owner_name ON schedules (owner, id, name)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_name ON schedules (id, name) WHERE comparison_id IS NULL;
                    """)
        }
        migrator.registerMigration("7 lists") { db in
            try db.execute(
                sql: """
                    -- Lists and statistics: an owner's, by status, by strategy and by both; of what has a
                    -- text in its name. SQLite looks at `comparison_id` although the condition says what it
                    -- is: where an index has it, whole lists are counted without reading a single row.
                    DROP INDEX schedules_owner;
                    DROP INDEX schedules_owner_status;
                    DROP INDEX schedules_owner_strategy;
                    DROP INDEX schedules_owner_name;
                    CREATE INDEX schedules_owner ON schedules (owner, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_owner_status ON schedules (owner, status, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_owner_strategy ON schedules (owner, strategy, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_owner_status_strategy
                        ON schedules (owner, status, strategy, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_owner_name
                        ON schedules (owner, id, name, status, strategy, comparison_id)
                        WHERE comparison_id IS NULL;
                    -- The same for administrators.
                    DROP INDEX schedules_all;
                    DROP INDEX schedules_status;
                    DROP INDEX schedules_strategy;
                    DROP INDEX schedules_name;
                    CREATE INDEX schedules_all ON schedules (id, comparison_id) WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_status ON schedules (status, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_strategy ON schedules (strategy, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_status_strategy ON schedules (status, strategy, id, comparison_id)
                        WHERE comparison_id IS NULL;
                    CREATE INDEX schedules_name ON schedules (id, name, status, strategy, comparison_id)
                        WHERE comparison_id IS NULL;
                    """)
        }
        return migrator
    }
}
