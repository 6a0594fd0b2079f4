import GRDB

extension Schema {
    /// Whose schedule is claimed next.
    ///
    /// Counted by triggers, so that no statement, of this version or another, can leave an owner out who has
    /// something waiting.
    static func addTurns(to db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE turns (
                    owner TEXT NOT NULL PRIMARY KEY,
                    waiting INTEGER NOT NULL CHECK (waiting >= 0),
                    running INTEGER NOT NULL CHECK (running >= 0),
                    -- when a schedule of theirs was last claimed, or else the first began to wait
                    served_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                -- claim
                CREATE INDEX turns_next ON turns (running, served_at, owner) WHERE waiting > 0;

                INSERT INTO turns (owner, waiting, running, served_at)
                    SELECT owner, sum(status = 'pending'), sum(status = 'running'), min(created_at)
                    FROM schedules WHERE status IN ('pending', 'running') GROUP BY owner;

                CREATE TRIGGER turns_inserted AFTER INSERT ON schedules
                WHEN NEW.status IN ('pending', 'running') BEGIN
                    INSERT INTO turns (owner, waiting, running, served_at)
                        VALUES (
                            NEW.owner, NEW.status = 'pending', NEW.status = 'running', NEW.created_at)
                        ON CONFLICT (owner) DO UPDATE SET
                            waiting = waiting + excluded.waiting, running = running + excluded.running;
                END;
                CREATE TRIGGER turns_updated AFTER UPDATE OF status ON schedules
                WHEN NEW.status <> OLD.status BEGIN
                    UPDATE turns SET
                        waiting = waiting + (NEW.status = 'pending') - (OLD.status = 'pending'),
                        running = running + (NEW.status = 'running') - (OLD.status = 'running')
                        WHERE owner = NEW.owner;
                    DELETE FROM turns WHERE owner = NEW.owner AND waiting = 0 AND running = 0;
                END;
                CREATE TRIGGER turns_deleted AFTER DELETE ON schedules
                WHEN OLD.status IN ('pending', 'running') BEGIN
                    UPDATE turns SET
                        waiting = waiting - (OLD.status = 'pending'),
                        running = running - (OLD.status = 'running')
                        WHERE owner = OLD.owner;
                    DELETE FROM turns WHERE owner = OLD.owner AND waiting = 0 AND running = 0;
                END;
                """)
    }
}
