import GRDB

extension Schema {
    /// Templates, comparisons, and what a schedule tells of its settings and of its result's quality.
    ///
    /// The table of schedules is made anew (sqlite.org/lang_altertable, section 7), so that its new columns
    /// are before the input.
    static func addTemplates(to db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE templates (
                    id TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    name TEXT NOT NULL,
                    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
                    version INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    config BLOB NOT NULL
                ) STRICT;
                -- an owner's list
                CREATE INDEX templates_owner ON templates (owner, id);
                -- everybody's list of what others share; without those of one's own
                CREATE INDEX templates_public ON templates (id, owner) WHERE is_public = 1;

                -- One row a user: two defaults of one user cannot be.
                CREATE TABLE default_templates (
                    owner TEXT NOT NULL PRIMARY KEY,
                    template_id TEXT NOT NULL REFERENCES templates (id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                -- the foreign key
                CREATE INDEX default_templates_template ON default_templates (template_id);

                CREATE TABLE comparisons (
                    id TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    name TEXT NOT NULL,
                    lots_count INTEGER NOT NULL,
                    template_id TEXT,
                    start_time INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    request_id TEXT NOT NULL,
                    config BLOB NOT NULL
                ) STRICT;
                -- an owner's list
                CREATE INDEX comparisons_owner ON comparisons (owner, id);
                -- what is old enough to be deleted
                CREATE INDEX comparisons_created ON comparisons (created_at);
                """)
        try rebuildSchedules(in: db)
        try rebuildIdempotency(in: db)
    }

    private static func rebuildSchedules(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE new_schedules (
                    id TEXT NOT NULL PRIMARY KEY,
                    owner TEXT NOT NULL,
                    name TEXT NOT NULL,
                    strategy TEXT NOT NULL,
                    status TEXT NOT NULL
                        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
                    comparison_id TEXT REFERENCES comparisons (id) ON DELETE CASCADE,
                    position INTEGER,
                    template_id TEXT,
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
                    makespan REAL,
                    bound REAL,
                    is_proven INTEGER CHECK (is_proven IN (0, 1)),
                    failure_diagnostic TEXT,
                    config BLOB,
                    input BLOB NOT NULL,
                    CHECK ((status = 'running') = (worker IS NOT NULL AND leased_until IS NOT NULL)),
                    CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
                    CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
                    CHECK (makespan IS NULL OR status = 'completed'),
                    CHECK ((comparison_id IS NULL) = (position IS NULL))
                ) STRICT;

                INSERT INTO new_schedules (
                    id, owner, name, strategy, status, lots_count, start_time, created_at, started_at,
                    finished_at, version, attempts, worker, leased_until, request_id, failure_code,
                    failure_message, makespan, bound, is_proven, failure_diagnostic, config, input)
                SELECT
                    id, owner, name, strategy, status, lots_count, start_time, created_at, started_at,
                    finished_at, schedules.version, attempts, worker, leased_until, request_id,
                    failure_code, failure_message, quality.makespan, quality.bound,
                    quality.makespan = quality.bound, failure_diagnostic,
                    -- What is damaged stays as it is and has no settings to show.
                    iif(json_valid(CAST(input AS TEXT)),
                        CAST(json_extract(CAST(input AS TEXT), '$.config') AS BLOB), NULL),
                    input
                FROM schedules LEFT JOIN (
                    SELECT schedule_id, best_makespan AS makespan, bound, version FROM progress
                    WHERE best_makespan IS NOT NULL
                ) AS quality
                    ON quality.schedule_id = schedules.id AND status = 'completed'
                        AND quality.version = schedules.version - 1;

                DROP TABLE schedules;
                ALTER TABLE new_schedules RENAME TO schedules;

                -- queue length of all owners
                CREATE INDEX schedules_pending ON schedules (id) WHERE status = 'pending';
                -- an owner's next; their queue length
                CREATE INDEX schedules_owner_pending ON schedules (owner, id) WHERE status = 'pending';
                -- reclaim after a crash
                CREATE INDEX schedules_leased ON schedules (leased_until) WHERE status = 'running';
                -- Lists and statistics, which leave out the schedules of comparisons: an owner's, and the
                -- same by status or strategy,
                CREATE INDEX schedules_owner ON schedules (owner, id) WHERE comparison_id IS NULL;
                CREATE INDEX schedules_owner_status ON schedules (owner, status, id)
                    WHERE comparison_id IS NULL;
                CREATE INDEX schedules_owner_strategy ON schedules (owner, strategy, id)
                    WHERE comparison_id IS NULL;
                -- an administrator's.
                CREATE INDEX schedules_all ON schedules (id) WHERE comparison_id IS NULL;
                CREATE INDEX schedules_status ON schedules (status, id) WHERE comparison_id IS NULL;
                CREATE INDEX schedules_strategy ON schedules (strategy, id) WHERE comparison_id IS NULL;
                -- the schedules of a comparison; the foreign key
                CREATE UNIQUE INDEX schedules_comparison ON schedules (comparison_id, position)
                    WHERE comparison_id IS NOT NULL;
                -- an operator's way from a request to its schedule
                CREATE INDEX schedules_request ON schedules (request_id);
                -- what ended long ago
                CREATE INDEX schedules_finished ON schedules (finished_at)
                    WHERE finished_at IS NOT NULL AND comparison_id IS NULL;
                """)
    }

    private static func rebuildIdempotency(in db: Database) throws {
        try db.execute(
            sql: """
                -- A key stands for a schedule or a comparison.
                CREATE TABLE new_idempotency (
                    owner TEXT NOT NULL,
                    key TEXT NOT NULL,
                    digest BLOB NOT NULL,
                    schedule_id TEXT REFERENCES schedules (id) ON DELETE CASCADE,
                    comparison_id TEXT REFERENCES comparisons (id) ON DELETE CASCADE,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (owner, key),
                    CHECK ((schedule_id IS NULL) <> (comparison_id IS NULL))
                ) STRICT, WITHOUT ROWID;
                INSERT INTO new_idempotency (owner, key, digest, schedule_id, created_at)
                    SELECT owner, key, digest, schedule_id, created_at FROM idempotency;
                DROP TABLE idempotency;
                ALTER TABLE new_idempotency RENAME TO idempotency;
                -- the foreign keys; expiry
                CREATE INDEX idempotency_schedule ON idempotency (schedule_id);
                CREATE INDEX idempotency_comparison ON idempotency (comparison_id)
                    WHERE comparison_id IS NOT NULL;
                CREATE INDEX idempotency_created ON idempotency (created_at);
                """)
    }
}
